import {
  GetBucketEncryptionCommand,
  type GetBucketEncryptionCommandInput,
  type GetBucketEncryptionCommandOutput,
  GetBucketLocationCommand,
  type GetBucketLocationCommandInput,
  type GetBucketLocationCommandOutput,
  GetBucketOwnershipControlsCommand,
  type GetBucketOwnershipControlsCommandInput,
  type GetBucketOwnershipControlsCommandOutput,
  GetBucketPolicyCommand,
  type GetBucketPolicyCommandInput,
  type GetBucketPolicyCommandOutput,
  GetPublicAccessBlockCommand,
  type GetPublicAccessBlockCommandInput,
  type GetPublicAccessBlockCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type ServerSideEncryptionRule
} from '@aws-sdk/client-s3'
import type { BucketEncryption, ObjectEncryption } from '../../schemas/bucket-answers.js'
import type { BucketOptions, ObservedBucket, Read, SampleObject } from '../verify/read/policy-source.js'
import { failed, type Outcome } from './call.js'
import { foreign } from './caller-account.js'
import type { AwsClients } from './clients.js'
import type { CallFailure } from './errors.js'
import { type ForeignCaller, present } from './kms.js'
import { memoize } from './memoize.js'
import { areInOnePartition } from './regions.js'
import type { DefineOperation, Operation, RequestScope, Scope } from './shared-call.js'

type Unread = Exclude<Read<never>, { state: 'read' }>

/** Names of general purpose buckets, the old ones of up to 255 characters in us-east-1 included. */
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/

/** Why a bucket is not read by its name; undefined for one that is. */
export function unreadableName (bucket: string): Unread | undefined {
  const unread = (why: string): Unread => ({ state: 'notRead', why, cause: 'other' })
  if (!BUCKET_NAME.test(bucket)) return unread('this is no name of a bucket')
  if (bucket.endsWith('--x-s3'))
    return unread('directory buckets are not read: their configuration has an API of its own')
  return undefined
}

/** A prefix may begin with the marker of a folder, which is an object of its own; the next one is data. */
const SAMPLE_KEYS = 2

type Configuration = Pick<
  ObservedBucket,
  'region' | 'bucketPolicy' | 'encryption' | 'ownershipControls' | 'publicAccessBlock'
>

/** S3's reads of one bucket, in one Region and account, each made once. */
export interface BucketReads {
  configuration: () => Promise<Configuration>
  /** One object whose key begins with the prefix. */
  sample: (prefix: string) => Promise<Read<ObjectEncryption>>
}

export type BucketReader = (
  bucket: { name: string; arn: string; accountId: string | undefined },
  place: RequestScope,
  scope: Scope
) => BucketReads

export function createBucketReader (define: DefineOperation, clients: AwsClients): BucketReader {
  const operations = s3Operations(define, clients)
  return ({ name, arn, accountId }, place, scope) => {
    const owned = { Bucket: name, ...(accountId === undefined ? {} : { ExpectedBucketOwner: accountId }) }
    const ask = async <I extends object, O extends object>(operation: Operation<I, O>, input: I): Promise<Outcome<O>> =>
      await inBucketRegion(operation, place, arn, input, scope)

    const configuration = memoize(async (): Promise<Configuration> => {
      const [location, policy, encryption, ownership, publicAccess] = await Promise.all([
        operations.location(place, arn, owned, scope),
        ask(operations.policy, owned),
        ask(operations.encryption, owned),
        ask(operations.ownershipControls, owned),
        ask(operations.publicAccessBlock, owned)
      ])
      return {
        region: regionOf(location),
        bucketPolicy: read(policy, 'GetBucketPolicy', ({ Policy }) => Policy),
        encryption: read(encryption, 'GetBucketEncryption', toBucketEncryption),
        ownershipControls: read(ownership, 'GetBucketOwnershipControls', ({ OwnershipControls: controls }) =>
          controls?.Rules && { Rules: controls.Rules.map(present) }
        ),
        publicAccessBlock: read(publicAccess, 'GetPublicAccessBlock', ({ PublicAccessBlockConfiguration: block }) =>
          block && present({ ...block })
        )
      }
    })
    const sample = memoize(async (prefix): Promise<Read<ObjectEncryption>> => {
      const listed = await ask(operations.list, { ...owned, Prefix: prefix, MaxKeys: SAMPLE_KEYS })
      if (!listed.ok) return unread(listed)
      const keys = (listed.value.Contents ?? []).flatMap(({ Key }) => Key ?? [])
      const key = keys.find((key) => !key.endsWith('/')) ?? keys[0]
      if (key === undefined) return { state: 'notPresent' }
      return read(await ask(operations.head, { ...owned, Key: key }), 'HeadObject', (head) => toEncryption(key, head))
    })
    return { configuration: () => configuration(name), sample }
  }
}

function s3Operations (define: DefineOperation, clients: AwsClients) {
  return {
    policy: define<GetBucketPolicyCommandInput, GetBucketPolicyCommandOutput>(
      's3',
      'GetBucketPolicy',
      (place, input, options) => clients.s3(place).send(new GetBucketPolicyCommand(input), options)
    ),
    encryption: define<GetBucketEncryptionCommandInput, GetBucketEncryptionCommandOutput>(
      's3',
      'GetBucketEncryption',
      (place, input, options) => clients.s3(place).send(new GetBucketEncryptionCommand(input), options)
    ),
    ownershipControls: define<GetBucketOwnershipControlsCommandInput, GetBucketOwnershipControlsCommandOutput>(
      's3',
      'GetBucketOwnershipControls',
      (place, input, options) => clients.s3(place).send(new GetBucketOwnershipControlsCommand(input), options)
    ),
    publicAccessBlock: define<GetPublicAccessBlockCommandInput, GetPublicAccessBlockCommandOutput>(
      's3',
      'GetPublicAccessBlock',
      (place, input, options) => clients.s3(place).send(new GetPublicAccessBlockCommand(input), options)
    ),
    location: define<GetBucketLocationCommandInput, GetBucketLocationCommandOutput>(
      's3',
      'GetBucketLocation',
      (place, input, options) => clients.s3(place).send(new GetBucketLocationCommand(input), options)
    ),
    list: define<ListObjectsV2CommandInput, ListObjectsV2CommandOutput>(
      's3',
      'ListObjectsV2',
      (place, input, options) => clients.s3(place).send(new ListObjectsV2Command(input), options)
    ),
    head: define<HeadObjectCommandInput, HeadObjectCommandOutput>('s3', 'HeadObject', (place, input, options) =>
      clients.s3(place).send(new HeadObjectCommand(input), options)
    )
  }
}

/** The call, and once more in the Region that S3 names for the bucket. */
async function inBucketRegion<I extends object, O extends object> (
  operation: Operation<I, O>,
  place: RequestScope,
  arn: string,
  input: I,
  scope: Scope
): Promise<Outcome<O>> {
  const outcome = await operation(place, arn, input, scope)
  const region = outcome.ok ? undefined : outcome.bucketRegion
  if (region === undefined || region === place.region || !areInOnePartition(region, place.region)) return outcome
  return await operation({ ...place, region }, arn, input, scope)
}

function read<O, T> (outcome: Outcome<O>, operation: string, valueOf: (answer: O) => T | undefined): Read<T> {
  if (!outcome.ok) return unread(outcome)
  const value = valueOf(outcome.value)
  return value === undefined || value === ''
    ? { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
    : { state: 'read', value }
}

function unread (failure: CallFailure): Unread {
  if (failure.absent === true) return { state: 'notPresent' }
  return failure.missing ? { state: 'notFound', why: failure.why } : failed(failure)
}

/**
 * The answer names no Region for us-east-1, and an old name for eu-west-1; a refusal of the wrong Region names the
 * right one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 */
function regionOf (outcome: Outcome<GetBucketLocationCommandOutput>): Read<string> {
  if (!outcome.ok)
    return outcome.bucketRegion === undefined ? unread(outcome) : { state: 'read', value: outcome.bucketRegion }
  const { LocationConstraint: region } = outcome.value
  return { state: 'read', value: region === undefined ? 'us-east-1' : region === 'EU' ? 'eu-west-1' : region }
}

function toBucketEncryption ({
  ServerSideEncryptionConfiguration: configuration
}: GetBucketEncryptionCommandOutput): BucketEncryption | undefined {
  return configuration?.Rules && { Rules: configuration.Rules.map(toRule) }
}

function toRule ({ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled }: ServerSideEncryptionRule) {
  return present({ ApplyServerSideEncryptionByDefault: byDefault && present({ ...byDefault }), BucketKeyEnabled })
}

function toEncryption (
  Key: string,
  { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }: HeadObjectCommandOutput
): ObjectEncryption {
  return { Key, ...present({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }) }
}

/** All of a bucket at once; `sampled`: whether the service is set up to look at objects. */
export async function readBucket (
  bucket: string,
  { accountId, samplePrefixes = [] }: BucketOptions,
  reads: BucketReads,
  { foreignCaller, sampled }: { foreignCaller: ForeignCaller; sampled: boolean }
): Promise<ObservedBucket> {
  const samples = samplePrefixes.map(
    async (prefix): Promise<SampleObject> => ({ prefix, object: sampled ? await reads.sample(prefix) : NOT_SAMPLED })
  )
  const [configuration, sampleObjects] = await Promise.all([reads.configuration(), Promise.all(samples)])
  return {
    bucket,
    ...(accountId === undefined ? {} : { accountId }),
    ...configuration,
    bucketPolicy: await ownPolicy(configuration.bucketPolicy, accountId, foreignCaller),
    ...(samplePrefixes.length === 0 ? {} : { sampleObjects })
  }
}

const NOT_SAMPLED: Unread = {
  state: 'notRead',
  why: 'the service is not set up to look at objects (SAMPLE_OBJECTS)',
  cause: 'other'
}

/** S3 refuses a bucket's policy to identities of other accounts unless the bucket lets them; that is the reason. */
async function ownPolicy (
  read: Read<unknown>,
  accountId: string | undefined,
  foreignCaller: ForeignCaller
): Promise<Read<unknown>> {
  if (accountId === undefined || read.state !== 'notRead' || read.cause !== 'accessDenied') return read
  const caller = await foreignCaller()
  return caller === undefined ? read : foreign('the bucket policy', accountId, caller)
}

/** A bucket of which nothing is known. */
export function noBucket (
  bucket: string,
  { accountId, samplePrefixes = [] }: BucketOptions,
  read: Unread
): ObservedBucket {
  return {
    bucket,
    ...(accountId === undefined ? {} : { accountId }),
    region: read,
    bucketPolicy: read,
    encryption: read,
    ownershipControls: read,
    publicAccessBlock: read,
    ...(samplePrefixes.length === 0
      ? {}
      : { sampleObjects: samplePrefixes.map((prefix) => ({ prefix, object: read })) })
  }
}
