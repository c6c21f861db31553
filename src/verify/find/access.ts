import type { Check, Finding, StatementReference } from '../../../schemas/verification.js'
import { finding, type FindingCode } from '../../findings/catalogue.js'
import { firstOf, toldList, toldStatement } from '../../findings/format.js'
import { grouped } from '../../group-by.js'
import { authorize } from '../../iam/authorize.js'
import type { PolicyKind } from '../../personalize/requirements.js'
import { type CheckedAccess, hasUnreadLayer } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'
import { bothShortfalls, boundaryShortfall, identityShortfall, keyPolicyShortfall } from './missing.js'

/**
 * A Deny that stands in policies of an organization: told beside EXPLICIT_DENY, for nobody in the account can mend
 * it.
 */
export interface OrganizationDeny {
  code: FindingCode
  statements: StatementReference[]
  left: number
  why: () => string
}

const CODES = {
  serviceControlPolicies: 'SERVICE_CONTROL_POLICY_BLOCKS',
  resourceControlPolicies: 'RESOURCE_CONTROL_POLICY_BLOCKS'
} as const

export function organizationDenies ({ decision }: CheckedAccess): OrganizationDeny[] {
  return Object.entries(CODES).flatMap(([layer, code]) => {
    const { listed, left } = firstOf(
      decision.matchedStatements.filter(({ policy, effect }) => policy === layer && effect === 'Deny')
    )
    const statements = listed.map(referenceTo)
    return statements.length === 0
      ? []
      : [{ code, statements, left, why: () => `denied by ${toldList(statements.map(toldStatement), ', ', left)}` }]
  })
}

/** Which levels of an organization leave out what, and what was read there. */
export function silentLevels (accesses: readonly CheckedAccess[]): string {
  const levels = accesses[0]?.policies.serviceControlPolicies ?? []
  const told = levels.flatMap((level, index) => {
    const left = accesses.filter(
      ({ request }) =>
        authorize(request, { serviceControlPolicies: [level] }).layers.serviceControlPolicies === 'implicitDeny'
    )
    const names = level.policies.map(({ name }) => name)
    return left.length === 0
      ? []
      : [
          `level ${index + 1} of ${levels.length}, root first, allows no ${left.map(({ check }) => check.action).join(', ')} (read: ${names.length === 0 ? 'no policy' : toldList(names)})`
      ]
  })
  return `no service control policy allows it on one level of the organization: ${toldList(told, '; ')}`
}

/** Why one access fails, or is fragile. Accesses of the same cause make one finding. */
interface Cause {
  access: CheckedAccess
  code: FindingCode
  severity?: Finding['severity']
  statements?: StatementReference[]
  left?: number
  why: (accesses: readonly CheckedAccess[]) => string
}

/**
 * What the checks come to: one finding for each cause, with all the actions it concerns. As the report has two
 * verdicts, what AWS
 * would deny and what the page misses in a policy (`…_INCOMPLETE`) are told apart.
 */
export function accessFindings (checked: readonly CheckedAccess[]): Finding[] {
  const causes = checked.flatMap((access) => [...effectiveCauses(access), ...documentedCauses(access)])
  return grouped(
    causes.map((cause) => ({ ...cause, identity: identityOf(cause) })),
    ({ identity }) => identity
  ).map(findingOf)
}

function identityOf ({ access: { check }, code, statements }: Cause): string {
  return JSON.stringify([
    check.kmsKeyArn,
    check.roleArn,
    code,
    statements,
    code === 'ACCESS_DEPENDS_ON_CONDITION' ? check.missingContextValues : undefined
  ])
}

function findingOf (causes: readonly [Cause, ...Cause[]]): Finding {
  const [
    {
      access: { check },
      code,
      statements = [],
      left = 0,
      why
    }
  ] = causes
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
    ...(statements[0] === undefined ? {} : { statement: statements[0], statements, left })
  })
}

/** What AWS decides, and why; what was allowed is told where it hangs on a grant alone. */
function effectiveCauses (access: CheckedAccess): Cause[] {
  const { check } = access
  const { perhaps, left } = perhapsDeciding(access)
  const byGrant = onlyByGrant([...check.matchedStatements, ...perhaps])
  const grants: Cause[] =
    byGrant.length === 0
      ? []
      : [
        {
          access,
          code: 'ACCESS_ONLY_BY_GRANT',
          statements: byGrant,
          why: () => `no policy allows it; ${toldList(byGrant.map(toldStatement))} does`
        }
      ]
  const denying = check.omitted?.['matchedStatements'] ?? 0
  switch (check.effective) {
    case 'allowed':
      return grants
    case 'conditional':
      return [
        { access, code: 'ACCESS_DEPENDS_ON_CONDITION', statements: perhaps, left, why: () => conditionText(check) },
        ...grants
      ]
    case 'explicitDeny':
      return [
        {
          access,
          code: 'EXPLICIT_DENY',
          statements: check.matchedStatements,
          left: denying,
          why: () => `denied by ${toldList(check.matchedStatements.map(toldStatement), ', ', denying)}`
        },
        ...organizationDenies(access).map((deny) => ({ access, ...deny }))
      ]
    case 'implicitDeny':
      return implicitCauses(access)
    case 'unknown':
      return hasUnreadLayer(access) || check.unsupported !== undefined
        ? []
        : [
          {
            access,
            code: 'NOT_DOCUMENTED',
            statements: perhaps,
            left,
            why: () => `${toldList(perhaps.map(toldStatement), ', ', left)} may decide it`
          }
        ]
  }
}

/**
 * The statements that decide in some cases: of an access that is allowed in all cases, only a grant would have to be
 * told.
 */
function perhapsDeciding ({ check: { effective }, decision, key }: CheckedAccess): {
  perhaps: StatementReference[]
  left: number
} {
  const isTold =
    effective === 'conditional' || effective === 'unknown' || (effective === 'allowed' && key.grants.entries.length > 0)
  const { listed, left } = firstOf(isTold ? decision.mayBeDetermining : [])
  return { perhaps: listed.map(referenceTo), left }
}

/** The grants that give an access which no policy gives; none where a policy has a part in it. */
function onlyByGrant (deciding: readonly StatementReference[]): StatementReference[] {
  const allowing = deciding.filter(
    ({ effect, policy }) =>
      effect === 'Allow' && !policy.endsWith('ControlPolicies') && policy !== 'permissionsBoundary'
  )
  return allowing.every(({ policy }) => policy === 'grants') ? allowing : []
}

function conditionText ({ missingContextValues, conditions = [], omitted = {} }: Check): string {
  const asked = conditions.map(
    ({ key, needs, effect, statement }) =>
      `${toldStatement(statement)} ${effect === 'Allow' ? 'allows' : 'denies'} on ${key} ${needs}`
  )
  return `allowed or not depending on ${toldList(missingContextValues, ', ', omitted['missingContextValues'])}: ${toldList([...new Set(asked)], '; ', omitted['conditions'])}`
}

/**
 * Nothing allows it: because no policy does, or because a boundary or an SCP leaves it out. Each is told, for each
 * has to be mended.
 */
function implicitCauses (access: CheckedAccess): Cause[] {
  const { check, role } = access
  if (role === undefined) return [{ access, code: 'SERVICE_PRINCIPAL_NOT_ALLOWED', why: keyPolicyShortfall }]
  const causes: Cause[] = []
  if (check.layers.permissionsBoundary === 'implicitDeny') {
    causes.push({ access, code: 'BOUNDARY_BLOCKS', why: boundaryShortfall })
  }
  if (check.layers.serviceControlPolicies === 'implicitDeny') {
    causes.push({ access, code: 'SERVICE_CONTROL_POLICY_BLOCKS', why: silentLevels })
  }
  // Of a role that does not exist nothing else has to be told.
  if (isNotAllowed(access)) causes.push({ access, code: 'ROLE_NOT_ALLOWED', why: bothShortfalls })
  if (causes.length === 0 && role.observed.role.state !== 'notFound') return [contradiction(access)]
  return causes
}

/**
 * No policy alone denies it, but what one needs another forbids: whatever the unknown values are, one of them does
 * not let it pass.
 */
function contradiction (access: CheckedAccess): Cause {
  const { listed, left } = firstOf(access.decision.mayBeDetermining)
  const statements = listed.map(referenceTo)
  return {
    access,
    code: 'ROLE_NOT_ALLOWED',
    statements,
    left,
    why: () =>
      `AWS would deny it: what one statement needs another forbids (${toldList(statements.map(toldStatement), ', ', left)})`
  }
}

/** Whether it would be denied even without the policies that only limit. */
function isNotAllowed ({
  check,
  role,
  request,
  policies: { permissionsBoundary, serviceControlPolicies, ...policies }
}: CheckedAccess): boolean {
  if (check.effective !== 'implicitDeny' || role === undefined || role.observed.role.state === 'notFound') return false
  return (
    (permissionsBoundary === undefined && serviceControlPolicies === undefined) ||
    authorize(request, policies).decision === 'implicitDeny'
  )
}

/**
 * The page's demand, policy by policy: as grave as what it breaks. A Deny that lies behind it is told by itself, and
 * so is a grant.
 */
function documentedCauses (access: CheckedAccess): Cause[] {
  const { check, role, granted } = access
  // What a policy grants under a condition alone is told here where the decision does not hang on it.
  const isOpen = (place: PolicyKind): boolean =>
    check.effective === 'allowed' && granted.get(place) === 'maybe' && !hasUnreadLayer(access)
  const places = check.requiredIn.filter((place) => granted.get(place) === 'no' || isOpen(place))
  if (role === undefined) {
    const told =
      check.effective === 'implicitDeny' ||
      (check.effective === 'allowed' && !isOpen('keyPolicy')) ||
      check.effective === 'conditional'
    return places.length === 0 || told
      ? []
      : [{ access, code: 'SERVICE_PRINCIPAL_NOT_ALLOWED', severity: 'warning', why: keyPolicyShortfall }]
  }
  const severity = isNotAllowed(access) ? 'error' : 'warning'
  return places.flatMap((place): Cause[] => {
    if (place === 'keyPolicy')
      return [{ access, code: 'ROLE_KEY_POLICY_INCOMPLETE', severity, why: keyPolicyShortfall }]
    return role.observed.role.state === 'notFound'
      ? []
      : [{ access, code: 'ROLE_IAM_POLICY_INCOMPLETE', severity, why: identityShortfall }]
  })
}
