import type { StatementReference } from '../../schemas/verification.js'
import { authorize } from '../iam/authorize.js'
import { referenceTo } from './check-evidence.js'
import type { CheckedAccess } from './checks.js'
import type { FindingCode } from './findings.js'
import { firstOf, toldList, toldStatement } from './told.js'

/** A Deny that stands in policies of an organization: told beside EXPLICIT_DENY, for nobody in the account can mend it. */
export interface OrganizationDeny { code: FindingCode, statements: StatementReference[], left: number, why: () => string }

const CODES = { serviceControlPolicies: 'SERVICE_CONTROL_POLICY_BLOCKS', resourceControlPolicies: 'RESOURCE_CONTROL_POLICY_BLOCKS' } as const

export function organizationDenies ({ decision }: CheckedAccess): OrganizationDeny[] {
  return Object.entries(CODES).flatMap(([layer, code]) => {
    const { listed, left } = firstOf(decision.matchedStatements.filter(({ policy, effect }) => policy === layer && effect === 'Deny'))
    const statements = listed.map(referenceTo)
    return statements.length === 0 ? [] : [{ code, statements, left, why: () => `denied by ${toldList(statements.map(toldStatement), ', ', left)}` }]
  })
}

/** Which levels of an organization leave out what, and what was read there. */
export function silentLevels (accesses: readonly CheckedAccess[]): string {
  const levels = accesses[0]?.policies.serviceControlPolicies ?? []
  const told = levels.flatMap((level, index) => {
    const left = accesses.filter(({ request }) => authorize(request, { serviceControlPolicies: [level] }).layers.serviceControlPolicies === 'implicitDeny')
    const names = level.policies.map(({ name }) => name)
    return left.length === 0 ? [] : [`level ${index + 1} of ${levels.length}, root first, allows no ${left.map(({ check }) => check.action).join(', ')} (read: ${names.length === 0 ? 'no policy' : toldList(names)})`]
  })
  return `no service control policy allows it on one level of the organization: ${toldList(told, '; ')}`
}
