import {
  CONFUSED_DEPUTY,
  KEY_STATE,
  KMS,
  PRINCIPALS,
  S3_ENCRYPTION,
  error,
  warning,
  note,
  type FindingKind
} from './kind.js'

/** What is wrong with a key or a role, whatever the policies say. */
export const RESOURCE_FINDINGS = {
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
    'Allow kms:PutKeyPolicy for the account root (`delegateToIam` in a generated policy) or an administrator before',
    'the policy is applied. If the policy is in force, only AWS Support can restore access to the key.'
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
  CROSS_ACCOUNT_KEY: warning(
    `${KMS}/key-policy-modifying-external-accounts.html`,
    'The key belongs to another account than Amazon Personalize and the role',
    'Use a key of the same account: AWS does not document cross-account keys for Amazon Personalize.',
    'If you test one, each permission is needed in the key policy and in the IAM policy of the role.'
  )
} as const satisfies Record<string, FindingKind>
