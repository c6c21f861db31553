import type { Reads, VerifyRequest } from '../../schemas/live.js'
import type { PairLine, ReportLine, SummaryLine } from '../../schemas/verification-line.js'
import type { Report, Verdict } from '../../schemas/verification.js'
import { type ResolvedUsage, resolveUsage } from '../personalize/usage.js'
import { worstOf } from './assess.js'
import { type Attempt, attempts } from './polling.js'
import type { KeyEvidence, RoleEvidence } from './read/evidence.js'
import type { CachedRead, ObservedKey, ObservedRole } from './read/policy-source.js'
import {
  cachedFor,
  evidenceOfKey,
  evidenceOfRole,
  readTimes,
  refusalOf,
  startReads,
  type UsageReads
} from './read/read-usage.js'
import { assertFitsUsage } from './read/proposed.js'
import { isRetryable, type Evaluate, evaluateInline, type Observation, type WaitOptions } from './verify.js'
import { verifyWhole } from './verify-whole.js'

/** The values of promises in the order in which they come; one that is rejected throws when its turn comes. */
export async function* asTheyCome<T> (promises: ReadonlyArray<Promise<T>>): AsyncGenerator<T> {
  const arrive: Array<(arrival: { promise: Promise<T> }) => void> = []
  const arrivals = promises.map(
    () =>
      new Promise<{ promise: Promise<T> }>((resolve) => {
        arrive.push(resolve)
      })
  )
  let count = 0
  for (const promise of promises) {
    const settled = (): void => {
      arrive[count++]?.({ promise })
    }
    promise.then(settled, settled)
  }
  for (const arrival of arrivals) yield await (await arrival).promise
}

/** A key as the usage names it, and a role. */
export interface Pair {
  kmsKeyArn: string
  roleArn: string
}

export interface PairEvidence extends Pair {
  key: KeyEvidence
  role: RoleEvidence
  observation: Observation
}

type Arrived = { key: ObservedKey } | { role: ObservedRole }

/**
 * The evidence about every pair of a key and a role, as soon as both have been read: a list for each read that
 * completes some.
 * Nothing is given before AWS has answered anything; where it never does, AWS_CREDENTIALS_UNAVAILABLE or
 * AWS_UNAVAILABLE is thrown.
 */
export async function* pairEvidence (
  usage: ResolvedUsage,
  reads: UsageReads,
  now: Date,
  context?: VerifyRequest['context']
): AsyncGenerator<PairEvidence[]> {
  const keys: ObservedKey[] = []
  const roles: ObservedRole[] = []
  const keysRead: Array<Pick<PairEvidence, 'kmsKeyArn' | 'key'>> = []
  const rolesRead: Array<Pick<PairEvidence, 'roleArn' | 'role'>> = []
  let held: Array<Omit<PairEvidence, 'observation'>> = []
  const arriving: Array<Promise<Arrived>> = [
    ...reads.keys.map(async (key) => ({ key: await key })),
    ...reads.roles.map(async (role) => ({ role: await role }))
  ]
  for await (const arrived of asTheyCome(arriving)) {
    if ('key' in arrived) {
      keys.push(arrived.key)
      const entries = evidenceOfKey(arrived.key).map((key) => ({ kmsKeyArn: arrived.key.requestedArn, key }))
      held.push(...entries.flatMap((entry) => rolesRead.map((other) => ({ ...entry, ...other }))))
      keysRead.push(...entries)
    } else {
      roles.push(arrived.role)
      const entries = evidenceOfRole(arrived.role).map((role) => ({ roleArn: arrived.role.roleArn, role }))
      held.push(...entries.flatMap((entry) => keysRead.map((other) => ({ ...other, ...entry }))))
      rolesRead.push(...entries)
    }
    if (held.length === 0 || refusalOf(keys, roles) !== undefined) continue
    yield await Promise.all(
      held.map(async (pair) => ({ ...pair, observation: await observationOf(usage, pair, reads, { now, context }) }))
    )
    held = []
  }
  const refusal = refusalOf(keys, roles)
  if (refusal !== undefined) throw refusal
}

async function observationOf (
  usage: ResolvedUsage,
  { key, role }: Pick<PairEvidence, 'key' | 'role'>,
  reads: UsageReads,
  request: Pick<Observation, 'now' | 'context'>
): Promise<Observation> {
  const accounts = { keys: [key.name.accountId], roles: [role.name.accountId] }
  const organizations = await reads.organizations(accounts)
  return {
    ...request,
    usage: { ...usage, keys: [key.name], roles: [role.name] },
    keys: [await reads.attributes({ key: key.observed, roles: [role.observed], organizations })],
    roles: [role.observed],
    organizations
  }
}

/** A pair with what was reported of it. */
export interface PairResult extends PairEvidence {
  report: Report
}

/**
 * What all pairs come to, and what fixes them together: their own changes to a policy that they share exclude one
 * another.
 */
export async function summaryOf (
  usage: ResolvedUsage,
  results: readonly PairResult[],
  evaluate: Evaluate,
  reads: Reads
): Promise<SummaryLine> {
  const reports = results.map(({ report }) => report)
  const worst = (verdicts: readonly Verdict[]): Verdict => verdicts.reduce<Verdict>(worstOf, 'pass')
  const count = (wanted: Verdict): number => reports.filter(({ verdict }) => verdict === wanted).length
  const verdict = worst(reports.map(({ verdict }) => verdict))
  const remediation = verdict === 'pass' ? undefined : (await evaluate(wholeOf(usage, results))).remediation
  return {
    type: 'summary',
    verdict,
    verdicts: {
      documented: worst(reports.map(({ verdicts }) => verdicts.documented)),
      effective: worst(reports.map(({ verdicts }) => verdicts.effective))
    },
    pairs: { total: reports.length, pass: count('pass'), fail: count('fail'), indeterminate: count('indeterminate') },
    observedAt: reports
      .flatMap(({ observedAt = '' }) => observedAt)
      .reduce((oldest, at) => (at < oldest ? at : oldest)),
    reads,
    ...(remediation === undefined ? {} : { remediation })
  }
}

/** What was observed of all pairs, as one. */
function wholeOf (usage: ResolvedUsage, results: readonly PairResult[]): Observation {
  const keys = distinct(
    results.map(({ key }) => key),
    ({ name }) => name.arn
  )
  const roles = distinct(
    results.map(({ role }) => role),
    ({ name }) => name.arn
  )
  const observations = results.map(({ observation }) => observation)
  const organizations = observations.flatMap(({ organizations = [] }) => organizations)
  return {
    usage: { ...usage, keys: keys.map(({ name }) => name), roles: roles.map(({ name }) => name) },
    keys: distinctKeys(observations.flatMap(({ keys }) => keys)),
    roles: roles.map(({ observed }) => observed),
    organizations: observations.every(({ organizations }) => organizations === undefined)
      ? undefined
      : distinct(organizations, ({ accountId }) => accountId),
    context: observations[0]?.context,
    now: new Date(Math.max(...observations.map(({ now }) => now.getTime())))
  }
}

/** The last of each key, with tags and aliases also where only the policies of another pair name them. */
function distinctKeys (keys: readonly ObservedKey[]): ObservedKey[] {
  const found = new Map<string, ObservedKey>()
  for (const key of keys) found.set(key.kmsKeyArn, { ...found.get(key.kmsKeyArn), ...key })
  return [...found.values()]
}

/** The last of each name: what was read later counts. */
function distinct<T> (items: readonly T[], nameOf: (item: T) => unknown): T[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()]
}

/** A verification of many pairs while it goes on. */
interface Course {
  usage: ResolvedUsage
  /** Pairs without an answer: they are read again. */
  open: Map<string, Pair>
  total: number
  results: Map<string, PairResult>
  attempts: number
  cached: CachedRead[]
  evaluate: Evaluate
  context: VerifyRequest['context']
}

const nameOf = ({ kmsKeyArn, roleArn }: Pair): string => `${kmsKeyArn} ${roleArn}`

/**
 * Verifies pair by pair, and tells of each as soon as its reads are there; where `waitUpTo` asks for it, as soon as
 * it passes or time is up, and only what is open is read again. The first line comes when AWS has answered anything:
 * before that it throws.
 */
export async function* verifyPairs (
  request: VerifyRequest,
  { policySource, requestId, evaluate = evaluateInline, ...options }: WaitOptions
): AsyncGenerator<PairLine> {
  const usage = resolveUsage(request.usage, { keys: 'keyOrAliasArns', pointer: '/usage' })
  assertFitsUsage(request)
  // The buckets show which keys there are: no pair has a report of its own.
  if (usage.locations.length > 0)
    return yield* verifyWhole(request, { policySource, ...(requestId && { requestId }), evaluate, ...options })
  const pairs = usage.keys.flatMap(({ arn: kmsKeyArn }) =>
    usage.roles.map(({ arn: roleArn }) => ({ kmsKeyArn, roleArn }))
  )
  const course: Course = {
    usage,
    open: new Map(pairs.map((pair) => [nameOf(pair), pair])),
    total: pairs.length,
    results: new Map(),
    attempts: 0,
    cached: [],
    evaluate,
    context: request.context
  }
  let refusal: unknown
  for await (const attempt of attempts({ ...options, waitUpToSeconds: request.waitUpTo ?? 0 })) {
    course.attempts = attempt.number
    try {
      yield* readOpenPairs(course, attempt, {
        policySource,
        requestId,
        proposed: request.proposed,
        maxAgeSeconds: attempt.number === 1 ? request.maxAgeSeconds : 0
      })
    } catch (error) {
      if (!isRetryable(error, course.results.size > 0)) throw error
      refusal = error
    }
    if (course.open.size === 0) break
  }
  if (course.results.size === 0) throw refusal
  // Time was up before another reading could begin.
  for (const name of course.open.keys()) yield* answer(course, name)
  yield await summaryOf(usage, [...course.results.values()], evaluate, {
    attempts: course.attempts,
    ...(course.cached.length === 0 ? {} : { cached: course.cached })
  })
}

async function* readOpenPairs (
  course: Course,
  { now, signal, isLast }: Attempt,
  from: Pick<Parameters<typeof startReads>[1], 'policySource' | 'requestId' | 'proposed' | 'maxAgeSeconds'>
): AsyncGenerator<PairLine> {
  const open = [...course.open.values()]
  const usage = {
    ...course.usage,
    keys: course.usage.keys.filter(({ arn }) => open.some(({ kmsKeyArn }) => kmsKeyArn === arn)),
    roles: course.usage.roles.filter(({ arn }) => open.some(({ roleArn }) => roleArn === arn))
  }
  const reads = startReads(usage, { ...from, signal })
  for await (const pairs of pairEvidence(usage, reads, now, course.context)) {
    if (course.results.size === 0) yield progressOf(course)
    for (const pair of pairs.filter((pair) => course.open.has(nameOf(pair)))) {
      const report = {
        ...(await course.evaluate(pair.observation)),
        ...readTimes(now, course.attempts, cachedFor(reads.cached(), pair.key, pair.role))
      }
      // So that they stand in the order in which they were last read.
      course.results.delete(nameOf(pair))
      course.results.set(nameOf(pair), { ...pair, report })
      if (isLast || report.verdict === 'pass') yield* answer(course, nameOf(pair))
      // A report takes milliseconds, and others wait for their turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    yield progressOf(course)
  }
  course.cached.push(...reads.cached())
}

function* answer ({ open, results }: Course, name: string): Generator<ReportLine> {
  const result = results.get(name)
  if (result === undefined) return
  const { kmsKeyArn, roleArn, report } = result
  open.delete(name)
  yield { type: 'report', kmsKeyArn, roleArn, report }
}

const progressOf = ({ open, total }: Course): PairLine => ({ type: 'progress', done: total - open.size, total })
