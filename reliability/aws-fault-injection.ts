import { setTimeout } from 'node:timers/promises'
import { startFakeAws } from '../test/fake-aws.js'
import { type Answer, failures } from '../test/fake-aws/answers.js'
import { load, type LoadResult, post } from './load.js'
import { GATEWAY_HEADERS, withFakeAws } from './production-settings.js'
import { numbersOf, report } from './report.js'
import { handlesOf, residentMiB, startService } from './service.js'
import { markdownTable, ms } from './statistics.js'
import { createVerifyFixture } from './verify-fixture.js'

/** An AWS that fails in part or altogether, under load on `POST /verify`: `npm run test:faults`. */
const { seconds, connections, seed, write } = numbersOf({ seconds: 20, connections: 16, seed: 1 })

const DEADLINE_MS = 5_000
const TIMEOUT_MS = 2_000
const RECOVERY_MS = 60_000
const OPERATIONS = [
  'DescribeKey',
  'GetKeyPolicy',
  'ListGrants',
  'GetRole',
  'ListRolePolicies',
  'GetRolePolicy',
  'ListAttachedRolePolicies',
  'GetPolicy',
  'GetPolicyVersion'
]
/** 502, 503 and 504 are what the contract has for an AWS that gives nothing. */
const EXPECTED = new Set(['200', '502', '503', '504'])

const fake = await startFakeAws()
const service = await startService({
  environment: {
    ...withFakeAws(fake.url),
    AWS_TIMEOUT_MS: '1000',
    AWS_MAX_ATTEMPTS: '2',
    VERIFY_DEADLINE_MS: String(DEADLINE_MS)
  }
})
const { world, request } = createVerifyFixture(2, 2, true)
const body = post('/verify', request, GATEWAY_HEADERS)
const faults: string[] = []

/** Numbers between 0 and 1 that are the same in every run. */
function sequence (seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** Every way of failing in turn, for this share of the calls. */
function failing (share: number): Answer {
  const random = sequence(seed)
  let failed = 0
  return (call, real) =>
    random() < share ? (failures[failed++ % failures.length]?.answer(call, real) ?? real()) : real()
}

/** What a report says while AWS fails: nothing that was not read may count as allowed or denied. */
async function verdicts (): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      const answer = await fetch(`http://127.0.0.1:${service.port}/verify`, {
        method: 'POST',
        headers: { ...GATEWAY_HEADERS, 'content-type': 'application/json' },
        body: JSON.stringify(request)
      })
      const text = await answer.text()
      const verdict = answer.status === 200 ? String(/"verdict":"(\w+)"/.exec(text)?.[1]) : String(answer.status)
      counts[verdict] = (counts[verdict] ?? 0) + 1
    })
  )
  return counts
}

/** Why a report says that something was not read. */
async function reasons (): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${service.port}/verify`, {
    method: 'POST',
    headers: { ...GATEWAY_HEADERS, 'content-type': 'application/json' },
    body: JSON.stringify(request)
  })
  return [...new Set([...(await answer.text()).matchAll(/"why":"([^"]+)"/g)].map(([, why]) => why))].join('; ')
}

async function phase (share: number): Promise<unknown[]> {
  fake.reset()
  fake.world = world
  for (const operation of OPERATIONS) if (share > 0) fake.always(operation, failing(share))
  const result: LoadResult = await load({ port: service.port, requests: [body], connections, seconds })
  const calls = fake.calls.length / result.answered
  const counts = await verdicts()
  // Calls that hang hold their sockets until they time out.
  await setTimeout(TIMEOUT_MS)
  const name = `${share * 100} %`
  for (const status of Object.keys(result.statuses))
    if (!EXPECTED.has(status)) faults.push(`${name}: ${result.statuses[status] ?? 0} times status ${status}`)
  if (result.broken > 0) faults.push(`${name}: ${result.broken} requests without an answer`)
  if (result.slowest > DEADLINE_MS + TIMEOUT_MS)
    faults.push(`${name}: an answer took ${ms(result.slowest)}, the deadline is ${DEADLINE_MS} ms`)
  // Everything that is there works, so that a `fail` would be read out of what was not read.
  if ((counts['fail'] ?? 0) > 0) faults.push(`${name}: ${counts['fail'] ?? 0} reports say fail, but the policies work`)
  if (share === 0 && counts['pass'] !== 40) faults.push(`0 %: not every report passes; ${await reasons()}`)
  const statuses = Object.entries(result.statuses)
    .map(([status, count]) => `${status}: ${count}`)
    .join(', ')
  return [
    name,
    result.answered,
    statuses,
    Object.entries(counts)
      .map(([verdict, count]) => `${verdict}: ${count}`)
      .join(', '),
    ms(result.p50),
    ms(result.p99),
    ms(result.slowest),
    calls.toFixed(1),
    handlesOf(service.pid),
    `${residentMiB(service.pid).toFixed(0)} MiB`
  ]
}

const atRest = handlesOf(service.pid)
/** A client of AWS that was throttled begins again slowly, and gets faster with each answer. */
async function untilRecovered (): Promise<number> {
  const begin = performance.now()
  fake.reset()
  fake.world = world
  while ((await verdicts())['pass'] !== 40 && performance.now() - begin < RECOVERY_MS) await setTimeout(500)
  return performance.now() - begin
}

const rows = [await phase(0), await phase(0.1), await phase(0.5), await phase(1)]
const recoveredInMs = await untilRecovered()
rows.push(await phase(0))
// Connections to AWS that are idle are kept for a while.
await setTimeout(8_000)
const after = handlesOf(service.pid)
const before = Number(rows[0]?.[8])
if (after > before + 4) faults.push(`${after} open files at the end, ${before} after the first phase`)
const { code } = await service.stop()
if (code !== 0) faults.push(`the service ended with ${String(code)}`)
await fake.close()
report(
  'faults',
  `${connections} callers, 2 keys × 2 roles, ${seconds} s each; open files: ${atRest} at rest, ${after} at the end. When AWS works again, every report passes after ${ms(recoveredInMs)}. Faults: ${faults.length}.\n\n${markdownTable(['calls that fail', 'answers', 'statuses', 'verdicts of 40', 'p50', 'p99', 'slowest', 'calls of AWS a request', 'open files', 'memory'], rows)}`,
  faults,
  write
)
