import type { ContextKeys, VerificationContext } from '../../../schemas/verification-context.js'
import type { FieldError } from '../../errors.js'
import { isObject, pointerSegment } from '../../json/json.js'

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

/** A key as AWS names it, and as the request does: by its ARN or by that of an alias. */
interface NamedKey {
  requestedArn: string
  kmsKeyArn: string
}

/** What is given for one reference of a key is given for the key. */
export function withReferences (context: GivenContext, keys: readonly NamedKey[]): GivenContext {
  const given = Object.keys(context.keys)
  const named = keys.filter(({ requestedArn, kmsKeyArn }) => requestedArn !== kmsKeyArn && given.includes(requestedArn))
  if (named.length === 0) return context
  const byArn: Record<string, ContextKeys> = { ...context.keys }
  for (const { requestedArn, kmsKeyArn } of named)
    byArn[kmsKeyArn] = { ...byArn[kmsKeyArn], ...context.keys[requestedArn] }
  return { ...context, keys: byArn }
}

/** The condition keys that have another value under another reference of the same key. */
export function contextFaultsOf (context: VerificationContext | undefined, keys: readonly NamedKey[]): FieldError[] {
  const given = parseContext(context).keys
  const known = new Map<string, string>()
  return keys.flatMap(({ requestedArn, kmsKeyArn }) =>
    Object.entries(given[requestedArn] ?? {}).flatMap(([name, value]) => {
      const [id, text] = [`${kmsKeyArn} ${name.toLowerCase()}`, JSON.stringify(value)]
      const other = known.get(id) ?? text
      known.set(id, other)
      const pointer = `/context/keys/${pointerSegment(requestedArn)}/${pointerSegment(name)}`
      return other === text ? [] : [{ pointer, detail: `differs from the value for the same key ${kmsKeyArn}` }]
    })
  )
}

/** The entries whose values are those of condition keys. */
function keysIn (object: Readonly<Record<string, unknown>>): ContextKeys {
  return Object.fromEntries(
    Object.entries(object).filter(
      (entry): entry is [string, string | string[]] => typeof entry[1] === 'string' || Array.isArray(entry[1])
    )
  )
}
