import type { ErrorCode } from './errors.js'

/** What each code of the error catalogue means, and what to do; apart from the titles, for the page shows none. */
export const ERROR_DESCRIPTIONS: Readonly<Record<ErrorCode, string>> = {
  INVALID_REQUEST:
    'The body or the query string does not fit the schema of the operation. Every fault is listed under ' +
    '`errors` with a JSON pointer.',
  MALFORMED_JSON: 'The body could not be read as JSON.',
  MALFORMED_HTTP: 'The HTTP parser refused the request before it reached an operation.',
  UNAUTHENTICATED:
    'The request does not say, or cannot prove, who sends it. Depending on how the service is set up it takes a ' +
    'bearer token, or comes through a gateway that has authenticated the caller.',
  FORBIDDEN:
    'The caller may not use this operation. `detail` names the scope that it needs, or says what else keeps it away.',
  NOT_FOUND: 'There is no resource at this path.',
  METHOD_NOT_ALLOWED: 'The resource exists but does not take this method. `Allow` lists those it takes.',
  NOT_ACCEPTABLE:
    'The operation has no response in a media type that the `Accept` header allows. `detail` lists those it has.',
  REQUEST_TIMEOUT: 'The whole request did not arrive within the time limit.',
  SID_CONFLICT:
    'The existing policy holds a statement under a Sid of this service, but with another meaning. Rename it there; ' +
    'it is never overwritten.',
  BODY_TOO_LARGE: 'The body is larger than the limit named in `detail`.',
  UNSUPPORTED_MEDIA_TYPE: 'Bodies are `application/json`.',
  EXPECTATION_FAILED: 'The only expectation this service meets is `100-continue`.',
  MISDIRECTED:
    'Without authentication the service responds only to requests whose `Host` is a loopback address ' +
    'or that of `PUBLIC_URL`.',
  INCONSISTENT_USAGE:
    'Each member is well-formed but they do not fit together or do not fit Amazon Personalize. Every fault is ' +
    'listed under `errors` with a JSON pointer.',
  CUSTOMER_KEY_NOT_SUPPORTED:
    'Amazon Personalize does not support a customer-managed KMS key on the input bucket of a data deletion job.',
  POLICY_TOO_LARGE:
    'A key policy may have 32,768 bytes, a bucket policy 20,480, a managed policy 6,144 ' +
    'characters without white space.',
  EXISTING_POLICY_DENIES:
    'An explicit Deny in the existing policy defeats a required permission. No Allow can overrule ' +
    'it; change that statement.',
  EXISTING_POLICY_NOT_STORABLE:
    'The existing policy contains something that AWS refuses, so that the merged policy could not be stored. Every ' +
    'fault is listed under `errors` with a JSON pointer.',
  KEY_LOCKOUT: "The merged key policy leaves no principal of the key's account with kms:PutKeyPolicy.",
  LIMIT_EXCEEDED: '50 roles, 50 keys, 200 pairs of key and role a request; 64 KiB a policy document.',
  TOO_COMPLEX: 'Evaluating these policies exceeds the time limit of a request. Send fewer keys and roles per request.',
  RATE_LIMITED: 'Ask again after the time in `Retry-After`.',
  HEADERS_TOO_LARGE: "The request line and headers exceed the parser's limit.",
  INTERNAL_ERROR: 'The service failed. The log holds the cause under the request id in `instance`.',
  AWS_UNAVAILABLE: 'No read of AWS succeeded, so there is nothing to report on. 504 when the calls timed out.',
  AWS_CREDENTIALS_UNAVAILABLE:
    'The service has no usable AWS credentials, so it cannot read live policies. Start it with a profile ' +
    '(`AWS_PROFILE`), with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or with the role of its task, pod or ' +
    'instance. `POST /policies` and `POST /verify/documents` work without credentials.',
  OVERLOADED: 'The service cannot do all requests in time. Send the request again after the time in `Retry-After`.',
  SERVICE_UNAVAILABLE:
    'The service is stopping, or something that it cannot do without does not answer. Ask again after ' +
    'the time in `Retry-After`.'
}
