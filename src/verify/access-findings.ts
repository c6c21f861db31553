import type { Check, Finding, StatementReference } from '../../schemas/verification.js'
import { authorize } from '../iam/authorize.js'
import { grouped } from '../policies/grouped.js'
import { hasUnreadLayer, referenceTo, type CheckedAccess } from './checks.js'
import { finding, type FindingCode } from './findings.js'
import { bothShortfalls, identityShortfall, keyPolicyShortfall } from './shortfall.js'
import { toldList, toldStatement } from './told.js'

/** Why one access fails, or is fragile. Accesses of the same cause make one finding. */
interface Cause { access: CheckedAccess, code: FindingCode, severity?: Finding['severity'], statements?: StatementReference[], why: (accesses: readonly CheckedAccess[]) => string }

/**
 * What the checks come to: one finding for each cause, with all the actions it concerns. As the report has two verdicts, what AWS
 * would deny and what the page misses in a policy (`…_INCOMPLETE`) are told apart.
 */
export function accessFindings (checked: readonly CheckedAccess[]): Finding[] {
  const causes = checked.flatMap((access) => [...effectiveCauses(access), ...documentedCauses(access)])
  const identity = ({ access: { check }, code, statements }: Cause): string => JSON.stringify([check.kmsKeyArn, check.roleArn, code, statements, code === 'ACCESS_DEPENDS_ON_CONDITION' ? check.missingContextValues : undefined])
  return grouped(causes, identity).map(findingOf)
}

function findingOf (causes: readonly [Cause, ...Cause[]]): Finding {
  const [{ access: { check }, code, statements = [], why }] = causes
  const accesses = causes.map(({ access }) => access)
  const severities = causes.flatMap(({ severity }) => severity ?? [])
  const severity = severities.includes('error') ? 'error' : severities[0]
  const actions = [...new Set(accesses.map((access) => access.check.action))]
  const operations = [...new Set(accesses.flatMap((access) => access.check.operations))]
  return finding(code, {
    detail: `${check.roleArn ?? check.principal.id}, ${actions.join(', ')} (for ${operations.join(', ')}): ${why(accesses)}.`,
    kmsKeyArn: check.kmsKeyArn,
    ...(check.roleArn === undefined ? {} : { roleArn: check.roleArn }),
    actions,
    ...(severity === undefined ? {} : { severity }),
    ...(statements[0] === undefined ? {} : { statement: statements[0], statements })
  })
}

/** What AWS decides, and why; what was allowed is told where it hangs on a grant alone. */
function effectiveCauses (access: CheckedAccess): Cause[] {
  const { check, decision } = access
  const perhaps = decision.mayDecide.map(referenceTo)
  const byGrant = onlyByGrant([...check.matchedStatements, ...perhaps])
  const grants: Cause[] = byGrant.length === 0 ? [] : [{ access, code: 'ACCESS_ONLY_BY_GRANT', statements: byGrant, why: () => `no policy allows it; ${toldList(byGrant.map(toldStatement))} does` }]
  switch (check.effective) {
    case 'allowed': return grants
    case 'conditional': return [{ access, code: 'ACCESS_DEPENDS_ON_CONDITION', statements: perhaps, why: () => conditionText(check) }, ...grants]
    case 'explicitDeny': return [{ access, code: 'EXPLICIT_DENY', statements: check.matchedStatements, why: () => `denied by ${toldList(check.matchedStatements.map(toldStatement))}` }]
    case 'implicitDeny': return implicitCauses(access)
    case 'unknown': return hasUnreadLayer(access) || decision.unsupported.length > 0 ? [] : [{ access, code: 'NOT_DOCUMENTED', statements: perhaps, why: () => `${toldList(perhaps.map(toldStatement))} may decide it` }]
  }
}

/** The grants that give an access which no policy gives; none where a policy has a part in it. */
function onlyByGrant (deciding: readonly StatementReference[]): StatementReference[] {
  const allowing = deciding.filter(({ effect, policy }) => effect === 'Allow' && !policy.endsWith('ControlPolicies') && policy !== 'permissionsBoundary')
  return allowing.every(({ policy }) => policy === 'grants') ? allowing : []
}

function conditionText ({ missingContextValues, conditions = [] }: Check): string {
  const asked = conditions.map(({ key, needs, effect, statement }) => `${toldStatement(statement)} ${effect === 'Allow' ? 'allows' : 'denies'} on ${key} ${needs}`)
  return `allowed or not depending on ${missingContextValues.join(', ')}: ${toldList([...new Set(asked)], '; ')}`
}

/** Nothing allows it: because no policy does, or because a boundary or an SCP leaves it out. Each is told, for each has to be mended. */
function implicitCauses (access: CheckedAccess): Cause[] {
  const { check, role } = access
  if (role === undefined) return [{ access, code: 'SERVICE_PRINCIPAL_NOT_ALLOWED', why: keyPolicyShortfall }]
  const causes: Cause[] = []
  if (check.layers.permissionsBoundary === 'implicitDeny') {
    causes.push({ access, code: 'BOUNDARY_BLOCKS', why: () => `its permissions boundary (${role.boundary?.policy.name ?? 'not read'}) does not allow it` })
  }
  if (check.layers.serviceControlPolicies === 'implicitDeny') {
    causes.push({ access, code: 'SERVICE_CONTROL_POLICY_BLOCKS', why: () => 'on one level of the organization no service control policy allows it' })
  }
  // Of a role that does not exist nothing else has to be told.
  if (isNotAllowed(access)) causes.push({ access, code: 'ROLE_NOT_ALLOWED', why: bothShortfalls })
  return causes
}

/** Whether it would be denied even without the policies that only limit. */
function isNotAllowed ({ check, role, request, policies: { permissionsBoundary: _, serviceControlPolicies: __, ...policies } }: CheckedAccess): boolean {
  return check.effective === 'implicitDeny' && role !== undefined && role.observed.role.state !== 'notFound' && authorize(request, policies).decision === 'implicitDeny'
}

/** The page's demand, policy by policy: as grave as what it breaks. A Deny that lies behind it is told by itself, and so is a grant. */
function documentedCauses (access: CheckedAccess): Cause[] {
  const { check, role, deniedIn } = access
  const places = check.missingFrom.filter((place) => !deniedIn.includes(place))
  if (role === undefined) {
    const told = check.effective === 'implicitDeny' || check.effective === 'allowed' || check.effective === 'conditional'
    return places.length === 0 || told ? [] : [{ access, code: 'SERVICE_PRINCIPAL_NOT_ALLOWED', severity: 'warning', why: keyPolicyShortfall }]
  }
  const severity = isNotAllowed(access) ? 'error' : 'warning'
  return places.flatMap((place): Cause[] => {
    if (place === 'keyPolicy') return [{ access, code: 'ROLE_KEY_POLICY_INCOMPLETE', severity, why: keyPolicyShortfall }]
    return role.observed.role.state === 'notFound' ? [] : [{ access, code: 'ROLE_IAM_POLICY_INCOMPLETE', severity, why: identityShortfall }]
  })
}
