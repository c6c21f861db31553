import type { ReadFailure } from '../verify/read/policy-source.js'

/** A call that failed. `missing`: AWS answered that the thing asked for does not exist. */
export interface CallFailure {
  why: string
  cause: ReadFailure
  missing: boolean
  /** AWS answered that the thing is there, but without what was requested (a bucket without a policy). */
  absent?: true
  /** Where S3 has the bucket, when it was requested in another Region. */
  bucketRegion?: string
}

const THROTTLED = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown'
]

/** Exception names by what they mean to a reader; names of both protocols (`…Exception` in KMS, mostly bare in IAM). */
const CAUSES: ReadonlyArray<readonly [ReadFailure, ReadonlySet<string>]> = [
  [
    'accessDenied',
    new Set([
      'AccessDenied',
      'AccessDeniedException',
      'AccessDeniedForDependencyException',
      'AuthorizationError',
      'NotAuthorized',
      'UnauthorizedOperation',
      // S3, to identities that are not of the bucket's account.
      'MethodNotAllowed'
    ])
  ],
  [
    'credentials',
    new Set([
      'CredentialsProviderError',
      'TokenProviderError',
      'ExpiredToken',
      'ExpiredTokenException',
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
      'SignatureDoesNotMatch',
      'InvalidSignatureException',
      'IncompleteSignature',
      'IncompleteSignatureException',
      'AuthFailure',
      'InvalidToken',
      'RequestExpired'
    ])
  ],
  ['timeout', new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException'])],
  [
    'unavailable',
    new Set([
      ...THROTTLED,
      'LimitExceededException',
      'KMSInternalException',
      'DependencyTimeoutException',
      'InternalFailure',
      'InternalError',
      'InternalServerError',
      'ServiceFailure',
      'ServiceFailureException',
      'ServiceException',
      'ServiceUnavailable',
      'ServiceUnavailableException'
    ])
  ]
]
const MISSING = new Set([
  'NotFoundException',
  'NoSuchEntityException',
  'NoSuchEntity',
  'AWSOrganizationsNotInUseException',
  'ChildNotFoundException',
  'TargetNotFoundException',
  'PolicyNotFoundException',
  'NoSuchBucket',
  'NotFound',
  'ResourceNotFoundException'
])
/** A bucket without the configuration that was requested. */
const ABSENT = new Set([
  'NoSuchBucketPolicy',
  'ServerSideEncryptionConfigurationNotFoundError',
  'OwnershipControlsNotFoundError',
  'NoSuchPublicAccessBlockConfiguration'
])
/** Codes of Node's network and TLS layers; an exception's own `code` is never of this form. */
const NETWORK_CODE = /^(E[A-Z]+(_[A-Z]+)*|[A-Z_]*CERT[A-Z_]*)$/

/** Of the file system, where the SDK reads a token or starts a process for credentials. */
const FILE_CODES = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR'])

/** There are no credentials: the call was never made. */
export class CredentialsUnavailable extends Error {
  override readonly name = 'CredentialsProviderError'

  constructor (cause: unknown) {
    super('no usable AWS credentials', { cause })
  }
}

/** STS did not give the credentials of the role that is configured for an account: the call was never made. */
export class AssumeRoleFailed extends Error {
  readonly accountId: string
  readonly roleArn: string

  constructor (accountId: string, roleArn: string, cause: unknown) {
    super('the role could not be assumed', { cause })
    this.accountId = accountId
    this.roleArn = roleArn
  }
}

/**
 * Tells a failure by exception name, status and error code, never by message text: messages change, and they
 * carry endpoints and identities that must not reach a report.
 */
export function describeFailure (operation: string, error: unknown): CallFailure {
  if (error instanceof AssumeRoleFailed) {
    const { why, cause } = describeFailure('AssumeRole', error.cause)
    return {
      why:
        `${operation} was not asked: the role ${error.roleArn} configured for account ` +
        `${error.accountId} could not be ` +
        `assumed (${why})`,
      cause,
      missing: false
    }
  }
  const code = networkCode(error)
  const name = exceptionName(error)
  const cause = causeOf(error, code, name)
  const bucketRegion = bucketRegionOf(error)
  return {
    why: `${operation} failed: ${reasonFor(error, cause, code ?? name)}`,
    cause,
    missing: MISSING.has(name ?? ''),
    ...(ABSENT.has(name ?? '') ? { absent: true } : {}),
    ...(bucketRegion === undefined ? {} : { bucketRegion })
  }
}

/**
 * The Region that S3 names when it refuses a call in another one. (The SDK's `followRegionRedirects` changes the
 * client for the time of a call, which parallel calls do not survive.)
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
function bucketRegionOf (error: unknown): string | undefined {
  const status = httpStatus(error)
  if (status !== 301 && status !== 307 && status !== 400) return undefined
  const region = member(member(member(error, '$response'), 'headers'), 'x-amz-bucket-region')
  return typeof region === 'string' ? region : undefined
}

function causeOf (error: unknown, code: string | undefined, name: string | undefined): ReadFailure {
  // the handler calls a reset connection a TimeoutError as well, so the code goes first
  if (code !== undefined) return code === 'ETIMEDOUT' ? 'timeout' : 'unavailable'
  for (const [cause, names] of CAUSES) if (names.has(name ?? '')) return cause
  const status = httpStatus(error)
  if (status === 403 && name === undefined && isBodiless(error)) return 'accessDenied'
  if (status === 429 || (status !== undefined && status >= 500)) return 'unavailable'
  return isUnparsableResponse(error) ? 'malformedAnswer' : 'other'
}

function reasonFor (error: unknown, cause: ReadFailure, word: string | undefined): string {
  if (cause === 'malformedAnswer') return 'the answer could not be understood'
  if (cause === 'timeout') return 'no answer in time'
  const status = httpStatus(error)
  return isUnparsableResponse(error) || word === undefined ? `HTTP status ${status ?? 'unknown'}` : word
}

/** An answer came whose whole body was read, but it made no exception of AWS's: `$fault` marks those. */
function isUnparsableResponse (error: unknown): boolean {
  return (
    networkCode(error) === undefined &&
    member(error, '$response') !== undefined &&
    member(error, '$fault') === undefined
  )
}

/** A failed connection to several addresses hides its code inside an AggregateError. */
function networkCode (error: unknown): string | undefined {
  const inner = member(error, 'errors')
  const first: unknown = Array.isArray(inner) ? inner[0] : undefined
  for (const candidate of [error, first, member(error, 'cause')]) {
    const code = member(candidate, 'code')
    if (typeof code === 'string' && NETWORK_CODE.test(code) && !FILE_CODES.has(code)) return code
  }
  return undefined
}

/** Whether AWS throttled the call, and its last attempt was no exception. */
export function isThrottled (error: unknown): boolean {
  return THROTTLED.includes(exceptionName(error) ?? '') || httpStatus(error) === 429
}

/** How often a call was sent, as its answer or its exception reports; 1 where it does not. */
export function attemptsOf (answer: unknown): number {
  const attempts = member(member(answer, '$metadata'), 'attempts')
  return typeof attempts === 'number' ? attempts : 1
}

/** The answer to a HEAD has no body that could name an exception: the SDK calls it `Unknown`. */
function isBodiless (error: unknown): boolean {
  return member(error, 'name') === 'Unknown'
}

/** The name comes over the wire: anything but a plain word is not shown. */
function exceptionName (error: unknown): string | undefined {
  const name = isBodiless(error) ? undefined : member(error, 'name')
  return typeof name === 'string' && /^[A-Za-z][A-Za-z0-9.]{0,63}$/.test(name) ? name : undefined
}

function httpStatus (error: unknown): number | undefined {
  const status = member(member(error, '$metadata'), 'httpStatusCode')
  return typeof status === 'number' ? status : undefined
}

function member (value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
