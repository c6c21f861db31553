import type { CauseEntry } from './cause-entry.js'

const GUIDE = 'https://docs.aws.amazon.com/personalize/latest/dg'
const S3_ACCESS = `${GUIDE}/granting-personalize-s3-access.html`
const KEY_ACCESS = `${GUIDE}/granting-personalize-key-access.html`
const PERMISSIONS = `${GUIDE}/aws-personalize-set-up-permissions.html`
const IAM_DENIED = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html'
const S3_DENIED = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html'
const S3_GET = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html'
const KEY_STATE = 'https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html'
const KMS_POLICIES = 'https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html'
const GET_BUCKET_POLICY = 'aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text'
const GET_KEY_POLICY = 'aws kms get-key-policy --key-id {keyArn} --policy-name default --query Policy --output text'
const ROLE_POLICIES = [
  'aws iam list-role-policies --role-name {roleName}',
  'aws iam list-attached-role-policies --role-name {roleName}'
]

/** Permissions that Amazon Personalize or its caller lacks, and what looks like it. */
export const PERMISSION_CAUSES = {
  BUCKET_POLICY_MISSES_SERVICE: {
    title: 'The bucket policy does not allow Amazon Personalize',
    detail:
      'Amazon Personalize calls Amazon S3 as its service principal too. No IAM policy reaches ' +
      'a service principal, so ' +
      'the bucket policy has to name it, also in the same account.',
    distinguish: 'The bucket has no policy, or no Allow statement in it names personalize.amazonaws.com.',
    policy: 'bucketPolicy',
    statements: ['bucketService'],
    commands: [GET_BUCKET_POLICY],
    source: S3_ACCESS
  },
  BUCKET_POLICY_MISSES_CALLER: {
    title: 'The bucket policy does not allow the caller',
    detail:
      'A bucket of another account needs the permission in the bucket policy as well as in ' +
      'IAM. In one account one of ' +
      'the two is enough.',
    distinguish: 'The bucket belongs to another account than the role.',
    policy: 'bucketPolicy',
    statements: ['bucketRole'],
    commands: [GET_BUCKET_POLICY],
    source: S3_DENIED
  },
  BUCKET_POLICY_DENIES: {
    title: 'A Deny in the bucket policy',
    detail:
      'A Deny wins over every Allow. Frequent ones: access only from a VPC or an IP address ' +
      '(Amazon Personalize cannot ' +
      'use such a bucket), only from principals of an organization, only with certain headers of encryption or ACL.',
    distinguish: 'The bucket policy has a Deny statement whose conditions the calls of Amazon Personalize meet.',
    policy: 'bucketPolicy',
    denies: 'roleOrService',
    commands: [GET_BUCKET_POLICY],
    source: S3_ACCESS
  },
  ROLE_POLICY_MISSES_S3: {
    title: "The role's IAM policy does not allow Amazon S3",
    detail: 'The service role needs the same actions on the bucket and its objects as the service principal.',
    distinguish:
      'The policies of the role do not name the bucket. AmazonPersonalizeFullAccess covers only buckets whose name ' +
      'contains Personalize or personalize.',
    policy: 'iamPolicy',
    statements: ['roleS3'],
    commands: ROLE_POLICIES,
    source: S3_ACCESS
  },
  KEY_POLICY_MISSES_PERSONALIZE: {
    title: 'The key policy does not allow Amazon Personalize or the role',
    detail:
      'Objects or datasets that a customer-managed key encrypts need the key as well. The key policy has to name the ' +
      'service principal and the role. The default key policy names neither.',
    distinguish:
      'The bucket, the objects or the dataset group use a customer-managed KMS key, and unencrypted data work.',
    policy: 'keyPolicy',
    statements: ['keyService', 'keyRole'],
    commands: ['aws s3api get-bucket-encryption --bucket {bucket}', GET_KEY_POLICY],
    source: KEY_ACCESS
  },
  KEY_POLICY_DENIES: {
    title: 'A Deny in the key policy',
    detail: 'A Deny wins over every Allow. Look for conditions on the network, the organization or kms:ViaService.',
    distinguish: 'The key policy has a Deny statement whose conditions the call meets.',
    policy: 'keyPolicy',
    denies: 'roleOrService',
    commands: [GET_KEY_POLICY],
    source: KMS_POLICIES
  },
  ROLE_POLICY_MISSES_KMS: {
    title: "The role's IAM policy does not allow the key",
    detail:
      "AWS's page demands the key in the IAM policy of the role too, except for imports. A key of another account " +
      'always needs both.',
    distinguish: "The policies of the role do not name the key's ARN. An alias in Resource has no effect.",
    policy: 'iamPolicy',
    statements: ['roleKms'],
    commands: ROLE_POLICIES,
    source: KEY_ACCESS
  },
  KEY_ELSEWHERE: {
    title: 'The key is not where it is looked for',
    detail:
      'KMS answers the same for a key that does not exist, one of another Region, and one ' +
      'without permission. An alias ' +
      "in a bucket's encryption is resolved in the account of the caller.",
    distinguish:
      'The ARN of the key names another Region or account, or the bucket names the key by an alias or an id.',
    commands: [
      'aws kms describe-key --key-id {keyArn}',
      'aws s3api get-bucket-encryption --bucket {bucket}',
      'aws s3api head-object --bucket {bucket} --key {objectKey}'
    ],
    source: KMS_POLICIES
  },
  KEY_UNUSABLE: {
    title: 'The key cannot be used in its state',
    detail:
      'A key that is disabled or pending deletion is refused to everyone, whatever the policies say. ' +
      '`aws kms enable-key` enables it; a deletion has to be cancelled first (`aws kms cancel-key-deletion`).',
    distinguish: 'KeyState is not Enabled.',
    commands: ['aws kms describe-key --key-id {keyArn} --query KeyMetadata.KeyState'],
    source: KEY_STATE
  },
  KEY_KIND_WRONG: {
    title: 'The key is not a symmetric encryption key',
    detail: 'AWS services use keys of spec SYMMETRIC_DEFAULT and usage ENCRYPT_DECRYPT, and no others. Use such a key.',
    distinguish: 'KeySpec is not SYMMETRIC_DEFAULT, or KeyUsage is not ENCRYPT_DECRYPT.',
    commands: ['aws kms describe-key --key-id {keyArn} --query KeyMetadata.[KeySpec,KeyUsage]'],
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html'
  },
  KEY_POLICY_MISSES_ACCOUNT: {
    title: 'The key policy does not allow the account',
    detail:
      'The root user of an account can use a key only if its key policy allows the account. The same statement lets ' +
      'IAM policies of the account allow the key.',
    distinguish: 'No Allow statement of the key policy names the account, and the caller is its root user.',
    policy: 'keyPolicy',
    statements: ['keyAccount'],
    commands: [GET_KEY_POLICY],
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html'
  },
  PATH_WRONG: {
    title: 'The path is wrong',
    detail:
      'Amazon S3 answers 403 instead of 404 for an object that does not exist when the caller lacks s3:ListBucket. A ' +
      'wrong bucket, folder or file name then looks like a missing permission.',
    distinguish: 'Listing the path as an administrator shows no object. A folder has to end in "/".',
    commands: ['aws s3 ls s3://{bucket}/{prefix}'],
    source: S3_GET
  },
  ROLE_NOT_ASSUMABLE: {
    title: 'The trust policy of the role does not allow Amazon Personalize',
    detail:
      'Amazon Personalize assumes the service role. The trust policy has to name personalize.amazonaws.com, and ' +
      'aws:SourceAccount and the account in aws:SourceArn have to be the same.',
    distinguish: 'The trust policy names another principal, or two different accounts.',
    policy: 'trustPolicy',
    statements: ['trust'],
    commands: ['aws iam get-role --role-name {roleName} --query Role.AssumeRolePolicyDocument'],
    source: `${GUIDE}/cross-service-confused-deputy-prevention.html`
  },
  TRUST_POLICY_DENIES: {
    title: 'A Deny in the trust policy of the role',
    detail: 'A Deny wins over every Allow.',
    distinguish: 'The trust policy has a Deny statement whose conditions the caller meets.',
    policy: 'trustPolicy',
    denies: 'roleOrService',
    commands: ['aws iam get-role --role-name {roleName} --query Role.AssumeRolePolicyDocument'],
    source: IAM_DENIED
  },
  CALLER_MAY_NOT_PASS_ROLE: {
    title: 'The caller may not pass the role to Amazon Personalize',
    detail:
      'The person or pipeline that calls Amazon Personalize needs iam:PassRole on the service role. The policies of ' +
      'the service role itself make no difference.',
    distinguish: 'The message names the caller and iam:PassRole.',
    policy: 'callerPolicy',
    statements: ['passRole'],
    source: PERMISSIONS
  },
  CALLER_MAY_NOT_CALL_PERSONALIZE: {
    title: 'The caller may not call the API of Amazon Personalize',
    detail: 'The permission is one of the person or pipeline that calls, not of the service role.',
    distinguish: 'The action begins with personalize:.',
    policy: 'callerPolicy',
    statements: ['allowAction'],
    source: PERMISSIONS
  }
} as const satisfies Record<string, CauseEntry>
