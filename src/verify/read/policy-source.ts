import type { Grant, KeyMetadata } from '../../../schemas/key-answers.js'

/**
 * The port through which `verify` sees the world: what it needs to read, in our words.
 * `src/aws/` implements it over the SDK; the tests of `verify` with plain objects.
 */

/**
 * The outcome of one read. `notPresent`: AWS answered that there is none (a role without a boundary).
 * `notFound`: the key or role itself does not exist. `notRead`: the read failed, so nothing is known.
 */
export type Read<T> =
  | { state: 'read'; value: T }
  | { state: 'notPresent' }
  | { state: 'notFound'; why: string }
  | { state: 'notRead'; why: string; cause: ReadFailure }

/**
 * Why a read failed. `notGiven`: the request brought no such document. `unavailable`: no answer (network, 5xx,
 * throttled past the retries); `timeout`: no answer in time.
 */
export type ReadFailure =
  'notGiven' | 'accessDenied' | 'credentials' | 'unavailable' | 'timeout' | 'malformedAnswer' | 'other'

/** A policy as it was read: its text (already URL-decoded) or, from a request body, the document itself. */
export interface ObservedPolicy {
  name: string
  arn?: string
  document: unknown
}

export interface ObservedKey {
  /** The reference asked for: a key ARN or an alias ARN. */
  requestedArn: string
  /** The ARN of the key itself: that of the metadata where it was read, else the requested one. */
  kmsKeyArn: string
  metadata: Read<KeyMetadata>
  keyPolicy: Read<unknown>
  grants: Read<Grant[]>
}

export interface ObservedRole {
  roleArn: string
  /** GetRole itself: that the role exists, its unique id and ARN as IAM has them. */
  role: Read<{ arn: string; roleId?: string }>
  trustPolicy: Read<unknown>
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
 * the kind
 * binds this account (no organization, the management account, or the kind is not in use).
 */
export interface OrganizationPolicies {
  /** Binds the account's roles. */
  serviceControlPolicies: Read<PolicyLevel[]>
  /** Binds the account's keys. */
  resourceControlPolicies: Read<PolicyLevel[]>
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
  /** What of the reads so far was not asked of AWS, but taken from earlier answers. */
  cachedReads?(): CachedRead[]
  /** A source for one request, which makes no read twice: what two roles or keys share is read once. */
  forRequest?(options?: RequestOptions): PolicySource
}
