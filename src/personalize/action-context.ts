import { ABSENT, type ContextValue, UNKNOWN } from '../iam/match/request-context.js'
import { type CallFacts, missingTag } from './call-facts.js'

const WITH_ENCRYPTION_CONTEXT = new Set([
  'kms:decrypt',
  'kms:encrypt',
  'kms:generatedatakey',
  'kms:generatedatakeywithoutplaintext',
  'kms:generatedatakeypair',
  'kms:generatedatakeypairwithoutplaintext',
  'kms:reencryptfrom',
  'kms:reencryptto',
  'kms:creategrant'
])
const ABOUT_GRANTS = new Set(['kms:creategrant', 'kms:listgrants', 'kms:revokegrant'])
const GRANT_PARAMETERS = [
  'kms:GrantConstraintType',
  'kms:GrantOperations',
  'kms:GranteePrincipal',
  'kms:GranteeServicePrincipal',
  'kms:RetiringPrincipal',
  'kms:RetiringServicePrincipal',
  'kms:GrantSourceArn'
]
const GRANT_PARAMETER_KEYS = new Set(GRANT_PARAMETERS.map((name) => name.toLowerCase()))

/**
 * Whether a condition key can be in the context of an action at all: an encryption context never comes with
 * DescribeKey or ListGrants, nor does a key of Amazon S3 with any of them.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
export function comesWithAction (keyName: string, action: string): boolean {
  const key = keyName.toLowerCase()
  const name = action.toLowerCase()
  if (key.startsWith('s3:')) return false
  if (key === 'kms:encryptioncontextkeys' || key.startsWith('kms:encryptioncontext:'))
    return WITH_ENCRYPTION_CONTEXT.has(name)
  if (key === 'kms:grantisforawsresource') return ABOUT_GRANTS.has(name)
  return !GRANT_PARAMETER_KEYS.has(key) || name === 'kms:creategrant'
}

/** Actions with the same kind have the same condition keys: they share a request context. */
export function contextKind (action: string): string {
  const name = action.toLowerCase()
  return `${WITH_ENCRYPTION_CONTEXT.has(name)} ${ABOUT_GRANTS.has(name)} ${name === 'kms:creategrant'}`
}

/** Whether a (lower-case) condition key exists on some actions only. */
export function dependsOnAction (key: string): boolean {
  return key.startsWith('kms:encryptioncontext') || key === 'kms:grantisforawsresource' || GRANT_PARAMETER_KEYS.has(key)
}

/** The keys that exist on some actions only. */
export function actionEntries (action: string): Array<readonly [string, ContextValue]> {
  return ['kms:GrantIsForAWSResource', 'kms:EncryptionContextKeys', ...GRANT_PARAMETERS].map(
    (key) => [key, comesWithAction(key, action) ? UNKNOWN : ABSENT] as const
  )
}

const SOMETIMES_SENT = [
  'kms:resourcealiases',
  'kms:requestalias',
  'kms:calleraccount',
  'kms:encryptionalgorithm',
  'kms:multiregionkeytype'
]
const NEVER_SENT = ['aws:requesttag/', 'aws:tagkeys']

/** Of the `kms:` keys the others belong to actions that Personalize does not use; of any other key nothing is known. */
export function unlisted (key: string, action: string, caller: 'role' | 'service', facts: CallFacts): ContextValue {
  if (!comesWithAction(key, action) || NEVER_SENT.some((name) => key.startsWith(name))) return ABSENT
  const tag = missingTag(key, facts, caller)
  if (tag !== undefined) return tag
  if (key.startsWith('kms:encryptioncontext:')) return UNKNOWN
  return key.startsWith('kms:') && !SOMETIMES_SENT.includes(key) ? ABSENT : UNKNOWN
}
