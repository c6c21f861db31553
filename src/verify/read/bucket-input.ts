import type { BucketDocuments, VerifyDocumentsBody } from '../../../schemas/verification.js'
import type { FieldError } from '../../errors.js'
import { groupBy } from '../../group-by.js'
import { isObject, type JsonObject } from '../../json/json.js'
import type { ResolvedLocation } from '../../personalize/locations.js'
import { type BucketEvidence, bucketEvidence } from './bucket-evidence.js'
import type { ObservedBucket, Read } from './policy-source.js'

type Configuration = 'encryption' | 'ownershipControls' | 'publicAccessBlock'

/** Under which name the AWS CLI prints each, and one property that distinguishes it from other JSON. */
const OUTPUTS = {
  encryption: { inside: 'ServerSideEncryptionConfiguration', properties: ['Rules'] },
  ownershipControls: { inside: 'OwnershipControls', properties: ['Rules'] },
  publicAccessBlock: {
    inside: 'PublicAccessBlockConfiguration',
    properties: ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets']
  }
} as const satisfies Record<Configuration, { inside: string; properties: readonly string[] }>

/** The configuration in the output of a command of the AWS CLI, or given by itself. */
function unwrap (input: JsonObject, name: Configuration): JsonObject {
  const value = input[OUTPUTS[name].inside]
  return isObject(value) ? value : input
}

function configurationFaults (documents: BucketDocuments, pointer: string): FieldError[] {
  return (['encryption', 'ownershipControls', 'publicAccessBlock'] as const).flatMap((name) => {
    const { [name]: given } = documents
    if (given === undefined || given === null) return []
    const { inside, properties } = OUTPUTS[name]
    const configuration = unwrap(given, name)
    const isEmpty = Object.keys(configuration).length === 0
    if (!isEmpty && !properties.some((property) => Object.hasOwn(configuration, property)))
      return [{ pointer: `${pointer}/${name}`, detail: `has neither ${inside} nor ${properties.join(', ')}` }]
    const { Rules: rules = [] } = configuration
    if (!Array.isArray(rules) || !rules.every(isObject))
      return [{ pointer: `${pointer}/${name}`, detail: 'has Rules that are not a list of objects' }]
    return rules.every(hasTextDefaults)
      ? []
      : [
        {
          pointer: `${pointer}/${name}`,
          detail: 'has an ApplyServerSideEncryptionByDefault that is no object of texts'
        }
      ]
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html */
function hasTextDefaults ({ ApplyServerSideEncryptionByDefault: defaults = {} }: JsonObject): boolean {
  return isObject(defaults) && Object.values(defaults).every((value) => typeof value === 'string')
}

/** What does not fit: buckets that no location names or that come twice, and what is no configuration. */
export function bucketFaults (
  { buckets = [] }: VerifyDocumentsBody,
  locations: readonly ResolvedLocation[]
): FieldError[] {
  const names = buckets.map(({ bucket }) => bucket)
  return buckets.flatMap((documents, index) => {
    const pointer = `/buckets/${index}`
    const location = locations.find(({ bucket }) => bucket === documents.bucket)
    if (location === undefined) return [{ pointer: `${pointer}/bucket`, detail: 'is in no location of the usage' }]
    if (names.indexOf(documents.bucket) < index) return [{ pointer: `${pointer}/bucket`, detail: 'comes twice' }]
    const { accountId } = documents
    const isOther = accountId !== undefined && accountId !== location.accountId
    return [
      ...(isOther
        ? [{ pointer: `${pointer}/accountId`, detail: `is not that of the location, ${location.accountId}` }]
        : []),
      ...configurationFaults(documents, pointer)
    ]
  })
}

function given<T> (value: T | null | undefined, what: string): Read<T> {
  if (value === null) return { state: 'notPresent' }
  return value === undefined
    ? { state: 'notRead', cause: 'notGiven', why: `The request brings no ${what}.` }
    : { state: 'read', value }
}

/** The buckets of the locations; those of which the request brings nothing are not known. */
export function bucketsOfDocuments (
  { buckets = [] }: VerifyDocumentsBody,
  locations: readonly ResolvedLocation[]
): BucketEvidence[] {
  return groupBy(locations, ({ bucket }) => bucket).map(([location]) => {
    const { bucket } = location
    return bucketEvidence(
      bucketOfDocuments(buckets.find((documents) => documents.bucket === bucket) ?? { bucket }),
      location
    )
  })
}

/** The bucket as a request describes it. What is null AWS does not have; what is absent is not known. */
function bucketOfDocuments (documents: BucketDocuments): ObservedBucket {
  const { bucket, accountId, region, policy, encryption, ownershipControls, publicAccessBlock } = documents
  const configuration = (value: JsonObject | null | undefined, name: Configuration): JsonObject | null | undefined =>
    value === undefined || value === null ? value : unwrap(value, name)
  return {
    bucket,
    ...(accountId === undefined ? {} : { accountId }),
    region: given(region, 'Region of the bucket'),
    bucketPolicy: given(policy, 'policy of the bucket'),
    encryption: given(configuration(encryption, 'encryption'), 'encryption of the bucket'),
    ownershipControls: given(configuration(ownershipControls, 'ownershipControls'), 'object ownership of the bucket'),
    publicAccessBlock: given(configuration(publicAccessBlock, 'publicAccessBlock'), 'public access block of the bucket')
  }
}
