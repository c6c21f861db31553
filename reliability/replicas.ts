import { setTimeout } from 'node:timers/promises'
import { HEADERS, ROUTES } from '../bench/http-routes.js'
import { startBalancer } from './balancer.js'
import { load, post, type LoadResult } from './load.js'
import { numbersOf, report } from './report.js'
import { startService, type Service } from './service.js'
import { markdownTable, ms } from './statistics.js'

/** Two replicas behind a balancer, under load, one of which goes: `npm run trial:replicas`. */
const { seconds, rate, connections, rounds, write } = numbersOf({ seconds: 6, rate: 300, connections: 24, rounds: 3 })

const DRAIN_MS = 10_000
const requests = ROUTES.slice(0, 4).map(({ path, body }) => post(path, body, HEADERS))
const faults: string[] = []

interface Outcome { result: LoadResult, code: number | null, signal: string | null, endedInMs: number, accepted: number }

/** How many requests a replica has read whole, as its log has it; what asked whether it is up is left out. */
const acceptedBy = (service: Service): number => service.log().split('\n').filter((line) => line.includes('"msg":"request answered"') && !line.includes('"/livez"')).length

async function lose (signal: 'SIGTERM' | 'SIGKILL'): Promise<Outcome> {
  const [leaving, staying] = await Promise.all([startService({ environment: { DRAIN_MS: String(DRAIN_MS) } }), startService()])
  const balancer = await startBalancer([leaving.port, staying.port])
  const running = load({ port: balancer.port, requests, connections, seconds, rate })
  await setTimeout(seconds * 500)
  const at = performance.now()
  leaving.child.kill(signal)
  const ended = await leaving.exit
  const endedInMs = performance.now() - at
  const result = await running
  const outcome: Outcome = { result, code: ended.code, signal: ended.signal, endedInMs, accepted: acceptedBy(leaving) + acceptedBy(staying) }
  await staying.stop()
  await balancer.close()
  return outcome
}

const rows = []
for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  for (let round = 1; round <= rounds; round++) {
    const { result, code, signal: endedBy, endedInMs, accepted } = await lose(signal)
    const bad = Object.keys(result.statuses).filter((status) => status !== '200')
    if (bad.length > 0) faults.push(`${signal}: answers other than 200: ${bad.join()}`)
    // What was sent on an idle connection while that was being closed was not accepted: whoever sent it may send it again.
    if (signal === 'SIGTERM' && accepted > result.answered) faults.push(`SIGTERM: ${accepted - result.answered} accepted requests were lost`)
    if (signal === 'SIGTERM' && result.broken > connections / 2) faults.push(`SIGTERM: ${result.broken} requests were not answered`)
    if (signal === 'SIGTERM' && (code !== 0 || endedInMs > DRAIN_MS)) faults.push(`SIGTERM: exit ${String(code)} after ${ms(endedInMs)}`)
    // No more can be in flight than there are connections to the one that was killed.
    if (signal === 'SIGKILL' && result.broken > connections / 2 + 1) faults.push(`SIGKILL: ${result.broken} requests were lost`)
    if (result.answered < rate * seconds * 0.9) faults.push(`${signal}: only ${result.answered} of ${rate * seconds} requests were answered`)
    rows.push([signal, round, result.answered, result.broken, endedBy ?? code, ms(endedInMs), ms(result.p99), ms(result.slowest), accepted])
  }
}
report('replicas', `${rate} requests a second on ${connections} connections through a balancer of connections; one of two replicas goes after ${seconds / 2} s. Faults: ${faults.length}.\n\n${markdownTable(['signal', 'round', 'answered', 'not answered', 'exit', 'ended in', 'p99', 'slowest', 'accepted, by the logs'], rows)}`, faults, write)
