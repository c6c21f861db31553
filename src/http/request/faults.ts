import type { AnySchemaObject, ErrorObject } from 'ajv'
import { type FieldError, ServiceError } from '../../errors.js'
import { isObject } from '../../json/json.js'
import { violationsInMalformed } from '../../personalize/usage.js'
import { type ErrorList, MAX_ERRORS, MAX_VISITS } from './schema-errors.js'

export type ValidationError = ErrorObject & { message: string }

/** All that is wrong with a body: what its schema finds, and what its usages violate besides. */
export function bodyErrors (body: unknown, { errors, visits }: ErrorList): ValidationError[] {
  const listed = [...errors, ...usageErrors(body, errors)].map((error) => ({ ...error, message: error.message ?? '' }))
  return visits < MAX_VISITS ? listed : listed.map(markIncomplete)
}

/**
 * What is wrong with the usages of a body besides its schema, so that one response lists all. A value that its schema
 * refuses is reported once. A body that is merely over a limit stays that.
 */
function usageErrors (body: unknown, found: readonly ErrorObject[]): ErrorObject[] {
  if (found.every(({ keyword }) => keyword === 'maxItems')) return []
  const refused = new Set(faultsOf(found).map(({ pointer }) => pointer))
  return usagesIn(body)
    .flatMap(({ usage, pointer }) => violationsInMalformed(usage, { keys: keysOf(body), pointer }))
    .filter(({ pointer }) => !refused.has(pointer))
    .map(({ pointer, detail }) => ({
      keyword: 'usage',
      instancePath: pointer,
      schemaPath: '',
      params: {},
      message: detail
    }))
}

/** Where requests have their usages: the body itself, its `usage`, or its `usages`. */
function usagesIn (body: unknown): Array<{ usage: unknown; pointer: string }> {
  if (!isObject(body)) return []
  const { usage, usages } = body
  if (Array.isArray(usages))
    return usages.slice(0, 50).map((each, index) => ({ usage: each, pointer: `/usages/${index}` }))
  return usage === undefined ? [{ usage: body, pointer: '' }] : [{ usage, pointer: '/usage' }]
}

/** Only live verification, which brings no keys of its own, resolves aliases. */
function keysOf (body: unknown): 'keyArns' | 'keyOrAliasArns' {
  return isObject(body) && 'usage' in body && !('keys' in body) ? 'keyOrAliasArns' : 'keyArns'
}

/** What the validator found, as the error that the service answers with. */
export function invalidRequest (validation: ErrorObject[], context = 'body'): ServiceError {
  if (context === 'body' && isMissingBody(validation)) {
    return new ServiceError('INVALID_REQUEST', 'The request has no body.', [{ pointer: '', detail: 'is required' }])
  }
  const faults = faultsOf(validation)
  const code = validation.every(({ keyword }) => keyword === 'maxItems') ? 'LIMIT_EXCEEDED' : 'INVALID_REQUEST'
  const where = context === 'querystring' ? 'query string' : context
  const listed = `${faults.length} fault${faults.length === 1 ? '' : 's'}`
  const count =
    validation.length > MAX_ERRORS
      ? `more than ${MAX_ERRORS} faults, of which the first are listed`
      : isIncomplete(validation) ? `at least ${listed}; it is too large to list all` : listed
  const limits = faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')
  return new ServiceError(
    code,
    code === 'LIMIT_EXCEEDED' ? `Over a limit: ${limits}.` : `The ${where} has ${count}.`,
    faults
  )
}

/** Fastify hands over `null` where nothing was sent; a body that says `null` is answered the same. */
function isMissingBody (validation: ErrorObject[]): boolean {
  return validation.some(
    ({ instancePath, keyword, data }) =>
      instancePath === '' && keyword === 'type' && (data === null || data === undefined)
  )
}

/** The list ended before the body did: there may be more errors. */
function markIncomplete (error: ValidationError): ValidationError {
  return { ...error, params: { ...error.params, isIncomplete: true } }
}

/** Whether there may be more errors than those of the list. */
function isIncomplete (errors: readonly ErrorObject[]): boolean {
  return errors.length > MAX_ERRORS || errors.some(({ params }) => params['isIncomplete'] === true)
}

const TEXT_KEYWORDS = ['pattern', 'minLength', 'maxLength', 'format']

/** What the validator found, one fault a cause, each with its RFC 6901 pointer. */
function faultsOf (errors: readonly ErrorObject[]): FieldError[] {
  return onePerValue(errors.slice(0, MAX_ERRORS)).map(toFault)
}

/** A value of the wrong type, or a text too short for its pattern, is one fault, not two. */
function onePerValue (errors: readonly ErrorObject[]): ErrorObject[] {
  const ofWrongType = new Set(
    errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath)
  )
  const seen = new Set<string>()
  return errors.filter(({ keyword, instancePath }) => {
    if (ofWrongType.has(instancePath)) return keyword === 'type'
    if (!TEXT_KEYWORDS.includes(keyword)) return true
    const isFirst = !seen.has(instancePath)
    seen.add(instancePath)
    return isFirst
  })
}

function toFault (error: ErrorObject): FieldError {
  return {
    pointer: `${error.instancePath}${memberOf(error)}`,
    detail: DETAILS[error.keyword]?.(error) ?? error.message ?? 'is not valid'
  }
}

function memberOf ({ keyword, params }: ErrorObject): string {
  if (keyword === 'required') return `/${escapePointer(params.missingProperty)}`
  if (keyword === 'additionalProperties') return `/${escapePointer(params.additionalProperty)}`
  if (keyword === 'uniqueItems') return `/${params.index}`
  return ''
}

/** What is wrong, in words that hold without the schema; the validator's own for the rest. */
const DETAILS: Record<string, (error: ErrorObject) => string> = {
  required: () => 'is required',
  additionalProperties: () => 'is not a known member',
  uniqueItems: ({ params }) => `repeats item ${params.first}`,
  enum: ({ params }) => `must be one of: ${params.allowedValues.join(', ')}`,
  pattern: ({ params, parentSchema }) =>
    `is not of the form required: ${parentSchema?.description ?? params.pattern}${exampleOf(parentSchema)}`,
  type: ({ params }) => `must be ${[params.type].flat().join(' or ')}`,
  anyOf: ({ parentSchema }) => `must be ${typesOf(parentSchema?.anyOf)}`,
  maxItems: ({ params }) => `must not have more than ${params.limit} items`,
  minItems: ({ params }) => `must have at least ${params.limit} item${params.limit === 1 ? '' : 's'}`
}

function typesOf (branches: Array<{ type?: string }> | undefined): string {
  return branches?.map(({ type }) => type ?? 'of another form').join(' or ') ?? 'of another form'
}

function exampleOf (schema: AnySchemaObject | undefined): string {
  const [example] = schema?.['examples'] ?? []
  return example === undefined ? '' : ` For example ${example}`
}

function escapePointer (member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1')
}
