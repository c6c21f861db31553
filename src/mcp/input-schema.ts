import { fromJsonSchema, type JsonSchemaType } from '@modelcontextprotocol/server'
import type { TSchema } from 'typebox'
import { namedSchemas } from '../../schemas/index.js'
import { invalidRequest } from '../http/request/faults.js'
import { createValidatorCompiler } from '../http/request/validation.js'
import { isObject, type JsonObject } from '../json/json.js'

const compile = createValidatorCompiler(namedSchemas)

/** What a tool takes: the schema of the API with its references replaced, checked as the API checks a body. */
export function inputSchema<T> (schema: TSchema): ReturnType<typeof fromJsonSchema<T>> {
  const { $id: _, ...unnamed }: JsonObject = { ...schema }
  const validate = compile({ schema: unnamed, method: 'POST', url: '', httpPart: 'body' })
  // Clients of language models take no alternatives at the top of a schema; the check knows them.
  const { anyOf: __, ...advertised } = unnamed
  return fromJsonSchema<T>(inlined(advertised), {
    getValidator: <V>() => (input: unknown) => {
      const found = Object(validate(input)).error
      const faults = Array.isArray(found) ? invalidRequest(found).faults : []
      return isValid<V>(input, faults)
        ? { valid: true, data: input, errorMessage: undefined }
        : { valid: false, data: undefined, errorMessage: faultLines(faults).join('; ') }
    }
  })
}

function isValid<V> (_input: unknown, faults: readonly unknown[]): _input is V {
  return faults.length === 0
}

/** One line for each fault, with its JSON pointer. */
export function faultLines (faults: ReadonlyArray<{ pointer: string; detail: string }>): string[] {
  return faults.map(({ pointer, detail }) => `${pointer === '' ? '(the whole input)' : pointer} ${detail}`)
}

const byId = new Map<string, TSchema>(namedSchemas.map((schema) => [`${String(Object(schema).$id)}#`, schema]))

/** A client knows no other schema than the one that it is given. */
function inlined (schema: unknown): JsonSchemaType {
  return JSON.parse(JSON.stringify(withoutReferences(schema)))
}

function withoutReferences (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutReferences)
  if (!isObject(schema)) return schema
  const { $ref: reference, $id: _, ...rest } = schema
  const target = typeof reference === 'string' ? byId.get(reference) : undefined
  const members = Object.entries(rest).map(([name, member]) => [name, withoutReferences(member)])
  return { ...Object(target === undefined ? {} : withoutReferences(target)), ...Object.fromEntries(members) }
}
