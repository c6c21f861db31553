import type { Finding, StatementReference } from '../../../schemas/verification.js'
import type { JsonObject } from '../../json/json.js'
import type { Evidence } from '../assess.js'
import { checkTrust } from '../check/trust.js'
import { type PolicyEvidence, type RoleEvidence, statementAsWritten } from '../read/evidence.js'
import { levelsFor, type OrganizationContext } from '../read/organization.js'
import { inPlaceOf, SERVICE_EXCEPTION, withException, withStatement } from './exception.js'

/**
 * The Deny that keeps Amazon Personalize from assuming a role, with an exception for it; undefined if that is not
 * enough.
 */
export function trustReplacement ({ roleArn, statement }: Finding, evidence: Evidence): JsonObject | undefined {
  const role = evidence.roles.find(({ name }) => name.arn === roleArn)
  if (role === undefined || statement === undefined) return undefined
  const policy =
    statement.policy === 'trustPolicy'
      ? role.trustPolicy
      : resourceControlPolicy(role, statement.level ?? 0, statement.name, evidence.around)
  const parsed = policy?.policy.statements.find(({ index }) => index === statement.index)
  const written = parsed && statementAsWritten(policy?.document, parsed)
  if (policy === undefined || written === undefined) return undefined
  const replacement = withException(written, SERVICE_EXCEPTION)
  const after = withStatement(policy, statement.index, replacement)
  return denies(statement, role, { before: policy, after }, evidence) ? undefined : replacement
}

function resourceControlPolicy (
  { name: { accountId } }: RoleEvidence,
  level: number,
  name: string,
  { resourceControlPolicies, organizationEvidence = [] }: OrganizationContext
): PolicyEvidence | undefined {
  const policies = levelsFor(resourceControlPolicies, accountId)?.[level]?.policies ?? []
  return organizationEvidence.find(({ policy }) => policy.name === name && policies.includes(policy))
}

/** Whether the statement still keeps, or may keep, Personalize from assuming the role once `after` is in place. */
function denies (
  { policy, name, index, level }: StatementReference,
  role: RoleEvidence,
  { before, after }: { before: PolicyEvidence; after: PolicyEvidence },
  { usage, around }: Evidence
): boolean {
  const { resourceControlPolicies, ...others } = around
  const changed: OrganizationContext =
    resourceControlPolicies === undefined
      ? others
      : {
        ...others,
        resourceControlPolicies: resourceControlPolicies.map(({ levels, ...account }) => ({
          ...account,
          levels: levels.map((level) => inPlaceOf(level, before.policy, after.policy))
        }))
      }
  const trusting: RoleEvidence = role.trustPolicy === before ? { ...role, trustPolicy: after } : role
  const layer = policy === 'trustPolicy' ? 'resourcePolicy' : policy
  return checkTrust(usage, [trusting], changed).some(({ decision }) =>
    [...(decision?.matchedStatements ?? []), ...(decision?.mayBeDetermining ?? [])].some(
      (location) =>
        location.effect === 'Deny' &&
        location.policy === layer &&
        location.name === name &&
        location.index === index &&
        location.level === level
    )
  )
}
