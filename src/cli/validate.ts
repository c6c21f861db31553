import type { ErrorObject } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { namedSchemas } from '../../schemas/index.js'
import { bodyErrors, invalidRequest } from '../http/request/faults.js'
import { createErrorLister, MAX_VISITS } from '../http/request/schema-errors.js'
import { CommandError } from './exit.js'
import { nameOf } from './input.js'

const listErrors = createErrorLister(namedSchemas)

/** The value, if it fits the schema; otherwise an error with a JSON pointer for each fault, as the service answers. */
export async function validated<T extends TSchema> (schema: T, value: unknown, path: string): Promise<Static<T>> {
  const id = String(Object(schema).$id)
  const errors = await errorsOf(id, value)
  if (isValid<T>(value, errors)) return value
  const { code, faults } = invalidRequest(errors)
  throw new CommandError(`${nameOf(path)} does not fit the schema ${id}`, { code, faults })
}

/**
 * What the list finds. It ends after a number of values, so the validator decides on larger ones; to compile that takes
 * longer than all the rest of the command.
 */
async function errorsOf (id: string, value: unknown): Promise<ErrorObject[]> {
  const { errors, visits } = listErrors({ $ref: `${id}#` }, value)
  if (errors.length > 0) return bodyErrors(value, { errors, visits })
  if (visits < MAX_VISITS) return []
  const { createValidatorCompiler } = await import('../http/request/validation.js')
  const validate = createValidatorCompiler(namedSchemas)({
    schema: { $ref: `${id}#` },
    method: 'POST',
    url: '',
    httpPart: 'body'
  })
  const found: unknown = Object(validate(value)).error
  return Array.isArray(found) ? found : []
}

function isValid<T extends TSchema> (_value: unknown, errors: readonly unknown[]): _value is Static<T> {
  return errors.length === 0
}
