import { namedSchemas } from '../schemas/index.js'

const named = new Map(namedSchemas.map((schema) => [`${String(Reflect.get(schema, '$id'))}#`, schema]))
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const USAGE = { operations: ['datasetGroup'], roleArns: ['arn:aws:iam::111122223333:role/a'], kmsKeyArns: [KEY] }

const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index))

/** A value with every array and map at its limit and each leaf of a type that the schema does not have. */
export function wrongValue (schema: unknown, width: number): unknown {
  const at = (name: string): unknown => Reflect.get(Object(schema), name)
  const reference = named.get(String(at('$ref')))
  if (reference !== undefined) return wrongValue(reference, width)
  const branches = at('anyOf')
  // The branch that goes deepest is the one that costs.
  if (Array.isArray(branches))
    return wrongValue(branches.find((branch) => Reflect.has(branch, 'items')) ?? branches[0], width)
  if (at('items') !== undefined)
    return many(Math.min(Number(at('maxItems') ?? width), width), () => wrongValue(at('items'), width))
  const maps = Object.values(Object(at('patternProperties')))
  const members = Object.entries(Object(at('properties'))).map(
    ([name, member]) => [name, wrongValue(member, width)] as const
  )
  if (maps[0] !== undefined)
    members.push(...many(width, (index) => [`aws:k${index}`, wrongValue(maps[0], width)] as const))
  return members.length > 0 ? Object.fromEntries(members) : 1.5
}

/** Parts of a body for `POST /verify/documents` that fit the schema and have as many values as 1 MiB may hold. */
const LARGE_VALID_PARTS: Record<string, object> = {
  'grants without properties of ours': {
    keys: [{ kmsKeyArn: KEY, keyPolicy: {}, grants: many(98_000, () => ({ a: 1 })) }]
  },
  'grants with their operations': {
    keys: [{ kmsKeyArn: KEY, keyPolicy: {}, grants: many(9_000, () => ({ Operations: many(7, () => 'Decrypt') })) }]
  },
  'objects with properties that no schema names': {
    keys: many(8, (index) => ({
      kmsKeyArn: KEY,
      keyPolicy: {},
      metadata: Object.fromEntries(many(9_900, (name) => [`k${index}${name}`, 1]))
    }))
  },
  'context of many keys': {
    context: Object.fromEntries(many(9_000, (index) => [`aws:k${index}`, many(9, String)]))
  },
  'service control policies': { serviceControlPolicies: many(5, () => many(5, () => ({}))) }
}

/** Large bodies that fit the schema but for an unknown member, by what they are. */
export function validButForTheEnd (): Array<{ what: string; body: object }> {
  return Object.entries(LARGE_VALID_PARTS).map(([what, part]) => ({
    what,
    body: { usage: USAGE, keys: [], roles: [], ...part, unknown: 1 }
  }))
}
