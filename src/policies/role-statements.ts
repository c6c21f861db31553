import { demandsOf, type Demand } from '../personalize/access.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { grouped } from './grouped.js'
import { actionsOf, explain, numbered, SIDS, type ExplainedStatement } from './statement.js'

/** What a role's IAM policy has to grant on one resource: a key ARN, or `*` where no key was named. */
export interface RoleNeed {
  resource: string
  demands: readonly Demand[]
}

/** A key in another account than the role is the one case in which an import needs the IAM policy as well. */
export function roleNeedsOf (usage: ResolvedUsage): RoleNeed[] {
  const on = (resource: string, crossAccount: boolean): RoleNeed =>
    ({ resource, demands: demandsOf(usage, { crossAccount }).filter((demand) => demand.requiredIn.includes('iamPolicy')) })
  return usage.keys.length === 0 ? [on('*', false)] : usage.keys.map((key) => on(key.arn, key.accountId !== usage.accountId))
}

/** One statement for all keys on which the same actions are needed; none where nothing is. */
export function personalizeRoleStatements (needs: readonly RoleNeed[]): ExplainedStatement[] {
  const resources = grouped(needs, ({ resource }) => resource)
    .map((group) => ({ resource: group[0].resource, demands: group.flatMap((need) => need.demands) }))
    .filter(({ demands }) => demands.length > 0)
  return grouped(resources, ({ resource, demands }) => `${resource === '*'} ${actionsOf(demands).join()}`).map((group, index) => {
    const demands = group.flatMap((need) => need.demands)
    return explain({
      Sid: numbered(SIDS.keyUse, index),
      Effect: 'Allow',
      Action: actionsOf(demands),
      Resource: group[0].resource === '*' ? '*' : group.map(({ resource }) => resource)
    }, demands, 'iamPolicy')
  })
}
