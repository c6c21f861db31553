import t from 'tap'
import { describeFailure } from '../../../src/aws/errors.js'

const named = (name: string, members: object = {}): Error =>
  Object.assign(new Error('https://user:secret@internal.example/'), { name, ...members })
const answered = (httpStatusCode: number, members: object = {}): object => ({
  $metadata: { httpStatusCode },
  $response: {},
  ...members
})

t.test('exceptions: described by name, status and code', async (t) => {
  const cases: Array<[string, unknown, string, string]> = [
    [
      'KMS refuses',
      named('AccessDeniedException', answered(400, { $fault: 'client' })),
      'accessDenied',
      'AccessDeniedException'
    ],
    ['IAM refuses', named('AccessDenied', answered(403, { $fault: 'client' })), 'accessDenied', 'AccessDenied'],
    ['no provider has credentials', named('CredentialsProviderError'), 'credentials', 'CredentialsProviderError'],
    [
      'the token has expired',
      named('ExpiredToken', answered(403, { $fault: 'client' })),
      'credentials',
      'ExpiredToken'
    ],
    [
      'the access key is unknown',
      named('InvalidClientTokenId', answered(403, { $fault: 'client' })),
      'credentials',
      'InvalidClientTokenId'
    ],
    [
      'the same in KMS',
      named('UnrecognizedClientException', answered(400, { $fault: 'client' })),
      'credentials',
      'UnrecognizedClientException'
    ],
    ['throttled', named('Throttling', answered(400, { $fault: 'client' })), 'unavailable', 'Throttling'],
    ['throttled by status alone', named('Weird', answered(429, { $fault: 'client' })), 'unavailable', 'Weird'],
    [
      'an exception with a 5xx',
      named('SomethingNew', answered(503, { $fault: 'server' })),
      'unavailable',
      'SomethingNew'
    ],
    ['a page of a proxy', named('SyntaxError', answered(502)), 'unavailable', 'HTTP status 502'],
    [
      'a body that is no JSON',
      named('SyntaxError', answered(200)),
      'malformedAnswer',
      'the answer could not be understood'
    ],
    ['no listener', named('Error', { code: 'ECONNREFUSED' }), 'unavailable', 'ECONNREFUSED'],
    [
      'no listener on any address',
      Object.assign(new AggregateError([named('Error', { code: 'ECONNREFUSED' })])),
      'unavailable',
      'ECONNREFUSED'
    ],
    ['no such host', named('Error', { code: 'ENOTFOUND' }), 'unavailable', 'ENOTFOUND'],
    [
      'an untrusted certificate',
      named('Error', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      'unavailable',
      'SELF_SIGNED_CERT_IN_CHAIN'
    ],
    [
      'reset, which the handler calls a time-out',
      named('TimeoutError', { code: 'ECONNRESET' }),
      'unavailable',
      'ECONNRESET'
    ],
    ['cut off inside the body', named('Error', { code: 'ECONNRESET', ...answered(200) }), 'unavailable', 'ECONNRESET'],
    ['no answer', named('TimeoutError', { code: 'ETIMEDOUT' }), 'timeout', 'no answer in time'],
    ['no connection', named('TimeoutError'), 'timeout', 'no answer in time'],
    ['aborted', named('AbortError'), 'timeout', 'no answer in time'],
    [
      "anything else of AWS's",
      named('ValidationError', answered(400, { $fault: 'client' })),
      'other',
      'ValidationError'
    ],
    [
      'a name that is no word',
      named('<b> https://internal.example', answered(400, { $fault: 'client' })),
      'other',
      'HTTP status 400'
    ],
    ['not even an error', 'boom', 'other', 'HTTP status unknown']
  ]
  for (const [what, error, cause, reason] of cases) {
    t.same(describeFailure('GetRole', error), { why: `GetRole failed: ${reason}`, cause, missing: false }, what)
  }
})

t.test('what does not exist is marked', async (t) => {
  for (const name of ['NotFoundException', 'NoSuchEntityException', 'NoSuchEntity'])
    t.equal(describeFailure('X', named(name)).missing, true)
})
