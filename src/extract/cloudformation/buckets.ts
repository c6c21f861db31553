import type { BucketEncryption, PublicAccessBlock } from '../../../schemas/bucket-answers.js'
import { groupBy } from '../../group-by.js'
import { isObject, type JsonObject } from '../../json/json.js'
import { parseS3Uri } from '../../personalize/locations.js'
import type { Read } from '../../verify/read/policy-source.js'
import { encryptionRead } from '../bucket-encryption.js'
import { NAME_TO_COME, partitionOf, type PlannedBucket } from '../plan.js'
import { NO_POLICY, type PolicyPart, policyPart, unknownPart, withPossibleStatements } from '../policy-part.js'
import { findUnknown, isPossible, isUnknown, knownText, readValue, unknownRead } from '../unknown.js'
import { type ConditionalResource, mayNotBeCreated, type TemplateContext } from './context.js'
import { bucketName } from './scope.js'

const NONE = { state: 'notPresent' } as const

/** The buckets of a template with their policies. */
export function plannedBuckets (context: TemplateContext): PlannedBucket[] {
  const planned = context.ofType('AWS::S3::Bucket').map((resource) => plannedBucket(resource, context))
  return [...planned, ...bucketsOfPolicies(planned, context)]
}

/** Buckets of which the template has the policy alone: all else of them is as it was, and not known. */
function bucketsOfPolicies (planned: readonly PlannedBucket[], context: TemplateContext): PlannedBucket[] {
  const { property, changed } = context
  const all = context.ofType('AWS::S3::BucketPolicy')
  const unclear = all.find((policy) => findUnknown(property(policy, 'Bucket')) !== undefined)
  const named = all.flatMap((policy) => {
    const name = changed === undefined ? knownText(property(policy, 'Bucket')) : undefined
    // A name that stands for one to come is that of a bucket of the template, which may not be created.
    const isOther = name !== undefined && parseS3Uri(`s3://${name}`) !== undefined && !NAME_TO_COME.test(name)
    return isOther && planned.every((bucket) => bucket.name !== name) ? [{ name, policy }] : []
  })
  return groupBy(named, ({ name }) => name).map(([{ name, policy }, other]) => {
    const part =
      unclear === undefined
        ? policyBy(policy, other?.policy, name, context)
        : unknownPart(`which bucket ${unclear.logicalId} belongs to is not known`)
    return bucketOfPolicy(name, policy.logicalId, part, context)
  })
}

function bucketOfPolicy (name: string, address: string, policy: PolicyPart, { place }: TemplateContext): PlannedBucket {
  const why = `he template has only the policy of bucket ${name} (${address})`
  const notGiven = { ...unknownRead(`T${why}.`), cause: 'notGiven' } as const
  return {
    address,
    arn: `arn:${partitionOf(place.region)}:s3:::${name}`,
    name,
    isPlaceholder: false,
    mayHaveAnyName: false,
    hasPolicyAlone: true,
    names: [address, name],
    accountId: place.accountId,
    region: notGiven,
    policy,
    encryption: unknownRead(`t${why}, not how it is encrypted`),
    ownershipControls: notGiven,
    publicAccessBlock: notGiven,
    notes: [`T${why}.`]
  }
}

function plannedBucket (resource: ConditionalResource, context: TemplateContext): PlannedBucket {
  const { logicalId } = resource
  const { place, scope, property } = context
  const { name, isPlaceholder } = bucketName(resource, scope)
  const encryption = encryptionOf(resource, context)
  return {
    address: logicalId,
    arn: `arn:${partitionOf(place.region)}:s3:::${name}`,
    name,
    isPlaceholder,
    mayHaveAnyName: isPlaceholder && resource.properties['BucketName'] !== undefined,
    names: [logicalId, name],
    accountId: place.accountId,
    region: { state: 'read', value: place.region },
    policy: policyOf(resource, context),
    encryption,
    ownershipControls: configurationOf(resource, 'OwnershipControls', context),
    publicAccessBlock: publicAccessOf(property(resource, 'PublicAccessBlockConfiguration'), resource),
    notes: [
      ...mayNotBeCreated(resource),
      ...(encryption.state === 'notPresent'
        ? [`${logicalId} has no BucketEncryption: Amazon S3 encrypts with keys of its own (SSE-S3).`]
        : [])
    ]
  }
}

function policyOf (bucket: ConditionalResource, context: TemplateContext): PolicyPart {
  const { changed, property } = context
  if (changed !== undefined) return unknownPart(changed.why)
  const concerned = context
    .ofType('AWS::S3::BucketPolicy')
    .map((policy) => ({ policy, isOf: namesBucket(property(policy, 'Bucket'), bucket, context) }))
    .filter(({ isOf }) => isOf !== false)
  const unclear = concerned.find(({ isOf }) => isOf === undefined)
  if (unclear !== undefined) return unknownPart(`which bucket ${unclear.policy.logicalId} belongs to is not known`)
  const [own, other] = concerned.map(({ policy }) => policy)
  if (own === undefined) return NO_POLICY
  return policyBy(own, other, bucket.logicalId, context, bucket.open)
}

/**
 * The policy that a resource sets; `other`: one that sets it as well. `given`: on what it depends whether there is the
 * bucket.
 */
function policyBy (
  own: ConditionalResource,
  other: ConditionalResource | undefined,
  bucket: string,
  { property }: TemplateContext,
  given?: ConditionalResource['open']
): PolicyPart {
  if (other !== undefined) return unknownPart(`${own.logicalId} and ${other.logicalId} both set it for ${bucket}`)
  const document = property(own, 'PolicyDocument')
  const { open } = own
  // Under the condition of the bucket it is there where the bucket is.
  const isCertain = open === undefined || open.why === given?.why
  return policyPart(isCertain ? document : withPossibleStatements(document, `${own.logicalId}: ${open.why}`))
}

/** Whether a name is that of the bucket; undefined where it may be. */
function namesBucket (value: unknown, bucket: ConditionalResource, { scope }: TemplateContext): boolean | undefined {
  if (findUnknown(value) !== undefined || value === undefined) return undefined
  const { name, isPlaceholder } = bucketName(bucket, scope)
  if (value === name) return true
  // A name that depends on a parameter may be any; one that CloudFormation makes up is not in a template.
  return isPlaceholder && bucket.properties['BucketName'] !== undefined && !String(value).startsWith('not-created-yet-')
    ? undefined
    : false
}

function encryptionOf (
  bucket: ConditionalResource,
  { changed, property, place }: TemplateContext
): Read<BucketEncryption> {
  const value = changed ?? property(bucket, 'BucketEncryption')
  if (value === undefined) return NONE
  const rules = memberOf(value, 'ServerSideEncryptionConfiguration')
  const list = [rules ?? []].flat()
  const [rule, other] = list
  if (other !== undefined) return unknownRead(`${bucket.logicalId} may have several rules of encryption`)
  if (rule === undefined) return NONE
  const defaults = memberOf(rule, 'ServerSideEncryptionByDefault')
  return encryptionRead(
    {
      algorithm: memberOf(defaults, 'SSEAlgorithm'),
      keyId: memberOf(defaults, 'KMSMasterKeyID'),
      hasBucketKey: memberOf(rule, 'BucketKeyEnabled')
    },
    { address: bucket.logicalId, region: place.region }
  )
}

/** A member of an object; what is not known as a whole is not known in its members. */
function memberOf (value: unknown, name: string): unknown {
  if (isUnknown(value) || isPossible(value)) return value
  return isObject(value) ? value[name] : undefined
}

function notContained (what: string, { logicalId }: ConditionalResource): Read<never> {
  return { state: 'notRead', why: `The template does not contain the ${what} of ${logicalId}.`, cause: 'notGiven' }
}

/** A property that has the form of the API. */
function configurationOf (
  bucket: ConditionalResource,
  name: string,
  { changed, property }: TemplateContext
): Read<JsonObject> {
  const value = changed ?? property(bucket, name)
  return value === undefined ? notContained(name, bucket) : readValue(value, (known) => (isObject(known) ? known : {}))
}

function publicAccessOf (value: unknown, bucket: ConditionalResource): Read<PublicAccessBlock> {
  if (value === undefined) return notContained('PublicAccessBlockConfiguration', bucket)
  return readValue(value, (known) => {
    const members = Object.entries(isObject(known) ? known : {})
    return Object.fromEntries(members.map(([name, member]) => [name, member === true || knownText(member) === 'true']))
  })
}
