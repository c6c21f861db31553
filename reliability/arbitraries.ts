import fc from 'fast-check'
import { at, isRecord, OPERATIONS, resolved, type Json, type Operation } from './openapi-document.js'

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '*',
  'x'.repeat(3_000),
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  '${aws:PrincipalArn}',
  '%7B%7D',
  'arn:aws:kms:::key/',
  '__proto__'
]
const NAMES = ['constructor', 'toString', 'hasOwnProperty', '', 'a/b', '~', 'Statement', 'operations', 'é']

/** Policies and parts of them, sound and not. */
const word = fc.constantFrom<unknown>(
  '*',
  'kms:*',
  'kms:Decrypt',
  'Allow',
  'Deny',
  'arn:aws:iam::111122223333:root',
  'personalize.amazonaws.com',
  'aws:SourceAccount',
  '111122223333',
  ...ODD
)
const principal = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: fc.oneof(word, fc.array(word)) }),
  fc.record({ Service: word }),
  word
)
const condition = fc.dictionary(
  fc.constantFrom(
    'StringEquals',
    'ArnLike',
    'Bool',
    'Null',
    'ForAllValues:StringLike',
    'NumericLessThan',
    'IpAddress',
    'Nonsense'
  ),
  fc.oneof(
    word,
    fc.dictionary(
      fc.constantFrom('aws:SourceAccount', 'kms:ViaService', 'aws:PrincipalArn', 'a'),
      fc.oneof(word, fc.array(word))
    )
  )
)
const statement = fc.record(
  {
    Sid: word,
    Effect: fc.constantFrom<unknown>('Allow', 'Deny', 'allow', 1),
    Principal: principal,
    NotPrincipal: principal,
    Action: fc.oneof(word, fc.array(word)),
    NotAction: word,
    Resource: fc.oneof(word, fc.array(word)),
    Condition: condition
  },
  { requiredKeys: ['Effect'] }
)
export const policyDocument = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        Version: fc.constantFrom<unknown>('2012-10-17', '2008-10-17', '2020-01-01'),
        Id: word,
        Statement: fc.oneof(fc.array(statement, { maxLength: 6 }), statement, word)
      },
      { requiredKeys: [] }
    )
  },
  { weight: 1, arbitrary: fc.object({ maxDepth: 4 }) }
)
const policyInput = fc.oneof(
  policyDocument,
  policyDocument.map((policy) => JSON.stringify(policy)),
  policyDocument.map((policy) => encodeURIComponent(JSON.stringify(policy))),
  fc.string()
)

const numberAt = (schema: unknown, name: string, otherwise: number): number => {
  const value = at(schema, name)
  return typeof value === 'number' ? value : otherwise
}

/** Values that fit a schema of the API document; recursion ends, for its schemas do. */
export function fitting (reference: unknown): fc.Arbitrary<unknown> {
  const schema = resolved(reference)
  const type = at(schema, 'type')
  const [choices, branches] = [at(schema, 'enum'), at(schema, 'anyOf')]
  if (Array.isArray(choices)) return fc.constantFrom<unknown>(...choices)
  if (Array.isArray(branches)) return fc.oneof(...branches.map(fitting))
  if (Array.isArray(type)) return policyInput
  if (type === 'string') return text(schema)
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer')
    return fc.integer({ min: numberAt(schema, 'minimum', 0), max: numberAt(schema, 'maximum', 1_000) })
  if (type === 'number') return fc.double({ noNaN: true, noDefaultInfinity: true })
  if (type === 'array') return list(schema)
  return type === 'object' ? object(schema) : fc.jsonValue({ maxDepth: 3 })
}

function text (schema: unknown): fc.Arbitrary<string> {
  const pattern = at(schema, 'pattern')
  const [minLength, maxLength] = [numberAt(schema, 'minLength', 0), numberAt(schema, 'maxLength', 200)]
  if (typeof pattern !== 'string')
    return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 200) })
  return fc
    .stringMatching(new RegExp(pattern))
    .filter((value) => value.length >= minLength && value.length <= maxLength)
}

function list (schema: unknown): fc.Arbitrary<unknown[]> {
  const items = fitting(at(schema, 'items'))
  const bounds = { minLength: numberAt(schema, 'minItems', 0), maxLength: Math.min(numberAt(schema, 'maxItems', 4), 4) }
  return at(schema, 'uniqueItems') === true
    ? fc.uniqueArray(items, { ...bounds, selector: (item) => JSON.stringify(item) })
    : fc.array(items, bounds)
}

function object (schema: unknown): fc.Arbitrary<Json> {
  const [properties, required, rest] = [
    at(schema, 'properties'),
    at(schema, 'required'),
    at(schema, 'additionalProperties')
  ]
  const members = fc.record(
    Object.fromEntries(Object.entries(Object(properties)).map(([name, member]) => [name, fitting(member)])),
    { requiredKeys: Array.isArray(required) ? required : [] }
  )
  const known: fc.Arbitrary<Json> = members.map((value) => ({ ...value }))
  if (!isRecord(rest)) return known
  return fc
    .tuple(known, fc.dictionary(fc.constantFrom('a', 'aws:SourceAccount', 'x/y'), fitting(rest), { maxKeys: 3 }))
    .map(([value, more]) => ({ ...more, ...value }))
}

type Change = { seed: number; kind: 'remove' | 'replace' | 'repeat' | 'add'; odd: unknown; name: string }
const change: fc.Arbitrary<Change> = fc.record({
  seed: fc.nat(),
  kind: fc.constantFrom('remove', 'replace', 'repeat', 'add'),
  odd: fc.constantFrom(...ODD),
  name: fc.constantFrom(...NAMES)
})

interface Place {
  holder: unknown[] | Json
  key: string
}

/** All places of a value that can be changed: holders, with the name or index in them. */
function places (value: unknown): Place[] {
  if (Array.isArray(value))
    return value.flatMap((item, index): Place[] => [{ holder: value, key: String(index) }, ...places(item)])
  return isRecord(value)
    ? Object.entries(value).flatMap(([key, member]): Place[] => [{ holder: value, key }, ...places(member)])
    : []
}

function changed (value: unknown, { seed, kind, odd, name }: Change): unknown {
  const copy: unknown = structuredClone(value)
  const all = places(copy)
  const place = all[seed % Math.max(1, all.length)]
  if (place === undefined) return odd
  const { holder, key } = place
  if (Array.isArray(holder)) {
    const index = Number(key)
    if (kind === 'remove') holder.splice(index, 1)
    else if (kind === 'replace') holder[index] = odd
    else holder.push(kind === 'add' ? odd : holder[index])
  } else if (kind === 'remove') Reflect.deleteProperty(holder, key)
  else if (kind === 'add') holder[name] = odd
  else holder[key] = kind === 'replace' ? odd : [holder[key], holder[key]]
  return copy
}

/** A valid example with a few things changed. */
export function mutated (examples: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...examples), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([example, changes]) => changes.reduce(changed, example))
}

export const operationsWithBody: readonly Operation[] = OPERATIONS.filter(({ hasBody }) => hasBody)
