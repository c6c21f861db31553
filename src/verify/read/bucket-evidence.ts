import type { BucketEncryption } from '../../../schemas/bucket-answers.js'
import { type ParsedKeyArn, parseKeyArn } from '../../personalize/identifiers.js'
import { viaOf } from '../../personalize/kms-call.js'
import { bucketArn, type LocationUse, objectsArn, type ResolvedLocation } from '../../personalize/locations.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { policyEvidence, type PolicyEvidence } from './evidence.js'
import type { ObservedBucket, Read } from './policy-source.js'

/** How a bucket encrypts what is written without another wish. `keyId`: as the bucket has it. */
export interface DefaultEncryption {
  algorithm: string
  keyId: string | undefined
  hasBucketKey: boolean
}

/** What is known of a bucket, compiled once. */
export interface BucketEvidence {
  observed: ObservedBucket
  bucket: string
  accountId: string
  region: string | undefined
  /** Without statements where the bucket has none; undefined where it was not read. */
  bucketPolicy: PolicyEvidence | undefined
  /** Undefined where it was not read. */
  encryption: DefaultEncryption | undefined
  /** Undefined where it was not read, or the bucket has no such setting. */
  objectOwnership: string | undefined
}

const NO_POLICY = { Version: '2012-10-17', Statement: [] }

/** What was observed of the bucket of these locations, compiled. */
export function bucketEvidence (observed: ObservedBucket, location: ResolvedLocation): BucketEvidence {
  const { bucket, bucketPolicy, encryption, region, ownershipControls } = observed
  return {
    observed,
    bucket,
    accountId: observed.accountId ?? location.accountId,
    region: valueOf(region),
    bucketPolicy:
      bucketPolicy.state === 'read'
        ? policyEvidence(bucket, bucketPolicy.value, observed.unknownInBucketPolicy)
        : bucketPolicy.state === 'notPresent'
          ? policyEvidence(bucket, NO_POLICY)
          : undefined,
    encryption:
      encryption.state === 'notPresent'
        ? defaultOf({})
        : encryption.state === 'read'
          ? defaultOf(encryption.value)
          : undefined,
    objectOwnership: valueOf(ownershipControls)?.Rules?.[0]?.ObjectOwnership
  }
}

/** What was observed of the buckets of these locations, compiled. */
export function evidenceOfBuckets (
  buckets: readonly ObservedBucket[],
  { locations }: Pick<ResolvedUsage, 'locations'>
): BucketEvidence[] {
  return buckets.flatMap((observed) => {
    const location = locations.find(({ bucket }) => bucket === observed.bucket)
    return location === undefined ? [] : [bucketEvidence(observed, location)]
  })
}

function valueOf<T> (read: Read<T>): T | undefined {
  return read.state === 'read' ? read.value : undefined
}

/**
 * Without a rule Amazon S3 encrypts with its own keys.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
 */
function defaultOf ({ Rules = [] }: BucketEncryption): DefaultEncryption {
  const [rule] = Rules
  const { SSEAlgorithm = 'AES256', KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {}
  return { algorithm: SSEAlgorithm, keyId: KMSMasterKeyID, hasBucketKey: rule?.BucketKeyEnabled === true }
}

export function isKms (encryption: DefaultEncryption | undefined): boolean {
  return encryption?.algorithm.startsWith('aws:kms') === true
}

const AWS_MANAGED_ALIAS = 'alias/aws/s3'

/** Whether a bucket encrypts with the key `aws/s3` of AWS, which is the default of SSE-KMS. */
export function usesAwsManagedKey (encryption: DefaultEncryption | undefined): boolean {
  return isKms(encryption) && (encryption?.keyId === undefined || encryption.keyId.endsWith(AWS_MANAGED_ALIAS))
}

/**
 * The key of the default encryption. An id or the name of an alias is looked up in the account of the caller, which is
 * that of Personalize; undefined where no key is named, or not in which Region.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
 */
export function defaultKeyOf (
  { encryption, region }: Pick<BucketEvidence, 'encryption' | 'region'>,
  { partition, accountId }: Pick<ResolvedUsage, 'partition' | 'accountId'>
): ParsedKeyArn | undefined {
  const keyId = encryption?.keyId
  if (keyId === undefined || !isKms(encryption) || usesAwsManagedKey(encryption)) return undefined
  if (keyId.startsWith('arn:')) return parseKeyArn(keyId)
  if (region === undefined) return undefined
  const resource = keyId.startsWith('alias/') ? keyId : `key/${keyId}`
  return parseKeyArn(`arn:${partition}:kms:${region}:${accountId}:${resource}`)
}

/** Whether the default encryption names a customer-managed key that cannot be looked up. */
export function hasUnresolvedKey (
  evidence: Pick<BucketEvidence, 'encryption' | 'region'>,
  usage: Pick<ResolvedUsage, 'partition' | 'accountId'>
): boolean {
  const { encryption } = evidence
  return isKms(encryption) && !usesAwsManagedKey(encryption) && defaultKeyOf(evidence, usage) === undefined
}

/** The locations at which something is written, or was, without another key than that of the bucket. */
export function locationsOfDefault (
  { bucket, observed }: Pick<BucketEvidence, 'bucket' | 'observed'>,
  { locations }: Pick<ResolvedUsage, 'locations'>
): ResolvedLocation[] {
  const isSampled = (prefix: string): boolean =>
    observed.sampleObjects?.some((sample) => sample.prefix === prefix && sample.object.state === 'read') === true
  return locations.filter(
    (location) =>
      location.bucket === bucket &&
      location.key === undefined &&
      location.uses.some(({ direction }) => direction === 'write' || !isSampled(location.prefix))
  )
}

/** A key that buckets or objects name, and what is done with it. */
interface FoundKey {
  key: ParsedKeyArn
  uses: readonly LocationUse[]
}

/** AWS forbids a customer-managed key for the bucket of a data deletion job, so such a job has no use for one. */
const usesKeys = ({ operation }: LocationUse): boolean => operation !== 'dataDeletionJob'

/**
 * The keys of the locations that name none: what is written takes the bucket's default, what is read the key of the
 * object, or, where no object was looked at, the bucket's default as well.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
function foundKeys (usage: ResolvedUsage, buckets: readonly BucketEvidence[]): FoundKey[] {
  return usage.locations.flatMap((location): FoundKey[] => {
    const evidence = buckets.find(({ bucket }) => bucket === location.bucket)
    if (evidence === undefined || location.key !== undefined) return []
    const ofBucket = defaultKeyOf(evidence, usage)
    const ofObject = sampleKeyOf(evidence, location)
    const found = (key: ParsedKeyArn | undefined, direction: LocationUse['direction']): FoundKey[] => {
      const uses = location.uses.filter((use) => use.direction === direction && usesKeys(use))
      return key === undefined || uses.length === 0 ? [] : [{ key, uses }]
    }
    return [...found(ofObject ?? ofBucket, 'read'), ...found(ofBucket, 'write')]
  })
}

function sampleKeyOf ({ observed }: BucketEvidence, { prefix }: ResolvedLocation): ParsedKeyArn | undefined {
  const sample = observed.sampleObjects?.find((each) => each.prefix === prefix)?.object
  const keyId = sample?.state === 'read' ? sample.value.SSEKMSKeyId : undefined
  return keyId === undefined ? undefined : parseKeyArn(keyId)
}

/** The usage with the keys that its buckets encrypt with. A key that it names itself stays what it is. */
export function withBucketKeys (usage: ResolvedUsage, buckets: readonly BucketEvidence[]): ResolvedUsage {
  const found = foundKeys(usage, buckets).filter(
    ({ key: { arn } }) => arn in usage.keyUses || !usage.keys.some((key) => key.arn === arn)
  )
  if (found.length === 0) return usage
  const keyUses: Record<string, readonly LocationUse[]> = { ...usage.keyUses }
  for (const { key, uses } of found) keyUses[key.arn] = [...(keyUses[key.arn] ?? []), ...uses]
  const keys = new Map([...usage.keys, ...found.map(({ key }) => key)].map((key) => [key.arn, key]))
  return { ...usage, keys: [...keys.values()], keyUses }
}

/**
 * The same usage where the keys that were read take the place of the aliases that name them. A key that the usage names
 * itself is used for every operation, whatever a bucket calls it.
 */
export function withKeysForAliases (
  usage: ResolvedUsage,
  keys: ReadonlyArray<{ observed: { requestedArn: string }; name: ParsedKeyArn }>
): ResolvedUsage {
  const nameOf = new Map(keys.map(({ observed, name }) => [observed.requestedArn, name]))
  const arnOf = (arn: string): string => nameOf.get(arn)?.arn ?? arn
  const named = new Set(usage.keys.filter(({ arn }) => !(arn in usage.keyUses)).map(({ arn }) => arnOf(arn)))
  const keyUses: Record<string, readonly LocationUse[]> = {}
  for (const [arn, uses] of Object.entries(usage.keyUses)) {
    const key = arnOf(arn)
    if (!named.has(key)) keyUses[key] = [...(keyUses[key] ?? []), ...uses]
  }
  return {
    ...usage,
    keys: [...new Map(keys.map(({ name }) => [name.arn, name])).values()],
    keyUses,
    locations: usage.locations.map((location) => ({
      ...location,
      key: location.key === undefined ? undefined : (nameOf.get(location.key.arn) ?? location.key)
    }))
  }
}

/** What Amazon S3 sends to KMS as `aws:s3:arn`: ARNs of buckets, patterns of those of objects. */
export interface S3Contexts {
  /** With the buckets as they are now: what is written from now on. */
  current: readonly string[]
  /**
   * With whatever they were: an object keeps the setting that the bucket had when it was written. Left out where
   * nothing is read.
   */
  ofReads?: readonly string[]
}

/**
 * What Amazon S3 sends as `aws:s3:arn` when this key is used: the ARN of the bucket where that has an S3 Bucket Key,
 * else that of the object. Undefined where something is done with the key at a location that is not known.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
export function encryptionContexts (
  usage: ResolvedUsage,
  buckets: readonly BucketEvidence[],
  keyArn: string
): S3Contexts | undefined {
  const ofLocations = keyArn in usage.keyUses
  const evidenceOf = (location: ResolvedLocation): BucketEvidence | undefined =>
    buckets.find(({ bucket }) => bucket === location.bucket)
  const usesKey = (location: ResolvedLocation): boolean => {
    if (location.key !== undefined) return location.key.arn === keyArn
    const evidence = evidenceOf(location)
    if (!ofLocations || evidence === undefined) return !ofLocations
    return [defaultKeyOf(evidence, usage), sampleKeyOf(evidence, location)].some((key) => key?.arn === keyArn)
  }
  const used = usage.locations.filter(usesKey)
  const covered = new Set(used.flatMap(({ uses }) => uses.map(({ operation }) => operation)))
  const isOpen = usage.operations.some((operation) => viaOf(operation) === 's3' && !covered.has(operation))
  if (used.length === 0 || (!ofLocations && isOpen)) return undefined
  const arnsAt = (location: ResolvedLocation, hasBucketKey: boolean | undefined): string[] => {
    const ofBucket = bucketArn(usage.partition, location.bucket)
    const ofObjects = objectsArn(usage.partition, location)
    return hasBucketKey === undefined ? [ofBucket, ofObjects] : hasBucketKey ? [ofBucket] : [ofObjects]
  }
  const isRead = ({ uses }: ResolvedLocation): boolean => uses.some(({ direction }) => direction === 'read')
  const current = used.flatMap((location) => arnsAt(location, evidenceOf(location)?.encryption?.hasBucketKey))
  const older = used.filter(isRead).flatMap((location) => arnsAt(location, undefined))
  return {
    current: [...new Set(current)],
    ...(older.length === 0 ? {} : { ofReads: [...new Set([...current, ...older])] })
  }
}
