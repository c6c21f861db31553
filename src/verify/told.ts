import type { StatementReference } from '../../schemas/verification.js'

const POLICIES: Readonly<Record<string, string>> = {
  keyPolicy: 'the key policy',
  identityPolicies: 'the IAM policy',
  permissionsBoundary: 'the permissions boundary',
  trustPolicy: 'the trust policy',
  serviceControlPolicies: 'the service control policy',
  resourceControlPolicies: 'the resource control policy'
}

/** Two dozen statements say no more than the first few. */
const MOST_TOLD = 5

/** A statement as one would point at it: `statement 2 (DenyDecrypt) of the key policy`. */
export function toldStatement ({ policy, name, sid, index }: StatementReference): string {
  if (policy === 'grants') return `grant ${name}`
  const which = policy === 'keyPolicy' || policy === 'trustPolicy' ? '' : ` ${name}`
  return `statement ${index}${sid === undefined ? '' : ` (${sid})`} of ${POLICIES[policy] ?? policy}${which}`
}

export function toldList (texts: readonly string[], separator = ', '): string {
  const more = texts.length - MOST_TOLD
  return more > 0 ? `${texts.slice(0, MOST_TOLD).join(separator)}${separator}and ${more} more` : texts.join(separator)
}
