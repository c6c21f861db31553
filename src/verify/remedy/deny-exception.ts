import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { authorize } from '../../iam/authorize.js'
import type { Policies } from '../../iam/decide/request.js'
import type { Policy } from '../../iam/document/policy-document.js'
import { asList, isObject, type JsonObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { Evidence } from '../assess.js'
import type { CheckedAccess } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'
import { checkTrust } from '../check/trust.js'
import { isAwsManaged } from '../find/aws-managed.js'
import { policyEvidence, type PolicyEvidence, type RoleEvidence, statementAsWritten } from '../read/evidence.js'

/** A Deny statement with all accesses that it denies, or may deny. */
interface DenyStatement {
  policy: PolicyEvidence
  layer: 'resourcePolicy' | 'identityPolicies' | 'permissionsBoundary'
  index: number
  accesses: CheckedAccess[]
}

interface Exception {
  operator: string
  key: string
  values: string[]
}

/** Every exception is proven by evaluating again; no more often than this in one report. */
const MAX_EVALUATIONS = 2_000

const REMEDY =
  'Replace the statement with `replacementStatement`: it has an exception for what Amazon Personalize needs, and ' +
  'still denies everything else. An Allow cannot override a Deny.'

/** The findings about a Deny with the statement as it could be written so that it lets Amazon Personalize through. */
export function withReplacements (
  findings: readonly Finding[],
  evidence: Evidence,
  checked: readonly CheckedAccess[]
): Finding[] {
  const denies = denyStatements(checked)
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
      finding.code === 'ROLE_NOT_ASSUMABLE'
        ? trustReplacement(finding, evidence)
        : replacementFor(nameOf(finding.kmsKeyArn, finding.roleArn, statement))
    return replacementStatement === undefined ? finding : { ...finding, replacementStatement, remedy: REMEDY }
  })
}

/** A key policy is that of the key, the other policies are those of the role. */
function nameOf (kmsKeyArn: string | undefined, roleArn: string | undefined, place: StatementReference): string {
  return JSON.stringify([place.policy === 'keyPolicy' ? kmsKeyArn : roleArn, place.policy, place.name, place.index])
}

function denyStatements (checked: readonly CheckedAccess[]): Map<string, DenyStatement> {
  const found = new Map<string, DenyStatement>()
  for (const access of checked) {
    for (const location of denyingLocations(access)) {
      const reference = referenceTo(location)
      const name = nameOf(access.key.name.arn, access.role?.name.arn, reference)
      const deny = found.get(name)
      if (deny !== undefined) deny.accesses.push(access)
      else {
        const source = sourceOf(access, location)
        if (source !== undefined) found.set(name, { ...source, index: location.index, accesses: [access] })
      }
    }
  }
  return found
}

type Location = CheckedAccess['decision']['matchedStatements'][number]

function denyingLocations ({ check: { effective }, decision }: CheckedAccess): Location[] {
  const isOpen = effective === 'conditional' || effective === 'unknown'
  if (!isOpen && effective !== 'explicitDeny') return []
  const deciding = [...decision.matchedStatements, ...(isOpen ? decision.mayBeDetermining : [])]
  return deciding.filter(({ effect }) => effect === 'Deny')
}

function sourceOf (
  { key, role }: CheckedAccess,
  { policy, name }: Location
): Pick<DenyStatement, 'policy' | 'layer'> | undefined {
  const found = {
    resourcePolicy: key.keyPolicy,
    identityPolicies: role?.identityPolicies.find((evidence) => evidence.policy.name === name),
    permissionsBoundary: role?.boundary
  }
  if (policy !== 'resourcePolicy' && policy !== 'identityPolicies' && policy !== 'permissionsBoundary') return undefined
  const evidence = found[policy]
  // A policy of AWS cannot be edited.
  return evidence === undefined || isAwsManaged(evidence) ? undefined : { policy: evidence, layer: policy }
}

/** The statement with the first exception that works. */
function verifiedReplacement (deny: DenyStatement): JsonObject | undefined {
  const statement = deny.policy.policy.statements.find(({ index }) => index === deny.index)
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
    [{ operator: 'StringNotEquals', key: 'aws:PrincipalServiceName', values: [SERVICE_PRINCIPAL] }, ...ofRoles],
    [{ operator: 'Bool', key: 'aws:PrincipalIsAWSService', values: ['false'] }, ...ofRoles]
  ]
}

/** All conditions of a statement must hold, and a negated operator takes none of its values. */
function withException (statement: JsonObject, { operator, key, values }: Exception): JsonObject {
  const conditions = isObject(statement['Condition']) ? statement['Condition'] : {}
  const keys = isObject(conditions[operator]) ? conditions[operator] : {}
  const name = Object.keys(keys).find((name) => name.toLowerCase() === key.toLowerCase()) ?? key
  const all = [...asList(keys[name] ?? []), ...values]
  return {
    ...statement,
    Condition: { ...conditions, [operator]: { ...keys, [name]: all.length === 1 ? all[0] : all } }
  }
}

/** Whether the statement then takes no part in any of the decisions. */
function letsThrough ({ policy, layer, index, accesses }: DenyStatement, replacement: JsonObject): boolean {
  const changed = replaced(policy, index, replacement)
  return accesses.every((access) => {
    const decision = authorize(access.request, inPlaceOf(access.policies, layer, policy.policy, changed.policy))
    return ![...decision.matchedStatements, ...decision.mayBeDetermining].some(
      (location) =>
        location.effect === 'Deny' &&
        location.policy === layer &&
        location.name === policy.policy.name &&
        location.index === index
    )
  })
}

function replaced ({ policy, document = {} }: PolicyEvidence, index: number, statement: JsonObject): PolicyEvidence {
  const statements = asList(document['Statement']).with(index, statement)
  return policyEvidence(policy.name, { ...document, Statement: statements })
}

function inPlaceOf (policies: Policies, layer: DenyStatement['layer'], before: Policy, after: Policy): Policies {
  const given = policies[layer]
  if (given === undefined) return policies
  return {
    ...policies,
    [layer]: { ...given, policies: given.policies.map((policy) => (policy === before ? after : policy)) }
  }
}

function trustReplacement (
  { roleArn, statement }: Finding,
  { usage, roles, around }: Evidence
): JsonObject | undefined {
  const role = roles.find(({ name }) => name.arn === roleArn)
  const parsed = role?.trustPolicy?.policy.statements.find(({ index }) => index === statement?.index)
  const written = parsed && statementAsWritten(role?.trustPolicy?.document, parsed)
  if (role?.trustPolicy === undefined || parsed === undefined || written === undefined) return undefined
  const replacement = withException(written, {
    operator: 'StringNotEquals',
    key: 'aws:PrincipalServiceName',
    values: [SERVICE_PRINCIPAL]
  })
  const changed: RoleEvidence = { ...role, trustPolicy: replaced(role.trustPolicy, parsed.index, replacement) }
  return checkTrust(usage, [changed], around).every(({ decision }) => decision?.decision !== 'explicitDeny')
    ? replacement
    : undefined
}
