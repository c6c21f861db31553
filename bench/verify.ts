import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { createVerifyFixture, type VerifyFixture, withBucket } from '../reliability/verify-fixture.js'
import { createPolicySource } from '../src/aws/policy-source.js'
import type { ObservedKey, ObservedRole, PolicySource } from '../src/verify/read/policy-source.js'
import { verifyPairs } from '../src/verify/verify-pairs.js'
import { verify } from '../src/verify/verify.js'
import { useFakeCredentials } from '../test/fake-aws/credentials.js'
import type { Order, Report } from './fake-aws-process.js'

/**
 * `POST /verify` without its HTTP, against a fake of AWS on loopback that takes 20 ms a call; run by `npm run
 * bench:verify`.
 */
interface Figure {
  what: string
  measured: number
  unit: string
  target?: number
  note?: string
}

const CALL_MS = 20
const CONCURRENCY = 8
const WARM_UP = 300
const signal = new AbortController().signal
const options = (policySource: PolicySource) => ({ policySource, now: new Date(), signal })

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN
const median = (values: readonly number[]): number => quantile(values, 0.5)
/** Whatever else the machine does only adds to a wall. */
const quiet = (values: readonly number[]): number => quantile(values, 0.25)
const ms = (value: number): string => `${value.toFixed(1)} ms`

async function timed (run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await run()
  return performance.now() - begin
}

/** Walls of many rounds in a row, each begun as `before` leaves it. */
async function wallTimes (
  rounds: number,
  before: () => Promise<unknown>,
  run: () => Promise<unknown>
): Promise<number[]> {
  const all: number[] = []
  for (let round = 0; round < rounds; round++) {
    await before()
    all.push(await timed(run))
  }
  return all
}

const aws = fork(new URL('./fake-aws-process.ts', import.meta.url))
const answered = async (): Promise<Report> => {
  const [report]: unknown[] = await once(aws, 'message')
  return Object(report)
}
const order = async (order: Order): Promise<Report> => {
  const report = answered()
  aws.send(order)
  return await report
}
/** A recreated policy has a new id, so that its versions are in no cache. */
let made = 0
const fresh = (world: VerifyFixture['world']) => async (): Promise<void> => {
  await order({ world: { ...world, policyId: `ANPA${made++}` } })
  await order('calls')
}

/** Calls that are in flight together: a pause of half a call begins another round trip. */
function criticalPath (calls: Report['calls']): string {
  const trips: string[][] = []
  let before = -Infinity
  for (const { operation, startedAt } of [...calls].sort((a, b) => a.startedAt - b.startedAt)) {
    if (startedAt - before > CALL_MS / 2) trips.push([])
    trips.at(-1)?.push(operation)
    before = startedAt
  }
  const counted = (names: readonly string[]): string =>
    [...new Set(names)].map((name) => `${names.filter((other) => other === name).length} × ${name}`).join(', ')
  return trips.map((names, index) => `${index + 1}. ${counted(names)}`).join('; ')
}

async function onePair (source: PolicySource): Promise<Figure[]> {
  const { world, request, distinctReads, policies } = createVerifyFixture(1, 1, true)
  const read = async (): Promise<void> => {
    const { verdict } = await verify(request, options(source))
    if (verdict !== 'pass') throw new Error('the policies of this benchmark no longer pass')
  }
  // What a process that has served for a while takes, not one that compiles its code.
  await wallTimes(WARM_UP, fresh(world), read)
  await order({ callMs: CALL_MS })
  const cold = await wallTimes(60, fresh(world), read)
  const { calls: coldCalls } = await order('calls')
  const warm = await wallTimes(60, async () => await order('calls'), read)
  const { calls: warmCalls } = await order('calls')
  await order({ callMs: 0 })
  const own = await wallTimes(60, fresh(world), read)
  const note = (all: readonly number[], calls: Report['calls']): string =>
    `${(quiet(all) / CALL_MS).toFixed(2)} × ${CALL_MS} ms; median ${ms(median(all))}; ${criticalPath(calls)}`
  return [
    {
      what: '1 key × 1 role: wall',
      measured: quiet(cold),
      unit: 'ms',
      target: 3 * CALL_MS + 15,
      note: note(cold, coldCalls)
    },
    { what: '1 key × 1 role: calls', measured: coldCalls.length, unit: '', target: distinctReads },
    {
      what: '1 key × 1 role, policy versions cached: wall',
      measured: quiet(warm),
      unit: 'ms',
      target: 2 * CALL_MS + 15,
      note: note(warm, warmCalls)
    },
    {
      what: '1 key × 1 role, policy versions cached: calls',
      measured: warmCalls.length,
      unit: '',
      target: distinctReads - policies
    },
    {
      what: '1 key × 1 role, of an AWS that takes no time: wall',
      measured: quiet(own),
      unit: 'ms',
      note: `what we and the SDK take; median ${ms(median(own))}`
    }
  ]
}

/** The reads of the bucket are beside those of key and role: they add calls, but no round trip. */
async function withOneBucket (source: PolicySource): Promise<Figure[]> {
  const { world, request, distinctReads } = withBucket(createVerifyFixture(1, 1, true))
  const read = async (): Promise<void> => {
    const { verdict } = await verify(request, options(source))
    if (verdict !== 'pass') throw new Error('the bucket of this benchmark no longer passes')
  }
  await order({ callMs: 0 })
  await wallTimes(WARM_UP, fresh(world), read)
  await order({ callMs: CALL_MS })
  const walls = await wallTimes(60, fresh(world), read)
  const { calls } = await order('calls')
  return [
    {
      what: '1 key × 1 role × 1 bucket: wall',
      measured: quiet(walls),
      unit: 'ms',
      target: 3 * CALL_MS + 15,
      note: `${(quiet(walls) / CALL_MS).toFixed(2)} × ${CALL_MS} ms; median ${ms(median(walls))}; ${criticalPath(calls)}`
    },
    { what: '1 key × 1 role × 1 bucket: calls', measured: calls.length, unit: '', target: distinctReads }
  ]
}

async function manyPairs (source: PolicySource): Promise<Figure[]> {
  const { world, request, distinctReads } = createVerifyFixture(50, 4, false)
  await order({ callMs: CALL_MS })
  const whole = await wallTimes(6, fresh(world), async () => await verify(request, options(source)))
  const { calls } = await order('calls')
  const firsts: number[] = []
  const clock = {
    now: () => new Date(),
    pause: async (pause: number) => {
      await setTimeout(pause)
    }
  }
  const streamed = await wallTimes(6, fresh(world), async () => {
    const begin = performance.now()
    let first: number | undefined
    for await (const { type } of verifyPairs(request, {
      policySource: source,
      clock,
      deadlineMs: 60_000,
      signal,
      stopping: signal
    }))
      if (type === 'report') first ??= performance.now() - begin
    firsts.push(first ?? NaN)
  })
  const { calls: streamedCalls } = await order('calls')
  const floor = Math.ceil((3 * 50) / CONCURRENCY) * CALL_MS
  const note = `the 150 calls of KMS, ${CONCURRENCY} at once, take ${floor} ms`
  return [
    {
      what: '50 keys × 4 roles: calls',
      measured: calls.length,
      unit: '',
      target: distinctReads,
      note: 'the distinct reads of keys, roles and shared policies'
    },
    { what: '50 keys × 4 roles: wall', measured: quiet(whole), unit: 'ms', note },
    { what: '50 keys × 4 roles, streamed: calls', measured: streamedCalls.length, unit: '', target: distinctReads },
    { what: '50 keys × 4 roles, streamed: wall', measured: quiet(streamed), unit: 'ms', note },
    { what: '50 keys × 4 roles, streamed: first report', measured: quiet(firsts), unit: 'ms' }
  ]
}

/** Without AWS: what was read once is answered again at once. */
async function evaluation (source: PolicySource): Promise<Figure[]> {
  const measure = async (what: string, { world, request }: VerifyFixture): Promise<Figure> => {
    await fresh(world)()
    const keys = new Map<string, ObservedKey>()
    const roles = new Map<string, ObservedRole>()
    for (const arn of request.usage.kmsKeyArns ?? []) keys.set(arn, await source.readKey(arn, signal))
    for (const arn of request.usage.roleArns) roles.set(arn, await source.readRole(arn, signal))
    const kept = async <T>(value: T | undefined): Promise<T> => {
      if (value === undefined) throw new Error('not read')
      return value
    }
    const known: PolicySource = { readKey: (arn) => kept(keys.get(arn)), readRole: (arn) => kept(roles.get(arn)) }
    const all = await wallTimes(
      12,
      async () => {},
      async () => await verify(request, options(known))
    )
    return { what, measured: quiet(all), unit: 'ms', note: `${ms(quiet(all) / 200)} a pair` }
  }
  return [
    await measure('evaluating 50 keys × 4 roles that pass', createVerifyFixture(50, 4, true)),
    await measure(
      'evaluating 50 keys × 4 roles, a quarter of which fail, with the remediation',
      createVerifyFixture(50, 4, false)
    )
  ]
}

const undo = useFakeCredentials()
const { url } = await answered()
const source = createPolicySource({ timeoutMs: 5_000, maxAttempts: 3, concurrency: CONCURRENCY, endpoint: url })
const figures = [
  ...(await onePair(source)),
  ...(await withOneBucket(source)),
  ...(await manyPairs(source)),
  ...(await order({ callMs: 0 }).then(async () => await evaluation(source)))
]
source.close()
aws.disconnect()
undo()

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)}`
const date = new Date().toISOString().slice(0, 10)
const met = ({ measured, target }: Figure): boolean => target === undefined || measured <= target
const shown = ({ measured, unit }: Figure): string => (unit === 'ms' ? ms(measured) : String(measured))
const rows = figures.map(
  (figure) =>
    `| ${figure.what} | ${shown(figure)} | ${figure.target === undefined ? '' : `≤ ${shown({ ...figure, measured: figure.target })}`} | ${figure.target === undefined ? '' : met(figure) ? 'yes' : '**no**'} | ${figure.note ?? ''} |`
)
const table = ['| what | measured | target | met | |', '|---|---|---|---|---|', ...rows].join('\n')
console.log(table)
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/verify.json', `${JSON.stringify({ date, machine, figures }, null, 2)}\n`)
writeFileSync(
  'bench/results/verify.md',
  `# Live verification, measured\n\n${date}, ${machine}; \`npm run bench:verify\`. Walls are first quartiles, against a fake of AWS in a process of its own that takes ${CALL_MS} ms a call.\nThe least is three dependent calls: a list, the policy in it, the policy's version; with cached versions two.\n\n${table}\n`
)
process.exitCode = figures.every(met) ? 0 : 1
