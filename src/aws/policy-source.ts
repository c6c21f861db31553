import type {
  BucketOptions,
  CachedRead,
  ObservedBucket,
  PolicySource,
  Read,
  RequestOptions
} from '../verify/read/policy-source.js'
import { createCall, type Outcome } from './call.js'
import { type CallerAccount, createCallerAccount } from './caller-account.js'
import { createClients } from './clients.js'
import { createCredentials } from './credentials.js'
import { createPolicyVersions, type IamOperations, iamOperations, createIamReader, type PolicyVersions } from './iam.js'
import { createKmsReader, inOwnAccount, type KeyReads, noKey, readAlias, readKey } from './kms.js'
import { memoize } from './memoize.js'
import { type OrganizationAccess, readOrganization } from './organization-levels.js'
import { createOrganizationReader, type OrganizationReads } from './organizations.js'
import { bucketRegion, homeRegion, type KeyLocation, locateKey, locateRole, organizationsRegion } from './regions.js'
import { noRole, readRole } from './role.js'
import { type BucketReader, createBucketReader, noBucket, readBucket, unreadableName } from './s3.js'
import type { AwsConfig } from './settings.js'
import { createScope, operationsOver, type RequestScope, type Scope } from './shared-call.js'

/** What the requests of a process share. */
export interface Reading {
  keys(place: RequestScope, scope: Scope): KeyReads
  iam: IamOperations
  versions: PolicyVersions
  buckets: BucketReader
  /** Whether objects are looked at. */
  sampleObjects: boolean
  /** Undefined where policies of organizations are not to be read. */
  organizations: ((place: RequestScope, scope: Scope) => OrganizationReads) | undefined
  callerAccount: CallerAccount
  /** Whether a role is configured for the reads of an account. */
  hasRole(accountId: string): boolean
}

/** Everything that this adaptor can read. */
type AwsPolicySource = PolicySource & Required<Pick<PolicySource, 'readBucket'>>

/**
 * The reads of one request: what it asks for twice is read once. The first signal ends them all, for they end
 * together.
 */
export function requestSource (reading: Reading, options: RequestOptions): AwsPolicySource {
  let begun: { scope: Scope; reads: ReturnType<typeof readsOf> } | undefined
  const begin = (signal: AbortSignal): ReturnType<typeof readsOf> => {
    const scope = begun?.scope ?? createScope(signal, options)
    begun ??= { scope, reads: readsOf(reading, scope, options) }
    return begun.reads
  }
  const source: AwsPolicySource = {
    readKey: (keyArn, signal) => begin(signal).key(keyArn),
    readRole: (roleArn, signal) => begin(signal).role(roleArn),
    readBucket: (bucket, options, signal) => begin(signal).bucket(bucket, options),
    readKeyTags: (keyArn, signal) => begin(signal).tags(keyArn),
    readKeyAliases: (keyArn, signal) => begin(signal).aliases(keyArn),
    cachedReads: (): CachedRead[] => begun?.scope.cached ?? []
  }
  return reading.organizations === undefined
    ? source
    : {
      ...source,
      readOrganizationPolicies: (account, signal) =>
        begin(signal).organization(account.partition, account.accountId)
    }
}

const NO_REGION: Extract<Read<never>, { state: 'notRead' }> = {
  state: 'notRead',
  why: 'the ARN names no Region of a known partition',
  cause: 'other'
}

function readsOf (reading: Reading, scope: Scope, { proveRolesFirst: proveFirst = false }: RequestOptions) {
  const placed = <T>(reads: (place: RequestScope) => T) => {
    const ofAccount = memoize((accountId) =>
      memoize((region) => reads({ region, accountId: accountId === '' ? undefined : accountId }))
    )
    return (region: string, accountId: string): T => ofAccount(reading.hasRole(accountId) ? accountId : '')(region)
  }
  const kms = placed((place) => reading.keys(place, scope))
  const iam = placed((place) => createIamReader(reading.iam, reading.versions, place, scope))
  const credentialsAccount = async (home: string, accountId: string): Promise<Outcome<string>> =>
    reading.hasRole(accountId) ? { ok: true, value: accountId } : await reading.callerAccount(home, scope)
  const foreignCaller = ({ partition, region, accountId }: Owner) => async (): Promise<string | undefined> => {
    const caller = await credentialsAccount(homeRegion(partition) ?? region, accountId)
    return caller.ok && caller.value !== accountId ? caller.value : undefined
  }
  const organization = memoize((partition) => organizationAccess(reading, partition, scope))
  const attribute = attributesOf(kms, foreignCaller)

  return {
    bucket: bucketsOf(reading, scope, foreignCaller),
    async key (keyArn: string) {
      const location = locateKey(keyArn)
      if (location === undefined) return noKey(keyArn, NO_REGION)
      const { accountId, region, isAlias } = location
      return await (isAlias ? readAlias : readKey)(keyArn, kms(region, accountId), foreignCaller(location))
    },
    tags: (keyArn: string) => attribute(keyArn, 'the tags of the key', ({ tags }) => tags(keyArn)),
    aliases: (keyArn: string) => attribute(keyArn, 'the aliases of the key', ({ aliases }) => aliases(keyArn)),
    async role (roleArn: string) {
      const location = locateRole(roleArn)
      if (location === undefined)
        return noRole(roleArn, { state: 'notRead', why: 'the ARN names no role of a known partition', cause: 'other' })
      const { accountId, iamRegion } = location
      return await readRole(location, iam(iamRegion, accountId), {
        credentialsAccount: () => credentialsAccount(iamRegion, accountId),
        proveFirst
      })
    },
    async organization (partition: string, accountId: string) {
      const access = organization(partition)
      if (access !== undefined) return await readOrganization({ partition, accountId }, access)
      const unknown = { state: 'notRead', why: `${partition} is no known partition`, cause: 'other' } as const
      return { serviceControlPolicies: unknown, resourceControlPolicies: unknown }
    }
  }
}

/** Reads an attribute of a key, which works in its own account only. */
function attributesOf (
  kms: (region: string, accountId: string) => KeyReads,
  foreignCaller: (owner: Owner) => () => Promise<string | undefined>
) {
  return async <T>(keyArn: string, what: string, read: (reads: KeyReads) => Promise<Read<T>>): Promise<Read<T>> => {
    const location = locateKey(keyArn)
    if (location === undefined) return NO_REGION
    const found = await read(kms(location.region, location.accountId))
    return await inOwnAccount(what, keyArn, found, foreignCaller(location))
  }
}

/** Whose something is, and where. */
type Owner = Pick<KeyLocation, 'partition' | 'region' | 'accountId'>

function bucketsOf (
  { buckets, hasRole, sampleObjects: sampled }: Reading,
  scope: Scope,
  foreignCaller: (owner: Owner) => () => Promise<string | undefined>
) {
  const readsOf = memoize((asked) => {
    const [name = '', partition = '', region = '', accountId = ''] = asked.split(' ')
    const place = { region, accountId: hasRole(accountId) ? accountId : undefined }
    const owner = accountId === '' ? undefined : accountId
    return buckets({ name, arn: `arn:${partition}:s3:::${name}`, accountId: owner }, place, scope)
  })
  return async (bucket: string, options: BucketOptions): Promise<ObservedBucket> => {
    const { partition = 'aws', accountId = '' } = options
    const region = bucketRegion(partition, options.region)
    if (region === undefined)
      return noBucket(bucket, options, { state: 'notRead', why: `${partition} is no known partition`, cause: 'other' })
    const unreadable = unreadableName(bucket)
    if (unreadable !== undefined) return noBucket(bucket, options, unreadable)
    return await readBucket(bucket, options, readsOf([bucket, partition, region, accountId].join(' ')), {
      sampled,
      foreignCaller: foreignCaller({ partition, region, accountId })
    })
  }
}

function organizationAccess (
  { organizations, callerAccount, hasRole }: Reading,
  partition: string,
  scope: Scope
): OrganizationAccess | undefined {
  const region = organizationsRegion(partition)
  const home = homeRegion(partition)
  if (region === undefined || home === undefined || organizations === undefined) return undefined
  const own = organizations({ region, accountId: undefined }, scope)
  const asManagement = memoize((accountId) => (hasRole(accountId) ? organizations({ region, accountId }, scope) : own))
  return { own, asManagement, callerAccount: () => callerAccount(home, scope) }
}

export { type AwsConfig } from './settings.js'

/**
 * The port over the SDK: live policies of KMS, IAM and Organizations. `close` ends the connections that are kept
 * alive.
 */
export function createPolicySource (
  config: AwsConfig
): AwsPolicySource & { close(): void; forRequest(options?: RequestOptions): AwsPolicySource } {
  const credentials = createCredentials(config)
  const clients = createClients(config, credentials)
  const define = operationsOver(createCall(config), config.observer)
  const reading: Reading = {
    keys: createKmsReader(define, clients),
    iam: iamOperations(define, clients),
    versions: createPolicyVersions(config.observer),
    buckets: createBucketReader(define, clients),
    sampleObjects: config.sampleObjects === true,
    organizations: config.organizationPolicies === true ? createOrganizationReader(define, clients) : undefined,
    callerAccount: createCallerAccount(define, clients, credentials),
    hasRole: (accountId) => config.assumeRoles?.has(accountId) === true
  }
  const alone = (): AwsPolicySource => requestSource(reading, { proveRolesFirst: true })
  return {
    readKey: (keyArn, signal) => alone().readKey(keyArn, signal),
    readRole: (roleArn, signal) => alone().readRole(roleArn, signal),
    readBucket: (bucket, options, signal) => alone().readBucket(bucket, options, signal),
    forRequest: (options = {}) => requestSource(reading, options),
    close: () => {
      clients.close()
    }
  }
}
