import { error, type FindingKind, IAM, note, PERSONALIZE, S3_ENCRYPTION, warning } from './kind.js'

const S3_ACCESS = `${PERSONALIZE}/granting-personalize-s3-access.html`
const BATCH = `${PERSONALIZE}/batch-data-upload.html`
const S3 = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide'

/** What is wrong with a bucket, its policy, or the S3 permissions of a role. */
export const S3_FINDINGS = {
  S3_SERVICE_PRINCIPAL_NOT_ALLOWED: error(
    S3_ACCESS,
    'The bucket policy does not allow Amazon Personalize itself what it needs',
    'Allow the service principal personalize.amazonaws.com these actions in the bucket policy.',
    'No IAM policy can do it.'
  ),
  S3_ROLE_NOT_ALLOWED: error(
    S3_ACCESS,
    'The service role is not allowed what it needs on the bucket',
    'Allow the role these actions in its IAM policy; for a bucket of another account also in the bucket policy.'
  ),
  S3_ROLE_IAM_POLICY_INCOMPLETE: warning(
    S3_ACCESS,
    'The IAM policy of the role lacks S3 permissions that AWS requires there',
    'Attach a permissions policy to the role that allows these actions on the bucket and its objects.'
  ),
  S3_ROLE_BUCKET_POLICY_INCOMPLETE: warning(
    `${IAM}/reference_policies_evaluation-logic-cross-account.html`,
    'The bucket of another account does not allow the role in its policy',
    'Allow the role these actions in the bucket policy.'
  ),
  METRIC_DATA_NOT_ALLOWED: error(
    `${PERSONALIZE}/metric-attribution-requirements.html`,
    'The service role is not allowed to publish metrics',
    'Allow the role cloudwatch:PutMetricData on "*" in its IAM policy: metric attributions need it.'
  ),
  VPC_ONLY_BUCKET: error(
    S3_ACCESS,
    'The bucket policy denies every request from outside a VPC or an address range',
    'Exclude Amazon Personalize and its role from this Deny (for example with conditions on aws:PrincipalIsAWSService',
    'and aws:PrincipalArn), or use another bucket: Amazon Personalize does not come through your VPC.'
  ),
  ENCRYPTION_HEADER_REQUIRED: warning(
    `${S3}/UsingKMSEncryption.html`,
    'The bucket policy denies writes without an encryption header',
    'Rely on the default encryption of the bucket instead of this Deny, or exclude Amazon ' +
      'Personalize and its role from',
    'it: AWS does not document whether Amazon Personalize sends these headers.'
  ),
  ACL_HEADER_REQUIRED: warning(
    `${S3}/about-object-ownership.html`,
    'The bucket policy denies writes without a certain ACL',
    'Set the object ownership of the bucket to BucketOwnerEnforced and remove this Deny, or exclude Amazon Personalize',
    'and its role from it: AWS does not document which ACL Amazon Personalize sends.'
  ),
  OBJECTS_NOT_NAMED: warning(
    `${S3}/s3-arn-format.html`,
    'A statement names the bucket or the folder, but not the objects of the location',
    'Add /* to the ARN of the folder, or * to the prefix: an ARN without it is one object, or the bucket alone.'
  ),
  PREFIX_NAMES_SIBLINGS: warning(
    BATCH,
    'The location also names objects beside the folder, and the policies decide those differently',
    'End the path with a slash, so that it names the folder alone, or allow every object that begins with the prefix:',
    'Amazon Personalize uses the path as a prefix.'
  ),
  INPUT_EQUALS_OUTPUT: warning(
    `${PERSONALIZE}/error-messages.html`,
    'The input and the output of the batch job are at the same location',
    'Use another location for the output: AWS names equal locations as a cause of "Invalid S3 output path".'
  ),
  BUCKET_NOT_FOUND: error(
    `${S3}/UsingBucket.html`,
    'The bucket does not exist',
    'Correct the name of the bucket in the location, or create the bucket.'
  ),
  BUCKET_REGION_MISMATCH: warning(
    BATCH,
    'The bucket is in another Region than Amazon Personalize',
    'Use a bucket in the Region of Amazon Personalize.'
  ),
  CROSS_ACCOUNT_BUCKET: warning(
    `${IAM}/reference_policies_evaluation-logic-cross-account.html`,
    'The bucket belongs to another account than Amazon Personalize and the role',
    'Use a bucket of the same account: AWS does not document buckets of other accounts for Amazon Personalize. If you',
    'test one, each permission of the role is needed in the bucket policy and in its IAM policy.'
  ),
  DIRECTORY_BUCKET: warning(
    `${S3}/directory-buckets-overview.html`,
    'The location is in a directory bucket',
    'Use a general purpose bucket: AWS does not document directory buckets for Amazon Personalize.'
  ),
  BUCKET_ENCRYPTION_NOT_DOCUMENTED: warning(
    `${S3}/UsingDSSEncryption.html`,
    'AWS does not document this kind of bucket encryption for Amazon Personalize',
    'Encrypt the bucket with SSE-S3 or with SSE-KMS.'
  ),
  BUCKET_DEFAULT_KEY_NOT_ARN: warning(
    'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html',
    'The default encryption of the bucket names its key by alias or id',
    'Name the key by its full ARN: Amazon S3 looks up an alias or an id in the account of the caller.'
  ),
  BUCKET_AWS_MANAGED_KEY: warning(
    S3_ENCRYPTION,
    'The bucket encrypts with the AWS managed key aws/s3',
    'Encrypt the bucket with a customer-managed key that allows Amazon Personalize, or with SSE-S3: the policy of',
    'aws/s3 cannot be changed, and it does not name Amazon Personalize.'
  ),
  BUCKET_KEY_DIFFERS: note(
    S3_ENCRYPTION,
    'The bucket does not encrypt with the key of the location',
    'Check which key the objects have: those that were written without naming a key have that of the bucket.'
  ),
  BUCKET_KEY_ENCRYPTION_CONTEXT: warning(
    `${S3}/bucket-key.html`,
    'The key is limited to the ARNs of objects, but the bucket uses an S3 Bucket Key',
    'Allow the ARN of the bucket as encryption context aws:s3:arn, too: with an S3 Bucket Key Amazon S3 sends that',
    'instead of the ARN of the object.'
  ),
  DELETION_JOB_CUSTOMER_KEY: error(
    `${PERSONALIZE}/delete-records.html`,
    'The bucket of a data deletion job encrypts with a customer-managed key',
    'Use a bucket without a customer-managed key for data deletion jobs: AWS does not support one there.'
  ),
  OBJECT_OWNERSHIP: note(
    `${S3}/about-object-ownership.html`,
    'Objects that Amazon Personalize writes may belong to another account than the bucket',
    'Set the object ownership of the bucket to BucketOwnerEnforced, so that the owner of the bucket can read them.'
  )
} as const satisfies Record<string, FindingKind>
