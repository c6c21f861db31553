import type { ReadFailure } from '../../src/verify/read/policy-source.js'
import { exceptionReply, type FakeCall, isJson, type Reply } from './wire.js'

/** One answer to one call, in place of what the fake's world would say. `real` gives the world's answer. */
export type Answer = (call: FakeCall, real: () => Reply) => Reply

const exception =
  (json: [number, string], query: [number, string]): Answer =>
    (call) =>
      exceptionReply(call, ...(isJson(call) ? json : query))

const plain = (status: number, body: string, contentType = 'text/html'): Reply => ({ status, contentType, body })

export const accessDenied = exception([400, 'AccessDeniedException'], [403, 'AccessDenied'])
export const notFound = exception([400, 'NotFoundException'], [404, 'NoSuchEntity'])
export const throttled = exception([400, 'ThrottlingException'], [400, 'Throttling'])
export const serverError = exception([500, 'KMSInternalException'], [500, 'ServiceFailure'])
export const expiredToken = exception([400, 'ExpiredTokenException'], [403, 'ExpiredToken'])
export const unknownCredentials = exception([400, 'UnrecognizedClientException'], [403, 'InvalidClientTokenId'])
export const badName = exception(
  [400, '<b>bad name</b> http://internal.example'],
  [400, 'bad name: http://internal.example']
)

/** What a proxy or an emulator sends when it breaks. */
export const htmlError: Answer = () => plain(500, '<!doctype html><title>500 Internal Server Error</title><p>oops')
/** Neither JSON nor XML, with a good status. */
export const malformed: Answer = (call) =>
  plain(
    200,
    isJson(call) ? '{"KeyMetadata": {"Arn": ' : '<GetRoleResponse><GetRoleResult><Role',
    isJson(call) ? 'application/x-amz-json-1.1' : 'text/xml'
  )
/** A good answer that holds nothing. */
export const empty: Answer = (call) =>
  isJson(call)
    ? plain(200, '{}', 'application/x-amz-json-1.1')
    : plain(
      200,
        `<${call.operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${call.operation}Result></${call.operation}Result></${call.operation}Response>`,
        'text/xml'
    )

/** No answer at all; the connection stays open. */
export const hang: Answer = () => ({ ...plain(200, ''), end: 'hang' })
/** The connection is reset before an answer. */
export const reset: Answer = () => ({ ...plain(200, ''), end: 'reset' })
/** Half of the body comes, then the connection closes. */
export const cutOff: Answer = (_call, real) => ({ ...real(), end: 'cutOff' })
/** Half of the body comes, then one space now and then, without end. */
export const trickle: Answer = (_call, real) => ({ ...real(), end: 'trickle' })
/** The head of the answer comes, then nothing; the connection stays open. */
export const stall: Answer = (_call, real) => ({ ...real(), end: 'stall' })
export const after =
  (afterMs: number, answer: Answer = (_call, real) => real()): Answer =>
    (call, real) => ({ ...answer(call, real), afterMs })

/**
 * The world's answers, held back until so many calls are in flight: calls that wait for one another are never
 * answered.
 */
export function together (calls: number): Answer {
  let open = (): void => {}
  const until = new Promise<void>((resolve) => {
    open = resolve
  })
  let missing = calls
  return (_call, real) => {
    if (--missing === 0) open()
    return { ...real(), until }
  }
}

/** Every way in which one call can fail, and what the port calls it. (`trickle` is not here: it takes seconds.) */
export const failures: ReadonlyArray<{ name: string; answer: Answer; cause: ReadFailure }> = [
  { name: 'accessDenied', answer: accessDenied, cause: 'accessDenied' },
  { name: 'throttled', answer: throttled, cause: 'unavailable' },
  { name: 'serverError', answer: serverError, cause: 'unavailable' },
  { name: 'htmlError', answer: htmlError, cause: 'unavailable' },
  { name: 'reset', answer: reset, cause: 'unavailable' },
  { name: 'cutOff', answer: cutOff, cause: 'unavailable' },
  { name: 'hang', answer: hang, cause: 'timeout' },
  { name: 'malformed', answer: malformed, cause: 'malformedAnswer' },
  { name: 'empty', answer: empty, cause: 'malformedAnswer' },
  { name: 'expiredToken', answer: expiredToken, cause: 'credentials' },
  { name: 'unknownCredentials', answer: unknownCredentials, cause: 'credentials' },
  { name: 'badName', answer: badName, cause: 'other' }
]

/** One failure for each cause, where every operation is tried; the tests of `aws` try all failures of each. */
export const oneFailurePerCause = [
  ...new Map(failures.map((failure) => [failure.cause, failure] as const)).values()
]
