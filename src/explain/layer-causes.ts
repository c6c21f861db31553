import type { CauseEntry } from './cause-entry.js'

const IAM_DENIED = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html'
const ROLE_POLICIES = [
  'aws iam list-role-policies --role-name {roleName}',
  'aws iam list-attached-role-policies --role-name {roleName}'
]

/** The kinds of policies that AWS's messages name. */
export const LAYER_CAUSES = {
  NOT_NEEDED_BY_PERSONALIZE: {
    title: 'Amazon Personalize does not need this action',
    detail:
      'No page of Amazon Personalize requires it. The caller in the message, such as a notebook, a user or another ' +
      'service, needs it for something else.',
    distinguish: 'The principal in the message is not the service role, or the role is used for other work as well.',
    policy: 'callerPolicy',
    statements: ['allowAction'],
    source: IAM_DENIED
  },
  IDENTITY_POLICY_MISSES: {
    title: 'No identity-based policy of the caller allows the action',
    detail: 'No policy of the role or user allows the action on the resource.',
    distinguish:
      'The inline and attached policies have no Allow for the action, or their Resource or Condition excludes it.',
    policy: 'iamPolicy',
    statements: ['allowAction'],
    commands: ROLE_POLICIES,
    source: IAM_DENIED
  },
  IDENTITY_POLICY_DENIES: {
    title: 'A Deny in an identity-based policy of the caller',
    detail: 'A Deny wins over every Allow.',
    distinguish: 'A policy of the role or user has a Deny statement whose conditions the call meets.',
    policy: 'iamPolicy',
    denies: 'role',
    commands: ROLE_POLICIES,
    source: IAM_DENIED
  },
  RESOURCE_POLICY_MISSES: {
    title: 'No resource-based policy allows the action',
    detail: 'The policy of the resource does not allow the caller.',
    distinguish: 'The resource is of another account, or the caller is a service principal.',
    policy: 'other',
    statements: ['allowAction'],
    source: IAM_DENIED
  },
  RESOURCE_POLICY_DENIES: {
    title: 'A Deny in a resource-based policy',
    detail: 'A Deny wins over every Allow.',
    distinguish: 'The policy of the resource has a Deny statement whose conditions the call meets.',
    policy: 'other',
    denies: 'roleOrService',
    source: IAM_DENIED
  },
  BOUNDARY_MISSES: {
    title: 'The permissions boundary does not allow the action',
    detail: 'A boundary grants nothing. It is the most that the identity-based policies can grant.',
    distinguish: 'The role has a permissions boundary without an Allow for the action.',
    policy: 'other',
    statements: ['allowAction'],
    commands: ['aws iam get-role --role-name {roleName} --query Role.PermissionsBoundary'],
    source: IAM_DENIED
  },
  BOUNDARY_DENIES: {
    title: 'A Deny in the permissions boundary',
    detail: 'A Deny wins over every Allow.',
    distinguish: 'The boundary of the role has a Deny statement whose conditions the call meets.',
    policy: 'other',
    denies: 'role',
    commands: ['aws iam get-role --role-name {roleName} --query Role.PermissionsBoundary'],
    source: IAM_DENIED
  },
  SESSION_POLICY_MISSES: {
    title: 'The session policy does not allow the action',
    detail:
      'The session was made with a policy that limits it. Sessions of Amazon Personalize have none that you could ' +
      'change: look at the program that assumed the role.',
    distinguish: 'The session name in the message is not one of Amazon Personalize.',
    policy: 'other',
    statements: ['allowAction'],
    source: IAM_DENIED
  },
  SESSION_POLICY_DENIES: {
    title: 'A Deny in the session policy',
    detail: 'The session was made with a policy that denies the action.',
    distinguish: 'The session name in the message is not one of Amazon Personalize.',
    policy: 'other',
    denies: 'role',
    source: IAM_DENIED
  },
  SCP_MISSES: {
    title: 'No service control policy allows the action',
    detail: 'Every level of the organization has to allow the action for the account of the caller.',
    distinguish: 'FullAWSAccess was removed at a level, and no other policy of that level allows the action.',
    policy: 'other',
    statements: ['allowAction'],
    source: IAM_DENIED
  },
  SCP_DENIES: {
    title: 'A Deny in a service control policy',
    detail:
      'A policy of the organization denies the action to the account of the caller. Only the management account or a ' +
      'delegated administrator can change it.',
    distinguish: 'The same call works in an account outside the organizational unit.',
    policy: 'other',
    denies: 'role',
    source: IAM_DENIED
  },
  RCP_MISSES: {
    title: 'No resource control policy allows the action',
    detail: 'Every level of the organization has to allow the action for the account of the resource.',
    distinguish: 'RCPFullAWSAccess is not attached at a level.',
    policy: 'other',
    source: IAM_DENIED
  },
  RCP_DENIES: {
    title: 'A Deny in a resource control policy',
    detail:
      'A policy of the organization protects the resource. It also applies to the service principal, unless its Deny ' +
      'excepts aws:PrincipalIsAWSService.',
    distinguish: 'The resource belongs to an account of the organization, and its own policy allows the call.',
    policy: 'other',
    denies: 'roleOrService',
    source: IAM_DENIED
  },
  VPC_ENDPOINT_POLICY: {
    title: 'The policy of a VPC endpoint does not allow the action',
    detail:
      'The call came through an interface or gateway endpoint of your VPC. Calls of Amazon ' +
      'Personalize to Amazon S3 and ' +
      'KMS do not go through it, so the caller is a program of yours.',
    distinguish: 'The same call works from outside the VPC.',
    policy: 'other',
    denies: 'role',
    statements: ['allowAction'],
    source: IAM_DENIED
  },
  ORGANIZATION_DENIES: {
    title: 'A policy of the organization',
    detail: 'A service or resource control policy can deny Amazon S3 or KMS to the role, or to the service principal.',
    distinguish: 'The policies of bucket, role and key allow the job, and it still fails.',
    policy: 'other',
    denies: 'roleOrService',
    source: IAM_DENIED
  }
} as const satisfies Record<string, CauseEntry>
