import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Direction } from '../../schemas/usage.js'
import { groupBy } from '../group-by.js'
import { accountRootArn } from '../iam/match/arn.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { type RequiredPermission, requirementsFor } from '../personalize/requirements.js'
import { NEW_KEY, type ResolvedUsage, usageOfKey } from '../personalize/usage.js'
import { assertNoDenies } from './existing-denies.js'
import { statementPointer, statementsOf, type UsageToGenerate } from './existing-policy.js'
import { assertKeyPolicySize } from './limits.js'
import { assertNoLockout } from './lockout.js'
import { mergeStatements } from './merge.js'
import {
  actionsOf,
  demandsOf,
  explain,
  type ExplainedPolicy,
  type ExplainedStatement,
  type KeyPolicyTarget,
  numbered,
  operationsOf,
  type OwnStatement,
  SIDS
} from './statement.js'
import { sourceCondition } from './trust-policy.js'

const DEFAULT_KEY_POLICY_PAGE =
  'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam'

/** What one usage demands of a key policy: who calls, and the demands to meet. */
export interface KeyNeed {
  usage: Pick<ResolvedUsage, 'accountId' | 'region' | 'partition' | 'sourceConditions' | 'roles'>
  demands: readonly RequiredPermission[]
}

/** All that a usage demands. In the key policy it makes no difference in which account the role is. */
export function keyNeedOf (usage: ResolvedUsage & { direction?: Direction }): KeyNeed {
  const { direction } = usage
  return {
    usage,
    demands: requirementsFor(usage, { crossAccount: false, direction }).filter((demand) =>
      demand.requiredIn.includes('keyPolicy')
    )
  }
}

function delegation (needs: readonly KeyNeed[], rootArn: string): ExplainedStatement {
  return {
    statement: { Sid: SIDS.delegation, Effect: 'Allow', Principal: { AWS: rootArn }, Action: 'kms:*', Resource: '*' },
    why: () => ({
      operations: operationsOf(demandsOf(needs)),
      reason:
        "Lets IAM policies of the key's account grant access to the key. Without it no IAM policy has any effect on " +
        'the key, and possibly no principal can change its policy.',
      source: DEFAULT_KEY_POLICY_PAGE
    })
  }
}

/** One statement for each source condition: apart from that, the service principal is the same for every usage. */
function serviceStatements (needs: readonly KeyNeed[]): ExplainedStatement[] {
  const callers = needs
    .map(({ usage, demands }) => ({
      condition: sourceCondition(usage),
      demands: demands.filter((demand) => demand.principal === 'service')
    }))
    .filter(({ demands }) => demands.length > 0)
  return groupBy(callers, ({ condition }) => JSON.stringify(condition ?? null)).map((group, index) => {
    const [{ condition }] = group
    const demands = demandsOf(group)
    const statement: OwnStatement = {
      Sid: numbered(SIDS.service, index),
      Effect: 'Allow',
      Principal: { Service: SERVICE_PRINCIPAL },
      Action: actionsOf(demands),
      Resource: '*'
    }
    if (condition !== undefined) statement.Condition = condition
    return explain(statement, demands, 'keyPolicy')
  })
}

/** One statement for all roles that need the same actions, over all usages. */
function roleStatements (needs: readonly KeyNeed[]): ExplainedStatement[] {
  const demandsOfRoles = needs.flatMap(({ usage, demands: all }) => {
    const demands = all.filter((demand) => demand.principal === 'role')
    return usage.roles.map(({ arn }) => ({ arn, demands }))
  })
  const roles = groupBy(demandsOfRoles, ({ arn }) => arn)
    .map((group) => ({ arn: group[0].arn, demands: demandsOf(group) }))
    .filter(({ demands }) => demands.length > 0)
  return groupBy(roles, ({ demands }) => actionsOf(demands).join()).map((group, index) => {
    const demands = demandsOf(group)
    return explain(
      {
        Sid: numbered(SIDS.role, index),
        Effect: 'Allow',
        Principal: { AWS: group.length === 1 ? group[0].arn : group.map(({ arn }) => arn) },
        Action: actionsOf(demands),
        Resource: '*'
      },
      demands,
      'keyPolicy'
    )
  })
}

/**
 * The statements of a key policy that meet the needs. `rootArn`: root of the key's account, to keep IAM policies in
 * force.
 * Service principal and roles stand apart: a condition that fits the one cuts off the other.
 */
export function personalizeKeyStatements (
  needs: readonly KeyNeed[],
  options: { rootArn?: string } = {}
): ExplainedStatement[] {
  return [
    ...(options.rootArn === undefined ? [] : [delegation(needs, options.rootArn)]),
    ...serviceStatements(needs),
    ...roleStatements(needs)
  ]
}

/** The usage once for each different use of these keys: it uses all alike but those that only a location names. */
function usesOfKeys (usage: UsageToGenerate, keys: KeyPolicyTarget['keys']): UsageToGenerate[] {
  const uses = keys.filter(({ arn }) => usage.keys.some((key) => key.arn === arn)).map(({ arn }) => usageOfKey(usage, arn))
  return uses.length === 0 ? [usageOfKey(usage, NEW_KEY)] : [...new Set(uses)]
}

/** The key policy for all usages of a key, merged into the existing one where a usage brings it. */
export function keyPolicy (usages: readonly UsageToGenerate[], target: KeyPolicyTarget): ExplainedPolicy {
  const rootArn = accountRootArn(target.partition, target.accountId)
  const delegates = usages.some((usage) => usage.delegateToIam)
  const needs = usages.flatMap((usage) => usesOfKeys(usage, target.keys)).map(keyNeedOf)
  const ours = personalizeKeyStatements(needs, delegates ? { rootArn } : {})
  const existing = usages.find((usage) => usage.existingKeyPolicy !== undefined)?.existingKeyPolicy
  if (existing === undefined) {
    return {
      policy: {
        Version: '2012-10-17',
        Id: 'personalize-kms-key-policy',
        Statement: ours.map(({ statement }) => statement)
      },
      statements: ours
    }
  }
  const merged = mergeStatements(
    statementsOf(existing.document),
    ours.map(({ statement }) => statement),
    {
      onSidConflict: 'refuse',
      rootArn,
      pointer: (index) => statementPointer(existing, index)
    }
  )
  const policy: PolicyDocument = { ...existing.document, Statement: merged }
  // Before it is evaluated: what KMS would not take costs the most.
  assertKeyPolicySize(policy, 0, existing.pointer)
  const openDenies = assertNoDenies(
    'resourcePolicy',
    existing,
    usages.map((usage) => ({ usage, keys: target.keys }))
  )
  assertNoLockout(policy, existing.pointer, target)
  // An account root that was there already is not ours to explain.
  return { policy, statements: ours.filter(({ statement }) => merged.includes(statement)), openDenies }
}
