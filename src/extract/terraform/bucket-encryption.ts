import type { BucketEncryption } from '../../../schemas/bucket-answers.js'
import { isObject, type JsonObject } from '../../json/json.js'
import type { Read } from '../../verify/read/policy-source.js'
import type { PlannedKey } from '../plan.js'
import { encryptionRead } from '../bucket-encryption.js'
import { isUnknown, unknown, unknownRead } from '../unknown.js'
import { setterOf } from './bucket-parts.js'
import type { TerraformContext } from './context.js'
import type { PlannedResource } from './plan-json.js'
import { referenceIn } from './references.js'

const NONE = { state: 'notPresent' } as const

/** Where a resource has the rules. */
const OWN_RESOURCE = ['rule']
const IN_BUCKET = ['server_side_encryption_configuration', 'rule']
const CLOUD_CONTROL = ['bucket_encryption', 'server_side_encryption_configuration']

/**
 * The default encryption of a bucket. Without one, or when it is deleted, Amazon S3 encrypts with keys of its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
 */
export function encryptionOf (
  bucket: PlannedResource,
  region: string | undefined,
  context: TerraformContext,
  keys: readonly PlannedKey[]
): Read<BucketEncryption> {
  const path = bucket.type === 'awscc_s3_bucket' ? CLOUD_CONTROL : IN_BUCKET
  const [inline = ''] = path
  const found = setterOf(bucket, { types: ['aws_s3_bucket_server_side_encryption_configuration'], inline }, context)
  if ('why' in found) return unknownRead(found.why)
  const { setter, isDeleted } = found
  const site = { context, keys, region }
  if (setter !== undefined) return rulesAt(setter, setter === bucket ? path : OWN_RESOURCE, site)
  return isDeleted ? NONE : ofState(bucket, path, site)
}

interface Site {
  context: TerraformContext
  keys: readonly PlannedKey[]
  region: string | undefined
}

function ofState (bucket: PlannedResource, path: readonly string[], site: Site): Read<BucketEncryption> {
  const { values, isNew, expressions, address } = bucket
  const value = values[path[0] ?? '']
  // Computed where the configuration does not set it.
  if (isNew && expressions !== undefined && (value == null || isUnknown(value))) return NONE
  return value == null
    ? unknownRead(`${address} exists: the plan does not say how it is encrypted`)
    : rulesAt(bucket, path, site)
}

function rulesAt (resource: PlannedResource, path: readonly string[], site: Site): Read<BucketEncryption> {
  const rules = path.reduce<unknown>((value, name) => memberOf(value, name), resource.values)
  if (isUnknown(rules)) return unknownRead(rules.why)
  const list = [rules ?? []].flat()
  const [rule, other] = list
  if (other !== undefined) return unknownRead(`${resource.address} has several rules of encryption`)
  if (rule === undefined) return NONE
  const expression = path.reduce<unknown>(expressionOf, resource.expressions)
  return ofRule(rule, expression, resource, site)
}

function ofRule (rule: unknown, expression: unknown, resource: PlannedResource, site: Site): Read<BucketEncryption> {
  if (isUnknown(rule)) return unknownRead(rule.why)
  const name = ['apply_server_side_encryption_by_default', 'server_side_encryption_by_default'].find(
    (each) => isObject(rule) && each in rule
  )
  const defaults = memberOf(rule, name ?? '')
  const [first, other] = [defaults ?? []].flat()
  if (isUnknown(first)) return unknownRead(first.why)
  if (other !== undefined) return unknownRead(`${resource.address} has several defaults of encryption`)
  const block: JsonObject = isObject(first) ? first : {}
  const ofKey = ['kms_master_key_id'].reduce<unknown>(expressionOf, expressionOf(expression, name ?? ''))
  return encryptionRead(
    {
      algorithm: block['sse_algorithm'],
      keyId: keyIdOf(block['kms_master_key_id'], ofKey, resource, site),
      hasBucketKey: memberOf(rule, 'bucket_key_enabled')
    },
    { address: resource.address, region: site.region }
  )
}

/** A member of an object, or of the only item of a list. */
function memberOf (value: unknown, name: string): unknown {
  const [item, other] = [value].flat()
  if (isUnknown(item)) return item
  if (other !== undefined) return unknown('there are several blocks')
  return isObject(item) ? item[name] : undefined
}

/** The same of the configuration, where an expression may be one for all that is below it. */
function expressionOf (value: unknown, name: string): unknown {
  const [item, other] = [value].flat()
  if (!isObject(item) || other !== undefined) return undefined
  return Array.isArray(item['references']) ? item : item[name]
}

/** A key of the plan, by the ARN or id that stands for it. */
function keyIdOf (value: unknown, expression: unknown, from: PlannedResource, { context, keys }: Site): unknown {
  if (!isUnknown(value)) return value
  const { resource, attribute } = referenceIn(context.plan, from, expression) ?? {}
  const key = keys.find(({ address }) => address === resource?.address)
  if (key === undefined) return value
  return attribute === 'id' || attribute === 'key_id' ? key.arn.replace(/^.*:key\//, '') : key.arn
}
