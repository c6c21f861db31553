import type { Finding, StatementReference } from '../../schemas/verification.js'
import { clipped, firstOf, omittedIn } from './format.js'

const PERSONALIZE = 'https://docs.aws.amazon.com/personalize/latest/dg'
const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'
const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const ORGANIZATIONS = 'https://docs.aws.amazon.com/organizations/latest/userguide'
const KEY_ACCESS = `${PERSONALIZE}/granting-personalize-key-access.html`
const CONFUSED_DEPUTY = `${PERSONALIZE}/cross-service-confused-deputy-prevention.html`
const S3_ENCRYPTION = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html'
const KMS_ACTIONS =
  'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html'
const KEY_STATE = `${KMS}/key-state.html`
const PRINCIPALS = `${IAM}/reference_policies_elements_principal.html`

/** A kind of finding; `severity` is the default, which the situation may raise or lower. */
export interface FindingKind {
  severity: Finding['severity']
  title: string
  remedy: string
  source: string
}

type Kind = (source: string, title: string, ...remedy: string[]) => FindingKind
const kind =
  (severity: Finding['severity']): Kind =>
    (source, title, ...remedy) => ({ severity, title, remedy: remedy.join(' '), source })
const [error, warning, note] = [kind('error'), kind('warning'), kind('note')]

/** The finding catalogue: every code that a report or a generation can return, with its remedy and its AWS page. */
export const FINDINGS = {
  SERVICE_PRINCIPAL_NOT_ALLOWED: error(
    KEY_ACCESS,
    'Amazon Personalize itself is not allowed to use the key',
    'Add a statement to the key policy that allows the service principal personalize.amazonaws.com these actions.',
    'No IAM policy can do it.'
  ),
  ROLE_NOT_ALLOWED: error(
    KEY_ACCESS,
    'The service role is not allowed to use the key',
    'Allow the role these actions in the key policy, and in its IAM policy where AWS requires it.'
  ),
  ROLE_IAM_POLICY_INCOMPLETE: warning(
    KEY_ACCESS,
    'The IAM policy of the role lacks actions that AWS requires there',
    'Attach a permissions policy to the role that allows these actions on the key.'
  ),
  ROLE_KEY_POLICY_INCOMPLETE: warning(
    KEY_ACCESS,
    'The key policy does not name the role for actions that AWS requires there',
    'Add a statement to the key policy that allows the role these actions.'
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
    'Use …IfExists operators (`sourceConditions`: "ifExists" in a generated policy), or pass the values as `context`',
    'to POST /verify/documents if you know what Amazon Personalize sends.'
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
    'Name the principal in a separate statement of the key policy, so that the decision does not depend on it.'
  ),
  KEY_NOT_FOUND: error(
    `${KMS}/find-cmk-id-arn.html`,
    'The key does not exist',
    'Check account, Region and id of the key.'
  ),
  KEY_NOT_ENABLED: error(
    KEY_STATE,
    'The key is not enabled',
    'Enable the key (aws kms enable-key), or complete the pending operation',
    '(import key material, connect the key store).'
  ),
  KEY_STATE_UNKNOWN: warning(
    KEY_STATE,
    'The state of the key is not known',
    'Look up the state of the key (aws kms describe-key) and whether a key in this state can be used.'
  ),
  KEY_PENDING_DELETION: error(
    `${KMS}/deleting-keys.html`,
    'The key is scheduled for deletion',
    'Cancel the deletion (aws kms cancel-key-deletion) and enable the key, or use another one.',
    'Data that was encrypted with the key cannot be decrypted after its deletion.'
  ),
  KEY_NOT_SYMMETRIC: error(
    `${KMS}/symmetric-asymmetric.html`,
    'The key is not a symmetric encryption key',
    'Use a key of spec SYMMETRIC_DEFAULT and usage ENCRYPT_DECRYPT; AWS services support no other.'
  ),
  KEY_AWS_MANAGED: error(
    `${KMS}/concepts.html#aws-managed-cmk`,
    'The key is an AWS managed key',
    'Use a customer-managed key: the policy of an AWS managed key cannot be changed,',
    'and it does not grant Amazon Personalize access.'
  ),
  KEY_MATERIAL_OUTSIDE_KMS: note(
    KEY_STATE,
    'The key material is imported or kept in an external key store',
    'Ensure that the key material stays available: without it, data that was encrypted with the key cannot be read.'
  ),
  KEY_MULTI_REGION: note(
    `${KMS}/multi-region-keys-auth.html`,
    'The key is a multi-Region key: each of the related keys has its own key policy and grants',
    'Verify the related key of the Region in which Amazon Personalize uses it; AWS KMS synchronizes neither key',
    'policies nor grants, so a change to one key leaves the others unchanged.'
  ),
  KEY_LOCKOUT: warning(
    `${KMS}/key-policy-default.html#prevent-unmanageable-key`,
    "No principal of the key's account may change the key policy",
    'Allow kms:PutKeyPolicy for the account root (`delegateToIam` in a generated policy) or an administrator;',
    'otherwise only AWS Support can restore access.'
  ),
  KEY_REGION_MISMATCH: error(
    S3_ENCRYPTION,
    'The key is in another Region than Amazon Personalize',
    'Use a key in the Region of Amazon Personalize and of the bucket; of a multi-Region key, the replica there,',
    'which has its own ARN and its own key policy.'
  ),
  ROLE_NOT_FOUND: error(
    PRINCIPALS,
    'The role does not exist',
    'Create the role, or correct its ARN, including the full path.',
    'Create the role before you put a key policy that names it.'
  ),
  ROLE_NOT_ASSUMABLE: error(
    CONFUSED_DEPUTY,
    'Amazon Personalize cannot assume the role',
    'Allow personalize.amazonaws.com to assume the role in its trust policy.'
  ),
  TRUST_WITHOUT_SOURCE_CONDITION: warning(
    CONFUSED_DEPUTY,
    'The trust policy does not restrict for which account Amazon Personalize may assume the role',
    'Add aws:SourceAccount and aws:SourceArn conditions to the trust policy to prevent the confused-deputy problem.'
  ),
  TRUST_ACCOUNTS_DIFFER: warning(
    CONFUSED_DEPUTY,
    'aws:SourceAccount and aws:SourceArn of the trust policy name different accounts',
    "Name one account in both. AWS's printed example names two, and no request can satisfy both."
  ),
  STALE_PRINCIPAL: warning(
    PRINCIPALS,
    'The key policy names a principal that has been deleted',
    'Remove the unique id and name the current role by its ARN: a recreated role is another principal.'
  ),
  PRINCIPAL_OF_OTHER_PARTITION: warning(
    `${IAM}/reference-arns.html`,
    'The key policy names a principal of another partition than the key',
    'Write the ARN with the partition of the key (arn:aws-cn: in China); there is no access across partitions.'
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
    'Replace the statement with `narrowerStatement`, which allows only the KMS actions this usage needs.'
  ),
  ALIAS_AS_RESOURCE: warning(
    `${KMS}/cmks-in-iam-policies.html`,
    'An alias ARN in Resource does not grant use of the key',
    'Name the key by its key ARN in the IAM policy.'
  ),
  CROSS_ACCOUNT_KEY: warning(
    `${KMS}/key-policy-modifying-external-accounts.html`,
    'The key belongs to another account than Amazon Personalize and the role',
    'Use a key of the same account: AWS does not document cross-account keys for Amazon Personalize.',
    'If you test one, each permission is needed in the key policy and in the IAM policy of the role.'
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
  )
} as const satisfies Record<string, FindingKind>

export type FindingCode = keyof typeof FINDINGS

/** The evidence of a finding. */
export interface FindingEvidence {
  detail: string
  severity?: Finding['severity']
  /** Replaces the remedy of the catalogue where the situation needs another one. */
  remedy?: string
  narrowerStatement?: Record<string, unknown>
  kmsKeyArn?: string
  roleArn?: string
  actions?: string[]
  statement?: StatementReference
  statements?: StatementReference[]
  /** How many statements there are beyond those. */
  left?: number
}

const MAX_DETAIL_CHARACTERS = 2_000

/** A finding of the catalogue with its evidence. */
export function finding (code: FindingCode, evidence: FindingEvidence): Finding {
  const { severity, title, remedy, source } = FINDINGS[code]
  const { detail, severity: situational, remedy: situationalRemedy, actions, statements, left = 0, ...where } = evidence
  const result: Finding = {
    code,
    severity: situational ?? severity,
    title,
    detail: clipped(detail, MAX_DETAIL_CHARACTERS),
    remedy: situationalRemedy ?? remedy,
    source,
    ...where
  }
  const listed = { actions: firstOf(actions ?? []), statements: firstOf(statements ?? []) }
  if (actions !== undefined) result.actions = listed.actions.listed.map((name) => clipped(name))
  if (statements !== undefined) result.statements = listed.statements.listed
  const omitted = omittedIn({ actions: listed.actions.left, statements: listed.statements.left + left }).omitted
  if (omitted !== undefined) result.omitted = omitted
  return result
}
