import type { Operation } from '../../schemas/usage.js'
import type { AuthorizationRequest } from '../iam/decide/request.js'
import { parseArn } from '../iam/match/arn.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../iam/match/request-context.js'
import { isPartition, personalizeRegions, SERVICE_PRINCIPAL } from './identifiers.js'

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
 * DescribeKey or ListGrants.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
export function comesWithAction (keyName: string, action: string): boolean {
  const key = keyName.toLowerCase()
  const name = action.toLowerCase()
  if (key === 'kms:encryptioncontextkeys' || key.startsWith('kms:encryptioncontext:'))
    return WITH_ENCRYPTION_CONTEXT.has(name)
  if (key === 'kms:grantisforawsresource') return ABOUT_GRANTS.has(name)
  return !GRANT_PARAMETER_KEYS.has(key) || name === 'kms:creategrant'
}

/** Actions with the same name here have the same condition keys: they can share a request context. */
export function contextKind (action: string): string {
  const name = action.toLowerCase()
  return `${WITH_ENCRYPTION_CONTEXT.has(name)} ${ABOUT_GRANTS.has(name)} ${name === 'kms:creategrant'}`
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
export function unlisted (key: string, action: string, caller: 'role' | 'service'): ContextValue {
  if (NEVER_SENT.some((name) => key.startsWith(name))) return ABSENT
  // Tags belong to IAM principals; a service has none.
  if (key.startsWith('aws:principaltag/')) return caller === 'service' ? ABSENT : UNKNOWN
  if (key.startsWith('kms:encryptioncontext:')) return comesWithAction(key, action) ? UNKNOWN : ABSENT
  return key.startsWith('kms:') && !SOMETIMES_SENT.includes(key) ? ABSENT : UNKNOWN
}

/** The path on which a call reaches KMS: made by the caller itself, or by S3 in the caller's name. */
export type Via = 'direct' | 's3'

/** Which of Personalize's two identities calls. */
export type PersonalizeCaller = { type: 'service' } | { type: 'role'; arn: string }

export interface PersonalizeCall {
  principal: PersonalizeCaller
  action: string
  key: { arn: string; accountId: string; region: string }
  via: Via
  /** Account and Region in which Personalize runs; a Region that was not given stays open. */
  accountId: string
  region: string | undefined
  partition: string
  observed?: Observed
}

export type KnownKeys = Readonly<Record<string, string | readonly string[]>>

/** What is known beyond the usage. */
export interface Observed {
  /** DescribeKey's KeyMetadata. */
  metadata?: { KeySpec?: string; KeyUsage?: string; Origin?: string; MultiRegion?: boolean }
  /** When the decision is asked for; left out where an answer must not depend on it. */
  now?: Date
  /** Condition keys that the asker knows of this principal's calls; they overrule what is assumed here. */
  context?: KnownKeys
  /**
   * Condition keys that the asker knows without saying of whose calls: they fill what is not known of this
   * principal's.
   */
  sharedContext?: KnownKeys
}

type Entries = Array<readonly [string, ContextValue]>

/**
 * How an operation reaches the key: a dataset group's data directly, everything that stands in a bucket through S3,
 * which calls KMS in the name of whoever called S3 (a forward access session).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
 */
export function viaOf (operation: Operation): Via {
  return operation === 'datasetGroup' ? 'direct' : 's3'
}

/** The requests of one principal on one path: actions that have the same condition keys share one request context. */
export function personalizeRequests (call: Omit<PersonalizeCall, 'action'>): (action: string) => AuthorizationRequest {
  const requests = new Map<string, AuthorizationRequest>()
  return (action) => {
    const kind = contextKind(action)
    const request = requests.get(kind) ?? personalizeRequest({ ...call, action })
    requests.set(kind, request)
    return request.action === action ? request : { ...request, action }
  }
}

/** The question that KMS asks IAM when Personalize makes this call, with all that is known of its context. */
export function personalizeRequest (call: PersonalizeCall): AuthorizationRequest {
  const { principal, key } = call
  const entries: Entries = [
    ...keyEntries(call),
    ...(principal.type === 'service' ? serviceEntries(call) : roleEntries(call, principal.arn)),
    ...actionEntries(call.action),
    ...timeEntries(call.observed?.now)
  ]
  const otherwise = (key: string): ContextValue => unlisted(key, call.action, principal.type)
  return {
    principal:
      principal.type === 'service'
        ? { kind: 'service', value: SERVICE_PRINCIPAL }
        : { kind: 'role', value: principal.arn },
    action: call.action,
    resource: { arn: key.arn, accountId: key.accountId },
    context: new RequestContext([...entries, ...givenEntries(call, new RequestContext(entries, otherwise))], otherwise)
  }
}

/**
 * What the asker knows. A key told for both principals cannot be on the calls of one to which AWS never gives it: the
 * source keys
 * are not on a role's calls, nor is a service in an organization.
 */
function givenEntries ({ action, observed }: PersonalizeCall, assumed: RequestContext): Entries {
  const shared = Object.entries(observed?.sharedContext ?? {}).filter(
    ([name]) => assumed.lookup(name.toLowerCase()).state === 'unknown'
  )
  const own = Object.entries(observed?.context ?? {}).filter(([name]) => comesWithAction(name, action))
  return [...shared, ...own].map(([name, value]) => [name, known(value)] as const)
}

function keyEntries ({ key, observed }: PersonalizeCall): Entries {
  const { KeySpec, KeyUsage, Origin, MultiRegion } = observed?.metadata ?? {}
  const property = (name: string, value: string | undefined): Entries => [
    [name, value === undefined ? UNKNOWN : known(value)]
  ]
  return [
    ['aws:RequestedRegion', known(key.region)],
    ['aws:ResourceAccount', known(key.accountId)],
    ['aws:SecureTransport', known('true')],
    ...property('kms:KeySpec', KeySpec),
    ...property('kms:CustomerMasterKeySpec', KeySpec),
    ...property('kms:KeyUsage', KeyUsage),
    ...property('kms:CustomerMasterKeyUsage', KeyUsage),
    ...property('kms:KeyOrigin', Origin),
    ...property('kms:MultiRegion', MultiRegion === undefined ? undefined : String(MultiRegion))
  ]
}

/**
 * The value that the service's suffix gives S3 in every partition.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
const viaS3 = (region: string): string => `s3.${region}.amazonaws.com`

/**
 * The role's session. The source keys exist only on calls that a service principal makes itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount
 */
function roleEntries ({ via, key }: PersonalizeCall, roleArn: string): Entries {
  const accountId = parseArn(roleArn)?.accountId ?? ''
  return [
    ['aws:PrincipalArn', known(roleArn)],
    ['aws:PrincipalAccount', known(accountId)],
    ['aws:PrincipalType', known('AssumedRole')],
    ['aws:PrincipalIsAWSService', known('false')],
    ...absent(
      'aws:PrincipalServiceName',
      'aws:PrincipalServiceNamesList',
      'aws:SourceAccount',
      'aws:SourceArn',
      'aws:SourceOrgID',
      'aws:SourceOrgPaths',
      'aws:username',
      'aws:FederatedProvider'
    ),
    ['kms:CallerAccount', known(accountId)],
    ['kms:ViaService', via === 's3' ? known(viaS3(key.region)) : ABSENT],
    ['aws:ViaAWSService', known(String(via === 's3'))],
    ...(via === 'direct' ? absent('aws:CalledVia', 'aws:CalledViaFirst', 'aws:CalledViaLast') : [])
  ]
}

/**
 * Personalize itself. AWS does not say whether it sends the source keys to KMS; if it does, they name the account
 * and a resource of Personalize there. It is no member of anybody's organization.
 */
function serviceEntries ({ via, key, accountId, region, partition }: PersonalizeCall): Entries {
  const maybe = (...like: string[]): ContextValue => ({ state: 'unknown', mayBeAbsent: true, like })
  const regions = region !== undefined ? [region] : isPartition(partition) ? personalizeRegions(partition) : []
  return [
    ['aws:PrincipalIsAWSService', known('true')],
    ['aws:PrincipalServiceName', known(SERVICE_PRINCIPAL)],
    ['aws:PrincipalServiceNamesList', { state: 'unknown', mayBeAbsent: false }],
    ...absent('aws:PrincipalOrgID', 'aws:PrincipalOrgPaths', 'aws:username', 'aws:FederatedProvider'),
    ['aws:SourceAccount', maybe(accountId)],
    ['aws:SourceArn', maybe(...regions.map((name) => `arn:${partition}:personalize:${name}:${accountId}:?*`))],
    ['kms:ViaService', via === 's3' ? maybe(viaS3(key.region)) : ABSENT],
    ['aws:ViaAWSService', via === 's3' ? UNKNOWN : known('false')]
  ]
}

function timeEntries (now: Date | undefined): Entries {
  if (now === undefined) return []
  return [
    ['aws:CurrentTime', known(now.toISOString())],
    ['aws:EpochTime', known(String(Math.floor(now.getTime() / 1000)))]
  ]
}

function absent (...names: string[]): Entries {
  return names.map((name) => [name, ABSENT] as const)
}
