import {
  IAM,
  KEY_ACCESS,
  KMS,
  KMS_ACTIONS,
  PRINCIPALS,
  error,
  warning,
  type FindingKind
} from './kind.js'

/** What is wrong with a statement or a policy. */
export const STATEMENT_FINDINGS = {
  STALE_PRINCIPAL: warning(
    PRINCIPALS,
    'The policy names a principal that has been deleted',
    'Remove the unique id and name the current role by its ARN: a recreated role is another principal.'
  ),
  PRINCIPAL_OF_OTHER_PARTITION: warning(
    `${IAM}/reference-arns.html`,
    'The policy names a principal of another partition than the key or bucket',
    'Write the ARN with the partition of the key or bucket (arn:aws-cn: in China);',
    'there is no access across partitions.'
  ),
  INERT_STATEMENT: warning(
    `${KMS}/key-policy-overview.html`,
    'The statement has no effect',
    'Give the statement Principal, Action and Resource "*": KMS stores a statement without them,',
    'but it has no effect.'
  ),
  UNKNOWN_ACTION: warning(
    KMS_ACTIONS,
    'The statement names an action that KMS does not have',
    'Correct the name. kms:ReEncrypt is two permissions: kms:ReEncryptFrom and kms:ReEncryptTo.'
  ),
  WRONG_SERVICE_PRINCIPAL: warning(
    KEY_ACCESS,
    'The statement names a service principal that Amazon Personalize does not use',
    'Use personalize.amazonaws.com in every Region.'
  ),
  VIA_SERVICE_NEVER_MATCHES: warning(
    `${KMS}/conditions-kms.html#conditions-kms-via-service`,
    'kms:ViaService is never set to Amazon Personalize',
    'Remove the condition: Amazon Personalize is not among the services that set kms:ViaService.'
  ),
  JOINT_STATEMENT_CONDITION: warning(
    `${IAM}/reference_policies_condition-keys.html#condition-keys-sourceaccount`,
    'A condition meant for the service excludes the role named in the same statement',
    'Split the statement: one for the service principal with the condition, one for the role without.'
  ),
  BROADER_THAN_NEEDED: warning(
    `${KMS}/least-privilege.html`,
    'The statement allows more than this use of Amazon Personalize needs',
    'Replace the statement with `narrowerStatement`, which allows only the actions this usage needs.'
  ),
  ALIAS_AS_RESOURCE: warning(
    `${KMS}/cmks-in-iam-policies.html`,
    'An alias ARN in Resource does not grant use of the key',
    'Name the key by its key ARN in the IAM policy.'
  ),
  NOT_READABLE: warning(
    `${KMS}/kms-api-permissions-reference.html`,
    'Something could not be read',
    'Grant the service the missing read permission (see GET /policies/verifier), and verify again;',
    'what was not read is not evaluated.'
  ),
  MALFORMED_POLICY: warning(
    `${IAM}/reference_policies_grammar.html`,
    'The policy contains an element that AWS does not document',
    'Correct the elements named here; if a Deny statement contains one, the decision is unknown.'
  ),
  OPEN_TO_EVERYONE: warning(
    `${IAM}/reference_policies_elements_principal.html#principal-anonymous`,
    'The statement allows every AWS account',
    'Name the principals that need access, or add a condition that limits who may call (for example',
    'aws:PrincipalArn or aws:PrincipalAccount). kms:CallerAccount "*" and kms:ViaService alone are no limit.'
  ),
  SET_OPERATOR_ON_SINGLE_VALUE: warning(
    `${IAM}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    'A set operator is used on a condition key that has a single value',
    'Remove ForAllValues: or ForAnyValue: from the operator.'
  ),
  RESOURCE_OF_OTHER_PARTITION: error(
    `${IAM}/reference-arns.html`,
    'The IAM policy names a resource of another partition',
    'Write the ARN with the partition of the role (arn:aws-cn: in China); IAM rejects any other.'
  ),
  NOT_STORABLE: error(
    `${IAM}/reference_policies_grammar.html`,
    'AWS rejects the policy as it is written',
    'Correct the elements named here: a policy that AWS does not store has no effect.'
  )
} as const satisfies Record<string, FindingKind>
