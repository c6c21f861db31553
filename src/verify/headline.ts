import type { Finding, Remediation, ReportSummary, Verdict } from '../../schemas/verification.js'
import { formatList, formatStatement, truncate } from '../findings/format.js'

interface Outcome {
  verdict: Verdict
  verdicts: { documented: Verdict; effective: Verdict }
  findings: readonly Finding[]
  remediation: Remediation | undefined
  pairs: ReportSummary['pairs']
  buckets: ReportSummary['buckets']
}

/** The result with its keys, buckets and roles, its first cause, and what to do: one sentence, fit for a ticket. */
export function headlineOf (outcome: Outcome): string {
  const { findings, remediation } = outcome
  const result = resultOf(outcome)
  if (remediation === undefined) {
    const warnings = findings.filter(({ severity }) => severity === 'warning').length
    return `${result}${warnings === 0 ? '' : ` (${plural(warnings, 'warning')} to review)`}.`
  }
  // What follows from a cause is fixed with it.
  const [first, ...others] = findings.filter(({ severity, causedBy }) => severity !== 'note' && causedBy === undefined)
  const more = others.length === 0 ? '' : `, and ${plural(others.length, 'more finding')}`
  return `${result}${first === undefined ? '' : `: ${reasonOf(first)}${more}`}; ${nextStep(remediation)}.`
}

function resultOf ({ verdict, verdicts, pairs, buckets = [] }: Outcome): string {
  const isConcerned = (entry: { verdict: Verdict }): boolean => entry.verdict === verdict
  const isAny = [...pairs, ...buckets].some(isConcerned)
  const concerned = <T extends { verdict: Verdict }>(entries: readonly T[]): readonly T[] =>
    isAny ? entries.filter(isConcerned) : entries
  const [ofKeys, ofBuckets] = [concerned(pairs), concerned(buckets)]
  const resources = [
    ...namesOf('key', ofKeys.map(({ kmsKeyArn }) => lastPart(kmsKeyArn)), pairs.map(({ kmsKeyArn }) => kmsKeyArn)),
    ...namesOf('bucket', ofBuckets.map(({ bucket }) => bucket), buckets.map(({ bucket }) => bucket))
  ]
  const roles = [...ofKeys, ...ofBuckets].map(({ roleArn }) => roleArn)
  const [role] = namesOf('role', roles.map(lastPart), [...pairs, ...buckets].map(({ roleArn }) => roleArn))
  const what = resources.join(' and ') || 'the key'
  const [subject, policies] = role === undefined ? [what, what] : [`${what} with ${role}`, `${what} and ${role}`]
  if (verdict === 'pass') return `Amazon Personalize can use ${subject}`
  if (verdict === 'indeterminate') return `Whether Amazon Personalize can use ${subject} is not determined`
  return verdicts.effective === 'fail'
    ? `Amazon Personalize cannot use ${subject} as required`
    : `The policies of ${policies} lack what AWS documents for Amazon Personalize`
}

/** `key 1234abcd-…`, `2 keys`, or `2 of 3 keys` where the others came out better. */
function namesOf (noun: string, names: readonly string[], all: readonly string[]): string[] {
  const [count, total] = [new Set(names).size, new Set(all).size]
  const [name] = names
  if (name === undefined) return []
  if (total === 1) return [`${noun} ${truncate(name)}`]
  return [count === total ? plural(count, noun) : `${count} of ${plural(total, noun)}`]
}

const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

/** The title with what it is about: the statement, the actions, or a short reason. */
function reasonOf ({ title, statement, actions = [], why }: Finding): string {
  const ofActions = actions.length > MAX_ACTIONS ? plural(actions.length, 'action') : actions.join(', ')
  const about = [
    ...(statement === undefined ? [] : [formatStatement(statement)]),
    ...(ofActions === '' ? [] : [ofActions])
  ]
  const short = why.length <= MAX_WHY_CHARACTERS && !why.includes('. ') ? why.replace(/\.$/, '') : undefined
  const details = about.length === 0 ? short : about.join(': ')
  return details === undefined ? lowerFirst(title) : `${lowerFirst(title)} (${details})`
}

const MAX_ACTIONS = 2
const MAX_WHY_CHARACTERS = 80

function nextStep ({ keyPolicies, rolePolicies, trustPolicies, bucketPolicies = [], cannotFix }: Remediation): string {
  const changes = [
    { count: bucketPolicies.length, word: 'bucket policy', words: 'bucket policies' },
    { count: keyPolicies.length, word: 'key policy', words: 'key policies' },
    { count: rolePolicies.length, word: 'IAM policy', words: 'IAM policies' },
    { count: trustPolicies.length, word: 'trust policy', words: 'trust policies' }
  ].flatMap(({ count, word, words }) => (count === 0 ? [] : [count === 1 ? `the ${word}` : `${count} ${words}`]))
  const change = `change ${formatList(changes, ' and ')}`
  const [step, ...others] = cannotFix
  if (step === undefined)
    return changes.length === 0 ? 'no policy change is known that fixes it' : `${change} to fix it`
  const what = firstSentence(step.remedy ?? '')
  const isShort = others.length === 0 && what !== '' && what.length <= MAX_STEP_CHARACTERS
  const byHand = isShort ? `by hand: ${lowerFirst(what)}` : `${plural(cannotFix.length, 'step')} by hand`
  return changes.length === 0 ? byHand : `${change}, and ${byHand}`
}

const MAX_STEP_CHARACTERS = 160

const firstSentence = (text: string): string => (text.split(/\.(?:\s+|$)/)[0] ?? '').replace(/[:;]\s.*$/, '')

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** Titles and remedies begin with a word that loses its capital, unless it is a name or an abbreviation. */
function lowerFirst (text: string): string {
  const [word = ''] = text.split(' ')
  return /^(?:Amazon|AWS|GetRole|KMS|IAM)$/.test(word) || /[a-z][A-Z]|:|^[A-Z]{2}/.test(word)
    ? text
    : `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}
