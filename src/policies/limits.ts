import type { PolicyDocument } from '../../schemas/policy-document.js'
import { type FieldError, ServiceError } from '../errors.js'
import {
  MAX_BUCKET_POLICY_BYTES,
  MAX_KEY_POLICY_BYTES,
  MAX_MANAGED_POLICY_CHARACTERS,
  policyBytes,
  policyCharacters
} from '../iam/document/storable-size.js'
import { utf8Bytes } from '../json/utf8.js'
import { MAX_PAIRS } from '../personalize/usage-checks.js'
import type { ExistingPolicy, UsageToGenerate } from './existing-policy.js'

export { MAX_KEY_POLICY_BYTES, policyBytes }

const MAX_ROLES = 50
const MAX_KEYS = 50

/** One key policy document names the root of one account. */
export function assertOneKeyAccount ({ keys }: UsageToGenerate): void {
  const account = keys[0]?.accountId
  const faults = keys.flatMap((key, index) =>
    key.accountId === account
      ? []
      : [
        {
          pointer: `/kmsKeyArns/${index}`,
          detail:
              `is in account ${key.accountId}, the first key in ${account}; one key policy is for the keys of ` +
              'one account. POST /policies gives one for each key'
        }
      ]
  )
  if (faults.length > 0) throw new ServiceError('INCONSISTENT_USAGE', 'the keys are in several accounts', faults)
}

/** What holds for one usage holds for the request: the schema and `resolveUsage` see one usage at a time. */
export function assertRequestSize (usages: readonly UsageToGenerate[]): void {
  if (isSurelySmall(usages)) return
  const roles = new Set(usages.flatMap((usage) => usage.roles.map(({ arn }) => arn)))
  const keys = new Set(usages.flatMap((usage) => usage.keys.map(({ arn }) => arn)))
  const pairs = new Set(
    usages.flatMap((usage) => usage.roles.flatMap((role) => usage.keys.map((key) => `${role.arn} ${key.arn}`)))
  )
  const limits = [
    { what: 'roles', count: roles.size, limit: MAX_ROLES },
    { what: 'keys', count: keys.size, limit: MAX_KEYS },
    { what: 'pairs of role and key', count: pairs.size, limit: MAX_PAIRS }
  ]
  const faults = limits
    .filter(({ count, limit }) => count > limit)
    .map(({ what, count, limit }) => ({
      pointer: '/usages',
      detail: `the usages name ${count} ${what}; the limit of a request is ${limit}`
    }))
  if (faults.length > 0) throw new ServiceError('LIMIT_EXCEEDED', faults.map(({ detail }) => detail).join('; '), faults)
}

/** Whether the request is within the limits even if no two of its usages name the same role or key. */
function isSurelySmall (usages: readonly UsageToGenerate[]): boolean {
  let [allRoles, allKeys, allPairs] = [0, 0, 0]
  for (const { roles, keys } of usages) {
    allRoles += roles.length
    allKeys += keys.length
    allPairs += roles.length * keys.length
  }
  return allRoles <= MAX_ROLES && allKeys <= MAX_KEYS && allPairs <= MAX_PAIRS
}

/** A key or role has one policy to merge into: which of two different ones is the live one is unknown. */
export function assertNoRivalPolicies (all: readonly UsageToGenerate[]): void {
  const usages = all.filter(
    ({ existingKeyPolicy, existingRolePolicy, existingBucketPolicy }) =>
      existingKeyPolicy !== undefined || existingRolePolicy !== undefined || existingBucketPolicy !== undefined
  )
  if (usages.length === 0) return
  const faults = [
    ...rivals(usages, ({ existingKeyPolicy, keys }) => ({
      existing: existingKeyPolicy,
      arns: keys.length === 0 ? ['a key yet to be made'] : keys.map(({ arn }) => arn)
    })),
    ...rivals(usages, ({ existingRolePolicy, roles }) => ({
      existing: existingRolePolicy,
      arns: roles.map(({ arn }) => arn)
    })),
    ...rivals(usages, ({ existingBucketPolicy, locations }) => ({
      existing: existingBucketPolicy,
      arns: locations.map(({ bucket }) => `bucket ${bucket}`)
    }))
  ]
  if (faults.length > 0)
    throw new ServiceError(
      'INCONSISTENT_USAGE',
      'usages bring different policies for the same key, role or bucket',
      faults
    )
}

function rivals (
  usages: readonly UsageToGenerate[],
  select: (usage: UsageToGenerate) => { existing: ExistingPolicy | undefined; arns: string[] }
): FieldError[] {
  const known = new Map<string, { text: string; pointer: string }>()
  return usages.map(select).flatMap(({ existing, arns }) => {
    if (existing === undefined) return []
    const text = JSON.stringify(existing.document)
    const rival = arns
      .map((arn) => ({ arn, first: known.get(arn) }))
      .find(({ first }) => first !== undefined && first.text !== text)
    for (const arn of arns) if (!known.has(arn)) known.set(arn, { text, pointer: existing.pointer })
    return rival === undefined
      ? []
      : [
        {
          pointer: existing.pointer,
          detail: `differs from ${rival.first?.pointer}, which is for ${rival.arn} as well`
        }
      ]
  })
}

/** Of a managed policy. */
export const MAX_ROLE_POLICY_CHARACTERS = MAX_MANAGED_POLICY_CHARACTERS

/** A policy as it is sent, and its size. */
export interface MeasuredText {
  text: string
  bytes: number
}

function measuredText (document: PolicyDocument, indent: number): MeasuredText {
  const text = JSON.stringify(document, undefined, indent)
  return { text, bytes: utf8Bytes(text) }
}

/** Throws POLICY_TOO_LARGE where KMS would not take the key policy. `pointer`: what the caller can shorten. */
export function assertKeyPolicySize (document: PolicyDocument, indent: number, pointer: string): MeasuredText {
  const measured = measuredText(document, indent)
  const { bytes } = measured
  if (bytes <= MAX_KEY_POLICY_BYTES) return measured
  const detail = `the key policy has ${bytes} bytes; KMS takes ${MAX_KEY_POLICY_BYTES}`
  throw new ServiceError('POLICY_TOO_LARGE', detail, [{ pointer, detail }])
}

/** The same of a bucket policy and Amazon S3. */
export function assertBucketPolicySize (document: PolicyDocument, indent: number, pointer: string): MeasuredText {
  const measured = measuredText(document, indent)
  const { bytes } = measured
  if (bytes <= MAX_BUCKET_POLICY_BYTES) return measured
  const detail = `the bucket policy has ${bytes} bytes; Amazon S3 takes ${MAX_BUCKET_POLICY_BYTES}`
  throw new ServiceError('POLICY_TOO_LARGE', detail, [{ pointer, detail }])
}

/** One bucket policy document is for one bucket. */
export function assertOneBucket ({ locations, pointer }: UsageToGenerate): void {
  const [first] = locations
  if (first === undefined) {
    const detail = 'is needed: the bucket policy is for the bucket of the locations'
    throw new ServiceError('INCONSISTENT_USAGE', `/locations ${detail}`, [{ pointer: `${pointer}/locations`, detail }])
  }
  const faults = locations
    .filter(({ bucket }) => bucket !== first.bucket)
    .map(({ bucket, pointer: at }) => ({
      pointer: `${pointer}${at}/uri`,
      detail:
        `is in bucket ${bucket}, the first location in ${first.bucket}; one bucket policy is for one bucket. ` +
        'POST /policies gives one for each bucket'
    }))
  if (faults.length > 0) throw new ServiceError('INCONSISTENT_USAGE', 'the locations are in several buckets', faults)
}

const ONE_OF_ITS_OWN =
  'A role may have several policies: without existingRolePolicy the generated statements are a policy of their own'

/**
 * The same of the policy of a role and IAM. Returns its characters, as IAM counts them. The policy may be put as an
 * inline policy or a managed one: it has to fit the smaller limit.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function assertRolePolicySize (document: PolicyDocument, pointer: string): number {
  const characters = policyCharacters(document)
  if (characters <= MAX_ROLE_POLICY_CHARACTERS) return characters
  const detail = `the IAM policy has ${characters} characters without white space; IAM takes ` +
    `${MAX_ROLE_POLICY_CHARACTERS} of a managed policy` +
    (pointer.endsWith('/existingRolePolicy') ? `. ${ONE_OF_ITS_OWN}` : '')
  throw new ServiceError('POLICY_TOO_LARGE', detail, [{ pointer, detail }])
}
