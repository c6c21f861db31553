import type { Reads } from '../../schemas/live.js'
import type { Report, Verdict } from '../../schemas/verification.js'
import type { SummaryLine } from '../../schemas/verification-line.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { worse, type Evidence } from './assess.js'
import type { Surroundings } from './checks.js'
import type { PairEvidence } from './pair-evidence.js'
import { reportOn } from './report.js'

/** A pair with what was reported of it. */
export interface PairResult extends PairEvidence { report: Report }

/** What all pairs come to, and what mends them together: their own changes to a policy that they share exclude one another. */
export function summaryOf (usage: ResolvedUsage, results: readonly PairResult[], reads: Reads): SummaryLine {
  const reports = results.map(({ report }) => report)
  const worst = (verdicts: readonly Verdict[]): Verdict => verdicts.reduce<Verdict>(worse, 'pass')
  const count = (wanted: Verdict): number => reports.filter(({ verdict }) => verdict === wanted).length
  const verdict = worst(reports.map(({ verdict }) => verdict))
  const remediation = verdict === 'pass' ? undefined : reportOn(wholeOf(usage, results)).remediation
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

/** The evidence about all pairs, as one. */
function wholeOf (usage: ResolvedUsage, results: readonly PairResult[]): Evidence {
  const keys = distinct(results.map(({ key }) => key), ({ name }) => name.arn)
  const roles = distinct(results.map(({ role }) => role), ({ name }) => name.arn)
  return {
    usage: { ...usage, keys: keys.map(({ name }) => name), roles: roles.map(({ name }) => name) },
    keys,
    roles,
    around: togetherAround(distinct(results.map(({ evidence }) => evidence.around), (around) => around))
  }
}

function togetherAround (all: readonly Surroundings[]): Surroundings {
  const levels = (kind: 'serviceControlPolicies' | 'resourceControlPolicies') => {
    const given = all.flatMap((around) => around[kind] ?? [])
    return all.every((around) => around[kind] === undefined) ? {} : { [kind]: distinct(given, ({ accountId }) => accountId) }
  }
  const unread = all.flatMap(({ organizationUnread = [] }) => organizationUnread)
  return {
    ...levels('serviceControlPolicies'),
    ...levels('resourceControlPolicies'),
    ...(unread.length === 0 ? {} : { organizationUnread: distinct(unread, (each) => JSON.stringify(each)) }),
    context: { role: {}, service: {}, both: {} },
    now: all.flatMap(({ now }) => now ?? []).at(-1)
  }
}

/** The last of each name: what was read later counts. */
function distinct<T> (items: readonly T[], nameOf: (item: T) => unknown): T[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()]
}
