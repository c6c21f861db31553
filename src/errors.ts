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
  INVALID_REQUEST: { status: 400, title: 'The request is not well-formed' },
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON' },
  MALFORMED_HTTP: { status: 400, title: 'The request is not HTTP' },
  UNAUTHENTICATED: { status: 401, title: 'Not authenticated' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'No such resource' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  NOT_ACCEPTABLE: { status: 406, title: 'Not acceptable' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  SID_CONFLICT: { status: 409, title: 'A foreign statement has one of our Sids' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Unsupported media type' },
  EXPECTATION_FAILED: { status: 417, title: 'Expectation failed' },
  MISDIRECTED: { status: 421, title: 'Not the host of this service' },
  INCONSISTENT_USAGE: { status: 422, title: 'The usage is inconsistent' },
  CUSTOMER_KEY_NOT_SUPPORTED: { status: 422, title: 'Data deletion jobs cannot use a customer-managed key' },
  POLICY_TOO_LARGE: { status: 422, title: 'The policy is larger than AWS accepts' },
  EXISTING_POLICY_DENIES: { status: 422, title: 'A statement of the existing policy denies what is needed' },
  EXISTING_POLICY_NOT_STORABLE: { status: 422, title: 'AWS would refuse to store the existing policy' },
  KEY_LOCKOUT: { status: 422, title: 'No principal could change the key policy afterwards' },
  LIMIT_EXCEEDED: { status: 422, title: 'A limit of the service is exceeded' },
  TOO_COMPLEX: { status: 422, title: 'Evaluating the policies takes too long' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The request headers are too large' },
  INTERNAL_ERROR: { status: 500, title: 'Internal error' },
  AWS_UNAVAILABLE: { status: 502, title: 'AWS could not be reached' },
  AWS_CREDENTIALS_UNAVAILABLE: { status: 503, title: 'No AWS credentials' },
  OVERLOADED: { status: 503, title: 'The service is overloaded' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'The service is not available' }
} as const satisfies Record<string, { status: number; title: string }>

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
