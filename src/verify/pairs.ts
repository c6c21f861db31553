import type { VerifyRequest } from '../../schemas/live.js'
import type { PairLine, ReportLine } from '../../schemas/verification-line.js'
import { resolveUsage, type ResolvedUsage } from '../personalize/resolve-usage.js'
import { attempts, type Attempt } from './attempts.js'
import { judgeAtOnce, type Judge } from './observation.js'
import { pairEvidence, type Pair } from './pair-evidence.js'
import { summaryOf, type PairResult } from './pair-summary.js'
import type { CachedRead } from './policy-source.js'
import { cachedFor, readTimes } from './read-times.js'
import { startReads } from './reads.js'
import { canBeWaitedOut, type WaitOptions } from './wait.js'

/** A verification of many pairs while it goes on. */
interface Course {
  usage: ResolvedUsage
  /** Pairs without an answer: they are read again. */
  open: Map<string, Pair>
  total: number
  results: Map<string, PairResult>
  attempts: number
  cached: CachedRead[]
  judge: Judge
}

const nameOf = ({ kmsKeyArn, roleArn }: Pair): string => `${kmsKeyArn} ${roleArn}`

/**
 * Verifies pair by pair, and tells of each as soon as its reads are there; where `waitUpTo` asks for it, as soon as it passes or
 * time is up, and only what is open is read again. The first line comes when AWS has answered anything: before that it throws.
 */
export async function * verifyPairs (request: VerifyRequest, { policySource, requestId, judge = judgeAtOnce, ...options }: WaitOptions): AsyncGenerator<PairLine> {
  const usage = resolveUsage(request.usage, { keys: 'keyOrAliasArns', pointer: '/usage' })
  const pairs = usage.keys.flatMap(({ arn: kmsKeyArn }) => usage.roles.map(({ arn: roleArn }) => ({ kmsKeyArn, roleArn })))
  const course: Course = { usage, open: new Map(pairs.map((pair) => [nameOf(pair), pair])), total: pairs.length, results: new Map(), attempts: 0, cached: [], judge }
  let refusal: unknown
  for await (const attempt of attempts({ ...options, waitUpToSeconds: request.waitUpTo ?? 0 })) {
    course.attempts = attempt.number
    try {
      yield * readOpenPairs(course, attempt, { policySource, requestId, maxAgeSeconds: attempt.number === 1 ? request.maxAgeSeconds : 0 })
    } catch (error) {
      if (!canBeWaitedOut(error, course.results.size > 0)) throw error
      refusal = error
    }
    if (course.open.size === 0) break
  }
  if (course.results.size === 0) throw refusal
  // Time was up before another reading could begin.
  for (const name of course.open.keys()) yield * answer(course, name)
  yield await summaryOf(usage, [...course.results.values()], judge, { attempts: course.attempts, ...(course.cached.length === 0 ? {} : { cached: course.cached }) })
}

async function * readOpenPairs (course: Course, { now, signal, isLast }: Attempt, from: Pick<Parameters<typeof startReads>[1], 'policySource' | 'requestId' | 'maxAgeSeconds'>): AsyncGenerator<PairLine> {
  const open = [...course.open.values()]
  const usage = {
    ...course.usage,
    keys: course.usage.keys.filter(({ arn }) => open.some(({ kmsKeyArn }) => kmsKeyArn === arn)),
    roles: course.usage.roles.filter(({ arn }) => open.some(({ roleArn }) => roleArn === arn))
  }
  const reads = startReads(usage, { ...from, signal })
  for await (const pairs of pairEvidence(usage, reads, now)) {
    if (course.results.size === 0) yield progressOf(course)
    for (const pair of pairs.filter((pair) => course.open.has(nameOf(pair)))) {
      const report = { ...await course.judge(pair.observation), ...readTimes(now, course.attempts, cachedFor(reads.cached(), pair.key, pair.role)) }
      course.results.delete(nameOf(pair)) // so that they stand in the order in which they were last read
      course.results.set(nameOf(pair), { ...pair, report })
      if (isLast || report.verdict === 'pass') yield * answer(course, nameOf(pair))
      // A report takes milliseconds, and others wait for their turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    yield progressOf(course)
  }
  course.cached.push(...reads.cached())
}

function * answer ({ open, results }: Course, name: string): Generator<ReportLine> {
  const result = results.get(name)
  if (result === undefined) return
  const { kmsKeyArn, roleArn, report } = result
  open.delete(name)
  yield { type: 'report', kmsKeyArn, roleArn, report }
}

function progressOf ({ open, total }: Course): PairLine {
  return { type: 'progress', done: total - open.size, total }
}
