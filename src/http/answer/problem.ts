import type { ErrorObject } from 'ajv'
import type { Problem } from '../../../schemas/problem.js'
import { ERROR_DESCRIPTIONS } from '../../error-descriptions.js'
import { type ErrorCode, ERRORS, ServiceError } from '../../errors.js'
import { invalidRequest } from '../request/faults.js'
import { MAX_ERRORS } from '../request/schema-errors.js'

export const PROBLEM_TYPE = 'application/problem+json'

/** The problem document of an error, with so many of its faults. A 5xx says nothing of its cause beyond the code. */
export function problemOf (error: ServiceError, instance: string, publicPath: string): Problem {
  const { title } = ERRORS[error.code]
  const description = ERROR_DESCRIPTIONS[error.code]
  return {
    type: `${publicPath}/problems/${error.code}`,
    title,
    status: error.statusCode,
    detail: error.statusCode >= 500 ? description : detailOf(error),
    code: error.code,
    instance,
    errors: error.faults.slice(0, MAX_ERRORS).map(({ pointer, detail }) => ({ pointer, detail }))
  }
}

function detailOf ({ message, faults: { length } }: ServiceError): string {
  return length > MAX_ERRORS ? `${message} (the first ${MAX_ERRORS} of ${length} errors are listed)` : message
}

/**
 * Whether the same request may be answered later: such a problem comes with `Retry-After` (RFC 9110 §10.2.3, RFC 6585
 * §4).
 */
export function asksForLater (status: number): boolean {
  return status === 429 || status === 503
}

/** Without credentials the same request fails until the service is configured: to wait does not help. */
export function isTransient ({ code, statusCode }: Pick<ServiceError, 'code' | 'statusCode'>): boolean {
  return asksForLater(statusCode) && code !== 'AWS_CREDENTIALS_UNAVAILABLE'
}

/** Fastify's own refusals, by its error codes; its messages are not shown. */
const FRAMEWORK_ERRORS: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_JSON', 'The body is not JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['MALFORMED_JSON', 'The body is empty.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'MALFORMED_HTTP',
    'The body does not have the length that Content-Length tells.'
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['NOT_FOUND', 'There is nothing at a path as long as this.'],
  FST_STATIC_FORBIDDEN_PATH: ['NOT_FOUND', 'There is nothing outside the pages.'],
  FST_STATIC_INVALID_REDIRECT_URL: ['NOT_FOUND', 'There is nothing at this path.'],
  FST_ERR_BAD_URL: ['MALFORMED_HTTP', 'The path is not a valid URL path.']
}

/** Refusals of libraries that have a status and no code of their own, e.g. those of a handler of static files. */
const REFUSALS: Record<number, [ErrorCode, string]> = {
  400: ['MALFORMED_HTTP', 'The path is not a valid URL path.'],
  403: ['NOT_FOUND', 'There is nothing outside the pages.'],
  404: ['NOT_FOUND', 'There is nothing at this path.']
}

/** The status of an `http-errors` error whose message may be shown: its maker blames the request, not the service. */
function statusOf (thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || Reflect.get(thrown, 'expose') !== true) return undefined
  const status: unknown = Reflect.get(thrown, 'statusCode')
  return typeof status === 'number' ? status : undefined
}

/** Whatever was thrown, as an error of the catalogue. What is not known here is an internal error. */
export function serviceErrorOf (thrown: unknown, bodyLimit: number): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  const { code, validation, validationContext } = membersOf(thrown)
  if (validation !== undefined) return invalidRequest(validation, validationContext)
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ServiceError('BODY_TOO_LARGE', `The body is larger than ${bodyLimit} bytes.`)
  const known = (code === undefined ? undefined : FRAMEWORK_ERRORS[code]) ?? REFUSALS[statusOf(thrown) ?? 0]
  if (known !== undefined) return new ServiceError(...known, [], { cause: thrown })
  return new ServiceError('INTERNAL_ERROR', ERROR_DESCRIPTIONS.INTERNAL_ERROR, [], { cause: thrown })
}

interface FrameworkError {
  code?: string
  validation?: ErrorObject[]
  validationContext?: string
}

function membersOf (thrown: unknown): FrameworkError {
  return isFrameworkError(thrown) ? thrown : {}
}

function isFrameworkError (thrown: unknown): thrown is FrameworkError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
}
