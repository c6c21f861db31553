import { Type, type Static } from 'typebox'

export const ContextKeys = Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]), {
  $id: 'ContextKeys',
  description: 'Condition keys and their values in the request, as the caller knows them.'
})
export type ContextKeys = Static<typeof ContextKeys>

const values = [{ type: 'string' }, { type: 'array', items: { type: 'string' } }]
const ofPrincipal = { type: 'object', additionalProperties: { anyOf: values } }

const byArn = { type: 'object', additionalProperties: ofPrincipal }

/** Condition keys for both principals, or with those of each principal, each role and each key. */
export const VerificationContext = Type.Unsafe<
  | ContextKeys
  | {
    role?: ContextKeys
    service?: ContextKeys
    roles?: Record<string, ContextKeys>
    keys?: Record<string, ContextKeys>
  }
>({
  $id: 'VerificationContext',
  type: 'object',
  properties: { role: ofPrincipal, service: ofPrincipal, roles: byArn, keys: byArn },
  additionalProperties: { anyOf: values },
  description:
    'Condition keys that the caller knows: one object for both principals, or `{ "role": {…}, "service": {…} }`; ' +
    'also for single roles and keys: `{ "roles": { "<arn>": {…} }, "keys": { "<arn>": {…} } }`.'
})
export type VerificationContext = Static<typeof VerificationContext>
