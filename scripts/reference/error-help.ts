import type { ErrorCode } from '../../src/errors.js'

/** Of each error code: a request or situation that leads to it, and what to do. */
export const ERROR_HELP: Readonly<Record<ErrorCode, { example: string; fix: string }>> = {
  INVALID_REQUEST: {
    example: '`{ "operations": ["import"] }`: `/operations/0` is no operation, and `/roleArns` is missing.',
    fix: 'Correct each entry of `errors`. `GET /docs` has an example of each request.'
  },
  MALFORMED_JSON: {
    example: 'A comma after the last member, a member that occurs twice, or an empty body.',
    fix: 'Check the body with `jq . body.json`. With curl, `--json @body.json` sends the file as it is.'
  },
  MALFORMED_HTTP: {
    example: 'An HTTPS request to a port that serves HTTP.',
    fix: 'Check scheme and port, and what stands between client and service.'
  },
  UNAUTHENTICATED: {
    example: 'No `Authorization` header with `AUTH_MODE=jwt`, or a token that has expired.',
    fix: 'Send `Authorization: Bearer TOKEN` with a current token; with `AUTH_MODE=gateway`, call the gateway.'
  },
  FORBIDDEN: {
    example: '`POST /verify` with a token whose `scope` is `policies:generate`.',
    fix: 'Request the scope that `detail` names. [Scopes](security.md#authentication-and-scopes).'
  },
  NOT_FOUND: { example: '`POST /policy/key`.', fix: 'Correct the path: `GET /openapi.json` lists all.' },
  METHOD_NOT_ALLOWED: { example: '`GET /policies/key`.', fix: 'Use a method of the `Allow` header.' },
  NOT_ACCEPTABLE: {
    example: '`Accept: application/yaml`.',
    fix: 'Send a media type that `detail` lists: [reports](report-forms.md), [policies](policy-forms.md).'
  },
  REQUEST_TIMEOUT: {
    example: 'A client that sends `Content-Length: 500`, then 100 bytes, then nothing.',
    fix: 'Send the body at once, and repeat the request.'
  },
  SID_CONFLICT: {
    example: 'The existing key policy has a statement `AllowPersonalizeRole` with `"Effect": "Deny"`.',
    fix: 'Rename that statement in the existing policy, and merge again.'
  },
  BODY_TOO_LARGE: {
    example: 'A body of 2 MiB with `BODY_LIMIT=1048576`.',
    fix: 'Send fewer documents per request, or raise `BODY_LIMIT`.'
  },
  UNSUPPORTED_MEDIA_TYPE: {
    example: 'curl with `-d` sends `application/x-www-form-urlencoded`.',
    fix: 'Send `Content-Type: application/json`; with curl, `--json`.'
  },
  EXPECTATION_FAILED: { example: '`Expect: 200-ok`.', fix: 'Leave out the `Expect` header.' },
  MISDIRECTED: {
    example: '`Host: policies.example.com` while `AUTH_MODE` is `none` and `PUBLIC_URL` is not set.',
    fix: 'Call `127.0.0.1` or `localhost`, or set `PUBLIC_URL`.'
  },
  INCONSISTENT_USAGE: {
    example: 'A role of partition `aws` with a key of partition `aws-cn`.',
    fix: 'Correct what each entry of `errors` names.'
  },
  CUSTOMER_KEY_NOT_SUPPORTED: {
    example: '`"operations": ["dataDeletionJob"]` with a key.',
    fix: 'Leave out the operation, and keep the input of data deletion jobs in a bucket with SSE-S3 or `aws/s3`.'
  },
  POLICY_TOO_LARGE: {
    example: 'A merged key policy of 33,000 bytes.',
    fix: 'Remove statements that are no longer needed, or use one role for several jobs.'
  },
  EXISTING_POLICY_DENIES: {
    example: 'The existing key policy denies `kms:*` to everyone outside of a VPC.',
    fix: 'Add an exception for Amazon Personalize to the Deny statement of `errors`, and merge again.'
  },
  EXISTING_POLICY_NOT_STORABLE: {
    example: 'The existing policy has `"Efect": "Allow"`.',
    fix: 'Correct what each entry of `errors` names: AWS rejects the document in any case.'
  },
  KEY_LOCKOUT: {
    example: '`"delegateToIam": false` for a key whose policy names no administrator.',
    fix: 'Leave out `delegateToIam`, or send an `existingKeyPolicy` that allows an administrator `kms:PutKeyPolicy`.'
  },
  LIMIT_EXCEEDED: { example: '60 roles in one request.', fix: 'Send several requests.' },
  TOO_COMPLEX: {
    example: 'A policy with hundreds of conditions on unknown keys.',
    fix: 'Send one key and one role per request; simplify the statement with the most conditions.'
  },
  RATE_LIMITED: {
    example: 'A loop that sends more than `RATE_LIMIT` requests in a minute.',
    fix: 'Wait for `Retry-After` seconds. [What counts](configuration.md#rate-and-resource-limits).'
  },
  HEADERS_TOO_LARGE: {
    example: 'Cookies of 20 kB that a browser sends.',
    fix: 'Send fewer or smaller headers.'
  },
  INTERNAL_ERROR: {
    example: 'A fault of the service.',
    fix: 'Report it with the `instance` of the problem document.'
  },
  AWS_UNAVAILABLE: {
    example: '`AWS_ENDPOINT_URL` names a host that does not answer, or the network blocks KMS and IAM.',
    fix: 'Check the network to the endpoints of KMS and IAM, and repeat the request.'
  },
  AWS_CREDENTIALS_UNAVAILABLE: {
    example: '`POST /verify` to a service that was started without credentials, or with an expired session.',
    fix: 'Run `aws sts get-caller-identity` with the environment of the service, and start it again.'
  },
  OVERLOADED: {
    example: 'More live verifications than `VERIFY_ACTIVE` and `VERIFY_QUEUE` have room for.',
    fix: 'Repeat after `Retry-After` seconds; as an operator, add replicas.'
  },
  SERVICE_UNAVAILABLE: {
    example: 'A request to a replica that has received SIGTERM.',
    fix: 'Repeat after `Retry-After` seconds.'
  }
}
