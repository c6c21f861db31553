import type { Operation } from '../../schemas/usage.js'
import type { AuthorizationRequest, RequestWithoutAction } from '../iam/decide/request.js'
import { parseArn } from '../iam/match/arn.js'
import {
  ABSENT,
  type ContextByAction,
  type ContextValue,
  known,
  RequestContext,
  UNKNOWN
} from '../iam/match/request-context.js'
import { actionEntries, comesWithAction, contextKind, dependsOnAction, unlisted } from './action-context.js'
import { type CallFacts, keyFactEntries, keyRelations } from './call-facts.js'
import { SERVICE_PRINCIPAL } from './identifiers.js'
import {
  absent,
  type Entries,
  type PersonalizeCaller,
  roleSessionEntries,
  servicePrincipalEntries,
  timeEntries
} from './principal-context.js'

/** The path on which a call reaches KMS: made by the caller itself, or by S3 in the caller's name. */
export type Via = 'direct' | 's3'

export type { PersonalizeCaller } from './principal-context.js'

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
  facts?: CallFacts
  /** What S3 sends as `aws:s3:arn`, where the locations are known: ARNs of buckets, patterns of those of objects. */
  s3Arns?: readonly string[]
  /** When the decision is made; left out where a response must not depend on it. */
  now?: Date
  /** Condition keys that the caller gives for this principal's calls; they overrule what is assumed here. */
  context?: KnownKeys
  /** Condition keys that the caller gives for no principal in particular: they fill what is not known of this one. */
  sharedContext?: KnownKeys
}

type Call = Omit<PersonalizeCall, 'action'>

/**
 * How an operation reaches the key: a dataset group's data directly, everything that stands in a bucket through S3,
 * which calls KMS in the name of the caller of S3 (a forward access session).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
 */
export function viaOf (operation: Operation): Via {
  return operation === 'datasetGroup' ? 'direct' : 's3'
}

/** The requests of one principal on one path: actions that have the same condition keys share one request context. */
export function personalizeRequests (
  call: Call
): RequestWithoutAction & { context: ContextByAction } {
  const { principal, key, observed } = call
  const entries: Entries = [
    ...keyEntries(call),
    ...(principal.type === 'service' ? serviceEntries(call) : roleEntries(call, principal.arn)),
    ...keyFactEntries(observed?.facts ?? {}),
    ...timeEntries(observed?.now)
  ]
  const contexts = new Map<string, RequestContext>()
  const byAction = new Map<string, RequestContext>()
  return {
    principal:
      principal.type === 'service'
        ? { kind: 'service', value: SERVICE_PRINCIPAL }
        : { kind: 'role', value: principal.arn },
    resource: { arn: key.arn, accountId: key.accountId },
    context: {
      dependsOnAction,
      forAction: (action) => {
        const earlier = byAction.get(action)
        if (earlier !== undefined) return earlier
        const kind = contextKind(action)
        const context = contexts.get(kind) ?? contextOf(action, call, entries)
        contexts.set(kind, context)
        byAction.set(action, context)
        return context
      }
    }
  }
}

/** The request that KMS evaluates when Personalize makes this call, with all that is known of its context. */
export function personalizeRequest ({ action, ...call }: PersonalizeCall): AuthorizationRequest {
  const { context, ...request } = personalizeRequests(call)
  return { ...request, action, context: context.forAction(action) }
}

function contextOf (action: string, call: Call, shared: Entries): RequestContext {
  const { principal, key, observed = {} } = call
  const { facts = {} } = observed
  const isOfOneAccount = principal.type === 'role' && parseArn(principal.arn)?.accountId === key.accountId
  const relations = keyRelations(principal.type, facts, isOfOneAccount)
  const otherwise = (key: string): ContextValue => unlisted(key, action, principal.type, facts)
  const entries = (): Entries => {
    const assumed = [...shared, ...actionEntries(action), ...pathEntries(action, call)]
    return [...assumed, ...givenEntries(action, observed, new RequestContext(assumed, otherwise))]
  }
  return new RequestContext(entries, otherwise, relations)
}

function pathEntries (action: string, { via, partition, observed }: Call): Entries {
  return via === 's3' ? s3ContextEntries(action, observed?.s3Arns ?? [`arn:${partition}:s3:::?*`]) : []
}

/**
 * What the caller of this service knows. A key that is given for both principals cannot be on the calls of one to
 * which AWS never gives it: the source keys are not on a role's calls, nor is a service in an organization.
 */
function givenEntries (action: string, { context, sharedContext }: Observed, assumed: RequestContext): Entries {
  const shared = Object.entries(sharedContext ?? {}).filter(
    ([name]) => assumed.lookup(name.toLowerCase()).state === 'unknown'
  )
  const own = Object.entries(context ?? {}).filter(([name]) => comesWithAction(name, action))
  return [...shared, ...own].map(([name, value]) => [name, known(value)] as const)
}

function keyEntries ({ key, observed }: Call): Entries {
  const { KeySpec, KeyUsage, Origin, MultiRegion } = observed?.metadata ?? {}
  const property = (name: string, value: string | undefined): Entries[number] => [
    name,
    value === undefined ? UNKNOWN : known(value)
  ]
  return [
    ['aws:RequestedRegion', known(key.region)],
    ['aws:ResourceAccount', known(key.accountId)],
    ['aws:SecureTransport', known('true')],
    property('kms:KeySpec', KeySpec),
    property('kms:CustomerMasterKeySpec', KeySpec),
    property('kms:KeyUsage', KeyUsage),
    property('kms:CustomerMasterKeyUsage', KeyUsage),
    property('kms:KeyOrigin', Origin),
    property('kms:MultiRegion', MultiRegion === undefined ? undefined : String(MultiRegion))
  ]
}

/**
 * The value that the service's suffix gives S3 in every partition.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
const viaS3 = (region: string): string => `s3.${region}.amazonaws.com`

/**
 * S3 always adds the ARN of the bucket or the object to the encryption context.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
 */
function s3ContextEntries (action: string, like: readonly string[]): Entries {
  const name = 'kms:EncryptionContext:aws:s3:arn'
  if (!comesWithAction(name, action) || action.toLowerCase() === 'kms:creategrant') return []
  const [only] = like
  const isOne = only !== undefined && like.length === 1 && !/[*?]/.test(only)
  return [
    [name, isOne ? known(only) : { state: 'unknown', mayBeAbsent: false, like }],
    // There is at least this one.
    ['kms:EncryptionContextKeys', { state: 'unknown', mayBeAbsent: false }]
  ]
}

function roleEntries ({ via, key, observed }: Call, roleArn: string): Entries {
  return [
    ...roleSessionEntries(roleArn, observed?.facts),
    ['kms:CallerAccount', known(parseArn(roleArn)?.accountId ?? '')],
    ['kms:ViaService', via === 's3' ? known(viaS3(key.region)) : ABSENT],
    ['aws:ViaAWSService', known(String(via === 's3'))],
    ...(via === 'direct' ? absent('aws:CalledVia', 'aws:CalledViaFirst', 'aws:CalledViaLast') : [])
  ]
}

function serviceEntries (call: Call): Entries {
  const { via, key, observed } = call
  return [
    ...servicePrincipalEntries(call, observed?.facts),
    ['kms:ViaService', via === 's3' ? { state: 'unknown', mayBeAbsent: true, like: [viaS3(key.region)] } : ABSENT],
    ['aws:ViaAWSService', via === 's3' ? UNKNOWN : known('false')]
  ]
}
