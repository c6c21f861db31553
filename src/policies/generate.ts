import type { PoliciesRequest, PoliciesResponse } from '../../schemas/generation.js'
import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import { grouped } from '../group-by.js'
import { resolveUsagesToGenerate, resolveUsageToGenerate, type UsageToGenerate } from './existing-policy.js'
import { keyPolicy } from './key-policy.js'
import {
  policyBytes,
  policyCharacters,
  refuseKeysOfSeveralAccounts,
  refuseLargeKeyPolicy,
  refuseLargeRequest,
  refuseLargeRolePolicy,
  refuseRivalPolicies
} from './limits.js'
import { type OperationsOn, rolePolicy } from './role-policy.js'
import type { ExplainedStatement, KeyPolicyTarget } from './statement.js'
import { trustPolicy } from './trust-policy.js'
import { warningsOf } from './warnings.js'

const KEY_ARNS = { keys: 'keyArns' } as const

/** The one key policy for all keys of the usage. `indent`: the white space of the answer, which KMS counts. */
export function generateKeyPolicy (usage: Usage, { indent }: { indent: number }): PolicyDocument {
  const resolved = resolveUsageToGenerate(usage, KEY_ARNS)
  refuseKeysOfSeveralAccounts(resolved)
  const { policy } = keyPolicy([resolved], {
    partition: resolved.partition,
    accountId: resolved.keys[0]?.accountId ?? resolved.accountId,
    keys: resolved.keys
  })
  refuseLargeKeyPolicy(policy, indent, resolved.existingKeyPolicy?.pointer ?? '/roleArns')
  return policy
}

/** The permissions policy of each role of the usage; null where none is needed. */
export function generateRolePolicy (usage: Usage): PolicyDocument | null {
  const resolved = resolveUsageToGenerate(usage, KEY_ARNS)
  const explained = rolePolicy([resolved])
  if (explained === undefined) return null
  refuseLargeRolePolicy(explained.policy, resolved.existingRolePolicy?.pointer ?? '/kmsKeyArns')
  return explained.policy
}

/** The trust policy of each role of the usage. */
export function generateTrustPolicy (usage: Usage): PolicyDocument {
  return trustPolicy([resolveUsageToGenerate(usage, KEY_ARNS)])
}

const reasons = (statements: readonly ExplainedStatement[]): PoliciesResponse['keyPolicies'][number]['statements'] =>
  statements.map(({ statement, why }) => ({ sid: statement.Sid, ...why() }))

/** A usage with one of its keys: a key yet to be made has no id, and is of the account that runs Personalize. */
interface KeyUse {
  arn: string
  /** What the permissions policy names. */
  resource: string
  usage: UsageToGenerate
  target: KeyPolicyTarget
}

function keyUsesOf (usage: UsageToGenerate): KeyUse[] {
  const { partition, accountId, region = '*' } = usage
  if (usage.keys.length > 0)
    return usage.keys.map((key) => ({
      arn: key.arn,
      resource: key.arn,
      usage,
      target: { partition: key.partition, accountId: key.accountId, keys: [key] }
    }))
  const arn = `arn:${partition}:kms:${region}:${accountId}:key/*`
  return [{ arn, resource: '*', usage, target: { partition, accountId, keys: [] } }]
}

function keyPolicies (uses: readonly KeyUse[]): PoliciesResponse['keyPolicies'] {
  return grouped(uses, ({ arn }) => arn).map((group) => {
    const [{ arn: kmsKeyArn, usage: first, target }] = group
    const { policy, statements } = keyPolicy(
      group.map(({ usage }) => usage),
      target
    )
    refuseLargeKeyPolicy(policy, 0, first.pointer)
    return { kmsKeyArn, policy, bytes: policyBytes(policy, 0), statements: reasons(statements) }
  })
}

type RoleUse = { arn: string; usage: UsageToGenerate }

function rolePolicyOf (
  uses: readonly [RoleUse, ...RoleUse[]],
  operationsOn: OperationsOn
): PoliciesResponse['rolePolicies'][number] {
  const [{ arn: roleArn, usage: first }] = uses
  const explained = rolePolicy(
    uses.map(({ usage }) => usage),
    operationsOn
  )
  if (explained === undefined) return { roleArn, policy: null, characters: 0, statements: [] }
  refuseLargeRolePolicy(explained.policy, first.pointer)
  return {
    roleArn,
    policy: explained.policy,
    characters: policyCharacters(explained.policy),
    statements: reasons(explained.statements)
  }
}

/** One key policy for each key, one permissions policy and one trust policy for each role, over all usages. */
export function generatePolicies (request: PoliciesRequest): PoliciesResponse {
  const usages = resolveUsagesToGenerate(request.usages, { ...KEY_ARNS, pointer: '/usages' })
  refuseLargeRequest(usages)
  refuseRivalPolicies(usages)
  const roles = grouped(
    usages.flatMap((usage) => usage.roles.map(({ arn }) => ({ arn, usage }))),
    ({ arn }) => arn
  )
  const keyUses = usages.flatMap(keyUsesOf)
  const operations = new Map(
    grouped(keyUses, ({ resource }) => resource).map((group) => [
      group[0].resource,
      group.flatMap(({ usage: { operations } }) => operations)
    ])
  )
  const operationsOn: OperationsOn = (keyArn) => operations.get(keyArn) ?? []
  return {
    keyPolicies: keyPolicies(keyUses),
    rolePolicies: roles.map((uses) => rolePolicyOf(uses, operationsOn)),
    trustPolicies: roles.map(([first, ...others]) => ({
      roleArn: first.arn,
      policy: trustPolicy([first.usage, ...others.map(({ usage }) => usage)])
    })),
    warnings: warningsOf(usages)
  }
}
