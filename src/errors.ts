/** One fault of a request: where it is (RFC 6901 pointer into the body) and what is wrong. */
export interface FieldError {
  pointer: string
  detail: string
}

/**
 * The error catalogue: every `code` that a problem document of this service can carry.
 * `GET /problems/{code}` serves it; nothing else may invent a code.
 */
export const ERRORS = {
  INVALID_REQUEST: {
    status: 400,
    title: 'The request is not well-formed',
    description:
      'The body or the query string does not fit the schema of the operation. Every fault is listed under ' +
      '`errors` with a JSON pointer.'
  },
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON', description: 'The body could not be read as JSON.' },
  MALFORMED_HTTP: {
    status: 400,
    title: 'The request is not HTTP',
    description: 'The HTTP parser refused the request before it reached an operation.'
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not authenticated',
    description:
      'The request does not say, or cannot prove, who sends it. Depending on how the service is set up it takes a ' +
      'bearer token, or comes through a gateway that has authenticated the caller.'
  },
  FORBIDDEN: {
    status: 403,
    title: 'Not allowed',
    description:
      'The caller may not use this operation. `detail` names the scope that it needs, or says what else keeps it away.'
  },
  NOT_FOUND: { status: 404, title: 'No such resource', description: 'There is no resource at this path.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    description: 'The resource exists but does not take this method. `Allow` lists those it takes.'
  },
  NOT_ACCEPTABLE: {
    status: 406,
    title: 'Not acceptable',
    description:
      'The operation has no response in a media type that the `Accept` header allows. `detail` lists those it has.'
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    description: 'The whole request did not arrive within the time limit.'
  },
  SID_CONFLICT: {
    status: 409,
    title: 'A foreign statement has one of our Sids',
    description:
      'The existing policy holds a statement under a Sid of this service, but with another meaning. Rename it there; ' +
      'it is never overwritten.'
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    description: 'The body is larger than the limit named in `detail`.'
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    description: 'Bodies are `application/json`.'
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: 'Expectation failed',
    description: 'The only expectation this service meets is `100-continue`.'
  },
  MISDIRECTED: {
    status: 421,
    title: 'Not the host of this service',
    description:
      'Without authentication the service responds only to requests whose `Host` is a loopback address ' +
      'or that of `PUBLIC_URL`.'
  },
  INCONSISTENT_USAGE: {
    status: 422,
    title: 'The usage is inconsistent',
    description:
      'Each member is well-formed but they do not fit together or do not fit Amazon Personalize. Every fault is ' +
      'listed under `errors` with a JSON pointer.'
  },
  CUSTOMER_KEY_NOT_SUPPORTED: {
    status: 422,
    title: 'Data deletion jobs cannot use a customer-managed key',
    description:
      'Amazon Personalize does not support a customer-managed KMS key on the input bucket of a data deletion job.'
  },
  POLICY_TOO_LARGE: {
    status: 422,
    title: 'The policy is larger than AWS accepts',
    description:
      'A key policy may have 32,768 bytes, a bucket policy 20,480, a managed policy 6,144 ' +
      'characters without white space.'
  },
  EXISTING_POLICY_DENIES: {
    status: 422,
    title: 'A statement of the existing policy denies what is needed',
    description:
      'An explicit Deny in the existing policy defeats a required permission. No Allow can overrule ' +
      'it; change that statement.'
  },
  EXISTING_POLICY_NOT_STORABLE: {
    status: 422,
    title: 'AWS would refuse to store the existing policy',
    description:
      'The existing policy contains something that AWS refuses, so that the merged policy could not be stored. Every ' +
      'fault is listed under `errors` with a JSON pointer.'
  },
  KEY_LOCKOUT: {
    status: 422,
    title: 'No principal could change the key policy afterwards',
    description: "The merged key policy leaves no principal of the key's account with kms:PutKeyPolicy."
  },
  LIMIT_EXCEEDED: {
    status: 422,
    title: 'A limit of the service is exceeded',
    description: '50 roles, 50 keys, 200 pairs of key and role a request; 64 KiB a policy document.'
  },
  TOO_COMPLEX: {
    status: 422,
    title: 'Evaluating the policies takes too long',
    description: 'Evaluating these policies exceeds the time limit of a request. Send fewer keys and roles per request.'
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests', description: 'Ask again after the time in `Retry-After`.' },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The request headers are too large',
    description: "The request line and headers exceed the parser's limit."
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Internal error',
    description: 'The service failed. The log holds the cause under the request id in `instance`.'
  },
  AWS_UNAVAILABLE: {
    status: 502,
    title: 'AWS could not be reached',
    description: 'No read of AWS succeeded, so there is nothing to report on. 504 when the calls timed out.'
  },
  AWS_CREDENTIALS_UNAVAILABLE: {
    status: 503,
    title: 'No AWS credentials',
    description:
      'The service has no usable AWS credentials, so it cannot read live policies. Start it with a profile ' +
      '(`AWS_PROFILE`), with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or with the role of its task, pod or ' +
      'instance. `POST /policies` and `POST /verify/documents` work without credentials.'
  },
  OVERLOADED: {
    status: 503,
    title: 'The service is overloaded',
    description: 'More is asked for than the service can do in time. Ask again after the time in `Retry-After`.'
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: 'The service is not available',
    description:
      'The service is stopping, or something that it cannot do without does not answer. Ask again after ' +
      'the time in `Retry-After`.'
  }
} as const satisfies Record<string, { status: number; title: string; description: string }>

export type ErrorCode = keyof typeof ERRORS

export function isErrorCode (text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text)
}

export const ERROR_CODES: readonly ErrorCode[] = Object.keys(ERRORS).filter(isErrorCode)

/** An error that is answered as a problem document. `detail` and `faults` reach the caller; `cause` only the log. */
export class ServiceError extends Error {
  readonly code: ErrorCode
  readonly statusCode: number
  readonly faults: readonly FieldError[]

  constructor (
    code: ErrorCode,
    detail: string,
    faults: readonly FieldError[] = [],
    options: { cause?: unknown; statusCode?: number } = {}
  ) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'ServiceError'
    this.code = code
    this.statusCode = options.statusCode ?? ERRORS[code].status
    this.faults = faults
  }
}
