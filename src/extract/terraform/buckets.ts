import type { OwnershipControls, PublicAccessBlock } from '../../../schemas/bucket-answers.js'
import { groupBy } from '../../group-by.js'
import { isObject, type JsonObject } from '../../json/json.js'
import type { Read } from '../../verify/read/policy-source.js'
import { partitionOf, placeholderBucketName, type PlannedBucket, type PlannedKey } from '../plan.js'
import { NO_POLICY, type PolicyPart, unknownPart } from '../policy-part.js'
import { isUnknown, knownText, readValue, unknownRead } from '../unknown.js'
import { encryptionOf } from './bucket-encryption.js'
import { BUCKET_TYPES, bucketName, endOf, isNameMadeUp, setterOf } from './bucket-parts.js'
import type { TerraformContext } from './context.js'
import { attributePolicy } from './keys.js'
import type { PlannedResource } from './plan-json.js'

/** The buckets of a plan with what other resources set of them, and those that are not there after the apply. */
export function plannedBuckets (context: TerraformContext, keys: readonly PlannedKey[]): PlannedBucket[] {
  const planned = context.ofType(...BUCKET_TYPES).map((resource) =>
    resource.isDeferred === true
      ? unknownBucket(resource, `${resource.address} is deferred to a later plan`, context)
      : plannedBucket(resource, context, keys)
  )
  const isNew = ({ name }: PlannedBucket): boolean => planned.every((bucket) => bucket.name !== name)
  const gone = removedBuckets(context).filter(isNew)
  const ofPolicies = bucketsOfPolicies(context, keys).filter(isNew)
  return [...planned, ...ofPolicies.filter(({ name }) => gone.every((bucket) => bucket.name !== name)), ...gone]
}

/** Buckets of which the plan has the policy alone: all else of them is as it was, and not known. */
function bucketsOfPolicies (context: TerraformContext, keys: readonly PlannedKey[]): PlannedBucket[] {
  const named = context.ofType(...POLICY.types).flatMap((policy) => {
    const name = knownText(policy.values['bucket'])
    return name === undefined ? [] : [{ name, policy }]
  })
  return groupBy(named, ({ name }) => name).map(([{ name, policy }]) => {
    const { address, values } = policy
    const before = { bucket: name, region: values['region'] }
    const existing = { ...policy, type: 'aws_s3_bucket', values: before, before, expressions: {}, isNew: false }
    const why = `he plan has only the policy of bucket ${name} (${address})`
    const { encryption, ...planned } = plannedBucket(existing, context, keys)
    return {
      ...planned,
      hasPolicyAlone: true,
      encryption: encryption.state === 'notRead' ? unknownRead(`t${why}: ${encryption.why}`) : encryption,
      notes: [...context.plan.notes, `T${why}.`]
    }
  })
}

/** Those that are deleted, or replaced by one with another name; a resource at another address may take them over. */
function removedBuckets (context: TerraformContext): PlannedBucket[] {
  const removed = context.plan.removed.filter(({ type }) => BUCKET_TYPES.includes(type))
  const replaced = context.ofType(...BUCKET_TYPES).filter((resource) => {
    const former = bucketName({ ...resource, values: resource.before })
    return former !== undefined && former !== bucketName(resource)
  })
  return [
    ...removed.map((resource) => unknownBucket(resource, endOf(resource), context)),
    ...replaced.map((resource) => {
      const former = { ...resource, values: resource.before }
      const bucket = unknownBucket(former, `${resource.address} is replaced by a bucket with another name`, context)
      return { ...bucket, names: [bucket.name] }
    })
  ].map((bucket) => ({ ...bucket, isRemoved: true }))
}

function plannedBucket (
  resource: PlannedResource,
  context: TerraformContext,
  keys: readonly PlannedKey[]
): PlannedBucket {
  const { address, isNew } = resource
  const region = context.knownRegionOf(resource)
  const encryption = encryptionOf(resource, region, context, keys)
  return {
    ...namesOf(resource, region),
    accountId: context.ownerOf(resource),
    region:
      region === undefined
        ? unknownRead(`the plan does not say in which Region ${address} is`)
        : { state: 'read', value: region },
    policy: policyOf(resource, context),
    encryption,
    ownershipControls: ownershipOf(resource, context),
    publicAccessBlock: publicAccessOf(resource, context),
    notes: [
      ...context.plan.notes,
      ...(isNew ? [] : [`${address} exists: the keys that its objects are encrypted with are not in the plan.`]),
      ...(encryption.state === 'notPresent'
        ? [`${address} has no encryption in the plan: Amazon S3 encrypts with keys of its own (SSE-S3).`]
        : [])
    ]
  }
}

function namesOf (
  resource: PlannedResource,
  region: string | undefined
): Pick<PlannedBucket, 'address' | 'arn' | 'name' | 'isPlaceholder' | 'mayHaveAnyName' | 'names'> {
  const { address, values } = resource
  const known = bucketName(resource)
  const name = known ?? placeholderBucketName(address, knownText(values['bucket_prefix']))
  return {
    address,
    arn: knownText(values['arn']) ?? `arn:${partitionOf(region ?? '')}:s3:::${name}`,
    name,
    isPlaceholder: known === undefined,
    mayHaveAnyName: known === undefined && !isNameMadeUp(resource),
    names: [address, name]
  }
}

function unknownBucket (resource: PlannedResource, why: string, context: TerraformContext): PlannedBucket {
  const read = unknownRead(why)
  return {
    ...namesOf(resource, context.knownRegionOf(resource)),
    accountId: context.ownerOf(resource),
    region: read,
    policy: unknownPart(why),
    encryption: read,
    ownershipControls: read,
    publicAccessBlock: read,
    notes: context.plan.notes
  }
}

const POLICY = { types: ['aws_s3_bucket_policy', 'awscc_s3_bucket_policy'], inline: 'policy' }

/** A bucket policy that is deleted leaves none. */
function policyOf (bucket: PlannedResource, context: TerraformContext): PolicyPart {
  const found = setterOf(bucket, POLICY, context)
  if ('why' in found) return unknownPart(found.why)
  const { setter, isDeleted } = found
  if (setter === undefined) return isDeleted ? NO_POLICY : policyOfState(bucket)
  const attribute = setter.type === 'awscc_s3_bucket_policy' ? 'policy_document' : 'policy'
  const { [attribute]: value } = setter.values
  return setter.isNew && (value == null || value === '') ? NO_POLICY : attributePolicy(setter, attribute, context)
}

/** What the bucket has beside the plan. A provider before version 4 does not read it: null says nothing. */
function policyOfState ({ values, isNew, expressions, address, type }: PlannedResource): PolicyPart {
  const { policy } = values
  // Computed where the configuration does not set it.
  if (isNew && expressions !== undefined && (policy == null || isUnknown(policy))) return NO_POLICY
  if (policy === '' && type === 'aws_s3_bucket') return NO_POLICY
  if (isUnknown(policy)) return unknownPart(policy.why)
  return knownText(policy) === undefined
    ? unknownPart(`${address} exists: the plan does not say which policy it has`)
    : { read: { state: 'read', value: policy }, unknown: [] }
}

/** Reads the values of the one resource of a type, or of an attribute of the bucket. */
function configurationOf<T> (
  bucket: PlannedResource,
  { type, attribute, what }: { type: string; attribute: string; what: string },
  context: TerraformContext,
  read: (values: JsonObject) => Read<T>
): Read<T> {
  const found = setterOf(bucket, { types: [type] }, context)
  if ('why' in found) return unknownRead(found.why)
  if (found.isDeleted)
    return unknownRead(`a ${type} of ${bucket.address} is deleted: what it has then is not in the plan`)
  const values = found.setter?.values ?? bucket.values[attribute]
  // What the plan does not contain is left out: nothing depends on it alone.
  if (!isObject(values) || isUnknown(values))
    return { state: 'notRead', why: `The plan does not contain the ${what} of ${bucket.address}.`, cause: 'notGiven' }
  return read(values)
}

const OWNERSHIP = {
  type: 'aws_s3_bucket_ownership_controls',
  attribute: 'ownership_controls',
  what: 'object ownership'
}

function ownershipOf (bucket: PlannedResource, context: TerraformContext): Read<OwnershipControls> {
  return configurationOf(bucket, OWNERSHIP, context, ({ rule, rules = rule }) =>
    readValue(rules, () => ({
      Rules: [rules].flat().filter(isObject).map(({ object_ownership: text }) => ({ ObjectOwnership: String(text) }))
    }))
  )
}

const PUBLIC_ACCESS = {
  type: 'aws_s3_bucket_public_access_block',
  attribute: 'public_access_block_configuration',
  what: 'public access block'
}
const BLOCKS = {
  BlockPublicAcls: 'block_public_acls',
  IgnorePublicAcls: 'ignore_public_acls',
  BlockPublicPolicy: 'block_public_policy',
  RestrictPublicBuckets: 'restrict_public_buckets'
}

function publicAccessOf (bucket: PlannedResource, context: TerraformContext): Read<PublicAccessBlock> {
  return configurationOf(bucket, PUBLIC_ACCESS, context, (values) => {
    const set = Object.entries(BLOCKS).map(([name, attribute]) => [name, values[attribute]] as const)
    return readValue(
      set.map(([, value]) => value),
      () => Object.fromEntries(set.map(([name, value]) => [name, value === true]))
    )
  })
}
