import { setTimeout } from 'node:timers/promises'
import { answers, startFakeAws } from '../test/fake-aws.js'
import { HEADERS, ROUTES } from './http-routes.js'
import { load, type LoadResult, post } from './load.js'
import { withFakeAws } from './production-settings.js'
import { numbersOf, report } from './report.js'
import { type Service, startService } from './service.js'
import { markdownTable, ms } from './statistics.js'
import { startBalancer } from './tcp-balancer.js'
import { createVerifyFixture } from './verify-fixture.js'

/** Two replicas behind a balancer, under load, one of which goes: `npm run test:replicas`. */
const { seconds, rate, connections, rounds, write } = numbersOf({ seconds: 6, rate: 300, connections: 24, rounds: 3 })

const DRAIN_MS = 10_000
const AWS_TAKES_MS = 100
/**
 * The replica that stops closes its idle connections. A request that is sent on one of them before the close has
 * reached the sender through the balancer is lost. Processes that share two processors need a few milliseconds for
 * that; more lost requests than are due in this time would mean that it does not close them at once.
 */
const UNNOTICED_MS = 20
const mostUnreceived = Math.ceil((rate * UNNOTICED_MS) / 1_000)

const fake = await startFakeAws()
const { world, request } = createVerifyFixture(1, 1, true)
fake.world = world
for (const operation of [
  'DescribeKey',
  'GetKeyPolicy',
  'ListGrants',
  'GetRole',
  'ListRolePolicies',
  'ListAttachedRolePolicies'
])
  fake.always(operation, answers.after(AWS_TAKES_MS))

const PURE = ROUTES.map(({ path, body }) => post(path, body, HEADERS))
const VERIFY = post('/verify', request, HEADERS)
const requests = [...PURE, ...PURE, ...PURE, VERIFY]
const options = {
  environment: { DRAIN_MS: String(DRAIN_MS), ...withFakeAws(fake.url) },
  nodeOptions: ['--import', './reliability/request-counter.js']
}
const faults: string[] = []

/**
 * What a replica has received whole and not answered, as the request counter in its process reports, and how many
 * lines its own log has.
 */
interface RequestCounts {
  received: number
  unanswered: number
  lines: number
}

interface Outcome {
  result: LoadResult
  code: number | null
  signal: string | null
  endedInMs: number
  counts: RequestCounts
}

/** The first live verification of a process loads the AWS SDK, which is not what this test measures. */
async function verifyOnce ({ port }: Service): Promise<number> {
  return (await load({ port, requests: [VERIFY], connections: 1, seconds: 0.01 })).answered
}

/** Ends a replica that still runs, because its request counter writes its line at exit. */
async function requestCountsOf (service: Service): Promise<RequestCounts> {
  service.child.kill('SIGTERM')
  await service.exit
  const lines = service
    .log()
    .split('\n')
    .filter((line) => !line.includes('"/livez"'))
  const counted = lines.findLast((line) => line.startsWith('{"received":'))
  await service.stop()
  return {
    ...(counted === undefined ? { received: NaN, unanswered: NaN } : JSON.parse(counted)),
    lines: lines.filter((line) => line.includes('"status":') || line.includes('client left')).length
  }
}

async function stopReplica (signal: 'SIGTERM' | 'SIGKILL'): Promise<Outcome> {
  const [leaving, staying] = await Promise.all([startService(options), startService(options)])
  const answeredBefore = (await verifyOnce(leaving)) + (await verifyOnce(staying))
  const balancer = await startBalancer([leaving.port, staying.port])
  const running = load({ port: balancer.port, requests, connections, seconds, rate })
  await setTimeout(seconds * 500)
  const at = performance.now()
  leaving.child.kill(signal)
  const { code, signal: endedBy } = await leaving.exit
  const endedInMs = performance.now() - at
  const result = await running
  const [left, stayed] = [await requestCountsOf(leaving), await requestCountsOf(staying)]
  await balancer.close()
  // The fake AWS records every call; without this its memory grows.
  fake.calls.length = 0
  const counts = {
    received: left.received + stayed.received - answeredBefore,
    unanswered: left.unanswered + stayed.unanswered,
    lines: left.lines + stayed.lines - answeredBefore
  }
  return { result, code, signal: endedBy, endedInMs, counts }
}

const rows = []
for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  for (let round = 1; round <= rounds; round++) {
    const { result, code, signal: endedBy, endedInMs, counts } = await stopReplica(signal)
    const bad = Object.keys(result.statuses).filter((status) => status !== '200')
    if (bad.length > 0) faults.push(`${signal}: answers other than 200: ${bad.join()}`)
    if (signal === 'SIGTERM') {
      if (counts.received !== result.answered || counts.unanswered !== 0)
        faults.push(
          `SIGTERM: ${counts.received} requests were received whole, ${counts.unanswered} of them not answered; ${result.answered} answers arrived`
        )
      if (counts.lines !== counts.received)
        faults.push(`SIGTERM: the logs have ${counts.lines} lines of ${counts.received} requests`)
      if (result.broken > mostUnreceived) faults.push(`SIGTERM: ${result.broken} requests were not received`)
      if (code !== 0 || endedInMs > DRAIN_MS) faults.push(`SIGTERM: exit ${String(code)} after ${ms(endedInMs)}`)
    }
    // No more can be in flight than there are connections to the one that was killed.
    if (signal === 'SIGKILL' && result.broken > connections / 2 + 1)
      faults.push(`SIGKILL: ${result.broken} requests were lost`)
    if (result.answered < rate * seconds * 0.9)
      faults.push(`${signal}: only ${result.answered} of ${rate * seconds} requests were answered`)
    rows.push([
      signal,
      round,
      result.answered,
      result.broken,
      endedBy ?? code,
      ms(endedInMs),
      ms(result.p99),
      ms(result.slowest),
      signal === 'SIGTERM' ? counts.received : '',
      signal === 'SIGTERM' ? counts.lines : ''
    ])
  }
}
await fake.close()
report(
  'replicas',
  `${rate} requests a second on ${connections} connections through a balancer of connections, one in ${requests.length} a live verification with an AWS that takes ${AWS_TAKES_MS} ms a call; one of two replicas goes after ${seconds / 2} s. Faults: ${faults.length}.\n\n${markdownTable(['signal', 'round', 'answered', 'not answered', 'exit', 'ended in', 'p99', 'slowest', 'received whole', 'lines in the logs'], rows)}`,
  faults,
  write
)
