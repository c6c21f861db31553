import type { Static, TSchema } from 'typebox'
import { namedSchemas } from '../../schemas/index.js'
import { invalidRequest } from '../http/request/faults.js'
import { createValidatorCompiler } from '../http/request/validation.js'
import { CommandError } from './exit.js'
import { nameOf } from './input.js'

/** The value, if it fits the schema; otherwise an error with a JSON pointer for each fault, as the service answers. */
export function validated<T extends TSchema> (schema: T, value: unknown, path: string): Static<T> {
  const faults = faultsFor(schema, value)
  if (isValid<T>(value, faults)) return value
  const { $id: id } = Object(schema)
  throw new CommandError(`${nameOf(path)} does not fit the schema ${String(id)}`, { code: 'INVALID_REQUEST', faults })
}

function faultsFor (schema: TSchema, value: unknown): ReturnType<typeof invalidRequest>['faults'] {
  const validate = createValidatorCompiler(namedSchemas)({
    schema: { $ref: `${String(Object(schema).$id)}#` },
    method: 'POST',
    url: '',
    httpPart: 'body'
  })
  const result: unknown = validate(value)
  const found = typeof result === 'object' && result !== null && 'error' in result ? result.error : undefined
  return Array.isArray(found) ? invalidRequest(found).faults : []
}

function isValid<T extends TSchema> (_value: unknown, faults: readonly unknown[]): _value is Static<T> {
  return faults.length === 0
}
