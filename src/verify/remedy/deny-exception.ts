import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { authorize } from '../../iam/authorize.js'
import type { AuthorizationRequest, Layer, Policies } from '../../iam/decide/request.js'
import type { Policy } from '../../iam/document/policy-document.js'
import { parseArn } from '../../iam/match/arn.js'
import type { JsonObject } from '../../json/json.js'
import type { Assessment, Evidence } from '../assess.js'
import type { CheckedAccess } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'
import type { CheckedS3Access } from '../check/s3-checks.js'
import { ASSUME_ROLE } from '../check/trust.js'
import { isAwsManaged } from '../find/aws-managed.js'
import { type PolicyEvidence, statementAsWritten } from '../read/evidence.js'
import { type Exception, inPlaceOf, SERVICE_EXCEPTION, withException, withStatement } from './exception.js'
import { trustReplacement } from './trust-exception.js'

type AnyAccess = CheckedAccess | CheckedS3Access

/** A Deny statement with all accesses that it denies, or may deny. */
interface DenyStatement {
  policy: PolicyEvidence
  location: Location
  accesses: AnyAccess[]
}

type Location = CheckedAccess['decision']['matchedStatements'][number]

/** Every exception is proven by evaluating again; no more often than this in one report. */
const MAX_EVALUATIONS = 2_000

const REMEDY =
  'Replace the statement with `replacementStatement`: it has an exception for what Amazon Personalize needs, and ' +
  'still denies everything else. An Allow cannot override a Deny.'
const ORGANIZATION_REMEDY =
  `${REMEDY} Only the management account or a delegated administrator of the organization can change this policy.`
/** Where something else than an exception is the better way. */
const INSTEAD = ' Or replace the statement with `replacementStatement`, which has an exception for what Amazon ' +
  'Personalize needs, and still denies everything else.'
const HAS_BETTER_WAY = new Set(['ENCRYPTION_HEADER_REQUIRED', 'ACL_HEADER_REQUIRED', 'PREFIX_NAMES_SIBLINGS'])

function remedyOf ({ code, remedy }: Finding, { policy }: StatementReference): string {
  if (HAS_BETTER_WAY.has(code)) return `${remedy}${INSTEAD}`
  return policy.endsWith('ControlPolicies') ? ORGANIZATION_REMEDY : REMEDY
}

/** The findings about a Deny with the statement as it could be written so that it lets Amazon Personalize through. */
export function withReplacements (
  findings: readonly Finding[],
  evidence: Evidence,
  { checked, checkedLocations }: Pick<Assessment, 'checked' | 'checkedLocations'>
): Finding[] {
  const denies = denyStatements([...checked, ...checkedLocations], evidence)
  const replacements = new Map<string, JsonObject | undefined>()
  let left = MAX_EVALUATIONS
  const replacementFor = (name: string): JsonObject | undefined => {
    const deny = denies.get(name)
    if (deny === undefined || replacements.has(name)) return replacements.get(name)
    const requests = deny.accesses.map(requestsOf)
    left -= requests.reduce((sum, { length }) => sum + length, 0)
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
        : replacementFor(nameOf(placeOf(finding, evidence), statement))
    return replacementStatement === undefined
      ? finding
      : { ...finding, replacementStatement, remedy: remedyOf(finding, statement) }
  })
}

/** A key or bucket, and the role that uses it. */
interface Place {
  resource: string | undefined
  /** Of the key or bucket. */
  accountId: string | undefined
  roleArn: string | undefined
}

function placeOf ({ kmsKeyArn, bucket, roleArn }: Finding, { buckets = [] }: Evidence): Place {
  const accountId =
    bucket === undefined
      ? parseArn(kmsKeyArn ?? '')?.accountId
      : buckets.find((evidence) => evidence.bucket === bucket)?.accountId
  return { resource: bucket ?? kmsKeyArn, accountId, roleArn }
}

function placeOfAccess (access: AnyAccess): Place {
  const roleArn = access.role?.name.arn
  if ('bucket' in access) return { resource: access.bucket.bucket, accountId: access.bucket.accountId, roleArn }
  const { arn, accountId } = access.key.name
  return { resource: arn, accountId, roleArn }
}

/**
 * The policy of a key or bucket is its own, a policy of an organization binds the account of the role (SCP) or of the
 * key or bucket (RCP), the other policies are those of the role.
 */
function nameOf ({ resource, accountId, roleArn }: Place, place: StatementReference): string {
  const { policy, name, index, level } = place
  const owners: Readonly<Record<string, string | undefined>> = {
    keyPolicy: resource,
    bucketPolicy: resource,
    serviceControlPolicies: parseArn(roleArn ?? '')?.accountId,
    resourceControlPolicies: accountId
  }
  return JSON.stringify([policy in owners ? owners[policy] : roleArn, policy, name, index, level])
}

function denyStatements (checked: readonly AnyAccess[], evidence: Evidence): Map<string, DenyStatement> {
  const found = new Map<string, DenyStatement>()
  for (const access of checked) {
    const resourcePolicy = 'bucket' in access ? 'bucketPolicy' : 'keyPolicy'
    for (const location of denyingLocations(access)) {
      const name = nameOf(placeOfAccess(access), referenceTo(location, resourcePolicy))
      const deny = found.get(name)
      const policy = deny?.policy ?? policyAt(access, location, evidence)
      if (deny !== undefined) deny.accesses.push(access)
      // A policy of AWS cannot be edited.
      else if (policy !== undefined && !isAwsManaged(policy)) found.set(name, { policy, location, accesses: [access] })
    }
  }
  return found
}

function denyingLocations ({ check: { effective }, decision }: AnyAccess): Location[] {
  const isOpen = effective === 'conditional' || effective === 'unknown'
  if (!isOpen && effective !== 'explicitDeny') return []
  const deciding = [...decision.matchedStatements, ...(isOpen ? decision.mayBeDetermining : [])]
  return deciding.filter(({ effect }) => effect === 'Deny')
}

/** The policy that has the statement; undefined where its document is not at hand. */
function policyAt (
  access: AnyAccess,
  { policy: layer, name, level = 0 }: Location,
  { around: { organizationEvidence = [] } }: Evidence
): PolicyEvidence | undefined {
  const { role, policies } = access
  switch (layer) {
    case 'resourcePolicy':
      return 'bucket' in access ? access.bucket.bucketPolicy : access.key.keyPolicy
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
function exceptionsFor (accesses: readonly AnyAccess[]): Exception[][] {
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
    const policies = withPolicy(access.policies, location.policy, policy.policy, changed.policy)
    return requestsOf(access).every((request) => {
      const decision = authorize(request, policies)
      return ![...decision.matchedStatements, ...decision.mayBeDetermining].some(isStatement)
    })
  })
}

function requestsOf (access: AnyAccess): readonly AuthorizationRequest[] {
  return 'bucket' in access ? access.requests() : [access.request]
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
