import type { Reads } from '../../schemas/live.js'
import type { Report, Verdict } from '../../schemas/verification.js'
import type { SummaryLine } from '../../schemas/verification-line.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { worse } from './assess.js'
import type { Judge, Observation } from './observation.js'
import type { PairEvidence } from './pair-evidence.js'

/** A pair with what was reported of it. */
export interface PairResult extends PairEvidence { report: Report }

/** What all pairs come to, and what mends them together: their own changes to a policy that they share exclude one another. */
export async function summaryOf (usage: ResolvedUsage, results: readonly PairResult[], judge: Judge, reads: Reads): Promise<SummaryLine> {
  const reports = results.map(({ report }) => report)
  const worst = (verdicts: readonly Verdict[]): Verdict => verdicts.reduce<Verdict>(worse, 'pass')
  const count = (wanted: Verdict): number => reports.filter(({ verdict }) => verdict === wanted).length
  const verdict = worst(reports.map(({ verdict }) => verdict))
  const remediation = verdict === 'pass' ? undefined : (await judge(wholeOf(usage, results))).remediation
  return {
    type: 'summary',
    verdict,
    verdicts: { documented: worst(reports.map(({ verdicts }) => verdicts.documented)), effective: worst(reports.map(({ verdicts }) => verdicts.effective)) },
    pairs: { total: reports.length, pass: count('pass'), fail: count('fail'), indeterminate: count('indeterminate') },
    observedAt: reports.flatMap(({ observedAt = '' }) => observedAt).reduce((oldest, at) => at < oldest ? at : oldest),
    reads,
    ...(remediation === undefined ? {} : { remediation })
  }
}

/** What was observed of all pairs, as one. */
function wholeOf (usage: ResolvedUsage, results: readonly PairResult[]): Observation {
  const keys = distinct(results.map(({ key }) => key), ({ name }) => name.arn)
  const roles = distinct(results.map(({ role }) => role), ({ name }) => name.arn)
  const observations = results.map(({ observation }) => observation)
  const organizations = observations.flatMap(({ organizations = [] }) => organizations)
  return {
    usage: { ...usage, keys: keys.map(({ name }) => name), roles: roles.map(({ name }) => name) },
    keys: keys.map(({ observed }) => observed),
    roles: roles.map(({ observed }) => observed),
    organizations: observations.every(({ organizations }) => organizations === undefined) ? undefined : distinct(organizations, ({ accountId }) => accountId),
    now: new Date(Math.max(...observations.map(({ now }) => now.getTime())))
  }
}

/** The last of each name: what was read later counts. */
function distinct<T> (items: readonly T[], nameOf: (item: T) => unknown): T[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()]
}
