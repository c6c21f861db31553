import type { StatementReference } from '../../../schemas/verification.js'
import type { FindingCode } from '../../findings/catalogue.js'
import { formatList, formatStatement, takeFirst } from '../../findings/format.js'
import { authorize } from '../../iam/authorize.js'
import type { CheckedAccess } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'

/** A Deny in a policy of the organization: reported beside EXPLICIT_DENY, as no one in the account can change it. */
export interface OrganizationDeny {
  code: FindingCode
  statements: StatementReference[]
  left: number
  remedy?: string
  why: () => string
}

const REMOVE_DENY =
  'Have the administrators of the organization exclude the role from this Deny statement (for example with a ' +
  'condition on aws:PrincipalArn): an Allow, on whatever level of the organization, cannot override it.'

const CODES = {
  serviceControlPolicies: 'SERVICE_CONTROL_POLICY_BLOCKS',
  resourceControlPolicies: 'RESOURCE_CONTROL_POLICY_BLOCKS'
} as const

/** Each Deny is a finding of its own, as far as a report lists them: each needs an exception of its own. */
export function organizationDenies ({ decision }: CheckedAccess): OrganizationDeny[] {
  return Object.entries(CODES).flatMap(([layer, code]) => {
    const { listed, left } = takeFirst(
      decision.matchedStatements.filter(({ policy, effect }) => policy === layer && effect === 'Deny')
    )
    const statements = listed.map((location) => referenceTo(location))
    const groups = statements.length > MAX_SINGLE_DENIES ? [statements] : statements.map((statement) => [statement])
    return groups.map((group) => ({
      code,
      statements: group,
      left,
      ...(code === 'SERVICE_CONTROL_POLICY_BLOCKS' ? { remedy: REMOVE_DENY } : {}),
      why: () => `denied by ${formatList(group.map(formatStatement), ', ', left)}`
    }))
  })
}

/** More statements that deny one access are one finding. */
export const MAX_SINGLE_DENIES = 5

/** Which levels of an organization leave out what, and what was read there. */
export function levelsWithoutAllow (accesses: readonly CheckedAccess[]): string {
  const levels = accesses[0]?.policies.serviceControlPolicies ?? []
  const silent = levels.flatMap((level, index) => {
    const left = accesses.filter(
      ({ request }) =>
        authorize(request, { serviceControlPolicies: [level] }).layers.serviceControlPolicies === 'implicitDeny'
    )
    const names = level.policies.map(({ name }) => name)
    return left.length === 0
      ? []
      : [
          `level ${index + 1} of ${levels.length}, root first, does not allow ` +
            `${left.map(({ check }) => check.action).join(', ')} (read: ` +
            `${names.length === 0 ? 'no policy' : formatList(names)})`
      ]
  })
  return `no service control policy allows it on one level of the organization: ${formatList(silent, '; ')}`
}
