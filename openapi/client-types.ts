import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'
import { isObject } from '../src/json/json.js'

/**
 * The types of the client, from the API document. A member with a default stays optional: the service fills it in,
 * not the caller.
 */
export async function clientTypes (document: string): Promise<string> {
  const typed = JSON.stringify(JSON.parse(document, withoutAlternatives))
  const options = { defaultNonNullable: false, emptyObjectsUnknown: true, silent: true }
  return COMMENT_HEADER + astToString(await openapiTS(typed, options))
}

/** That one of several members has to be there is more than a type says; the others would make it `unknown`. */
function withoutAlternatives (_name: string, value: unknown): unknown {
  if (!isObject(value) || !Array.isArray(value['anyOf'])) return value
  const isAlternative = (branch: unknown): boolean => isObject(branch) && Object.keys(branch).join() === 'required'
  if (!value['anyOf'].every(isAlternative)) return value
  const { anyOf: _, ...rest } = value
  return rest
}
