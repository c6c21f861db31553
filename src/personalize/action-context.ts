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
/** https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html */
const GRANT_PARAMETERS = [
  'kms:GrantConstraintSourceArn',
  'kms:GrantConstraintType',
  'kms:GrantOperations',
  'kms:GranteePrincipal',
  'kms:GranteeServicePrincipal',
  'kms:RetiringPrincipal',
  'kms:RetiringServicePrincipal'
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

/**
 * Keys that only calls have which Personalize does not make.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 */
const OF_OTHER_CALLS = new Set([
  'kms:bypasspolicylockoutsafetycheck',
  'kms:datakeypairspec',
  'kms:expirationmodel',
  'kms:keyagreementalgorithm',
  'kms:macalgorithm',
  'kms:messagetype',
  'kms:primaryregion',
  'kms:reencryptonsamekey',
  'kms:replicaregion',
  'kms:rotationperiodindays',
  'kms:schedulekeydeletionpendingwindowindays',
  'kms:signingalgorithm',
  'kms:validto',
  'kms:wrappingalgorithm',
  'kms:wrappingkeyspec'
])
/** What an enclave sends. */
const ATTESTATION = 'kms:recipientattestation:'
const NEVER_SENT = ['aws:requesttag/', 'aws:tagkeys']

/** A key that only other calls have is absent; of any other, one that AWS adds among them, nothing is known. */
export function unlisted (key: string, action: string, caller: 'role' | 'service', facts: CallFacts): ContextValue {
  if (!comesWithAction(key, action) || NEVER_SENT.some((name) => key.startsWith(name))) return ABSENT
  const tag = missingTag(key, facts, caller)
  if (tag !== undefined) return tag
  return OF_OTHER_CALLS.has(key) || key.startsWith(ATTESTATION) ? ABSENT : UNKNOWN
}
