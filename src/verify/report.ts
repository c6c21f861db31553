import type { Finding, Report, ReportSummary, Verdict } from '../../schemas/verification.js'
import { withUniqueIds } from '../findings/catalogue.js'
import { formatList } from '../findings/format.js'
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
  return truncateReport({
    verdict,
    verdicts: assessment.verdicts,
    summary: {
      headline: `${headlineOf(verdict, findings, remediation, subjectOf(evidence))}${besides(evidence)}`,
      counts: countsOf(findings),
      pairs: pairVerdicts(evidence, assessment, verdict),
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

const RESULTS: Readonly<Record<Verdict, (subject: string) => string>> = {
  pass: (subject) => `Amazon Personalize can use the ${subject}`,
  fail: (subject) => `Amazon Personalize cannot use the ${subject} as required`,
  indeterminate: (subject) => `Whether Amazon Personalize can use the ${subject} is not determined`
}

/** What the report is about, in words. */
function subjectOf ({ keys, buckets = [] }: Evidence): string {
  if (buckets.length === 0) return 'key'
  const bucket = buckets.length === 1 ? 'bucket' : 'buckets'
  return keys.length === 0 ? bucket : `key and the ${bucket}`
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

/** The result, its first reason, and what the remediation offers, in one sentence. */
function headlineOf (
  verdict: Verdict,
  findings: readonly Finding[],
  remediation: Report['remediation'],
  subject: string
): string {
  const result = RESULTS[verdict](subject)
  if (remediation === undefined) {
    const warnings = findings.filter(({ severity }) => severity === 'warning').length
    return `${result}${warnings === 0 ? '' : ` (${plural(warnings, 'warning')} to review)`}.`
  }
  const [first, ...others] = findings.filter(({ severity }) => severity !== 'note')
  const reason =
    first === undefined
      ? ''
      : `: ${lowerFirst(first.title)}${others.length === 0 ? '' : ` (and ${plural(others.length, 'more finding')})`}`
  return `${result}${reason}; ${nextStep(remediation)}.`
}

function nextStep (remediation: NonNullable<Report['remediation']>): string {
  const { keyPolicies, rolePolicies, trustPolicies, bucketPolicies = [], cannotFix } = remediation
  const changes = [
    { count: bucketPolicies.length, word: 'bucket policy', words: 'bucket policies' },
    { count: keyPolicies.length, word: 'key policy', words: 'key policies' },
    { count: rolePolicies.length, word: 'IAM policy', words: 'IAM policies' },
    { count: trustPolicies.length, word: 'trust policy', words: 'trust policies' }
  ].flatMap(({ count, word, words }) => (count === 0 ? [] : [`${count} ${count === 1 ? word : words}`]))
  const steps = plural(cannotFix.length, 'point')
  if (changes.length === 0)
    return cannotFix.length === 0 ? 'no policy change is known that fixes it' : `${steps} to resolve by hand`
  const change = `change ${formatList(changes, ' and ')}`
  return cannotFix.length === 0 ? `${change} to fix it` : `${change}, and resolve ${steps} by hand`
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** The titles begin with an article or a name; only the article loses its capital. */
const lowerFirst = (text: string): string =>
  text.replace(/^(?:An?|The|No|Access|Something|What)\b/, (word) => word.toLowerCase())
