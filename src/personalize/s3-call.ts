import type { AuthorizationRequest } from '../iam/decide/request.js'
import { parseArn } from '../iam/match/arn.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../iam/match/request-context.js'
import { keyRelations, membershipEntries, missingTag } from './call-facts.js'
import { SERVICE_PRINCIPAL } from './identifiers.js'
import type { Observed } from './kms-call.js'
import { bucketArn, objectsArn } from './locations.js'
import {
  absent,
  type Entries,
  type PersonalizeCaller,
  type PersonalizePlace,
  roleSessionEntries,
  servicePrincipalEntries,
  timeEntries
} from './principal-context.js'

/** A call of Personalize to Amazon S3, or to Amazon CloudWatch, which has no resources. */
export interface StorageCall extends PersonalizePlace {
  principal: PersonalizeCaller
  action: string
  location: { bucket: string; prefix: string; accountId: string }
  /** Of the bucket; undefined where it is not known. */
  bucketRegion: string | undefined
  observed?: Observed
}

/**
 * The resource that an action is about: the bucket, all objects under the prefix, or none at all.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function resourceOf ({
  action,
  partition,
  location
}: Pick<StorageCall, 'action' | 'partition' | 'location'>): string {
  if (!action.startsWith('s3:')) return '*'
  return action === 's3:ListBucket' ? bucketArn(partition, location.bucket) : objectsArn(partition, location)
}

/** The request that Amazon S3 evaluates when Personalize makes this call. It must hold for each object. */
export function storageRequest (call: StorageCall): AuthorizationRequest {
  const { principal, action, location } = call
  const arn = resourceOf(call)
  const isOfS3 = action.startsWith('s3:')
  const accountId =
    isOfS3 || principal.type === 'service' ? location.accountId : (parseArn(principal.arn)?.accountId ?? '')
  return {
    principal:
      principal.type === 'service'
        ? { kind: 'service', value: SERVICE_PRINCIPAL }
        : { kind: 'role', value: principal.arn },
    action,
    resource: { arn, accountId, isPattern: isOfS3 && action !== 's3:ListBucket' },
    context: contextOf(call, accountId),
    // A bucket has no owner's rule of its own: either side allows in one account, both across accounts.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    rule: 'identity-or-resource'
  }
}

/** Of the version of TLS it is known that it is one of two. */
export const VERSION_KEYS = ['s3:tlsversion'] as const

/** The condition keys that show from which network a call comes: which of AWS's own it is AWS does not document. */
export const ADDRESS_KEYS = [
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpcarn',
  'aws:sourcevpce',
  'aws:vpcsourceip',
  'aws:vpceaccount',
  'aws:vpceorgid',
  'aws:vpceorgpaths'
] as const

const ASSUMED_KEYS: readonly string[] = ['aws:sourceip', ...VERSION_KEYS]
const isAssumedKey = (key: string): boolean => ASSUMED_KEYS.includes(key)

/** Another connection than the one that is assumed. */
export type ConnectionChange = 'latestTls' | 'anyTls' | 'anyNetwork'

/**
 * The same request with the later version of TLS, or with what is assumed of its connection left unknown. What the
 * caller of this service gives stays.
 */
export function variantOf (request: AuthorizationRequest, change: ConnectionChange): AuthorizationRequest {
  const { context } = request
  const isAssumed = (key: string, assumed: ContextValue): boolean => {
    const now = context.lookup(key)
    return now.state === assumed.state && (now.state !== 'known' || now.values.includes(firstOf(assumed)))
  }
  const changes = CHANGES[change].filter(({ key, assumed }) => isAssumed(key, assumed))
  return changes.length === 0
    ? request
    : { ...request, context: context.with(new Map(changes.map(({ key, becomes }) => [key, becomes]))) }
}

const firstOf = (value: ContextValue): string => (value.state === 'known' ? (value.values[0] ?? '') : '')

function contextOf (call: StorageCall, accountId: string): RequestContext {
  const { principal, action, observed = {} } = call
  const isOfS3 = action.startsWith('s3:')
  // Amazon CloudWatch is called where Personalize runs, wherever the bucket is.
  const region = isOfS3 ? call.bucketRegion : call.region
  const entries: Entries = [
    ...(principal.type === 'service'
      ? servicePrincipalEntries(call, observed.facts)
      : roleSessionEntries(principal.arn, observed.facts)),
    ['aws:RequestedRegion', region === undefined ? UNKNOWN : known(region)],
    ['aws:ResourceAccount', known(accountId)],
    ['s3:ResourceAccount', isOfS3 ? known(accountId) : ABSENT],
    ...membershipEntries('aws:Resource', observed.facts?.keyMembership),
    ['aws:ViaAWSService', known('false')],
    ...absent('aws:CalledVia', 'aws:CalledViaFirst', 'aws:CalledViaLast'),
    ...NETWORK.filter(([name]) => isOfS3 || !name.startsWith('s3:')),
    ...timeEntries(observed.now)
  ]
  const otherwise = (key: string): ContextValue => unlisted(key, action, call)
  const isOfOneAccount = principal.type === 'role' && parseArn(principal.arn)?.accountId === accountId
  const relations = keyRelations(principal.type, observed.facts ?? {}, isOfOneAccount)
  const assumed = new RequestContext(entries, otherwise, relations)
  // What is merely assumed gives way to what the caller of this service knows, as what is unknown does.
  const shared = Object.entries(observed.sharedContext ?? {}).filter(
    ([name]) =>
      (isAssumedKey(name.toLowerCase()) && mayComeWith(name.toLowerCase(), call)) ||
      assumed.lookup(name.toLowerCase()).state === 'unknown'
  )
  const own = Object.entries(observed.context ?? {}).filter(([name]) => mayComeWith(name.toLowerCase(), call))
  const given: Entries = [...shared, ...own].map(([name, value]) => [name, known(value)] as const)
  return given.length === 0 ? assumed : new RequestContext([...entries, ...given], otherwise, relations)
}

/**
 * A key of one service is in no call to another, nor a key of one call in the others: `s3:prefix` is in lists alone.
 */
function mayComeWith (key: string, call: StorageCall): boolean {
  return !/^(?:s3|kms):/.test(key) || unlisted(key, call.action, call).state !== 'absent'
}

/**
 * An address of class E, which is assigned to no host: it stands for an address of AWS, which is in no range of a
 * customer's.
 * https://www.rfc-editor.org/rfc/rfc1112#section-4
 */
const ADDRESS_OF_AWS = '240.0.0.1'
/** AWS services call with one of these. https://docs.aws.amazon.com/AmazonS3/latest/userguide/network-isolation.html */
const [OLDEST_TLS, LATEST_TLS] = ['1.2', '1.3'] as const
const PRESENT: ContextValue = { state: 'unknown', mayBeAbsent: false }

/** Stands for networks of AWS itself: no policy of a customer names one, so only a wildcard matches it. */
const ofAws = (like: string): ContextValue => ({ state: 'unknown', mayBeAbsent: true, like: [like] })
const ACCOUNT_OF_AWS = '000000000000'

/**
 * AWS services may call from VPCs of their own, with the ids of those.
 * https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/perimeter-overview.html
 */
const NETWORKS_OF_AWS: ReadonlyMap<(typeof ADDRESS_KEYS)[number], ContextValue> = new Map([
  ['aws:sourceip', PRESENT],
  ['aws:sourcevpc', ofAws('vpc-00000000000000000')],
  ['aws:sourcevpcarn', ofAws(`arn:aws:ec2:us-east-1:${ACCOUNT_OF_AWS}:vpc/vpc-00000000000000000`)],
  ['aws:sourcevpce', ofAws('vpce-00000000000000000')],
  ['aws:vpcsourceip', UNKNOWN],
  ['aws:vpceaccount', ofAws(ACCOUNT_OF_AWS)],
  ['aws:vpceorgid', ofAws('o-0000000000')],
  ['aws:vpceorgpaths', ofAws('o-0000000000/r-0000/')]
])

interface AssumptionChange {
  key: string
  assumed: ContextValue
  becomes: ContextValue
}

const CHANGES: Readonly<Record<ConnectionChange, readonly AssumptionChange[]>> = {
  latestTls: [{ key: 's3:tlsversion', assumed: known(OLDEST_TLS), becomes: known(LATEST_TLS) }],
  anyTls: [{ key: 's3:tlsversion', assumed: known(OLDEST_TLS), becomes: PRESENT }],
  anyNetwork: [...NETWORKS_OF_AWS].map(([key, becomes]) => ({
    key,
    assumed: key === 'aws:sourceip' ? known(ADDRESS_OF_AWS) : ABSENT,
    becomes
  }))
}

/**
 * Personalize never comes through a VPC of the customer's: AWS says that buckets which only a VPC may reach cannot be
 * used. AWS services call with TLS 1.2 or later.
 * https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html
 */
const NETWORK: Entries = [
  ['aws:SecureTransport', known('true')],
  ['s3:TlsVersion', known(OLDEST_TLS)],
  ['aws:SourceIp', known(ADDRESS_OF_AWS)],
  ...absent(
    'aws:SourceVpc',
    'aws:SourceVpcArn',
    'aws:SourceVpce',
    'aws:VpcSourceIp',
    'aws:VpceAccount',
    'aws:VpceOrgID',
    'aws:VpceOrgPaths',
    's3:DataAccessPointAccount',
    's3:DataAccessPointArn',
    's3:AccessPointNetworkOrigin'
  )
]

/**
 * Keys of a request header or parameter: only the calls that can have it have it. Whether Personalize sends one, AWS
 * does not document.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
const BY_ACTION: ReadonlyMap<string, RegExp> = new Map([
  ['s3:GetObject', /^s3:(existingobjecttag\/|if-match$|if-none-match$)/],
  ['s3:PutObject', /^s3:(x-amz-|requestobjecttag|object-lock-|objectcreationoperation$|if-match$|if-none-match$)/],
  ['s3:ListBucket', /^s3:(prefix|delimiter|max-keys)$/]
])
const OF_EVERY_CALL =
  /^s3:(authtype|signatureage|signatureversion|x-amz-content-sha256|bucketregion|buckettag\/|tlsversion|resourceaccount|dataaccesspoint|accesspointnetworkorigin)/
/** The keys of other calls, and those above for the calls that cannot have them. */
const OF_OTHER_CALLS =
  /^s3:(access|grant|existing|request|inventory|job|location|destination|isrepl|version|x-amz-|object|if-|prefix|delim|max-)/

/** What is known of a (lower-case) key that is not among the entries. */
function unlisted (key: string, action: string, { principal, observed }: StorageCall): ContextValue {
  // No tags are sent with these calls, and those of the bucket are no condition keys here.
  if (key.startsWith('aws:requesttag/') || key === 'aws:tagkeys') return ABSENT
  const tag = key.startsWith('aws:principaltag/')
    ? missingTag(key, observed?.facts ?? {}, principal.type)
    : undefined
  if (tag !== undefined) return tag
  if (key.startsWith('kms:')) return ABSENT
  if (!key.startsWith('s3:')) return UNKNOWN
  if (!action.startsWith('s3:')) return ABSENT
  if (OF_EVERY_CALL.test(key) || BY_ACTION.get(action)?.test(key) === true) return UNKNOWN
  // Nothing is known of a key that AWS adds.
  return OF_OTHER_CALLS.test(key) ? ABSENT : UNKNOWN
}
