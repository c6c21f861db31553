import { isUnknown, knownText } from '../unknown.js'
import type { TerraformContext } from './context.js'
import type { PlannedResource } from './plan-json.js'
import { onlyReference } from './references.js'

export const BUCKET_TYPES = ['aws_s3_bucket', 'awscc_s3_bucket']

/**
 * The one resource that sets a part of a bucket after the apply, which may be the bucket itself; or why that is not
 * known. `isDeleted`: one that did so before is deleted.
 */
export type PartSetter = { why: string } | { setter: PlannedResource | undefined; isDeleted: boolean }

/** What sets a part of a bucket: resources of these types, or an argument of the bucket (`inline`). */
export function setterOf (
  bucket: PlannedResource,
  { types, inline }: { types: readonly string[]; inline?: string },
  context: TerraformContext
): PartSetter {
  const concerned = context.ofType(...types).filter((each) => belongsTo(each, bucket, context) !== false)
  const open = concerned.find((each) => belongsTo(each, bucket, context) === undefined)
  if (open !== undefined) return { why: `which bucket ${open.address} belongs to is known only after the apply` }
  const isInline = inline !== undefined && bucket.expressions?.[inline] !== undefined
  const [setter, other] = [...concerned, ...(isInline ? [bucket] : [])]
  if (setter !== undefined && other !== undefined)
    return { why: `${setter.address} and ${other.address} both set it for ${bucket.address}` }
  const former = formerSetter(bucket, types, concerned, context)
  if (former === undefined) return { setter, isDeleted: false }
  const { isForgotten = false } = former
  if (setter === undefined && isForgotten) return { why: endOf(former) }
  if (setter === undefined || isForgotten) return { setter, isDeleted: setter === undefined }
  // Nothing says which of the two comes last.
  return { why: `${endOf(former)} in the apply that creates ${setter.address}` }
}

/** One that sets it before the apply, and not after it: it is removed, or moved to another bucket. */
function formerSetter (
  bucket: PlannedResource,
  types: readonly string[],
  concerned: readonly PlannedResource[],
  { plan, ofType }: TerraformContext
): PlannedResource | undefined {
  const name = knownText(bucket.before['bucket'] ?? bucket.before['bucket_name']) ?? bucketName(bucket)
  return [...ofType(...types), ...plan.removed].find(
    (each) =>
      types.includes(each.type) && !concerned.includes(each) && name !== undefined && each.before['bucket'] === name
  )
}

/** How a resource ends to be what it was. */
export function endOf ({ address, isForgotten }: PlannedResource): string {
  return isForgotten === true
    ? `${address} is removed from the state: what it has set stays as it is`
    : `${address} is deleted`
}

/** The name that the plan gives a bucket; undefined where AWS makes it up, or it is not known yet. */
export function bucketName ({ values }: PlannedResource): string | undefined {
  return knownText(values['bucket'] ?? values['bucket_name'])
}

const MAX_DEPTH = 5

/**
 * Whether a resource names this bucket: by its name, or where that is not known yet by a reference to it, or to another
 * resource of it. Undefined where it may.
 */
function belongsTo (
  from: PlannedResource,
  bucket: PlannedResource,
  context: TerraformContext,
  depth = 0
): boolean | undefined {
  const value = knownText(from.values['bucket'])
  if (value !== undefined) return isNamed(value, bucket, context)
  const { resource } = onlyReference(context.plan, from, 'bucket') ?? {}
  if (resource === undefined || depth > MAX_DEPTH) return undefined
  if (resource.mode === 'managed' && BUCKET_TYPES.includes(resource.type)) return resource === bucket
  return /^aws_s3_bucket(?:_|$)/.test(resource.type) ? belongsTo(resource, bucket, context, depth + 1) : undefined
}

/** A name that the plan makes of values which are not known yet may be any, unless another bucket has it. */
function isNamed (name: string, bucket: PlannedResource, context: TerraformContext): boolean | undefined {
  const own = bucketName(bucket)
  if (own !== undefined) return own === name
  const isTaken = context.ofType(...BUCKET_TYPES).some((each) => bucketName(each) === name)
  return isNameMadeUp(bucket) || isTaken ? false : undefined
}

/** Whether AWS or the provider makes up the name: the configuration gives none, or a prefix. */
export function isNameMadeUp ({ values, expressions }: PlannedResource): boolean {
  const given = ['bucket', 'bucket_name'].some((name) => expressions?.[name] !== undefined)
  return expressions !== undefined && !given && isUnknown(values['bucket'] ?? values['bucket_name'])
}
