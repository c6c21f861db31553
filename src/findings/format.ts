import type { StatementReference } from '../../schemas/verification.js'
import type { Condition } from '../iam/condition/condition.js'
import type { Statement } from '../iam/document/policy-document.js'

const POLICIES: Readonly<Record<string, string>> = {
  keyPolicy: 'the key policy',
  bucketPolicy: 'the bucket policy',
  identityPolicies: 'the IAM policy',
  permissionsBoundary: 'the permissions boundary',
  trustPolicy: 'the trust policy',
  serviceControlPolicies: 'the service control policy',
  resourceControlPolicies: 'the resource control policy'
}

/** Two dozen statements say no more than the first few: in a sentence, and in a list of the report. */
const MAX_IN_TEXT = 5
const MAX_LISTED = 20
/** No name, Sid or ARN of AWS's is longer; what others wrote into a policy may be. */
const MAX_NAME_LENGTH = 256

/** The beginning of a long text. */
export function truncate (text: string, longest = MAX_NAME_LENGTH): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** As much of a list as a report tells, and how many are left out. */
export function takeFirst<T> (list: readonly T[], most = MAX_LISTED): { listed: T[]; left: number } {
  return { listed: list.slice(0, most), left: Math.max(0, list.length - most) }
}

/** The counts of what was left out, by the member that it belongs to; nothing where all is listed. */
export function omittedCounts (counts: Readonly<Record<string, number>>): { omitted?: Record<string, number> } {
  for (const name in counts)
    if (counts[name] !== 0)
      return { omitted: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)) }
  return {}
}

/** How a report refers to a statement of a policy. */
export function statementReference (
  policy: string,
  name: string,
  { sid, index, effect }: Statement
): StatementReference {
  return sid === undefined ? { policy, name, index, effect } : { policy, name, sid, index, effect }
}

/** A statement as a person refers to it, counted from 1: `statement 2 (DenyDecrypt) of the key policy`. */
export function formatStatement ({ policy, name, sid, index }: StatementReference): string {
  if (policy === 'grants') return `grant ${truncate(name)}`
  const which =
    policy === 'keyPolicy' || policy === 'bucketPolicy' || policy === 'trustPolicy' ? '' : ` ${truncate(name)}`
  return `statement ${index + 1}${sid === undefined ? '' : ` (${truncate(sid)})`} of ` +
    `${POLICIES[policy] ?? policy}${which}`
}

/** A condition with its values, as the policy has them: `StringEquals aws:SourceAccount 111122223333`. */
export function formatCondition ({
  operatorName,
  keyName,
  values
}: Pick<Condition, 'operatorName' | 'keyName' | 'values'>): string {
  const texts = values.map(({ text }) => text)
  const listed = texts.length === 0 ? 'with an empty list' : formatList(texts, ' or ')
  return `${truncate(operatorName)} ${truncate(keyName)} ${listed}`
}

/** `left`: how many more there are that the list itself does not hold. */
export function formatList (texts: readonly string[], separator = ', ', left = 0): string {
  const listed = texts.slice(0, MAX_IN_TEXT).map((text) => truncate(text))
  const more = texts.length - listed.length + left
  return more > 0 ? `${listed.join(separator)}${separator}and ${more} more` : listed.join(separator)
}
