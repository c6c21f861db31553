import type {
  BucketEncryption,
  ObjectEncryption,
  OwnershipControls,
  PublicAccessBlock
} from '../../../schemas/bucket-answers.js'
import type { Grant, KeyMetadata } from '../../../schemas/key-answers.js'

/**
 * The port through which `verify` sees the world: what it needs to read, in our words.
 * `src/aws/` implements it over the SDK; the tests of `verify` with plain objects.
 */

/**
 * The outcome of one read. `notPresent`: AWS answered that there is none (a role without a boundary).
 * `notFound`: the key or role itself does not exist; `otherArn`: one of this name is at another path. `notRead`: the
 * read failed, so nothing is known.
 */
export type Read<T> =
  | { state: 'read'; value: T }
  | { state: 'notPresent' }
  | { state: 'notFound'; why: string; otherArn?: string }
  | { state: 'notRead'; why: string; cause: ReadFailure }

/**
 * Why a read failed. `notGiven`: the request brought no such document. `unavailable`: no answer (network, 5xx,
 * throttled past the retries); `timeout`: no answer in time; `otherOrganization`: the account is in an organization
 * that the credentials do not belong to, so its policies cannot be read; `notKnown`: it is decided only when the plan
 * or template that contains it is applied.
 */
export type ReadFailure =
  | 'notGiven'
  | 'accessDenied'
  | 'credentials'
  | 'unavailable'
  | 'timeout'
  | 'malformedAnswer'
  | 'otherOrganization'
  | 'notKnown'
  | 'other'

/**
 * A value in a planned document that is decided only when it is applied. `pointer`: from the document (RFC 6901);
 * below `/Statement/{index}` it concerns that element, elsewhere the document as a whole.
 */
export interface UnknownValue {
  pointer: string
  /** What it depends on, with its address in the plan or template. */
  why: string
}

/** A policy as it was read: its text (already URL-decoded) or, from a request body, the document itself. */
export interface ObservedPolicy {
  name: string
  arn?: string
  /** A request says that it is an inline policy. */
  isInline?: boolean
  /** It is about to be applied and stands in for what AWS has. */
  isProposed?: boolean
  document: unknown
  /** What of the document is not known yet. */
  unknown?: readonly UnknownValue[]
}

export interface ObservedKey {
  /** The reference asked for: a key ARN or an alias ARN. */
  requestedArn: string
  /** The ARN of the key itself: that of the metadata where it was read, else the requested one. */
  kmsKeyArn: string
  metadata: Read<KeyMetadata>
  keyPolicy: Read<unknown>
  /** What of the key policy is not known yet. */
  unknownInKeyPolicy?: readonly UnknownValue[]
  /** The key policy is about to be applied and stands in for the one that AWS has. */
  isProposed?: boolean
  grants: Read<Grant[]>
  /** The tags of the key by their names; only where they were read (see `readKeyTags`). */
  tags?: Read<Tags>
  /** The names of its aliases (`alias/data`); only where they were read (see `readKeyAliases`). */
  aliases?: Read<string[]>
}

/** Tag keys, as AWS spells them, with their values. */
export type Tags = Readonly<Record<string, string>>

export interface ObservedRole {
  roleArn: string
  /** GetRole itself: that the role exists, its unique id and ARN as IAM has them. */
  role: Read<{ arn: string; roleId?: string }>
  /** The tags of the role, of the same GetRole response; left out where they are not known. */
  tags?: Read<Tags>
  trustPolicy: Read<unknown>
  /** What of the trust policy is not known yet. */
  unknownInTrustPolicy?: readonly UnknownValue[]
  /** The trust policy is about to be applied and stands in for the one that AWS has. */
  isTrustProposed?: boolean
  /** Inline and attached policies. Policies that could be read stand in `read`; each that could not, in `lost`. */
  identityPolicies: {
    read: Array<ObservedPolicy & { kind: 'inline' | 'attached' }>
    lost: Array<{ name: string; arn?: string; why: string; cause: ReadFailure }>
  }
  permissionsBoundary: Read<ObservedPolicy>
  /** Of the boundary, also where it could not be read. */
  boundaryArn?: string
}

/**
 * A bucket as its owner's account sees it. In each member `notPresent` is AWS's answer that there is no such
 * configuration (`NoSuchBucketPolicy`: the bucket allows no principal), `notFound` that there is no such bucket, and
 * `notRead` says nothing of the bucket at all.
 */
export interface ObservedBucket {
  bucket: string
  /** The account that was named as its owner; S3 answers `AccessDenied` where the bucket is another account's. */
  accountId?: string
  /** The Region of the bucket. */
  region: Read<string>
  /** The text of the policy, or from a request body the document itself. */
  bucketPolicy: Read<unknown>
  /** What of the bucket policy is not known yet. */
  unknownInBucketPolicy?: readonly UnknownValue[]
  /** The bucket policy is about to be applied and stands in for the one that AWS has. */
  isProposed?: boolean
  encryption: Read<BucketEncryption>
  ownershipControls: Read<OwnershipControls>
  publicAccessBlock: Read<PublicAccessBlock>
  /** One object of each prefix that was requested (`samplePrefixes`). */
  sampleObjects?: SampleObject[]
}

/** `notPresent`: the bucket has no object whose key begins with the prefix. */
export interface SampleObject {
  prefix: string
  object: Read<ObjectEncryption>
}

/** What is known of a bucket beforehand: its ARN has neither account nor Region. */
export interface BucketOptions {
  /** `aws` where it is left out. */
  partition?: string
  /** Its owner: whose credentials read it, and for whose bucket alone S3 answers. */
  accountId?: string
  /** Where it is requested first; S3 names another Region where the bucket is in that one. */
  region?: string
  /** The prefixes of which one object each is looked at (`sampleObjects: true`); the empty one is any object. */
  samplePrefixes?: readonly string[]
}

/**
 * The policies of one kind at one level of an organization. What could not be read stands in `lost`: a policy, or the
 * list itself.
 */
export interface PolicyLevel {
  read: ObservedPolicy[]
  lost: Array<{ name: string; why: string; cause: ReadFailure }>
}

export interface AccountName {
  partition: string
  accountId: string
}

/**
 * What an account's organization lays down for it, one level after the other, root first. `notPresent`: nothing of
 * the kind binds this account (no organization, the management account, or the kind is not in use).
 */
export interface OrganizationPolicies {
  /** Binds the account's roles. */
  serviceControlPolicies: Read<PolicyLevel[]>
  /** Binds the account's keys. */
  resourceControlPolicies: Read<PolicyLevel[]>
  /** The account's place in an organization, as far as it was read; `notPresent`: it is in none. */
  membership?: Read<OrganizationMembership>
  /** Why `membership` has no path, where nothing else says it. */
  pathNotRead?: string
}

export type OrganizationPolicyKind = 'serviceControlPolicies' | 'resourceControlPolicies'

/**
 * An account's place in its organization.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
 */
export interface OrganizationMembership {
  /** `o-…`, the value of `aws:PrincipalOrgID`. */
  organizationId: string
  /** `o-…/r-…/ou-…/`, the value of `aws:PrincipalOrgPaths`; left out where the parents were not read. */
  path?: string
}

/** An answer of AWS that was used again: the API's operation, what it was asked about, and when (RFC 3339). */
export interface CachedRead {
  what: string
  arn: string
  readAt: string
  ageSeconds: number
}

export interface RequestOptions {
  /** How old an answer may be that is used again. Without it nothing that can change is. */
  maxAgeSeconds?: number
  /** The id of the request, to be found again in what AWS logs. */
  requestId?: string
  /**
   * Nothing of a role is read before GetRole has returned its whole ARN. IAM's calls take the name alone, and not every
   * caller may cause a read of the role of the same name at another path.
   */
  proveRolesFirst?: boolean
  /** Called for each AWS API call that the source makes or waits for. */
  onCall?: () => void
}

export interface PolicySource {
  /**
   * Reads one key (DescribeKey, GetKeyPolicy, ListGrants). Never rejects for what AWS answers: failures are `Read`
   * states.
   */
  readKey(keyArn: string, signal: AbortSignal): Promise<ObservedKey>
  /**
   * Reads one role: trust policy, inline and attached policies, permissions boundary. Never rejects for what AWS
   * answers.
   */
  readRole(roleArn: string, signal: AbortSignal): Promise<ObservedRole>
  /**
   * Reads what the organization lays down for an account. Absent where the service is not set up for it. Never
   * rejects for what AWS answers.
   */
  readOrganizationPolicies?(account: AccountName, signal: AbortSignal): Promise<OrganizationPolicies>
  /**
   * Reads the tags of a key (ListResourceTags). It is called only where a policy that was read names such a condition
   * key. Never rejects for what AWS answers.
   */
  readKeyTags?(keyArn: string, signal: AbortSignal): Promise<Read<Tags>>
  /** Reads the names of the key's aliases (ListAliases); as `readKeyTags`, only where a policy names such a key. */
  readKeyAliases?(keyArn: string, signal: AbortSignal): Promise<Read<string[]>>
  /**
   * Reads one bucket: GetBucketPolicy, GetBucketEncryption, GetBucketOwnershipControls, GetPublicAccessBlock and
   * GetBucketLocation, all at once; of each sample prefix ListObjectsV2 and HeadObject. Never rejects for what AWS
   * answers.
   */
  readBucket?(bucket: string, options: BucketOptions, signal: AbortSignal): Promise<ObservedBucket>
  /** What of the reads so far was not asked of AWS, but taken from earlier answers. */
  cachedReads?(): CachedRead[]
  /** A source for one request, which makes no read twice: what two roles or keys share is read once. */
  forRequest?(options?: RequestOptions): PolicySource
}
