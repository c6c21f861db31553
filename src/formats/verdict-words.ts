import { countOf } from './names.js'
import type { CheckModel, Decision, FindingModel, ReportModel, Severity, Verdict } from './report-model.js'

export type Tone = 'yes' | 'no' | 'depends' | 'unknown'

/** Mark and words of each outcome: never colour alone. */
export const DECISIONS: Readonly<Record<Decision, { mark: string; words: string; tone: Tone }>> = {
  allowed: { mark: '✓', words: 'Allowed', tone: 'yes' },
  explicitDeny: { mark: '✕', words: 'Denied', tone: 'no' },
  implicitDeny: { mark: '✕', words: 'Not granted', tone: 'no' },
  conditional: { mark: '◐', words: 'Depends', tone: 'depends' },
  unknown: { mark: '?', words: 'Unknown', tone: 'unknown' }
}

export const VERDICTS: Readonly<Record<Verdict, { mark: string; words: string; tone: Tone }>> = {
  pass: { mark: '✓', words: 'pass', tone: 'yes' },
  fail: { mark: '✕', words: 'fail', tone: 'no' },
  indeterminate: { mark: '?', words: 'indeterminate', tone: 'unknown' }
}

export const SEVERITIES: Readonly<Record<Severity, { mark: string; words: string; tone: Tone }>> = {
  error: { mark: '✕', words: 'Error', tone: 'no' },
  warning: { mark: '!', words: 'Warning', tone: 'depends' },
  note: { mark: 'i', words: 'Note', tone: 'unknown' }
}

/** All checks of the report, of AWS KMS and of Amazon S3. */
export function allChecks ({ checks = [], s3Checks = [] }: ReportModel): readonly CheckModel[] {
  return [...checks, ...s3Checks]
}

/** The keys (and buckets), or the roles, that a report is about, each once. */
export function resourcesOf (report: ReportModel): {
  keys: string[]
  buckets: string[]
  roles: string[]
  operations: string[]
} {
  const checks = allChecks(report)
  const { pairs = [], buckets = [] } = report.summary ?? {}
  const distinct = (values: ReadonlyArray<string | undefined>): string[] =>
    [...new Set(values.filter((value) => value !== undefined && value !== ''))].filter((value) => value !== undefined)
  return {
    keys: distinct([...(report.checks ?? []), ...pairs].map(({ kmsKeyArn }) => kmsKeyArn)),
    buckets: distinct([...(report.s3Checks ?? []), ...buckets].map(({ bucket }) => bucket)),
    roles: distinct([...checks, ...pairs, ...buckets].map(({ roleArn }) => roleArn)),
    operations: distinct(checks.flatMap(({ operations = [] }) => operations))
  }
}

/** Whether a report is about more than one key or bucket, so that what it says has to name which. */
export function hasSeveralResources (report: ReportModel): boolean {
  const { keys, buckets } = resourcesOf(report)
  return keys.length + buckets.length > 1
}

/** The answer in one sentence: the title of every form. */
export function verdictSentence (report: ReportModel): string {
  const { verdict, verdicts } = report
  const subject = subjectOf(report)
  if (verdict === 'pass') return `Amazon Personalize can use ${subject}`
  if (verdict === 'indeterminate') return `Whether Amazon Personalize can use ${subject} is not settled`
  // AWS's evaluation passes, but AWS's page demands more: "cannot use" would say too much.
  return verdicts.effective === 'pass'
    ? 'The policies lack what AWS documents for Amazon Personalize'
    : `Amazon Personalize cannot use ${subject} yet`
}

/** The keys and buckets that came out as the report as a whole did; all of them where none says so. */
function concernedBy (report: ReportModel): { keys: string[]; buckets: string[] } {
  const all = resourcesOf(report)
  const { pairs = [], buckets = [] } = report.summary ?? {}
  const own = [...pairs, ...buckets].filter(({ verdict }) => verdict === report.verdict)
  if (own.length === 0) return all
  return {
    keys: all.keys.filter((key) => own.some(({ kmsKeyArn }) => kmsKeyArn === key)),
    buckets: all.buckets.filter((name) => own.some(({ bucket }) => bucket === name))
  }
}

/**
 * The finding that decides although the policies allow every call: a key that is disabled, or a role that Amazon
 * Personalize cannot assume.
 */
export function decidingBesideChecks (report: ReportModel): FindingModel | undefined {
  const checks = allChecks(report)
  if (report.verdicts.effective !== 'fail' || checks.some(({ effective }) => effective !== 'allowed')) return undefined
  return checks.length === 0 ? undefined : report.findings.find(({ severity }) => severity === 'error')
}

/** Why AWS's evaluation fails although every check is allowed. */
export function besideChecksSentence ({ title }: FindingModel): string {
  return `The policies allow every call, but AWS refuses it: ${lowerArticle(title)}.`
}

/** A title within a sentence. */
export function lowerArticle (title: string): string {
  return title.replace(/^(?:The|An?|No)\b/, (word) => word.toLowerCase())
}

const NOT_EVALUATED: Readonly<Record<string, string>> = {
  serviceControlPolicies: 'Service control policies',
  resourceControlPolicies: 'Resource control policies',
  s3: 'Amazon S3'
}

/** What was not evaluated, in words where it is a member of the report. */
export function limitName (what: string): string {
  return NOT_EVALUATED[what] ?? what
}

/** The keys and buckets in words; a report that names neither is about a key. */
function subjectOf (report: ReportModel): string {
  const { keys, buckets } = concernedBy(report)
  const words = (names: readonly string[], one: string): string[] =>
    names.length === 0 ? [] : [names.length === 1 ? `this ${one}` : `these ${one}s`]
  const subject = [...words(keys, 'key'), ...words(buckets, 'bucket')].join(' and ')
  return subject === '' ? 'this key' : subject
}

/** How many findings there are of each severity. */
export function findingCounts ({ summary, findings }: ReportModel): Record<Severity, number> {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length
  return summary?.counts ?? { error: count('error'), warning: count('warning'), note: count('note') }
}

/** `5 errors, 6 warnings and 1 note`; undefined where there are none. */
export function countsSentence (report: ReportModel): string | undefined {
  const counts = findingCounts(report)
  const parts = (['error', 'warning', 'note'] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => countOf(counts[severity], severity))
  const last = parts.pop()
  return last === undefined ? undefined : parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
}
