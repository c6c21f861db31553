import type { StatementReference } from '../../../schemas/verification.js'
import { truncate } from '../../findings/format.js'
import { lastSegment } from '../../iam/match/arn.js'
import type { PolicyEvidence, RoleEvidence } from '../read/evidence.js'

/**
 * Whether it is a policy of AWS, which no customer can edit.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
 */
export function isAwsManaged ({ arn = '' }: Pick<PolicyEvidence, 'arn'>): boolean {
  return /^arn:[^:]+:iam::aws:policy\//.test(arn)
}

/** What to do about such a policy of a role. */
export function detachmentOf ({ arn, policy }: PolicyEvidence, role: RoleEvidence | undefined): string {
  const command = `aws iam detach-role-policy --role-name ${lastSegment(role?.name.arn ?? '')} --policy-arn ${arn}`
  return `Detach ${policy.name} from the role (${command}): an AWS managed policy cannot be edited.`
}

/** The remedy for a Deny of such a policy, which can have no exception. */
export function detachmentFor (
  role: RoleEvidence | undefined,
  { policy, name }: StatementReference
): { remedy?: string } {
  if (policy !== 'identityPolicies') return {}
  const evidence = role?.identityPolicies.find((each) => each.policy.name === name)
  return evidence !== undefined && isAwsManaged(evidence) ? { remedy: detachmentOf(evidence, role) } : {}
}

const OTHER_BOUNDARY =
  'Set a policy of your own that allows these actions as permissions boundary (aws iam ' +
  'put-role-permissions-boundary): ' +
  'an AWS managed policy cannot be edited.'

/** The remedy for the boundary of a role that lacks something, by its name. */
export function boundaryRemedy ({ boundary }: RoleEvidence): { remedy?: string } {
  if (boundary === undefined) return {}
  if (isAwsManaged(boundary)) return { remedy: OTHER_BOUNDARY }
  const { name } = boundary.policy
  // Of documents its name is not known.
  const which = name === 'permissionsBoundary' ? '' : ` ${truncate(name)}`
  return { remedy: `Allow these actions in the permissions boundary${which}. ${LIMITS}` }
}

const LIMITS = "A permissions boundary does not grant access; it limits what the role's policies can grant."
