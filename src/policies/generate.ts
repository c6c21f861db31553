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
import { rolePolicy } from './role-policy.js'
import type { ExplainedPolicy, ExplainedStatement } from './statement.js'
import { trustPolicy } from './trust-policy.js'
import { warningsOf } from './warnings.js'

const KEY_ARNS = { keys: 'keyArns' } as const

/** The one key policy for all keys of the usage. `indent`: the white space of the answer, which KMS counts. */
export function generateKeyPolicy (usage: Usage, { indent }: { indent: number }): PolicyDocument {
  return oneKeyPolicy(usage, indent).policy
}

/** A key policy, its size without white space, and why each statement of ours is in it. */
export type ExplainedKeyPolicy = Omit<PoliciesResponse['keyPolicies'][number], 'kmsKeyArn'>

/** The same key policy with its size and the reason of each statement, also for a key that is yet to be created. */
export function explainKeyPolicy (usage: Usage): ExplainedKeyPolicy {
  const { policy, statements } = oneKeyPolicy(usage, 0)
  return { policy, bytes: policyBytes(policy, 0), statements: reasons(statements) }
}

function oneKeyPolicy (usage: Usage, indent: number): ExplainedPolicy {
  const resolved = resolveUsageToGenerate(usage, KEY_ARNS)
  refuseKeysOfSeveralAccounts(resolved)
  const explained = keyPolicy([resolved], {
    partition: resolved.partition,
    accountId: resolved.keys[0]?.accountId ?? resolved.accountId,
    keys: resolved.keys
  })
  refuseLargeKeyPolicy(explained.policy, indent, resolved.existingKeyPolicy?.pointer ?? '/roleArns')
  return explained
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

function keyPolicies (usages: readonly UsageToGenerate[]): PoliciesResponse['keyPolicies'] {
  const uses = usages.flatMap((usage) => usage.keys.map((key) => ({ usage, key })))
  return grouped(uses, ({ key }) => key.arn).map((group) => {
    const [{ key, usage: first }] = group
    const { policy, statements } = keyPolicy(
      group.map(({ usage }) => usage),
      { partition: key.partition, accountId: key.accountId, keys: [key] }
    )
    refuseLargeKeyPolicy(policy, 0, first.pointer)
    return { kmsKeyArn: key.arn, policy, bytes: policyBytes(policy, 0), statements: reasons(statements) }
  })
}

type RoleUse = { arn: string; usage: UsageToGenerate }

function rolePolicyOf (uses: readonly [RoleUse, ...RoleUse[]]): PoliciesResponse['rolePolicies'][number] {
  const [{ arn: roleArn, usage: first }] = uses
  const explained = rolePolicy(uses.map(({ usage }) => usage))
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
  return {
    keyPolicies: keyPolicies(usages),
    rolePolicies: roles.map((uses) => rolePolicyOf(uses)),
    trustPolicies: roles.map(([first, ...others]) => ({
      roleArn: first.arn,
      policy: trustPolicy([first.usage, ...others.map(({ usage }) => usage)])
    })),
    warnings: warningsOf(usages)
  }
}
