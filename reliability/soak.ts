import { setTimeout } from 'node:timers/promises'
import { ACCOUNT } from '../routes/examples/usages.js'
import { startFakeAws } from '../test/fake-aws.js'
import { HEADERS, ROUTES } from './http-routes.js'
import { SERVER_CORE, startGenerator } from './load-generator.js'
import { get, type LoadResult, post } from './load.js'
import { withFakeAws } from './production-settings.js'
import { numbersOf, report } from './report.js'
import { handlesOf, residentMiB, startService } from './service.js'
import { markdownTable, ms, quantile, slope } from './statistics.js'
import { createVerifyFixture } from './verify-fixture.js'

/** A mix of all routes at 70 % of what the service can: `npm run test:soak`, with `--seconds 30` in CI. */
const { seconds, share, write } = numbersOf({ seconds: 600, share: 0.7 })

const STEPS = 30
const CONNECTIONS = 32
/** A short run ends before the heap has found its size: then only what runs away is a fault. */
const isShort = seconds < 300
const MOST_MIB_AN_HOUR = isShort ? Infinity : 60
const MOST_GROWTH = isShort ? 1.6 : 1.15
const MOST_DRIFT = isShort ? 5 : 2

const fake = await startFakeAws()
const { world, request } = createVerifyFixture(1, 1, true)
fake.world = world
const generator = await startGenerator()
const service = await startService({ ...SERVER_CORE, environment: withFakeAws(fake.url) })
const broken = JSON.stringify({ operations: ['nothing'] })
/** An account that is another one in every request. */
const OTHER_ACCOUNT = '999999999999'
/**
 * Generation is asked most, half of it with a body that comes again, half with one that never does; one request in
 * fourteen reads AWS, and one is wrong.
 */
const requests = [
  ...ROUTES.flatMap(({ path, body }) => [
    post(path, body, HEADERS),
    post(path, body, HEADERS).replaceAll(ACCOUNT, OTHER_ACCOUNT)
  ]),
  post('/verify', request, HEADERS),
  post('/policies/key', JSON.parse(broken), HEADERS),
  get('/livez', HEADERS),
  get('/requirements', HEADERS)
]
const run = async (duration: number, rate?: number): Promise<LoadResult> => {
  const result = await generator.run({
    port: service.port,
    requests,
    vary: OTHER_ACCOUNT,
    connections: CONNECTIONS,
    seconds: duration,
    ...(rate === undefined ? {} : { rate })
  })
  // The fake AWS records every call; without this its memory grows.
  fake.calls.length = 0
  return result
}

const warmUp = Math.min(30, seconds / 6)
await run(warmUp / 2)
const capacity = (await run(warmUp / 2)).perSecond
const steps: Array<{ at: number; mib: number; handles: number; result: LoadResult }> = []
const begin = performance.now()
for (let step = 0; step < STEPS; step++) {
  const result = await run(seconds / STEPS, capacity * share)
  steps.push({
    at: (performance.now() - begin) / 3_600_000,
    mib: residentMiB(service.pid),
    handles: handlesOf(service.pid),
    result
  })
}

const faults: string[] = []
// The first third is the heap finding its size.
const settled = steps.slice(STEPS / 3)
const mibAnHour = slope(settled.map(({ at, mib }) => [at, mib] as const))
const growth = (settled.at(-1)?.mib ?? NaN) / (settled[0]?.mib ?? NaN)
const p99 = (part: typeof steps): number =>
  quantile(
    part.map(({ result }) => result.p99),
    0.5
  )
const [first, last] = [p99(steps.slice(0, STEPS / 5)), p99(steps.slice(-STEPS / 5))]
const statuses = new Map<string, number>()
for (const { result } of steps)
  for (const [status, count] of Object.entries(result.statuses))
    statuses.set(status, (statuses.get(status) ?? 0) + count)
const handles = steps.map(({ handles }) => handles)
await setTimeout(6_000)
const handlesAfter = handlesOf(service.pid)

if (mibAnHour > MOST_MIB_AN_HOUR) faults.push(`memory grows by ${mibAnHour.toFixed(0)} MiB an hour`)
if (growth > MOST_GROWTH) faults.push(`memory grew by ${((growth - 1) * 100).toFixed(0)} %`)
if (last > MOST_DRIFT * Math.max(first, 5)) faults.push(`p99 went from ${ms(first)} to ${ms(last)}`)
if (Math.max(...handles) > Math.min(...handles) + CONNECTIONS * 2 || handlesAfter > Math.min(...handles) + 4)
  faults.push(`open files: ${Math.min(...handles)} to ${Math.max(...handles)}, ${handlesAfter} afterwards`)
for (const status of statuses.keys())
  if (!['200', '400'].includes(status)) faults.push(`${statuses.get(status) ?? 0} times status ${status}`)
const lost = steps.reduce((sum, { result }) => sum + result.broken, 0)
if (lost > 0) faults.push(`${lost} requests without an answer`)
const { code } = await service.stop()
if (code !== 0) faults.push(`the service ended with ${String(code)}`)
generator.end()
await fake.close()

const rows = [
  ['capacity', `${capacity.toFixed(0)} requests a second`],
  ['answered', [...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')],
  [
    'memory',
    `${steps[0]?.mib.toFixed(0)} MiB at first, ${settled[0]?.mib.toFixed(0)} after a third, ${steps.at(-1)?.mib.toFixed(0)} at the end; slope of the last two thirds ${mibAnHour.toFixed(1)} MiB an hour`
  ],
  ['open files', `${Math.min(...handles)} to ${Math.max(...handles)}; ${handlesAfter} with the connections gone`],
  ['p99', `${ms(first)} in the first fifth, ${ms(last)} in the last`]
]
report(
  'soak',
  `${seconds} s at ${share * 100} % of capacity, ${CONNECTIONS} connections. Faults: ${faults.length}.\n\n${markdownTable(['', ''], rows)}`,
  faults,
  write
)
