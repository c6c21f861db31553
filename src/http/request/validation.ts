import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv'
import { SchemaEnv } from 'ajv/dist/compile/index.js'
import type { DataValidateFunction } from 'ajv/dist/types/index.js'
import type { Fault } from '../../errors.js'

/** Enough to mend any real request; a hostile one must not be answered with megabytes. */
const MOST_FAULTS = 100

const TEXT_KEYWORDS = ['pattern', 'minLength', 'maxLength', 'format']

/** What the validator found, one fault a cause, each with its RFC 6901 pointer. */
export function faultsOf (errors: readonly ErrorObject[]): Fault[] {
  const causes = onePerValue(withoutBranches(errors))
  const faults = causes.slice(0, MOST_FAULTS).map(toFault)
  const rest = causes.length - faults.length
  return rest > 0 ? [...faults, { pointer: '', detail: `${rest} more faults are not listed` }] : faults
}

/**
 * `anyOf` reports each branch that did not fit. Where a branch got further into the value than the
 * others, its faults are the cause; else the `anyOf` itself is.
 */
function withoutBranches (errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>()
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = errors.filter(
      (error) =>
        error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath)
    )
    const deeper = branches.filter((error) => error.instancePath.length > union.instancePath.length)
    for (const error of branches) if (!deeper.includes(error)) dropped.add(error)
    if (deeper.length > 0) dropped.add(union)
  }
  return errors.filter((error) => !dropped.has(error))
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
  pattern: ({ params, parentSchema }) => `is not of the form required: ${parentSchema?.description ?? params.pattern}`,
  type: ({ params }) => `must be ${[params.type].flat().join(' or ')}`,
  anyOf: ({ parentSchema }) => `must be ${typesOf(parentSchema?.anyOf)}`,
  maxItems: ({ params }) => `must not have more than ${params.limit} items`,
  minItems: ({ params }) => `must have at least ${params.limit} item${params.limit === 1 ? '' : 's'}`
}

function typesOf (branches: Array<{ type?: string }> | undefined): string {
  return branches?.map(({ type }) => type ?? 'of another form').join(' or ') ?? 'of another form'
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

type SharedSchemas = Record<string, AnySchema | AnySchema[]>

/**
 * Bodies are refused, never repaired; only query strings, where everything is text, are coerced.
 * Built through `schemaController`, because a plain validator compiler does not see the shared schemas.
 */
export function validatorsFor (sharedSchemas: SharedSchemas): (route: AnySchema) => ValidateFunction {
  const schemas = Object.values(sharedSchemas).flat()
  const made = new Map<boolean, Ajv>()
  const bodies = (allErrors: boolean): Ajv => {
    const ajv =
      made.get(allErrors) ?? withLinearUniqueItems(new Ajv({ ...strict, allErrors, schemas }), allErrors ? Infinity : 1)
    made.set(allErrors, ajv)
    return ajv
  }
  const querystrings = new Ajv({ ...strict, allErrors: true, coerceTypes: true, useDefaults: true, schemas })
  // Fastify hands over the part of a route, not a schema as the type of the factory says.
  return (route) => {
    if (typeof route !== 'boolean' && route['httpPart'] === 'querystring') return querystrings.compile(route['schema'])
    const schema = typeof route === 'boolean' ? route : route['schema']
    return bodyValidator(schema, (allErrors) => bodies(allErrors).compile(schema))
  }
}

/**
 * Stops at the first fault, and then lists the faults of the value cut down: a million items of the wrong type are a
 * million
 * faults, and nothing else is answered while they are found. Compiled when first needed, for most of what starts is
 * never asked.
 */
function bodyValidator (schema: AnySchema, compile: (allErrors: boolean) => ValidateFunction): ValidateFunction {
  const compiled = new Map<boolean, ValidateFunction>()
  const check = (allErrors: boolean): ValidateFunction => {
    const validate = compiled.get(allErrors) ?? compile(allErrors)
    compiled.set(allErrors, validate)
    return validate
  }
  const validate = (value: unknown): value is unknown => {
    const quick = check(false)
    if (quick(value)) return true
    const thorough = check(true)
    // What lies beyond the cut is told as the one fault that was found.
    validator.errors = (thorough(cutDown(value, MAX_DEPTH)) ? quick : thorough).errors ?? null
    return false
  }
  const validator: ValidateFunction = Object.assign(validate, { schema, schemaEnv: new SchemaEnv({ schema }) })
  return validator
}

/** More of anything than a sound request has, and enough for every fault that is listed. */
const MAX_ITEMS = 200
/** Deeper than any schema looks. */
const MAX_DEPTH = 12

function cutDown (value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => cutDown(item, depth - 1))
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([name, member]) => [name, cutDown(member, depth - 1)])
  )
}

/**
 * Ajv compares the items of an array pair by pair unless it sees their type, which a `$ref` hides from it:
 * a body of 1 MiB could then hold the event loop for minutes. This one is linear, and names every duplicate.
 */
function withLinearUniqueItems (ajv: Ajv, most: number): Ajv {
  const uniqueItems: DataValidateFunction = (items: unknown[]) => {
    uniqueItems.errors = duplicatesIn(items, most).map((params) => ({
      keyword: 'uniqueItems',
      params,
      message: 'must not repeat an item'
    }))
    return uniqueItems.errors.length === 0
  }
  return ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: true,
    compile: (wanted: boolean) => (wanted ? uniqueItems : () => true)
  })
}

function duplicatesIn (items: unknown[], most: number): Array<{ index: number; first: number }> {
  const seen = new Map<string, number>()
  const duplicates: Array<{ index: number; first: number }> = []
  for (const [index, item] of items.entries()) {
    // A quotation mark at the beginning keeps a text apart from the JSON of anything else.
    const text = typeof item === 'string' ? `"${item}` : JSON.stringify(item)
    const first = seen.get(text)
    if (first === undefined) seen.set(text, index)
    else duplicates.push({ index, first })
    if (duplicates.length === most) break
  }
  return duplicates
}
