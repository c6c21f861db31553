import type { StatementReference } from '../../../schemas/verification.js'
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

/** The remedy where such a policy is the boundary of a role and lacks something. */
export function otherBoundaryFor ({ boundary }: RoleEvidence): { remedy?: string } {
  return boundary !== undefined && isAwsManaged(boundary) ? { remedy: OTHER_BOUNDARY } : {}
}
