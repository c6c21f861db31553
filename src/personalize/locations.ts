import type { Direction, Location, Operation, Usage, VerifiableUsage } from '../../schemas/usage.js'
import { type ParsedKeyArn, parseKeyArn } from './identifiers.js'
import type { UsageFault } from './usage-fault.js'

/** What one operation does at a location. */
export interface LocationUse {
  operation: Operation
  direction: Direction
}

/** A location of a usage with its defaults applied. */
export interface ResolvedLocation {
  uri: string
  bucket: string
  /** What the keys of its objects begin with; empty for the whole bucket. */
  prefix: string
  uses: readonly LocationUse[]
  /** The account of the bucket. */
  accountId: string
  key: ParsedKeyArn | undefined
  /** Where the request holds it. */
  pointer: string
}

/** What each operation does with Amazon S3; the others do nothing there. */
const DIRECTIONS: Readonly<Partial<Record<Operation, readonly Direction[]>>> = {
  datasetImportJob: ['read'],
  datasetExportJob: ['write'],
  batchInferenceJob: ['read', 'write'],
  batchSegmentJob: ['read', 'write'],
  metricAttribution: ['write'],
  dataDeletionJob: ['read']
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const S3_URI = /^s3:\/\/([^/]+)(?:\/(.*))?$/s
const VIRTUAL_HOST = /^https?:\/\/(.+)\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?(?:\/(.*))?$/s
const PATH_STYLE = /^https?:\/\/s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?\/([^/]+)(?:\/(.*))?$/s

/**
 * Endings that no name of a bucket has: those of the aliases of access points (`-s3alias`, `.mrap`, of Object Lambda,
 * Outposts and directory buckets), and of table buckets.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
const ALIAS = /(-s3alias|--ol-s3|--op-s3|--xa-s3|\.mrap|--table-s3)$/
/** The host, or the ARN in the place of a bucket, of an access point. */
const ACCESS_POINT = /^(https?:\/\/[^/]*\.s3-(accesspoint|object-lambda|outposts)|s3:\/\/arn:)/

/**
 * Whether a URI names an access point: the policy of an access point decides beside that of the bucket behind it, which
 * the URI does not name. AWS does not document access points for Amazon Personalize.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
 */
export function isAccessPoint (uri: string): boolean {
  return ACCESS_POINT.test(uri) || ALIAS.test(bucketIn(uri)?.bucket ?? '')
}

function bucketIn (uri: string): { bucket: string; prefix: string } | undefined {
  const found = S3_URI.exec(uri) ?? PATH_STYLE.exec(uri) ?? VIRTUAL_HOST.exec(uri)
  const [, bucket, prefix = ''] = found ?? []
  return bucket === undefined || !BUCKET.test(bucket) ? undefined : { bucket, prefix }
}

/** Bucket and prefix of a URI as Amazon Personalize takes it; undefined where it names no bucket. */
export function parseS3Uri (uri: string): { bucket: string; prefix: string } | undefined {
  return isAccessPoint(uri) ? undefined : bucketIn(uri)
}

/** Why a location that names an access point is not evaluated. */
export const ACCESS_POINT_RULE =
  'names an access point of Amazon S3, whose policy is not evaluated here; AWS does not document access points for ' +
  'Amazon Personalize. Name the bucket itself'

/** The ARN of a bucket. */
export function bucketArn (partition: string, bucket: string): string {
  return `arn:${partition}:s3:::${bucket}`
}

/**
 * The pattern of the objects that a location names: a prefix is a prefix, so `folder` names `folder_old/…` too.
 * https://docs.aws.amazon.com/personalize/latest/dg/batch-data-upload.html
 */
export function objectsArn (
  partition: string,
  { bucket, prefix }: Pick<ResolvedLocation, 'bucket' | 'prefix'>
): string {
  return `${bucketArn(partition, bucket)}/${prefix}*`
}

/** A directory bucket has the id of its zone in its name. */
export function isDirectoryBucket (bucket: string): boolean {
  return bucket.endsWith('--x-s3')
}

const fault = (pointer: string, detail: string): UsageFault => ({ code: 'INCONSISTENT_USAGE', pointer, detail })

/** What is done at a location that may name operations and a direction of its own. */
export function usesOf (
  location: Pick<Location, 'operations' | 'direction'>,
  operations: readonly Operation[]
): LocationUse[] {
  return (location.operations ?? operations).flatMap((operation) =>
    (DIRECTIONS[operation] ?? [])
      .filter((direction) => location.direction === undefined || location.direction === direction)
      .map((direction) => ({ operation, direction }))
  )
}

/** The partition of the host of a URI; one with `s3:` has none. */
function partitionOfHost (uri: string): string | undefined {
  const host = /^https?:\/\/([^/]+)/.exec(uri)?.[1]
  if (host === undefined) return undefined
  return host.endsWith('.cn') ? 'aws-cn' : 'aws'
}

function uriFaults ({ uri }: Location, pointer: string, partition: string | undefined): UsageFault[] {
  const ofHost = partitionOfHost(uri)
  if (isAccessPoint(uri)) return [fault(pointer, ACCESS_POINT_RULE)]
  const parsed = parseS3Uri(uri)
  if (parsed === undefined) return [fault(pointer, 'names no bucket of Amazon S3')]
  if (ofHost !== undefined && partition !== undefined && ofHost !== partition)
    return [fault(pointer, `is of partition ${ofHost}, but the usage is in ${partition}`)]
  return /[*?]|\$\{/.test(parsed.prefix)
    ? [fault(pointer, 'has a *, a ? or a ${, which has another meaning in the ARN of a policy')]
    : []
}

function operationFaults (location: Location, operations: readonly Operation[], pointer: string): UsageFault[] {
  const { direction } = location
  const faults = (location.operations ?? []).flatMap((operation, index) => {
    const at = `${pointer}/operations/${index}`
    if (!operations.includes(operation)) return [fault(at, 'is none of the operations of the usage')]
    const does = DIRECTIONS[operation]
    if (does === undefined) return [fault(at, `${operation} has no location in Amazon S3`)]
    return direction === undefined || does.includes(direction)
      ? []
      : [fault(at, `${operation} does not ${direction} in Amazon S3`)]
  })
  if (faults.length > 0 || location.operations !== undefined || usesOf(location, operations).length > 0) return faults
  return direction === undefined
    ? [fault(pointer, `${operations.join(', ')} has no location in Amazon S3`)]
    : [fault(`${pointer}/direction`, `${operations.join(', ')} does not ${direction} in Amazon S3`)]
}

/** AWS: the bucket of a data deletion job must not use a customer-managed key. */
function deletionFaults (location: Location, operations: readonly Operation[], pointer: string): UsageFault[] {
  const isForDeletion = usesOf(location, operations).some(({ operation }) => operation === 'dataDeletionJob')
  return isForDeletion && location.kmsKeyArn !== undefined
    ? [
      {
        code: 'CUSTOMER_KEY_NOT_SUPPORTED',
        pointer: `${pointer}/kmsKeyArn`,
        detail: 'a data deletion job cannot use a customer-managed KMS key'
      }
    ]
    : []
}

/** A bucket is in one account. */
function accountFaults (locations: readonly Location[], accountId: string | undefined): UsageFault[] {
  const accounts = new Map<string, string | undefined>()
  return locations.flatMap((location, index) => {
    const bucket = parseS3Uri(location.uri)?.bucket
    if (bucket === undefined) return []
    const account = location.accountId ?? accountId
    if (!accounts.has(bucket)) accounts.set(bucket, account)
    const first = accounts.get(bucket)
    return first === account
      ? []
      : [fault(`/locations/${index}/accountId`, `bucket ${bucket} is in account ${first} by an earlier location`)]
  })
}

/** Every rule that the locations of a usage have to keep; the rules for their keys are those for keys. */
export function locationFaults (
  { locations = [], operations }: Usage | VerifiableUsage,
  accountId: string | undefined,
  partition: string | undefined
): UsageFault[] {
  return [
    ...locations.flatMap((location, index) => {
      const pointer = `/locations/${index}`
      return [
        ...uriFaults(location, `${pointer}/uri`, partition),
        ...operationFaults(location, operations, pointer),
        ...deletionFaults(location, operations, pointer)
      ]
    }),
    ...accountFaults(locations, accountId)
  ]
}

/** The locations of a usage that has no faults. */
export function resolveLocations (
  { locations = [], operations }: Usage | VerifiableUsage,
  accountId: string
): ResolvedLocation[] {
  return locations.flatMap((location, index) => {
    const parsed = parseS3Uri(location.uri)
    return parsed === undefined
      ? []
      : [
        {
          uri: location.uri,
          ...parsed,
          uses: usesOf(location, operations),
          accountId: location.accountId ?? accountId,
          key: location.kmsKeyArn === undefined ? undefined : parseKeyArn(location.kmsKeyArn),
          pointer: `/locations/${index}`
        }
      ]
  })
}

/** Locations that name the same objects of one bucket, each once, with everything that is done there. */
export function mergedLocations (locations: readonly ResolvedLocation[]): ResolvedLocation[] {
  const merged = new Map<string, ResolvedLocation>()
  for (const location of locations) {
    const name = `${location.bucket}/${location.prefix}`
    const first = merged.get(name)
    merged.set(name, first === undefined ? location : { ...first, uses: [...first.uses, ...location.uses] })
  }
  return [...merged.values()]
}

/** The batch jobs that read and write at one location: AWS demands another one for the output. */
export function batchJobsOnOneLocation ({ uses }: Pick<ResolvedLocation, 'uses'>): Operation[] {
  const both = uses
    .filter(({ operation, direction }) => operation.startsWith('batch') && direction === 'read')
    .filter(({ operation }) => uses.some((other) => other.operation === operation && other.direction === 'write'))
    .map(({ operation }) => operation)
  return [...new Set(both)]
}
