import type { PolicyDocument } from '../../schemas/policy-document.js'
import { groupBy } from '../group-by.js'
import { type RequiredPermission, requirementsFor } from '../personalize/requirements.js'
import { NEW_KEY, type ResolvedUsage, type UsageOfKey, usageOfKey, usesNewKey } from '../personalize/usage.js'
import { assertNoDenies } from './existing-denies.js'
import { statementPointer, statementsOf, type UsageToGenerate } from './existing-policy.js'
import { assertRolePolicySize } from './limits.js'
import { mergeStatements } from './merge.js'
import { roleStorageStatements } from './s3-statements.js'
import {
  actionsOf,
  demandsOf,
  explain,
  type ExplainedPolicy,
  type ExplainedStatement,
  numbered,
  S3_FAMILIES,
  SIDS
} from './statement.js'

/** What a role's IAM policy has to grant on one resource: a key ARN, or `*` where no key was named. */
export interface RoleNeed {
  resource: string
  demands: readonly RequiredPermission[]
}

/**
 * A key in another account than the role is the one case in which an import needs the IAM policy as well. Where the
 * usage says what it does in Amazon S3 and names no key, no key is used there.
 */
export function roleNeedsOf (usage: ResolvedUsage): RoleNeed[] {
  const on = (resource: string, used: UsageOfKey<ResolvedUsage>, crossAccount: boolean): RoleNeed => ({
    resource,
    demands: requirementsFor(used, { crossAccount, direction: used.direction }).filter((demand) =>
      demand.requiredIn.includes('iamPolicy')
    )
  })
  if (usesNewKey(usage)) return [on('*', usageOfKey(usage, NEW_KEY), false)]
  return usage.keys.map((key) => on(key.arn, usageOfKey(usage, key.arn), key.accountId !== usage.accountId))
}

/** One statement for all keys on which the same actions are needed; none where nothing is. */
export function personalizeRoleStatements (needs: readonly RoleNeed[]): ExplainedStatement[] {
  const resources = groupBy(needs, ({ resource }) => resource)
    .map((group) => ({ resource: group[0].resource, demands: demandsOf(group) }))
    .filter(({ demands }) => demands.length > 0)
  return groupBy(resources, ({ resource, demands }) => `${resource === '*'} ${actionsOf(demands).join()}`).map(
    (group, index) => {
      const demands = demandsOf(group)
      return explain(
        {
          Sid: numbered(SIDS.keyUse, index),
          Effect: 'Allow',
          Action: actionsOf(demands),
          Resource: group[0].resource === '*' ? '*' : group.map(({ resource }) => resource)
        },
        demands,
        'iamPolicy'
      )
    }
  )
}

/** The IAM policy of the service role for all its usages; undefined where it needs none and had none. */
export function rolePolicy (usages: readonly UsageToGenerate[]): ExplainedPolicy | undefined {
  const storage = usages.filter(({ locations }) => locations.length > 0)
  const onKeys = personalizeRoleStatements(usages.flatMap(roleNeedsOf))
  const ours = [
    ...onKeys,
    ...roleStorageStatements(storage.map((usage) => ({ usage, locations: usage.locations })))
  ]
  const existing = usages.find((usage) => usage.existingRolePolicy !== undefined)?.existingRolePolicy
  if (existing === undefined) {
    return ours.length === 0
      ? undefined
      : { policy: { Version: '2012-10-17', Statement: ours.map(({ statement }) => statement) }, statements: ours }
  }
  const merged = mergeStatements(
    statementsOf(existing.document),
    ours.map(({ statement }) => statement),
    {
      onSidConflict: 'refuse',
      // What a request does not speak of is not taken away: an earlier one may have requested it.
      manages: (family) =>
        S3_FAMILIES.includes(family) ? storage.length > 0 : storage.length < usages.length || onKeys.length > 0,
      pointer: (index) => statementPointer(existing, index)
    }
  )
  const policy: PolicyDocument = { ...existing.document, Statement: merged }
  // Before it is evaluated: what IAM would not take costs the most.
  assertRolePolicySize(policy, existing.pointer)
  const openDenies = assertNoDenies(
    'identityPolicies',
    existing,
    usages.map((usage) => ({
      usage,
      ...(roleNeedsOf(usage).length === 0 ? {} : { keys: usage.keys }),
      locations: usage.locations
    }))
  )
  // IAM takes no policy without a statement.
  return merged.length === 0 ? undefined : { policy, statements: ours, openDenies }
}
