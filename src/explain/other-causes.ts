import type { CauseEntry } from './cause-entry.js'

const GUIDE = 'https://docs.aws.amazon.com/personalize/latest/dg'
const S3_ACCESS = `${GUIDE}/granting-personalize-s3-access.html`
const ERROR_PAGE = `${GUIDE}/error-messages.html`
const S3_DENIED = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html'

/** What is no matter of a permission. */
export const OTHER_CAUSES = {
  ACL_SENT: {
    title: 'An ACL was sent to a bucket that does not take ACLs',
    detail: 'The object ownership of the bucket is BucketOwnerEnforced. A request with another ACL is refused.',
    distinguish: 'The code is AccessControlListNotSupported, with status 400 and not 403.',
    commands: ['aws s3api get-bucket-ownership-controls --bucket {bucket}'],
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html'
  },
  PUBLIC_ACCESS_BLOCKED: {
    title: 'Block Public Access refused a public ACL or policy',
    detail:
      'It is no obstacle for Amazon Personalize: a policy that names a service principal is not public. Remove the ' +
      'public grant from the request.',
    distinguish: 'The message names a setting of S3 Block Public Access.',
    commands: ['aws s3api get-public-access-block --bucket {bucket}'],
    source: S3_DENIED
  },
  ENCRYPTION_TYPE_BLOCKED: {
    title: 'The bucket blocks uploads with a key of the client (SSE-C)',
    detail: 'The encryption settings of the bucket refuse SSE-C. Amazon Personalize does not upload with SSE-C.',
    distinguish: 'The message names Server Side Encryption with Customer provided keys.',
    commands: ['aws s3api get-bucket-encryption --bucket {bucket}'],
    source: S3_DENIED
  },
  PATH_SYNTAX: {
    title: 'The path does not have the required form',
    detail: 'Files: s3://bucket/folder/file.csv. Folders: s3://bucket/folder/. At most 256 characters.',
    distinguish: 'The call itself is refused, before a job exists. No permission is involved.',
    source: ERROR_PAGE
  },
  INPUT_EQUALS_OUTPUT: {
    title: 'Input and output are the same location',
    detail: 'The output of a batch job needs a folder of its own, or another bucket.',
    distinguish: 'Both paths of the job are equal.',
    source: ERROR_PAGE
  },
  QUOTA: {
    title: 'A quota of Amazon Personalize is reached',
    detail: 'Wait until running jobs have ended, or delete resources. It is no matter of permissions.',
    distinguish: 'The exception is LimitExceededException.',
    source: `${GUIDE}/limits.html`
  },
  DATA: {
    title: 'The data do not fit',
    detail: 'Amazon Personalize could read the data. They do not match the schema or the minimum requirements.',
    distinguish: 'The message names columns, lengths or numbers of rows. No permission is missing.',
    source: ERROR_PAGE
  },
  INVALID_PRINCIPAL: {
    title: 'The policy names a principal that does not exist',
    detail:
      'AWS refused to store the policy: a role is misspelled, deleted or not yet there, or an ' +
      'id such as AROA… stands ' +
      'for a deleted one.',
    distinguish: 'The error comes from storing a policy, not from using it.',
    commands: ['aws iam get-role --role-name {roleName}'],
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html'
  },
  PRINCIPAL_IN_IDENTITY_POLICY: {
    title: 'A policy of a resource was put on a role',
    detail:
      'An IAM policy of a role has no Principal. A statement with one belongs into the bucket policy, the key policy ' +
      'or the trust policy.',
    distinguish: 'The error comes from storing a policy, not from using it.',
    source: S3_ACCESS
  },
  CREDENTIALS: {
    title: 'The credentials of the caller are not valid',
    detail: 'The token is expired, or the keys are wrong. AWS has not looked at any policy.',
    distinguish: 'The exception names a token or a signature.',
    commands: ['aws sts get-caller-identity'],
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html'
  },
  THROTTLED: {
    title: 'Too many calls',
    detail: 'AWS throttled the call. Try again later.',
    distinguish: 'The exception names throttling or a rate.',
    source: 'https://docs.aws.amazon.com/general/latest/gr/personalize.html'
  },
  ENCODED: {
    title: 'The reason is in the encoded message',
    detail:
      'Decoding shows the principal, the action, the resource and the statement that decided. It takes ' +
      'sts:DecodeAuthorizationMessage.',
    distinguish: 'Decode the message, and send its text again as `message`.',
    commands: [
      'aws sts decode-authorization-message --encoded-message {encodedMessage} --query ' +
        'DecodedMessage --output text'
    ],
    source: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html'
  }
} as const satisfies Record<string, CauseEntry>
