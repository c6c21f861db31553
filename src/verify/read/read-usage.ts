import type { ProposedDocuments, Reads } from '../../../schemas/live.js'
import { ServiceError } from '../../errors.js'
import { groupBy } from '../../group-by.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { type KeyEvidence, keyEvidence, type RoleEvidence, roleEvidence } from './evidence.js'
import { type NamingPolicies, readKeyAttributes } from './key-attributes.js'
import { type Accounts, type ObservedOrganization, readOrganizations } from './organization.js'
import type {
  BucketOptions,
  CachedRead,
  ObservedBucket,
  ObservedKey,
  ObservedRole,
  PolicySource,
  Read,
  ReadFailure
} from './policy-source.js'
import { withProposedBucket, withProposedKey, withProposedRole } from './proposed.js'
import { bucketTimedOut, bucketUnread, keyTimedOut, roleTimedOut, withinSignal } from './within-signal.js'

/**
 * When what a report tells was read, and how: `observedAt` is the time of the oldest answer in it, also where that
 * was kept.
 */
export function readTimes (
  now: Date,
  attempts: number,
  cached: readonly CachedRead[]
): { observedAt: string; reads: Reads } {
  const oldest = cached.reduce((oldest, { readAt }) => Math.min(oldest, Date.parse(readAt)), now.getTime())
  return {
    observedAt: new Date(oldest).toISOString(),
    reads: { attempts, ...(cached.length === 0 ? {} : { cached: [...cached] }) }
  }
}

const OF_ORGANIZATIONS = new Set(['DescribeOrganization', 'ListParents', 'ListPoliciesForTarget', 'DescribePolicy'])

/**
 * The kept answers that a report on one key and one role rests on. Which levels of an organization are above whose
 * account they do not show, so all of these count: a report rather seems older than it is.
 */
export function cachedFor (cached: readonly CachedRead[], key: KeyEvidence, role: RoleEvidence): CachedRead[] {
  const { identityPolicies, permissionsBoundary } = role.observed
  const boundary = permissionsBoundary.state === 'read' ? permissionsBoundary.value.arn : undefined
  const arns = new Set([
    key.name.arn,
    key.observed.requestedArn,
    role.name.arn,
    boundary,
    ...identityPolicies.read.map(({ arn }) => arn)
  ])
  return cached.filter(({ what, arn }) => arns.has(arn) || OF_ORGANIZATIONS.has(what))
}

export interface ReadOptions {
  policySource: PolicySource
  /** How old an answer of AWS may be. */
  maxAgeSeconds?: number | undefined
  requestId?: string | undefined
  /** Documents that take the place of those that were read. */
  proposed?: ProposedDocuments | undefined
  /** Whether one object of each location that is read from is looked at. */
  sampleObjects?: boolean | undefined
  signal: AbortSignal
}

/** The reads of a usage, all in flight: one for each key and role of the usage, in its order. */
export interface UsageReads {
  keys: ReadonlyArray<Promise<ObservedKey>>
  roles: ReadonlyArray<Promise<ObservedRole>>
  /** One for each bucket of the locations. */
  buckets: ReadonlyArray<Promise<ObservedBucket>>
  /** A key that is known only once the buckets were read. */
  key(arn: string): Promise<ObservedKey>
  /** What the organizations of these accounts lay down for them. */
  organizations(accounts: Accounts): Promise<ObservedOrganization[] | undefined>
  /** The key with those of its attributes that the policies name. */
  attributes(naming: NamingPolicies): Promise<ObservedKey>
  /** What of it was not asked of AWS, as far as it is there. */
  cached(): CachedRead[]
}

export function startReads (
  usage: ResolvedUsage,
  { policySource, maxAgeSeconds = 0, requestId, proposed = {}, sampleObjects = false, signal }: ReadOptions
): UsageReads {
  const source =
    policySource.forRequest?.({ maxAgeSeconds, ...(requestId === undefined ? {} : { requestId }) }) ?? policySource
  const { partition } = usage
  // Many pairs are of the same accounts.
  const known = new Map<string, Promise<ObservedOrganization[] | undefined>>()
  // Roles first: their calls wait for one another, those of a key do not.
  const roles = usage.roles.map(async ({ arn }) => {
    const role = await withinSignal(source.readRole(arn, signal), signal, () => roleTimedOut(arn))
    return withProposedRole(role, proposed)
  })
  const readKey = async (arn: string): Promise<ObservedKey> =>
    await withinSignal(source.readKey(arn, signal), signal, () => keyTimedOut(arn))
  return {
    keys: proposedKeys(
      usage.keys.map(({ arn }) => readKey(arn)),
      proposed,
      usage.keys.some(({ kind }) => kind === 'alias')
    ),
    roles,
    buckets: bucketsOf(usage, sampleObjects).map(async ({ bucket, options }) => {
      const reading = source.readBucket?.(bucket, options, signal) ?? Promise.resolve(bucketUnread(bucket, NOT_ASKED))
      const observed = await withinSignal(reading, signal, () => bucketTimedOut(bucket))
      return withProposedBucket({ accountId: options.accountId, ...observed }, proposed)
    }),
    // One that the usage does not name, so that nothing is proposed for it.
    key: readKey,
    organizations: (accounts) => {
      const name = JSON.stringify(accounts)
      const organizations = known.get(name) ?? readOrganizations(source, { partition, ...accounts }, signal)
      known.set(name, organizations)
      return organizations
    },
    attributes: async (naming) => await readKeyAttributes(source, naming, signal),
    cached: () => source.cachedReads?.() ?? []
  }
}

/**
 * Each key with what is proposed for it. What an alias stands for is known once it has been read; a usage without
 * aliases has each key once, and no key waits for another.
 */
function proposedKeys (
  keys: ReadonlyArray<Promise<ObservedKey>>,
  proposed: ProposedDocuments,
  hasAliases: boolean
): Array<Promise<ObservedKey>> {
  if ((proposed.keys ?? []).length === 0) return [...keys]
  if (!hasAliases) return keys.map(async (reading) => withProposedKey(await reading, proposed))
  return keys.map(async (reading) => {
    const [key, all] = [await reading, await Promise.all(keys)]
    const same = all.filter(({ kmsKeyArn }) => kmsKeyArn === key.kmsKeyArn)
    return withProposedKey(key, proposed, same)
  })
}

const NOT_ASKED = { state: 'notRead', why: 'buckets are not read', cause: 'other' } as const

/** Each bucket of the locations once, with what is known of it beforehand. */
function bucketsOf (
  { locations, partition, region }: ResolvedUsage,
  sampleObjects: boolean
): Array<{ bucket: string; options: BucketOptions & { accountId: string } }> {
  return groupBy(locations, ({ bucket }) => bucket).map((group) => {
    const [{ bucket, accountId }] = group
    const read = group.filter(({ uses }) => uses.some(({ direction }) => direction === 'read'))
    const samplePrefixes = [...new Set(read.map(({ prefix }) => prefix))]
    return {
      bucket,
      options: {
        partition,
        accountId,
        ...(region === undefined ? {} : { region }),
        ...(sampleObjects && samplePrefixes.length > 0 ? { samplePrefixes } : {})
      }
    }
  })
}

/** What was observed of a key, compiled. A key that AWS returns under no ARN of a key is a key that was not read. */
export function evidenceOfKey (observed: ObservedKey): KeyEvidence[] {
  const { requestedArn, kmsKeyArn } = observed
  const strange: Read<never> = {
    state: 'notRead',
    why: `AWS answered with ${kmsKeyArn}, which is no ARN of a key`,
    cause: 'malformedAnswer'
  }
  return [
    keyEvidence(observed) ??
      keyEvidence({ requestedArn, kmsKeyArn: requestedArn, metadata: strange, keyPolicy: strange, grants: strange }) ??
      []
  ].flat()
}

export function evidenceOfRole (observed: ObservedRole): RoleEvidence[] {
  return [roleEvidence(observed) ?? []].flat()
}

/**
 * Why nothing can be reported: an answer of AWS, even a refusal, is something to report on; no answer at all is not.
 */
export function refusalOf (
  keys: readonly ObservedKey[],
  roles: readonly ObservedRole[],
  buckets: readonly ObservedBucket[] = []
): ServiceError | undefined {
  const failures = [
    ...buckets.flatMap(({ bucketPolicy, encryption, region }) => [bucketPolicy, encryption, region].map(failureOf)),
    ...keys.flatMap(({ metadata, keyPolicy, grants }) => [metadata, keyPolicy, grants].map(failureOf)),
    ...roles.flatMap(({ role, trustPolicy, permissionsBoundary, identityPolicies: { read, lost } }) =>
      // Nothing lost means that the lists were read, though they may be empty.
      [
        ...[role, trustPolicy, permissionsBoundary].map(failureOf),
        ...read.map(() => undefined),
        ...(lost.length === 0 ? [undefined] : lost.map(({ cause }) => cause))
      ]
    )
  ]
  return refusalFor(failures)
}

/** The same of the causes of reads: undefined stands for one that brought an answer. */
export function refusalFor (failures: ReadonlyArray<ReadFailure | undefined>): ServiceError | undefined {
  if (failures.every((cause) => cause === 'credentials'))
    return new ServiceError('AWS_CREDENTIALS_UNAVAILABLE', 'The service has no usable AWS credentials.')
  if (!failures.every((cause) => cause === 'credentials' || cause === 'unavailable' || cause === 'timeout'))
    return undefined
  const timedOut = failures.every((cause) => cause === 'timeout')
  return new ServiceError(
    'AWS_UNAVAILABLE',
    timedOut ? 'AWS did not answer in time.' : 'AWS could not be reached.',
    [],
    { statusCode: timedOut ? 504 : 502 }
  )
}

function failureOf (read: Read<unknown>): ReadFailure | undefined {
  return read.state === 'notRead' ? read.cause : undefined
}
