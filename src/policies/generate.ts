import type { PoliciesRequest, PoliciesResponse } from '../../schemas/generation.js'
import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Operation, Usage } from '../../schemas/usage.js'
import type { Finding } from '../../schemas/verification.js'
import { groupBy } from '../group-by.js'
import { NEW_KEY, usageOfKey, usesNewKey } from '../personalize/usage.js'
import { resolveUsagesToGenerate, resolveUsageToGenerate, type UsageToGenerate } from './existing-policy.js'
import { bucketPolicy } from './bucket-policy.js'
import { keyPolicy } from './key-policy.js'
import {
  assertOneKeyAccount,
  assertBucketPolicySize,
  assertKeyPolicySize,
  assertRequestSize,
  assertRolePolicySize,
  assertNoRivalPolicies,
  assertOneBucket
} from './limits.js'
import { rolePolicy } from './role-policy.js'
import type { ExplainedPolicy, ExplainedStatement, KeyPolicyTarget } from './statement.js'
import { trustPolicy } from './trust-policy.js'
import { eachOnce, openDenyWarnings, warningsOf } from './warnings.js'

export const KEY_ARNS = { keys: 'keyArns' } as const

/** A policy of one usage, with the usage as it was resolved. */
export type PolicyOfUsage = ExplainedPolicy & { resolved: UsageToGenerate }

/** The same with its JSON text: white space counts towards the size of a resource policy. */
export type ResourcePolicyOfUsage = PolicyOfUsage & { text: string }

/** The one key policy for all keys of the usage. `indent`: the white space of the answer, which KMS counts. */
export function explainKeyPolicy (usage: Usage, { indent }: { indent: number }): ResourcePolicyOfUsage {
  const resolved = resolveUsageToGenerate(usage, KEY_ARNS)
  assertOneKeyAccount(resolved)
  const explained = keyPolicy([resolved], {
    partition: resolved.partition,
    accountId: resolved.keys[0]?.accountId ?? resolved.accountId,
    keys: resolved.keys
  })
  const pointer = resolved.existingKeyPolicy?.pointer ?? '/roleArns'
  const { text } = assertKeyPolicySize(explained.policy, indent, pointer)
  return { ...explained, resolved, text }
}

export function generateKeyPolicy (usage: Usage, options: { indent: number }): PolicyDocument {
  return explainKeyPolicy(usage, options).policy
}

/** The policy of the one bucket of the usage. `indent`: the white space of the response, which Amazon S3 counts. */
export function explainBucketPolicy (
  usage: Usage,
  { indent }: { indent: number }
): ResourcePolicyOfUsage & { bucket: string } {
  const resolved = resolveUsageToGenerate(usage, KEY_ARNS)
  assertOneBucket(resolved)
  const bucket = resolved.locations[0]?.bucket ?? ''
  const explained = bucketPolicy([resolved], bucket)
  const pointer = resolved.existingBucketPolicy?.pointer ?? '/locations'
  const { text } = assertBucketPolicySize(explained.policy, indent, pointer)
  return { ...explained, resolved, bucket, text }
}

export function generateBucketPolicy (usage: Usage, options: { indent: number }): PolicyDocument {
  return explainBucketPolicy(usage, options).policy
}

/** The permissions policy of each role of the usage; null where none is needed. */
export function explainRolePolicy (usage: Usage): PolicyOfUsage | null {
  const resolved = resolveUsageToGenerate(usage, KEY_ARNS)
  const explained = rolePolicy([resolved])
  if (explained === undefined) return null
  const named = resolved.keys.length === 0 ? '/locations' : '/kmsKeyArns'
  assertRolePolicySize(explained.policy, resolved.existingRolePolicy?.pointer ?? named)
  return { ...explained, resolved }
}

export function generateRolePolicy (usage: Usage): PolicyDocument | null {
  return explainRolePolicy(usage)?.policy ?? null
}

/** The trust policy of each role of the usage. */
export function generateTrustPolicy (usage: Usage): PolicyDocument {
  return trustPolicy([resolveUsageToGenerate(usage, KEY_ARNS)])
}

/** Why each statement is there, as the answer has it. */
export const reasons = (
  statements: readonly ExplainedStatement[]
): PoliciesResponse['keyPolicies'][number]['statements'] =>
  statements.map(({ statement, why }) => ({ sid: statement.Sid, ...why() }))

/** A usage with one of its keys: one that is to be created has no id, and is of the account that runs Personalize. */
interface KeyUse {
  kmsKeyArn: string
  usage: UsageToGenerate
  target: KeyPolicyTarget
}

function keyUsesOf (usage: UsageToGenerate): KeyUse[] {
  const { partition, accountId, region = '*' } = usage
  const ofKeys = usage.keys.map((key) => ({
    kmsKeyArn: key.arn,
    usage,
    target: { partition: key.partition, accountId: key.accountId, keys: [key] }
  }))
  const kmsKeyArn = `arn:${partition}:kms:${region}:${accountId}:key/*`
  return usesNewKey(usage) ? [{ kmsKeyArn, usage, target: { partition, accountId, keys: [] } }] : ofKeys
}

/** A policy of the answer, with what is fragile in the one that it was merged into. */
interface Generated<T> {
  entry: T
  warnings: Finding[]
}

function keyPolicies (usages: readonly UsageToGenerate[]): Array<Generated<PoliciesResponse['keyPolicies'][number]>> {
  return groupBy(usages.flatMap(keyUsesOf), ({ kmsKeyArn }) => kmsKeyArn).map((group) => {
    const [{ kmsKeyArn, usage: first, target }] = group
    const { policy, statements, openDenies } = keyPolicy(
      group.map(({ usage }) => usage),
      target
    )
    const { bytes } = assertKeyPolicySize(policy, 0, first.pointer)
    return {
      entry: { kmsKeyArn, policy, bytes, statements: reasons(statements) },
      warnings: openDenyWarnings(openDenies, { layer: 'keyPolicy', where: { kmsKeyArn } })
    }
  })
}

/** Notes in each usage what all of them do with each key. */
function noteOperationsByKey (usages: readonly UsageToGenerate[]): void {
  const operationsByKey = new Map<string, Operation[]>()
  for (const usage of usages) {
    for (const { arn } of usage.keys) {
      const { operations } = usageOfKey(usage, arn)
      const others = operationsByKey.get(arn)
      if (others === undefined) operationsByKey.set(arn, [...operations])
      else others.push(...operations)
    }
  }
  const withNewKey = usages.filter(usesNewKey)
  const ofNewKey = (usage: UsageToGenerate): Operation[] =>
    withNewKey.filter((other) => mayHaveOneKey(usage, other)).flatMap((other) => usageOfKey(other, NEW_KEY).operations)
  const ofNewKeys = withNewKey.map((usage) => ({ usage, operations: ofNewKey(usage) }))
  // Noted, not copied: they were made for this request, and are large.
  for (const usage of usages) usage.operationsByKey = operationsByKey
  for (const { usage, operations } of ofNewKeys) usage.operationsByKey = new Map([[NEW_KEY, operations]])
}

/** Whether two usages may be of one key that is to be created: it is of one account and one Region. */
function mayHaveOneKey (one: UsageToGenerate, other: UsageToGenerate): boolean {
  const isOfOneRegion = one.region === undefined || other.region === undefined || one.region === other.region
  return isOfOneRegion && one.accountId === other.accountId && one.partition === other.partition
}

type BucketPolicies = NonNullable<PoliciesResponse['bucketPolicies']>

function bucketPolicies (usages: readonly UsageToGenerate[]): Array<Generated<BucketPolicies[number]>> {
  const uses = usages.flatMap((usage) =>
    [...new Set(usage.locations.map(({ bucket }) => bucket))].map((bucket) => ({ usage, bucket }))
  )
  return groupBy(uses, ({ bucket }) => bucket).map((group) => {
    const [{ bucket, usage: first }] = group
    const { policy, statements, openDenies } = bucketPolicy(
      group.map(({ usage }) => usage),
      bucket
    )
    const { bytes } = assertBucketPolicySize(policy, 0, first.pointer)
    return {
      entry: { bucket, policy, bytes, statements: reasons(statements) },
      warnings: openDenyWarnings(openDenies, { layer: 'bucketPolicy', where: { bucket } })
    }
  })
}

type RoleUse = { arn: string; usage: UsageToGenerate }

function rolePolicyOf (
  uses: readonly [RoleUse, ...RoleUse[]]
): Generated<PoliciesResponse['rolePolicies'][number]> {
  const [{ arn: roleArn, usage: first }] = uses
  const explained = rolePolicy(uses.map(({ usage }) => usage))
  if (explained === undefined) return { entry: { roleArn, policy: null, characters: 0, statements: [] }, warnings: [] }
  const { policy, statements, openDenies } = explained
  const characters = assertRolePolicySize(policy, first.pointer)
  return {
    entry: { roleArn, policy, characters, statements: reasons(statements) },
    warnings: openDenyWarnings(openDenies, { layer: 'identityPolicies', where: { roleArn } })
  }
}

/** One key policy for each key, one permissions policy and one trust policy for each role, over all usages. */
export function generatePolicies (request: PoliciesRequest): PoliciesResponse {
  const usages = resolveUsagesToGenerate(request.usages, { ...KEY_ARNS, pointer: '/usages' })
  noteOperationsByKey(usages)
  assertRequestSize(usages)
  assertNoRivalPolicies(usages)
  const roles = groupBy(
    usages.flatMap((usage) => usage.roles.map(({ arn }) => ({ arn, usage }))),
    ({ arn }) => arn
  )
  const ofKeys = keyPolicies(usages)
  const ofRoles = roles.map((uses) => rolePolicyOf(uses))
  const ofBuckets = usages.some(({ locations }) => locations.length > 0) ? bucketPolicies(usages) : undefined
  const merged = [...ofKeys, ...ofRoles, ...(ofBuckets ?? [])].flatMap(({ warnings }) => warnings)
  return {
    keyPolicies: ofKeys.map(({ entry }) => entry),
    rolePolicies: ofRoles.map(({ entry }) => entry),
    trustPolicies: roles.map(([first, ...others]) => ({
      roleArn: first.arn,
      policy: trustPolicy([first.usage, ...others.map(({ usage }) => usage)])
    })),
    ...(ofBuckets === undefined ? {} : { bucketPolicies: ofBuckets.map(({ entry }) => entry) }),
    warnings: eachOnce([...warningsOf(usages), ...merged])
  }
}
