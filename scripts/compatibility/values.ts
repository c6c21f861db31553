import { type Break, type Json, list, same, show } from './json.js'

/**
 * `request`: every value that the released schema takes must still be taken. `response`: every value sent now must be
 * of the released shape; more members, more values of an enumeration and wider limits are additions that clients bear.
 */
export type Direction = 'request' | 'response'

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string']
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
/** Keywords that are compared for equality: another value may accept less. */
const EQUAL_IN_REQUESTS = ['pattern', 'format', 'multipleOf']
const EQUAL = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'minContains',
  'maxContains',
  'prefixItems',
  'propertyNames',
  'patternProperties',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contentMediaType',
  'contentEncoding',
  '$dynamicRef'
]

const OF_TYPE: Record<string, string[]> = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'maxProperties',
    'minProperties',
    'dependentRequired',
    'dependentSchemas',
    'unevaluatedProperties'
  ],
  array: [
    'items',
    'prefixItems',
    'contains',
    'minContains',
    'maxContains',
    'maxItems',
    'minItems',
    'uniqueItems',
    'unevaluatedItems'
  ],
  string: ['pattern', 'format', 'maxLength', 'minLength', 'contentMediaType', 'contentEncoding', 'contentSchema'],
  number: ['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum', 'multipleOf']
}

/** A schema without the keywords that say nothing of values of these types. */
export function relevant (schema: Json, types: unknown[]): Json {
  const present = types.map((type) => (type === 'integer' ? 'number' : type))
  const silent = Object.entries(OF_TYPE).flatMap(([type, keywords]) => (present.includes(type) ? [] : keywords))
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !silent.includes(keyword)))
}

/** Types, enumerations and limits of `from` that `to` does not hold. */
export function valueBreaks (from: Json, to: Json, direction: Direction, where: string): Break[] {
  const requests = direction === 'request'
  return [
    ...typeBreaks(from, to),
    ...enumerationBreaks(from, to, direction),
    ...EQUAL.filter((keyword) => to[keyword] !== undefined && !same(from[keyword], to[keyword])).map((keyword) =>
      changed(keyword, from, to)
    ),
    ...(requests ? limitBreaks(from, to) : []),
    ...(requests && from['default'] !== undefined && !same(from['default'], to['default'])
      ? [changed('default', from, to)]
      : [])
  ].map((what) => ({ where, what }))
}

const changed = (keyword: string, from: Json, to: Json): string =>
  `${keyword} ${show(from[keyword])} and ${show(to[keyword])} are not the same`

function typeBreaks (from: Json, to: Json): string[] {
  if (to['type'] === undefined) return []
  const expected = typesOf(to)
  const others = typesOf(from).filter(
    (type) => !expected.includes(type) && !(type === 'integer' && expected.includes('number'))
  )
  return others.length === 0 ? [] : [`type ${others.join(', ')} is outside ${expected.join(', ')}`]
}

/** The types that a schema accepts: those of `type`, else those of its values, else all. */
export function typesOf (schema: Json): unknown[] {
  if (schema['type'] !== undefined) return Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  const values = enumerated(schema)
  return values === undefined ? TYPES : [...new Set(values.map(typeOf))]
}

function typeOf (value: unknown): string {
  if (value === null) return 'null'
  if (Number.isInteger(value)) return 'integer'
  return Array.isArray(value) ? 'array' : typeof value
}

const enumerated = (schema: Json): unknown[] | undefined =>
  schema['const'] !== undefined ? [schema['const']] : Array.isArray(schema['enum']) ? schema['enum'] : undefined

function enumerationBreaks (from: Json, to: Json, direction: Direction): string[] {
  const expected = enumerated(to)
  if (expected === undefined) return []
  const values = enumerated(from)
  if (values === undefined) return [`any value, where only ${show(expected)} is expected`]
  // A new word in an enumeration of answers is an addition; another constant tells another kind of answer.
  if (direction === 'response' && to['const'] === undefined) return []
  const others = values.filter((value) => !expected.some((known) => same(known, value)))
  return others.length === 0 ? [] : [`${others.map(show).join(', ')} is outside ${show(expected)}`]
}

function limitBreaks (from: Json, to: Json): string[] {
  const outside = (keyword: string, isOutside: (value: number, limit: number) => boolean): string[] => {
    const [value, limit] = [from[keyword], to[keyword]]
    if (typeof limit !== 'number' || (typeof value === 'number' && !isOutside(value, limit))) return []
    return list(from['enum']).length > 0 && same(from['enum'], to['enum'])
      ? []
      : [`${keyword} ${show(value)} → ${show(limit)}`]
  }
  return [
    ...UPPER.flatMap((keyword) => outside(keyword, (value, limit) => value > limit)),
    ...LOWER.flatMap((keyword) => outside(keyword, (value, limit) => value < limit)),
    ...(to['uniqueItems'] === true && from['uniqueItems'] !== true ? ['items must now be unique'] : []),
    ...EQUAL_IN_REQUESTS.filter((keyword) => to[keyword] !== undefined && !same(from[keyword], to[keyword])).map(
      (keyword) => changed(keyword, from, to)
    )
  ]
}
