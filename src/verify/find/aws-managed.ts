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
