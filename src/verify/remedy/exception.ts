import type { Policy } from '../../iam/document/policy-document.js'
import { asList, isObject, type JsonObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { policyEvidence, type PolicyEvidence } from '../read/evidence.js'

/** A negated condition: a Deny with it does not apply to the values. */
export interface Exception {
  operator: string
  key: string
  values: string[]
}

/** Amazon Personalize itself. */
export const SERVICE_EXCEPTION: Exception = {
  operator: 'StringNotEquals',
  key: 'aws:PrincipalServiceName',
  values: [SERVICE_PRINCIPAL]
}

/** All conditions of a statement must hold, and a negated operator takes none of its values. */
export function withException (statement: JsonObject, { operator, key, values }: Exception): JsonObject {
  const conditions = isObject(statement['Condition']) ? statement['Condition'] : {}
  const keys = isObject(conditions[operator]) ? conditions[operator] : {}
  const name = Object.keys(keys).find((name) => name.toLowerCase() === key.toLowerCase()) ?? key
  const all = [...asList(keys[name] ?? []), ...values]
  return {
    ...statement,
    Condition: { ...conditions, [operator]: { ...keys, [name]: all.length === 1 ? all[0] : all } }
  }
}

/** The policy with another statement in this place. */
export function withStatement (
  { policy, document = {} }: PolicyEvidence,
  index: number,
  statement: JsonObject
): PolicyEvidence {
  return policyEvidence(policy.name, { ...document, Statement: asList(document['Statement']).with(index, statement) })
}

/** The policies of a layer with one in place of another. */
export function inPlaceOf<T extends { policies: readonly Policy[] }> (layer: T, before: Policy, after: Policy): T {
  return { ...layer, policies: layer.policies.map((policy) => (policy === before ? after : policy)) }
}
