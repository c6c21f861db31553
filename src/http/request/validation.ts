import { Ajv, type AnySchemaObject, type ErrorObject, type FuncKeywordDefinition, type ValidateFunction } from 'ajv'
import type { FastifySchemaCompiler } from 'fastify'
import { bodyErrors } from './faults.js'
import { createErrorLister } from './schema-errors.js'

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
      return { error: bodyErrors(body, { errors: found, visits }) }
    }
  }
}

/** Ajv reports an error for each branch of a union; the branch that was meant fails furthest inside. */
function deepestOf (errors: readonly ErrorObject[]): ErrorObject[] {
  const depth = ({ instancePath }: ErrorObject): number => instancePath.split('/').length
  return [...errors].sort((a, b) => depth(b) - depth(a)).slice(0, 1)
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
  if (items.length < 2) return undefined
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
