import type { ContextKeys, VerificationContext } from '../../../schemas/verification-context.js'
import { isObject } from '../../json/json.js'

/** The condition keys that a request gives, by what they belong to. */
export interface GivenContext {
  role: ContextKeys
  service: ContextKeys
  /** For no principal in particular. */
  both: ContextKeys
  /** By ARN: of the calls of one role, and of all calls to one key. */
  roles: Readonly<Record<string, ContextKeys>>
  keys: Readonly<Record<string, ContextKeys>>
}

/** Takes the context of a request apart: `{ role, service, roles, keys }`, or one object for both principals. */
export function parseContext (context: VerificationContext = {}): GivenContext {
  const entries = Object.entries(context)
  const member = (name: string): ContextKeys => {
    const value: unknown = entries.find(([key]) => key === name)?.[1]
    return isObject(value) ? keysIn(value) : {}
  }
  const byArn = (name: string): Record<string, ContextKeys> => {
    const value: unknown = entries.find(([key]) => key === name)?.[1]
    if (!isObject(value)) return {}
    return Object.fromEntries(
      Object.entries(value).flatMap(([arn, keys]) => (isObject(keys) ? [[arn, keysIn(keys)]] : []))
    )
  }
  return {
    role: member('role'),
    service: member('service'),
    both: keysIn(Object.fromEntries(entries)),
    roles: byArn('roles'),
    keys: byArn('keys')
  }
}

/** The entries whose values are those of condition keys. */
function keysIn (object: Readonly<Record<string, unknown>>): ContextKeys {
  return Object.fromEntries(
    Object.entries(object).filter(
      (entry): entry is [string, string | string[]] => typeof entry[1] === 'string' || Array.isArray(entry[1])
    )
  )
}
