import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'

export type Json = Record<string, unknown>

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce((inner, member) => (isRecord(inner) ? inner[member] : undefined), value)
const entriesAt = (value: unknown, ...path: string[]): Array<[string, unknown]> =>
  Object.entries(Object(at(value, ...path)))

/** One operation of the committed API document, with its schemas ready to be held against. */
export interface Operation {
  method: string
  path: string
  hasBody: boolean
  requestSchema: unknown
  examples: unknown[]
  fitsRequest(body: unknown): boolean
  /** Undefined where the document knows no such answer, else what is wrong with it, or null. */
  faultIn(status: number, mediaType: string, body: unknown): string | null | undefined
}

const document: unknown = JSON.parse(readFileSync('openapi/openapi.json', 'utf8'))
const ajv = new Ajv2020({ strict: false, schemas: [{ $id: 'document', ...Object(document) }] })

// The validator's own comparison of items calls a `valueOf` that a policy may hold.
ajv
  .removeKeyword('uniqueItems')
  .addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    validate: (wanted: boolean, items: unknown[]) =>
      !wanted || new Set(items.map((item) => JSON.stringify(item))).size === items.length
  })

function compile (schema: unknown): ValidateFunction {
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')))
}

const fitsProblem = compile({ $ref: '#/components/schemas/Problem' })

/** What is wrong with a problem document by its schema, or null. */
export function faultInProblem (body: unknown): string | null {
  return fitsProblem(body) ? null : ajv.errorsText(fitsProblem.errors)
}

/** A schema with its `$ref` followed. */
export function resolved (schema: unknown): unknown {
  const reference = at(schema, '$ref')
  return typeof reference === 'string' ? resolved(at(document, ...reference.slice(2).split('/'))) : schema
}

function operationOf (path: string, method: string, operation: unknown): Operation {
  const media = at(operation, 'requestBody', 'content', 'application/json')
  const fits = media === undefined ? undefined : compile(at(media, 'schema'))
  const answers = new Map<string, ValidateFunction | undefined>()
  for (const [status, response] of entriesAt(operation, 'responses')) {
    const types = entriesAt(resolved(response), 'content')
    if (types.length === 0) answers.set(`${status} `, undefined)
    for (const [type, content] of types) answers.set(`${status} ${type}`, compile(at(content, 'schema')))
  }
  return {
    method: method.toUpperCase(),
    path,
    hasBody: media !== undefined,
    requestSchema: at(media, 'schema'),
    examples: entriesAt(media, 'examples').map(([, example]) => at(example, 'value')),
    fitsRequest: (body) => fits?.(body) === true,
    faultIn (status, mediaType, body) {
      const key = `${status} ${mediaType}`
      if (!answers.has(key)) return undefined
      const fitsAnswer = answers.get(key)
      return fitsAnswer === undefined || fitsAnswer(body) ? null : ajv.errorsText(fitsAnswer.errors)
    }
  }
}

export const OPERATIONS: readonly Operation[] = entriesAt(document, 'paths').flatMap(([path, methods]) =>
  entriesAt(methods).map(([method, operation]) => operationOf(path, method, operation))
)

/** The operation that a request line reaches, as the document has it. */
export function operationAt (method: string, path: string): Operation | undefined {
  return OPERATIONS.find(
    (operation) =>
      operation.method === (method === 'HEAD' ? 'GET' : method) &&
      new RegExp(`^${operation.path.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path)
  )
}
