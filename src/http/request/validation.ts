import { Ajv, type AnySchemaObject, type ErrorObject, type FuncKeywordDefinition, type ValidateFunction } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'
import type { Fault } from '../../errors.js'
import { isObject } from '../../json/json.js'
import { violationsInMalformed } from '../../personalize/usage.js'
import { createErrorLister, MAX_ERRORS, MAX_VISITS } from './schema-errors.js'

const TEXT_KEYWORDS = ['pattern', 'minLength', 'maxLength', 'format']

/** What the validator found, one fault a cause, each with its RFC 6901 pointer. */
export function faultsOf (errors: readonly ErrorObject[]): Fault[] {
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

function toFault (error: ErrorObject): Fault {
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

const strict = {
  verbose: true,
  allowUnionTypes: true,
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: false,
  // Our own schemas are held to the specification by the tests; to compile its meta-schema is a fifth of the start.
  meta: false,
  validateSchema: false
} as const

/** Bodies are refused, never repaired; only query strings, where everything is text, are coerced. */
export function createValidatorCompiler (shared: readonly AnySchemaObject[]): FastifySchemaCompiler<AnySchemaObject> {
  const schemas = [...shared]
  const bodies = withLinearUniqueItems(new Ajv({ ...strict, schemas }))
  const querystrings = new Ajv({ ...strict, allErrors: true, coerceTypes: true, useDefaults: true, schemas })
  const listErrors = createErrorLister(shared)
  return ({ schema, httpPart }) => {
    if (httpPart === 'querystring') return querystrings.compile(schema)
    // Compiled when first needed: most operations are not called right after the start.
    let compiled: ValidateFunction | undefined
    return (body: unknown) => {
      const validate = (compiled ??= bodies.compile(schema))
      if (validate(body)) return true
      const { errors, visits } = listErrors(schema, body)
      // What the list does not reach is reported as the one error that was found.
      const found = errors.length > 0 ? errors : deepestOf(validate.errors ?? [])
      const listed = validationErrors([...found, ...usageErrors(body, found)])
      return { error: visits < MAX_VISITS ? listed : listed.map(markIncomplete) }
    }
  }
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

/** Ajv reports an error for each branch of a union; the branch that was meant fails furthest inside. */
function deepestOf (errors: readonly ErrorObject[]): ErrorObject[] {
  const depth = ({ instancePath }: ErrorObject): number => instancePath.split('/').length
  return [...errors].sort((a, b) => depth(b) - depth(a)).slice(0, 1)
}

type ValidationError = ErrorObject & { message: string }

function validationErrors (errors: readonly ErrorObject[]): ValidationError[] {
  return errors.map((error) => ({ ...error, message: error.message ?? '' }))
}

/** The list ended before the body did: there may be more errors. */
function markIncomplete (error: ValidationError): ValidationError {
  return { ...error, params: { ...error.params, isIncomplete: true } }
}

/** Whether there may be more errors than those of the list. */
export function isIncomplete (errors: readonly ErrorObject[]): boolean {
  return errors.length > MAX_ERRORS || errors.some(({ params }) => params['isIncomplete'] === true)
}

type KeywordFunction = ReturnType<NonNullable<FuncKeywordDefinition['compile']>>

/**
 * Ajv compares the items of an array pair by pair unless it sees their type, which a `$ref` hides from it:
 * a body of 1 MiB could then hold the event loop for minutes. This one is linear.
 */
function withLinearUniqueItems (ajv: Ajv): Ajv {
  const uniqueItems: KeywordFunction = (items: unknown[]) => {
    const params = firstDuplicate(items)
    uniqueItems.errors =
      params === undefined ? [] : [{ keyword: 'uniqueItems', params, message: 'must not repeat an item' }]
    return params === undefined
  }
  return ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: true,
    compile: (wanted: boolean) => (wanted ? uniqueItems : () => true)
  })
}

function firstDuplicate (items: unknown[]): { index: number; first: number } | undefined {
  const seen = new Map<string, number>()
  for (const [index, item] of items.entries()) {
    // A quotation mark at the beginning keeps a text apart from the JSON of anything else.
    const text = typeof item === 'string' ? `"${item}` : JSON.stringify(item)
    const first = seen.get(text)
    if (first !== undefined) return { index, first }
    seen.set(text, index)
  }
  return undefined
}
