import { Ajv, type AnySchema, type ValidateFunction } from 'ajv'
import type { DataValidateFunction } from 'ajv/dist/types/index.js'

const strict = { allErrors: true, verbose: true, allowUnionTypes: true, removeAdditional: false, coerceTypes: false, useDefaults: false } as const

/**
 * Bodies are refused, never repaired; only query strings, where everything is text, are coerced.
 * Built through `schemaController`, because a plain validator compiler does not see the shared schemas.
 */
export function buildValidator (sharedSchemas: Record<string, AnySchema | AnySchema[]>): (route: AnySchema) => ValidateFunction {
  const schemas = Object.values(sharedSchemas).flat()
  const bodies = withLinearUniqueItems(new Ajv({ ...strict, schemas }))
  const querystrings = new Ajv({ ...strict, coerceTypes: true, useDefaults: true, schemas })
  // Fastify hands over the part of a route, not a schema as the type of the factory says.
  return (route) => {
    if (typeof route === 'boolean') return bodies.compile(route)
    return (route['httpPart'] === 'querystring' ? querystrings : bodies).compile(route['schema'])
  }
}

/**
 * Ajv compares the items of an array pair by pair unless it sees their type, which a `$ref` hides from it:
 * a body of 1 MiB could then hold the event loop for minutes. This one is linear, and names every duplicate.
 */
function withLinearUniqueItems (ajv: Ajv): Ajv {
  const uniqueItems: DataValidateFunction = (items: unknown[]) => {
    uniqueItems.errors = duplicatesIn(items).map((params) => ({ keyword: 'uniqueItems', params, message: 'must not repeat an item' }))
    return uniqueItems.errors.length === 0
  }
  return ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: true,
    compile: (wanted: boolean) => wanted ? uniqueItems : () => true
  })
}

function duplicatesIn (items: unknown[]): Array<{ index: number, first: number }> {
  const seen = new Map<string, number>()
  const duplicates: Array<{ index: number, first: number }> = []
  for (const [index, item] of items.entries()) {
    // A quotation mark at the beginning keeps a text apart from the JSON of anything else.
    const text = typeof item === 'string' ? `"${item}` : JSON.stringify(item)
    const first = seen.get(text)
    if (first === undefined) seen.set(text, index)
    else duplicates.push({ index, first })
  }
  return duplicates
}
