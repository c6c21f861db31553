import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { authorize } from '../../iam/authorize.js'
import type { Layer, Policies } from '../../iam/decide/request.js'
import type { Policy } from '../../iam/document/policy-document.js'
import { parseArn } from '../../iam/match/arn.js'
import type { JsonObject } from '../../json/json.js'
import type { Evidence } from '../assess.js'
import type { CheckedAccess } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'
import { ASSUME_ROLE } from '../check/trust.js'
import { isAwsManaged } from '../find/aws-managed.js'
import { type PolicyEvidence, statementAsWritten } from '../read/evidence.js'
import { type Exception, inPlaceOf, SERVICE_EXCEPTION, withException, withStatement } from './exception.js'
import { trustReplacement } from './trust-exception.js'

/** A Deny statement with all accesses that it denies, or may deny. */
interface DenyStatement {
  policy: PolicyEvidence
  location: Location
  accesses: CheckedAccess[]
}

type Location = CheckedAccess['decision']['matchedStatements'][number]

/** Every exception is proven by evaluating again; no more often than this in one report. */
const MAX_EVALUATIONS = 2_000

const REMEDY =
  'Replace the statement with `replacementStatement`: it has an exception for what Amazon Personalize needs, and ' +
  'still denies everything else. An Allow cannot override a Deny.'
const ORGANIZATION_REMEDY =
  `${REMEDY} Only the management account or a delegated administrator of the organization can change this policy.`

/** The findings about a Deny with the statement as it could be written so that it lets Amazon Personalize through. */
export function withReplacements (
  findings: readonly Finding[],
  evidence: Evidence,
  checked: readonly CheckedAccess[]
): Finding[] {
  const denies = denyStatements(checked, evidence)
  const replacements = new Map<string, JsonObject | undefined>()
  let left = MAX_EVALUATIONS
  const replacementFor = (name: string): JsonObject | undefined => {
    const deny = denies.get(name)
    if (deny === undefined || replacements.has(name)) return replacements.get(name)
    left -= deny.accesses.length
    const replacement = left < 0 ? undefined : verifiedReplacement(deny)
    replacements.set(name, replacement)
    return replacement
  }
  return findings.map((finding) => {
    const { statement } = finding
    if (statement?.effect !== 'Deny') return finding
    const replacementStatement =
      finding.actions?.includes(ASSUME_ROLE) === true
        ? trustReplacement(finding, evidence)
        : replacementFor(nameOf(finding.kmsKeyArn, finding.roleArn, statement))
    const remedy = statement.policy.endsWith('ControlPolicies') ? ORGANIZATION_REMEDY : REMEDY
    return replacementStatement === undefined ? finding : { ...finding, replacementStatement, remedy }
  })
}

/**
 * A key policy is that of the key, a policy of an organization binds the account of the role (SCP) or key (RCP), the
 * other policies are those of the role.
 */
function nameOf (kmsKeyArn: string | undefined, roleArn: string | undefined, place: StatementReference): string {
  const { policy, name, index, level } = place
  const accountOf = (arn = ''): string | undefined => parseArn(arn)?.accountId
  const owners: Readonly<Record<string, string | undefined>> = {
    keyPolicy: kmsKeyArn,
    serviceControlPolicies: accountOf(roleArn),
    resourceControlPolicies: accountOf(kmsKeyArn)
  }
  return JSON.stringify([policy in owners ? owners[policy] : roleArn, policy, name, index, level])
}

function denyStatements (checked: readonly CheckedAccess[], evidence: Evidence): Map<string, DenyStatement> {
  const found = new Map<string, DenyStatement>()
  for (const access of checked) {
    for (const location of denyingLocations(access)) {
      const name = nameOf(access.key.name.arn, access.role?.name.arn, referenceTo(location))
      const deny = found.get(name)
      const policy = deny?.policy ?? policyAt(access, location, evidence)
      if (deny !== undefined) deny.accesses.push(access)
      // A policy of AWS cannot be edited.
      else if (policy !== undefined && !isAwsManaged(policy)) found.set(name, { policy, location, accesses: [access] })
    }
  }
  return found
}

function denyingLocations ({ check: { effective }, decision }: CheckedAccess): Location[] {
  const isOpen = effective === 'conditional' || effective === 'unknown'
  if (!isOpen && effective !== 'explicitDeny') return []
  const deciding = [...decision.matchedStatements, ...(isOpen ? decision.mayBeDetermining : [])]
  return deciding.filter(({ effect }) => effect === 'Deny')
}

/** The policy that has the statement; undefined where its document is not at hand. */
function policyAt (
  { key, role, policies }: CheckedAccess,
  { policy: layer, name, level = 0 }: Location,
  { around: { organizationEvidence = [] } }: Evidence
): PolicyEvidence | undefined {
  switch (layer) {
    case 'resourcePolicy':
      return key.keyPolicy
    case 'identityPolicies':
      return role?.identityPolicies.find(({ policy }) => policy.name === name)
    case 'permissionsBoundary':
      return role?.boundary
    case 'serviceControlPolicies':
    case 'resourceControlPolicies': {
      const here = policies[layer]?.[level]?.policies ?? []
      return organizationEvidence.find(({ policy }) => policy.name === name && here.includes(policy))
    }
    default:
      return undefined
  }
}

/** The statement with the first exception that works. */
function verifiedReplacement (deny: DenyStatement): JsonObject | undefined {
  const statement = deny.policy.policy.statements.find(({ index }) => index === deny.location.index)
  const written = statement && statementAsWritten(deny.policy.document, statement)
  if (written === undefined) return undefined
  return exceptionsFor(deny.accesses)
    .map((exceptions) => exceptions.reduce(withException, written))
    .find((replacement) => letsThrough(deny, replacement))
}

/** The smallest first: Personalize alone, then every AWS service. Of roles only those in question. */
function exceptionsFor (accesses: readonly CheckedAccess[]): Exception[][] {
  const roleArns = [...new Set(accesses.flatMap(({ role }) => role?.name.arn ?? []))]
  const ofRoles: Exception[] =
    roleArns.length === 0 ? [] : [{ operator: 'ArnNotEquals', key: 'aws:PrincipalArn', values: roleArns }]
  if (accesses.every(({ role }) => role !== undefined)) return [ofRoles]
  return [
    [SERVICE_EXCEPTION, ...ofRoles],
    [{ operator: 'Bool', key: 'aws:PrincipalIsAWSService', values: ['false'] }, ...ofRoles]
  ]
}

/** Whether the statement then takes no part in any of the decisions. */
function letsThrough ({ policy, location, accesses }: DenyStatement, replacement: JsonObject): boolean {
  const changed = withStatement(policy, location.index, replacement)
  const isStatement = (other: Location): boolean =>
    other.effect === 'Deny' &&
    other.policy === location.policy &&
    other.level === location.level &&
    other.name === location.name &&
    other.index === location.index
  return accesses.every((access) => {
    const decision = authorize(
      access.request,
      withPolicy(access.policies, location.policy, policy.policy, changed.policy)
    )
    return ![...decision.matchedStatements, ...decision.mayBeDetermining].some(isStatement)
  })
}

function withPolicy (policies: Policies, layer: Location['policy'], before: Policy, after: Policy): Policies {
  const given: Policies[typeof layer] = policies[layer]
  if (given === undefined) return policies
  if (isLevels(given)) return { ...policies, [layer]: given.map((level) => inPlaceOf(level, before, after)) }
  return 'policies' in given ? { ...policies, [layer]: inPlaceOf(given, before, after) } : policies
}

function isLevels (given: object): given is readonly Layer[] {
  return Array.isArray(given)
}
