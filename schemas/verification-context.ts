import { Type, type Static } from 'typebox'

export const ContextKeys = Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]), {
  $id: 'ContextKeys',
  description: 'Condition keys and their values in the request, as the caller knows them.'
})
export type ContextKeys = Static<typeof ContextKeys>

const values = [{ type: 'string' }, { type: 'array', items: { type: 'string' } }]
const ofPrincipal = { type: 'object', additionalProperties: { anyOf: values } }

/** Condition keys for both principals, or `{ role, service }` with those of each. */
export const VerificationContext = Type.Unsafe<ContextKeys | { role?: ContextKeys; service?: ContextKeys }>({
  $id: 'VerificationContext',
  type: 'object',
  properties: { role: ofPrincipal, service: ofPrincipal },
  additionalProperties: { anyOf: values },
  description:
    'Condition keys that the caller knows: one object for both principals, or `{ "role": {…}, "service": {…} }`.'
})
export type VerificationContext = Static<typeof VerificationContext>
