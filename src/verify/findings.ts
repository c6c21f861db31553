import type { Finding, StatementReference } from '../../schemas/verification.js'
import { clipped, firstOf, omittedIn } from './told.js'

const PERSONALIZE = 'https://docs.aws.amazon.com/personalize/latest/dg'
const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'
const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const KEY_ACCESS = `${PERSONALIZE}/granting-personalize-key-access.html`
const CONFUSED_DEPUTY = `${PERSONALIZE}/cross-service-confused-deputy-prevention.html`

/** A kind of finding; `severity` holds unless the situation makes it milder or graver. */
export interface FindingKind { severity: Finding['severity'], title: string, remedy: string, source: string }

/** The finding catalogue: every code that a report can carry, with what to do and the AWS page it rests on. */
export const FINDINGS = {
  SERVICE_PRINCIPAL_NOT_ALLOWED: { severity: 'error', title: 'Amazon Personalize itself may not use the key', remedy: 'Add a statement to the key policy that allows the service principal personalize.amazonaws.com these actions. No IAM policy can do it.', source: KEY_ACCESS },
  ROLE_NOT_ALLOWED: { severity: 'error', title: 'The service role may not use the key', remedy: 'Allow the role these actions in the key policy, and in its IAM policy where the page demands it.', source: KEY_ACCESS },
  ROLE_IAM_POLICY_INCOMPLETE: { severity: 'warning', title: 'The IAM policy of the role lacks actions that AWS demands there', remedy: 'Attach a permissions policy to the role that allows these actions on the key.', source: KEY_ACCESS },
  ROLE_KEY_POLICY_INCOMPLETE: { severity: 'warning', title: 'The key policy does not name the role for actions that AWS demands there', remedy: 'Add a statement to the key policy that allows the role these actions.', source: KEY_ACCESS },
  EXPLICIT_DENY: { severity: 'error', title: 'A statement denies what is needed', remedy: 'Except Amazon Personalize from the Deny statement named here; no Allow overrules it.', source: `${IAM}/reference_policies_evaluation-logic_policy-eval-denyallow.html` },
  BOUNDARY_BLOCKS: { severity: 'error', title: 'The permissions boundary of the role does not allow what is needed', remedy: 'Allow these actions in the permissions boundary. A boundary gives nothing, but what it does not allow the role cannot do.', source: `${IAM}/access_policies_boundaries.html` },
  SERVICE_CONTROL_POLICY_BLOCKS: { severity: 'error', title: 'The service control policies of the organization do not allow the role what is needed', remedy: 'Have the administrators of the organization allow these actions on every level above the account of the role.', source: 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html' },
  RESOURCE_CONTROL_POLICY_BLOCKS: { severity: 'error', title: 'A resource control policy of the organization blocks what is needed', remedy: 'Have the administrators of the organization except Amazon Personalize and its role from the Deny statement named here: it binds every key of the account, AWS services included, and no policy of the account overrules it.', source: 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html' },
  GRANT_FOR_AWS_RESOURCE_ONLY: { severity: 'warning', title: 'Grants may only be made and listed as kms:GrantIsForAWSResource allows', remedy: 'Allow kms:CreateGrant and kms:ListGrants in a statement without this condition: AWS does not document whether calls for Amazon Personalize fulfil it. The key users statement of the console carries it.', source: `${KMS}/conditions-kms.html#conditions-kms-grant-is-for-aws-resource` },
  ACCESS_DEPENDS_ON_CONDITION: { severity: 'warning', title: 'Access depends on a condition that cannot be judged from the policies', remedy: 'Use …IfExists operators, or pass the values as `context` to POST /verify/documents if you know what Amazon Personalize sends.', source: `${IAM}/reference_policies_elements_condition_operators.html` },
  ACCESS_ONLY_BY_GRANT: { severity: 'warning', title: 'Access rests on a grant alone', remedy: 'Allow the actions in the key policy as well: a grant can be retired, and resources made later do not have it.', source: `${KMS}/grants.html` },
  NOT_DOCUMENTED: { severity: 'warning', title: 'AWS does not document how it decides this', remedy: 'Name the principal in a statement of the key policy by itself, so that the decision does not hang on it.', source: `${IAM}/reference_policies_evaluation-logic.html` },
  KEY_NOT_FOUND: { severity: 'error', title: 'The key does not exist', remedy: 'Check account, Region and id of the key.', source: `${KMS}/find-cmk-id-arn.html` },
  KEY_NOT_ENABLED: { severity: 'error', title: 'The key is not enabled', remedy: 'Enable the key (aws kms enable-key), or finish what its state waits for.', source: `${KMS}/key-state.html` },
  KEY_STATE_UNKNOWN: { severity: 'warning', title: 'The state of the key is not known', remedy: 'Look up the state of the key (aws kms describe-key) and whether a key in it can be used.', source: `${KMS}/key-state.html` },
  KEY_PENDING_DELETION: { severity: 'error', title: 'The key is going to be deleted', remedy: 'Cancel the deletion (aws kms cancel-key-deletion) and enable the key, or use another one. What the key encrypted is lost with it.', source: `${KMS}/deleting-keys.html` },
  KEY_NOT_SYMMETRIC: { severity: 'error', title: 'The key is not a symmetric encryption key', remedy: 'Use a key of spec SYMMETRIC_DEFAULT and usage ENCRYPT_DECRYPT; AWS services take no other.', source: `${KMS}/symmetric-asymmetric.html` },
  KEY_AWS_MANAGED: { severity: 'error', title: 'The key is an AWS managed key', remedy: 'Use a customer-managed key: the policy of an AWS managed key cannot be changed, and it does not let Amazon Personalize in.', source: `${KMS}/concepts.html#aws-managed-cmk` },
  KEY_MATERIAL_OUTSIDE_KMS: { severity: 'note', title: 'AWS KMS does not keep the material of the key itself', remedy: 'See to it that the key material stays available: what the key encrypted cannot be read without it.', source: `${KMS}/key-state.html` },
  KEY_MULTI_REGION: { severity: 'note', title: 'The key is a multi-Region key: each of the related keys has a key policy and grants of its own', remedy: 'Verify the related key of the Region in which Amazon Personalize uses it; AWS KMS synchronizes neither key policies nor grants, so a change to one key leaves the others as they are.', source: `${KMS}/multi-region-keys-auth.html` },
  KEY_LOCKOUT: { severity: 'warning', title: 'No principal of the key\'s account may change the key policy', remedy: 'Let the account root or an administrator kms:PutKeyPolicy: otherwise only AWS Support can open the key again.', source: `${KMS}/key-policy-default.html#prevent-unmanageable-key` },
  KEY_REGION_MISMATCH: { severity: 'error', title: 'The key is in another Region than Amazon Personalize', remedy: 'Use a key of the Region in which Amazon Personalize and the bucket are; of a multi-Region key, the replica there.', source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html' },
  ROLE_NOT_FOUND: { severity: 'error', title: 'The role does not exist', remedy: 'Create the role, or give its ARN with the full path. A key policy that names a role must be put after the role was created.', source: `${IAM}/reference_policies_elements_principal.html` },
  ROLE_NOT_ASSUMABLE: { severity: 'error', title: 'Amazon Personalize cannot assume the role', remedy: 'Let personalize.amazonaws.com assume the role in its trust policy.', source: CONFUSED_DEPUTY },
  TRUST_WITHOUT_SOURCE_CONDITION: { severity: 'warning', title: 'The trust policy does not say for which account Amazon Personalize may assume the role', remedy: 'Add aws:SourceAccount and aws:SourceArn conditions to the trust policy, so that nobody else\'s use of the service can reach the role.', source: CONFUSED_DEPUTY },
  TRUST_ACCOUNTS_DIFFER: { severity: 'warning', title: 'aws:SourceAccount and aws:SourceArn of the trust policy name different accounts', remedy: 'Name one account in both. As printed, AWS\'s example names two, and no request can satisfy both.', source: CONFUSED_DEPUTY },
  STALE_PRINCIPAL: { severity: 'warning', title: 'The key policy names a principal that has been deleted', remedy: 'Remove the unique id and name the present role by its ARN: a role made again under the old name is another principal.', source: `${IAM}/reference_policies_elements_principal.html` },
  PRINCIPAL_OF_OTHER_PARTITION: { severity: 'warning', title: 'The key policy names a principal of another partition than the key', remedy: 'Write the ARN with the partition of the key (arn:aws-cn: in China); nothing crosses from one partition into another.', source: `${IAM}/reference-arns.html` },
  INERT_STATEMENT: { severity: 'warning', title: 'The statement has no effect', remedy: 'Give the statement Principal, Action and Resource "*": KMS stores a statement without them, but it does nothing.', source: `${KMS}/key-policy-overview.html` },
  UNKNOWN_ACTION: { severity: 'warning', title: 'The statement names an action that KMS does not have', remedy: 'Correct the name. kms:ReEncrypt is two permissions: kms:ReEncryptFrom and kms:ReEncryptTo.', source: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html' },
  WRONG_SERVICE_PRINCIPAL: { severity: 'warning', title: 'The statement names a service principal that Amazon Personalize does not use', remedy: 'Use personalize.amazonaws.com in every Region.', source: KEY_ACCESS },
  VIA_SERVICE_NEVER_MATCHES: { severity: 'warning', title: 'kms:ViaService never holds Amazon Personalize', remedy: 'Remove the condition: Amazon Personalize is not among the services that set kms:ViaService.', source: `${KMS}/conditions-kms.html#conditions-kms-via-service` },
  JOINT_STATEMENT_CONDITION: { severity: 'warning', title: 'A condition meant for the service cuts off the role named in the same statement', remedy: 'Split the statement: one for the service principal with the condition, one for the role without.', source: `${IAM}/reference_policies_condition-keys.html#condition-keys-sourceaccount` },
  BROADER_THAN_NEEDED: { severity: 'warning', title: 'The statement allows more than this use of Amazon Personalize needs', remedy: 'Put the statement in `narrowerStatement` in its place: it allows of KMS what the use needs, and no more.', source: `${KMS}/least-privilege.html` },
  ALIAS_AS_RESOURCE: { severity: 'warning', title: 'An alias as Resource gives no use of the key', remedy: 'Name the key by its key ARN in the IAM policy.', source: `${KMS}/cmks-in-iam-policies.html` },
  CROSS_ACCOUNT_KEY: { severity: 'warning', title: 'The key belongs to another account than Amazon Personalize and the role', remedy: 'Use a key of the same account: that Amazon Personalize takes a key of another account is not documented.', source: `${KMS}/key-policy-modifying-external-accounts.html` },
  NOT_READABLE: { severity: 'warning', title: 'Something could not be read', remedy: 'Let the service read it, and verify again; what was not read is not judged.', source: `${KMS}/kms-api-permissions-reference.html` },
  MALFORMED_POLICY: { severity: 'warning', title: 'The policy holds something that AWS does not document', remedy: 'Correct what is named here; where a Deny holds it, the decision is unknown.', source: `${IAM}/reference_policies_grammar.html` }
} as const satisfies Record<string, FindingKind>

export type FindingCode = keyof typeof FINDINGS

/** The evidence that a finding rests on. */
export interface FindingEvidence {
  detail: string
  severity?: Finding['severity']
  /** In place of the remedy in the catalogue, where the situation asks for another. */
  remedy?: string
  narrowerStatement?: Record<string, unknown>
  kmsKeyArn?: string
  roleArn?: string
  actions?: string[]
  statement?: StatementReference
  statements?: StatementReference[]
  /** How many statements there are beside those. */
  left?: number
}

/** A detail is for a person to read. */
const LONGEST_DETAIL = 2_000

/** A finding of the catalogue with its evidence. */
export function finding (code: FindingCode, evidence: FindingEvidence): Finding {
  const { severity, title, remedy, source } = FINDINGS[code]
  const { detail, severity: situational, remedy: situationalRemedy, actions, statements, left = 0, ...where } = evidence
  const told = { actions: firstOf(actions ?? []), statements: firstOf(statements ?? []) }
  return {
    code,
    severity: situational ?? severity,
    title,
    detail: clipped(detail, LONGEST_DETAIL),
    remedy: situationalRemedy ?? remedy,
    source,
    ...where,
    ...(actions === undefined ? {} : { actions: told.actions.listed.map((name) => clipped(name)) }),
    ...(statements === undefined ? {} : { statements: told.statements.listed }),
    ...omittedIn({ actions: told.actions.left, statements: told.statements.left + left })
  }
}
