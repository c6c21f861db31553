import {
  IAM,
  KEY_ACCESS,
  KMS,
  ORGANIZATIONS,
  error,
  warning,
  type FindingKind
} from './kind.js'

/** What AWS decides, and what could not be decided. */
export const ACCESS_FINDINGS = {
  SERVICE_PRINCIPAL_NOT_ALLOWED: error(
    KEY_ACCESS,
    'The key policy does not allow Amazon Personalize itself what it needs',
    'Allow the service principal personalize.amazonaws.com these actions in the key policy.',
    'No IAM policy can do it.'
  ),
  ROLE_NOT_ALLOWED: error(
    KEY_ACCESS,
    'The service role is not allowed what it needs on the key',
    'Allow the role these actions in the key policy, and in its IAM policy where AWS requires it.'
  ),
  ROLE_IAM_POLICY_INCOMPLETE: warning(
    KEY_ACCESS,
    'The IAM policy of the role lacks actions that AWS requires there',
    'Attach a permissions policy to the role that allows these actions on the key.'
  ),
  ROLE_KEY_POLICY_INCOMPLETE: warning(
    KEY_ACCESS,
    'The key policy does not allow the role itself what AWS requires there',
    'Allow the role these actions in the key policy.'
  ),
  EXPLICIT_DENY: error(
    `${IAM}/reference_policies_evaluation-logic_policy-eval-denyallow.html`,
    'A statement denies what is needed',
    'Exclude Amazon Personalize from this Deny statement (for example with a condition on aws:PrincipalServiceName);',
    'an Allow cannot override it.'
  ),
  BOUNDARY_BLOCKS: error(
    `${IAM}/access_policies_boundaries.html`,
    'The permissions boundary of the role does not allow what is needed',
    'Allow these actions in the permissions boundary.',
    "A permissions boundary does not grant access; it limits what the role's policies can grant."
  ),
  SERVICE_CONTROL_POLICY_BLOCKS: error(
    `${ORGANIZATIONS}/orgs_manage_policies_scps.html`,
    'The service control policies of the organization do not allow the role what is needed',
    'Have the administrators of the organization allow these actions on every level above the account of the role.'
  ),
  RESOURCE_CONTROL_POLICY_BLOCKS: error(
    `${ORGANIZATIONS}/orgs_manage_policies_rcps.html`,
    'A resource control policy of the organization blocks what is needed',
    'Have the administrators of the organization exclude Amazon Personalize and its role from this Deny statement:',
    'it applies to every key of the account, also for AWS services, and no policy of the account can override it.'
  ),
  GRANT_FOR_AWS_RESOURCE_ONLY: warning(
    `${KMS}/conditions-kms.html#conditions-kms-grant-is-for-aws-resource`,
    'Grants may only be created and listed as kms:GrantIsForAWSResource allows',
    'Allow kms:CreateGrant and kms:ListGrants in a statement without this condition: AWS does not document whether',
    'calls for Amazon Personalize satisfy it (the console\'s "key users" statement contains this condition).'
  ),
  ACCESS_DEPENDS_ON_CONDITION: warning(
    `${IAM}/reference_policies_elements_condition_operators.html`,
    'Access depends on a condition that cannot be evaluated from the policies',
    'Use …IfExists operators (`sourceConditions`: "ifExists" in a generated policy), or give the values as `context`',
    'and verify again, if you know what Amazon Personalize sends.'
  ),
  ACCESS_ONLY_BY_GRANT: warning(
    `${KMS}/grants.html`,
    'Access is granted only by a KMS grant',
    'Allow the actions in the key policy as well: a grant can be retired, and it does not cover resources that are',
    'created later.'
  ),
  NOT_DOCUMENTED: warning(
    `${IAM}/reference_policies_evaluation-logic.html`,
    'AWS does not document how it decides this',
    'Allow what Amazon Personalize needs in a separate statement, so that the decision does not depend on this one.'
  )
} as const satisfies Record<string, FindingKind>
