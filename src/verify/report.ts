import type { Finding, Report, ReportSummary } from '../../schemas/verification.js'
import { withUniqueIds } from '../findings/catalogue.js'
import { assess, type Evidence, worstOf } from './assess.js'
import { inCausalOrder } from './find/causes.js'
import { mergeAlike } from './find/merge-alike.js'
import {
  accessPointsOf,
  failedReadsOf,
  notEvaluated,
  unreadFindings,
  unresolvedKeysOf
} from './find/not-evaluated.js'
import { headlineOf } from './headline.js'
import { bucketVerdicts, pairVerdicts } from './pair-verdicts.js'
import { withReplacements } from './remedy/deny-exception.js'
import { remediationFor } from './remedy/remediation.js'
import type { ResolvedUsage } from '../personalize/usage.js'
import { truncateReport } from './truncate-report.js'

/** Evaluates the evidence and reports on it: the result first, then what to do, then every check. */
export function reportOn (evidence: Evidence): Report {
  const assessment = assess(evidence)
  const unread = failedReadsOf(evidence)
  const verdict = worstOf(assessment.verdicts.documented, assessment.verdicts.effective)
  const found = withUniqueIds([...assessment.findings, ...unreadFindings(unread)])
  const { findings, idOf } = mergeAlike(inCausalOrder(withReplacements(found, evidence, assessment)))
  const { buckets = [] } = evidence
  const byBucket = bucketVerdicts(evidence, assessment)
  const remediation = verdict === 'pass' ? undefined : remediationFor(evidence, assessment, found, idOf)
  const pairs = pairVerdicts(evidence, assessment, verdict)
  const result = { verdict, verdicts: assessment.verdicts, findings, remediation, pairs, buckets: byBucket }
  return truncateReport({
    verdict,
    verdicts: assessment.verdicts,
    summary: {
      headline: `${headlineOf(result)}${besides(evidence)}`,
      counts: countsOf(findings),
      pairs,
      ...(byBucket === undefined ? {} : { buckets: byBucket })
    },
    ...(evidence.around.now === undefined ? {} : { observedAt: evidence.around.now.toISOString() }),
    findings,
    ...(remediation === undefined ? {} : { remediation }),
    checks: assessment.checked.map(({ check }) => check),
    ...(buckets.length === 0 ? {} : { s3Checks: assessment.checkedLocations.map(({ check }) => check) }),
    notEvaluated: [
      ...notEvaluated(unread, evidence.around, operationsWithoutBucket(evidence)),
      ...unresolvedKeysOf(buckets, evidence.usage),
      ...accessPointsOf(buckets)
    ]
  })
}

function countsOf (findings: readonly Finding[]): ReportSummary['counts'] {
  const count = (wanted: Finding['severity']): number => findings.filter(({ severity }) => severity === wanted).length
  return { error: count('error'), warning: count('warning'), note: count('note') }
}

/** Who names locations must not take a result about the key for one about Amazon S3. */
function besides ({ usage: { locations }, buckets = [] }: Evidence): string {
  const isOpen = locations.some((location) => buckets.every(({ bucket }) => bucket !== location.bucket))
  if (!isOpen) return ''
  return ` Access to ${buckets.length === 0 ? 'Amazon S3' : 'other buckets of the locations'} was not checked.`
}

/** The operations that need Amazon S3, and of which the report says nothing about it. */
function operationsWithoutBucket ({ usage, buckets = [] }: Evidence): ResolvedUsage['operations'] {
  const covered = new Set(
    usage.locations
      .filter((location) => buckets.some(({ bucket }) => bucket === location.bucket))
      .flatMap(({ uses }) => uses.map(({ operation }) => operation))
  )
  return usage.operations.filter((operation) => !covered.has(operation))
}
