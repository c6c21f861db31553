import type { Check, Finding, StatementReference } from '../../../schemas/verification.js'
import { takeFirst, formatList, formatStatement } from '../../findings/format.js'
import { groupBy } from '../../group-by.js'
import { authorize } from '../../iam/authorize.js'
import { type CheckedAccess, hasUnreadLayer } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'
import { detachmentFor, boundaryRemedy } from './aws-managed.js'
import { type CauseOf, findingOfCauses } from './access-cause.js'
import { onlyByGrant } from './grants.js'
import {
  missingInBoth,
  missingInBoundary,
  missingInIamPolicies,
  missingInKeyPolicy,
  similarTo
} from './missing.js'
import { type NearStatement, withNear } from './near-statement.js'
import { levelsWithoutAllow, MAX_SINGLE_DENIES, organizationDenies } from './organization.js'

type Cause = CauseOf<CheckedAccess>

/**
 * What follows from the checks: one finding for each cause, with all the actions it concerns. As the report has two
 * verdicts, what AWS would deny and what AWS's page requires of a policy (`…_INCOMPLETE`) are separate findings.
 */
export function accessFindings (checked: readonly CheckedAccess[]): Finding[] {
  const causes = checked.flatMap((access) => effectiveCauses(access).concat(documentedCauses(access)))
  return groupBy(causes, identityOf).map((group) =>
    findingOfCauses(group, { kmsKeyArn: group[0].access.check.kmsKeyArn })
  )
}

function identityOf ({ access: { check }, code, statements }: Cause): string {
  const keys = code === 'ACCESS_DEPENDS_ON_CONDITION' ? check.missingContextValues : undefined
  const place = `${code} ${check.kmsKeyArn} ${check.roleArn}`
  return statements === undefined && keys === undefined ? place : `${place} ${JSON.stringify([statements, keys])}`
}

/** What AWS decides, and why; what is allowed is reported where it depends on a grant alone. */
function effectiveCauses (access: CheckedAccess): Cause[] {
  const { check } = access
  const { perhaps, left } = perhapsDeciding(access)
  const grants = grantCauses(access, perhaps)
  switch (check.effective) {
    case 'allowed':
      return grants
    case 'conditional':
      return [
        ...singleDenies(perhaps).map((statements): Cause => ({
          access,
          code: 'ACCESS_DEPENDS_ON_CONDITION',
          ...conditionCause(aboutStatements(check, statements), statements, similarTo(access)),
          left
        })),
        ...grants
      ]
    case 'explicitDeny':
      return [...denyCauses(access), ...organizationDenies(access).map((deny) => ({ access, ...deny }))]
    case 'implicitDeny':
      return implicitCauses(access)
    case 'unknown':
      return hasUnreadLayer(access) || !access.decision.isUnderstood
        ? []
        : singleDenies(perhaps).map((statements) => ({
          access,
          code: 'NOT_DOCUMENTED',
          statements,
          left,
          why: () =>
            withNear(`${formatList(statements.map(formatStatement), ', ', left)} may decide it`, similarTo(access)).text
        }))
  }
}

function grantCauses (access: CheckedAccess, perhaps: readonly StatementReference[]): Cause[] {
  if (access.key.grants.entries.length === 0) return []
  const statements = onlyByGrant([...access.check.matchedStatements, ...perhaps])
  return statements.length === 0
    ? []
    : [
      {
        access,
        code: 'ACCESS_ONLY_BY_GRANT',
        statements,
        why: () => `no policy allows it; ${formatList(statements.map(formatStatement))} does`
      }
    ]
}

/** Each Deny needs an exception of its own, and so is a finding of its own, as far as a report lists them. */
function denyCauses (access: CheckedAccess): Cause[] {
  const { matchedStatements, omitted } = access.check
  const denies = matchedStatements.filter(({ effect }) => effect === 'Deny')
  const left = omitted?.['matchedStatements'] ?? 0
  const why = (statements: readonly StatementReference[], left = 0): string =>
    `denied by ${formatList(statements.map(formatStatement), ', ', left)}`
  if (denies.length > MAX_SINGLE_DENIES || left > 0)
    return [{ access, code: 'EXPLICIT_DENY', statements: denies, left, why: () => why(denies, left) }]
  return denies.map((deny) => ({
    access,
    code: 'EXPLICIT_DENY',
    statements: [deny],
    why: () => why([deny]),
    ...detachmentFor(access.role, deny)
  }))
}

const NOTHING_OPEN = { perhaps: [], left: 0 }

/** The statements that decide in some cases; of an access that is allowed in all cases, only grants matter. */
function perhapsDeciding ({ check: { effective }, decision, key }: CheckedAccess): {
  perhaps: StatementReference[]
  left: number
} {
  const isReported =
    effective === 'conditional' || effective === 'unknown' || (effective === 'allowed' && key.grants.entries.length > 0)
  if (!isReported) return NOTHING_OPEN
  const { listed, left } = takeFirst(decision.mayBeDetermining)
  return { perhaps: listed.map((location) => referenceTo(location)), left }
}

/** Keys of the confused-deputy protection: where one may be absent, …IfExists leaves the restriction in force. */
const SOURCE_KEYS = new Set(['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths'])

/**
 * Open statements by the change that they need, a Deny first. Of several Denies each needs an exception of its own, and
 * so is a finding of its own, as far as a report lists them.
 */
function singleDenies (perhaps: readonly StatementReference[]): StatementReference[][] {
  const denies = perhaps.filter(({ effect }) => effect === 'Deny')
  const allows = perhaps.filter(({ effect }) => effect === 'Allow')
  if (denies.length < 2 || denies.length > MAX_SINGLE_DENIES) return [[...denies, ...allows]]
  return [...denies.map((deny) => [deny]), ...(allows.length === 0 ? [] : [allows])]
}

/** A check with the open conditions of these statements alone. */
function aboutStatements (check: Check, statements: readonly StatementReference[]): Check {
  const names = new Set(statements.map((statement) => JSON.stringify(statement)))
  const own = (check.conditions ?? []).filter(({ statement }) => names.has(JSON.stringify(statement)))
  if (own.length === 0 || own.length === check.conditions?.length) return check
  const keys = new Set(own.map(({ key }) => key.toLowerCase()))
  const missing = check.missingContextValues.filter((key) => keys.has(key.toLowerCase()))
  return {
    ...check,
    conditions: own,
    missingContextValues: missing.length === 0 ? check.missingContextValues : missing
  }
}

function conditionCause (
  check: Check,
  statements: StatementReference[],
  near: readonly NearStatement[]
): Pick<Cause, 'statements' | 'why' | 'remedy'> {
  const conditions = check.conditions ?? []
  const isDeny = statements.some(({ effect }) => effect === 'Deny')
  const keys = check.missingContextValues.map((key) => key.toLowerCase())
  return {
    statements,
    why: () => withNear(conditionText(check), namesSession(conditions) ? near : []).text,
    remedy: conditionRemedy({
      isDeny,
      keys,
      isNegated: conditions.some(({ needs }) => needs.includes('Not')),
      isSession: namesSession(conditions),
      s3Arns: otherS3Arns(conditions)
    })
  }
}

interface OpenConditions {
  isDeny: boolean
  isNegated: boolean
  /** A statement names one session of the role. */
  isSession: boolean
  s3Arns: readonly string[]
  keys: readonly string[]
}

const OR_CONTEXT =
  'If you know which value Amazon Personalize sends, give it as `context` and verify again instead.'

/** The ARNs that Amazon S3 sends beside those that a condition names: of the bucket, or of its objects. */
function otherS3Arns (conditions: NonNullable<Check['conditions']>): string[] {
  const named = conditions.flatMap(({ needs }) => needs.match(/arn:[a-z-]+:s3:::[^\s,]+/g) ?? [])
  const others = named.map((arn) => (arn.includes('/') ? arn.slice(0, arn.indexOf('/')) : `${arn}/*`))
  return [...new Set(others)].filter((arn) => !named.includes(arn))
}

const namesSession = (conditions: NonNullable<Check['conditions']>): boolean =>
  conditions.some(({ needs }) => needs.startsWith('Principal with the session'))

function conditionRemedy ({ isDeny, keys, isNegated, isSession, s3Arns }: OpenConditions): string {
  if (isDeny) return `Exclude Amazon Personalize and its role from this Deny statement. ${OR_CONTEXT}`
  if (isSession) return `Name the role in the statement, not one of its sessions. ${OR_CONTEXT}`
  if (keys.every((key) => SOURCE_KEYS.has(key)) && !isNegated)
    return (
      'Use the …IfExists form of the operator: the statement then also allows requests that do not contain the key. ' +
      OR_CONTEXT
    )
  if (keys.some((key) => key.startsWith('kms:encryptioncontext')))
    return (
      'Allow both values that Amazon S3 sends as encryption context: the ARN of the bucket (with an S3 Bucket Key) ' +
      `and the ARNs of its objects (without). ${s3Arns.length === 0 ? '' : `Add ${formatList(s3Arns)}. `}${OR_CONTEXT}`
    )
  return `Allow Amazon Personalize in a separate statement without this condition. ${OR_CONTEXT}`
}

function conditionText ({ missingContextValues, conditions = [], omitted = {} }: Check): string {
  const needed = conditions.map(
    ({ key, needs, effect, statement }) =>
      `${formatStatement(statement)} ${effect === 'Allow' ? 'allows' : 'denies'} on ${key} ${needs}`
  )
  const keys = formatList(missingContextValues, ', ', omitted['missingContextValues'])
  return `allowed or not depending on ${keys}: ${formatList([...new Set(needed)], '; ', omitted['conditions'])}`
}

/** Nothing allows it: no policy does, or a boundary or an SCP does not include it. Each has to be fixed. */
function implicitCauses (access: CheckedAccess): Cause[] {
  const { check, role } = access
  if (role === undefined) return [{ access, code: 'SERVICE_PRINCIPAL_NOT_ALLOWED', why: missingInKeyPolicy }]
  const causes: Cause[] = []
  if (check.layers.permissionsBoundary === 'implicitDeny') {
    causes.push({ access, code: 'BOUNDARY_BLOCKS', why: missingInBoundary, ...boundaryRemedy(role) })
  }
  if (check.layers.serviceControlPolicies === 'implicitDeny') {
    causes.push({ access, code: 'SERVICE_CONTROL_POLICY_BLOCKS', why: levelsWithoutAllow })
  }
  // A role that does not exist has no other finding.
  if (isNotAllowed(access)) causes.push({ access, code: 'ROLE_NOT_ALLOWED', why: missingInBoth })
  if (causes.length === 0 && role.observed.role.state !== 'notFound') return [contradiction(access)]
  return causes
}

/** No policy alone denies it, but two contradict each other: whatever the unknown values are, one of them denies. */
function contradiction (access: CheckedAccess): Cause {
  const { listed, left } = takeFirst(access.decision.mayBeDetermining)
  const statements = listed.map((location) => referenceTo(location))
  return {
    access,
    code: 'ROLE_NOT_ALLOWED',
    statements,
    left,
    why: () =>
      'AWS would deny it: two statements contradict each other ' +
        `(${formatList(statements.map(formatStatement), ', ', left)})`
  }
}

/** Whether it would be denied even without the policies that only limit. */
function isNotAllowed ({ check, role, request, policies: all }: CheckedAccess): boolean {
  if (check.effective !== 'implicitDeny' || role === undefined || role.observed.role.state === 'notFound') return false
  if (all.permissionsBoundary === undefined && all.serviceControlPolicies === undefined) return true
  const { permissionsBoundary: _, serviceControlPolicies: _levels, ...policies } = all
  return authorize(request, policies).decision === 'implicitDeny'
}

/**
 * What AWS's page requires, policy by policy: as severe as what it breaks. A Deny behind it has a finding of its own,
 * and so has a grant.
 */
function documentedCauses (access: CheckedAccess): Cause[] {
  const { check, role, granted } = access
  if (check.documented === 'pass') return []
  // What a policy grants only under a condition is reported here where the decision does not depend on it.
  const isOpen = (place: Check['requiredIn'][number]): boolean =>
    check.effective === 'allowed' && granted[place] === 'maybe' && !hasUnreadLayer(access)
  const places = check.requiredIn.filter((place) => granted[place] === 'no' || isOpen(place))
  if (places.length === 0) return []
  if (role === undefined) {
    const isReported =
      check.effective === 'implicitDeny' ||
      (check.effective === 'allowed' && !isOpen('keyPolicy')) ||
      check.effective === 'conditional'
    return isReported
      ? []
      : [{ access, code: 'SERVICE_PRINCIPAL_NOT_ALLOWED', severity: 'warning', why: missingInKeyPolicy }]
  }
  const severity = isNotAllowed(access) ? 'error' : 'warning'
  return places.flatMap((place): Cause[] => {
    if (place === 'keyPolicy')
      return [{ access, code: 'ROLE_KEY_POLICY_INCOMPLETE', severity, why: missingInKeyPolicy }]
    return role.observed.role.state === 'notFound'
      ? []
      : [{ access, code: 'ROLE_IAM_POLICY_INCOMPLETE', severity, why: missingInIamPolicies }]
  })
}
