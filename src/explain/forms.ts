import type { CauseCode } from './causes.js'

export type Likelihood = 'stated' | 'likely' | 'possible'

/** A cause and how much speaks for it: `stated` by the text itself. */
export type RankedCause = readonly [code: CauseCode, likelihood: Likelihood]

/** A text of AWS that is recognized by a fixed part. */
export interface TextForm {
  id: string
  /** Any of these, in lower case. */
  contains: readonly string[]
  /** Any of these, where the text is a `failureReason`, and so of Amazon Personalize. */
  inFailureReason?: readonly string[]
  /** What the text says, in one sentence. */
  says: string
  /** Whether a permission can be the cause at all. */
  isPermission: boolean
  causes: readonly RankedCause[]
}

/** What a text is taken for: one of the forms, or AWS's common form with its causes. */
export interface Recognized {
  form: string
  says: string
  isPermission: boolean
  causes: readonly RankedCause[]
}

const stated = (code: CauseCode): RankedCause => [code, 'stated']
const likely = (code: CauseCode): RankedCause => [code, 'likely']
const possible = (code: CauseCode): RankedCause => [code, 'possible']

/**
 * The texts, the more specific first. Most come from these pages:
 * https://docs.aws.amazon.com/personalize/latest/dg/error-messages.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export const TEXT_FORMS: readonly TextForm[] = [
  {
    id: 'personalizeFixBucketPolicy',
    contains: ['and fix bucket policy on'],
    says: 'Amazon Personalize could not access the bucket, and its text names the bucket policy.',
    isPermission: true,
    causes: [
      likely('BUCKET_POLICY_MISSES_SERVICE'),
      possible('BUCKET_POLICY_DENIES'),
      possible('ROLE_POLICY_MISSES_S3'),
      possible('KEY_POLICY_MISSES_PERSONALIZE'),
      possible('PATH_WRONG')
    ]
  },
  {
    id: 'personalizeInsufficientPrivileges',
    contains: ['insufficient privileges for accessing data'],
    inFailureReason: ['insufficient privileges'],
    says: 'Amazon Personalize could not access the data in Amazon S3. AWS prints this one text for several causes.',
    isPermission: true,
    causes: [
      likely('BUCKET_POLICY_MISSES_SERVICE'),
      likely('ROLE_POLICY_MISSES_S3'),
      likely('KEY_POLICY_MISSES_PERSONALIZE'),
      possible('PATH_WRONG'),
      possible('BUCKET_POLICY_DENIES'),
      possible('ROLE_POLICY_MISSES_KMS'),
      possible('ROLE_NOT_ASSUMABLE'),
      possible('KEY_UNUSABLE'),
      possible('ORGANIZATION_DENIES')
    ]
  },
  {
    id: 'kmsResourceSide',
    contains: [
      'no resource-based policies allow access, or a resource-based policy explicitly denies access',
      'the resource does not exist in this region, no resource-based policies allow access'
    ],
    says: 'KMS refused the call on the side of the key: its policy, its Region or its account.',
    isPermission: true,
    causes: [
      likely('KEY_POLICY_MISSES_PERSONALIZE'),
      likely('KEY_ELSEWHERE'),
      possible('KEY_POLICY_DENIES'),
      possible('ROLE_POLICY_MISSES_KMS')
    ]
  },
  {
    id: 'kmsCiphertextKey',
    contains: ['the ciphertext refers to a customer master key that', 'the ciphertext refers to a kms key that'],
    says: 'KMS could not decrypt: the key does not exist there, or the caller may not use it.',
    isPermission: true,
    causes: [
      likely('KEY_POLICY_MISSES_PERSONALIZE'),
      likely('ROLE_POLICY_MISSES_KMS'),
      likely('KEY_ELSEWHERE'),
      possible('KEY_UNUSABLE')
    ]
  },
  {
    id: 'kmsKeyUsage',
    contains: ['invalidkeyusageexception', 'key usage is sign_verify', 'key usage is generate_verify_mac'],
    says: 'The key is of a kind that cannot do this.',
    isPermission: false,
    causes: [stated('KEY_KIND_WRONG')]
  },
  {
    id: 'kmsKeyNotFound',
    contains: ["key 'arn:aws", 'kms.notfoundexception', 'kms.model.notfoundexception'],
    says: 'KMS does not find the key.',
    isPermission: false,
    causes: [stated('KEY_ELSEWHERE')]
  },
  {
    id: 'kmsKeyState',
    contains: ['is pending deletion', 'kmsinvalidstateexception', 'kms key is disabled', 'disabledexception'],
    says: 'The key cannot be used in its state.',
    isPermission: false,
    causes: [stated('KEY_UNUSABLE')]
  },
  {
    id: 'aclNotSupported',
    contains: ['accesscontrollistnotsupported', 'the bucket does not allow acls'],
    says: 'The bucket takes no ACL.',
    isPermission: false,
    causes: [stated('ACL_SENT')]
  },
  {
    id: 's3PublicAccessBlock',
    contains: ['in s3 block public access'],
    says: 'A setting of S3 Block Public Access refused the request.',
    isPermission: true,
    causes: [stated('PUBLIC_ACCESS_BLOCKED')]
  },
  {
    id: 's3EncryptionType',
    contains: ['has blocked upload requests that specify server side encryption with customer provided keys'],
    says: 'The bucket refuses uploads with SSE-C.',
    isPermission: true,
    causes: [stated('ENCRYPTION_TYPE_BLOCKED')]
  },
  {
    id: 'personalizeInvalidDataLocation',
    contains: ['invalid data location'],
    says: 'Amazon Personalize does not take the path of the data.',
    isPermission: false,
    causes: [stated('PATH_SYNTAX')]
  },
  {
    id: 'personalizeInvalidPath',
    contains: ['invalid s3 input path', 'invalid s3 output path'],
    says: 'Amazon Personalize does not take a path of the batch job.',
    isPermission: false,
    causes: [likely('PATH_SYNTAX'), likely('INPUT_EQUALS_OUTPUT')]
  },
  {
    id: 'personalizeQuota',
    contains: [
      'resources with pending or in_progress status',
      'resources in active state. please delete some',
      'limitexceededexception'
    ],
    says: 'A quota is reached.',
    isPermission: false,
    causes: [stated('QUOTA')]
  },
  {
    id: 'personalizeData',
    contains: [
      'input csv is missing the following columns',
      'length cannot be more than',
      'dataset has fewer than',
      'could not create filter'
    ],
    says: 'Amazon Personalize could read the data, and they do not fit.',
    isPermission: false,
    causes: [stated('DATA')]
  },
  {
    id: 'invalidPrincipal',
    contains: ['invalid principal', 'one or more invalid principals'],
    says: 'AWS refused to store the policy because of a principal.',
    isPermission: false,
    causes: [stated('INVALID_PRINCIPAL')]
  },
  {
    id: 'principalInIdentityPolicy',
    contains: [
      'policy document should not specify a principal',
      'has prohibited field principal',
      'unsupported principal: the policy type'
    ],
    says: 'AWS refused to store the policy on a role because it has a Principal.',
    isPermission: false,
    causes: [stated('PRINCIPAL_IN_IDENTITY_POLICY')]
  },
  {
    id: 'credentials',
    contains: [
      'expiredtoken',
      'the security token included in the request is',
      'invalidclienttokenid',
      'unrecognizedclientexception',
      'signaturedoesnotmatch',
      'unable to locate credentials'
    ],
    says: 'AWS does not accept the credentials of the caller.',
    isPermission: false,
    causes: [stated('CREDENTIALS')]
  },
  {
    id: 'throttled',
    contains: ['throttlingexception', 'rate exceeded', 'toomanyrequestsexception', 'slowdown'],
    says: 'AWS throttled the call.',
    isPermission: false,
    causes: [stated('THROTTLED')]
  }
]

/** Texts that say only that access was refused; looked for when nothing else is recognized. */
export const BARE_FORMS: readonly TextForm[] = [
  {
    id: 's3AccessDenied',
    contains: [
      'calling the getobject operation: access denied',
      'calling the headobject operation: forbidden',
      'calling the putobject operation: access denied',
      'calling the listobjectsv2 operation: access denied',
      'calling the listobjects operation: access denied',
      's3exception: access denied',
      '<code>accessdenied</code>'
    ],
    says: 'Amazon S3 refused the call and gives no reason, as it does across accounts and organizations.',
    isPermission: true,
    causes: [
      likely('BUCKET_POLICY_MISSES_CALLER'),
      likely('ROLE_POLICY_MISSES_S3'),
      likely('PATH_WRONG'),
      possible('BUCKET_POLICY_DENIES'),
      possible('KEY_POLICY_MISSES_PERSONALIZE'),
      possible('ORGANIZATION_DENIES')
    ]
  },
  {
    id: 's3NotFound',
    contains: ['nosuchbucket', 'nosuchkey', 'the specified bucket does not exist', 'the specified key does not exist'],
    says: 'The bucket or the object does not exist.',
    isPermission: false,
    causes: [stated('PATH_WRONG')]
  }
]
