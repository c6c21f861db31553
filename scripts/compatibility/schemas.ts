import { type Break, type Json, isRecord, list, record, same, show, target } from './json.js'

/**
 * `request`: every value that the released schema takes must still be taken. `response`: every value sent now must be
 * of the released shape; more members, more values of an enumeration and wider limits are additions that clients bear.
 */
export type Direction = 'request' | 'response'

/** The schema of the values that come (`from`) and of those that are expected (`to`), each with its document. */
export interface Side {
  schema: unknown
  document: Json
}
export interface Pair {
  from: Side
  to: Side
  direction: Direction
  where: string
  seen: ReadonlySet<string>
}

const ALTERNATIVES = ['anyOf', 'oneOf']

/** What of `from` does not fit `to`. Never silent: what it cannot compare has to be equal. */
export function schemaBreaks (pair: Pair): Break[] {
  const { from, to } = pair
  const key = referenceKey(from.schema, to.schema)
  if (key !== undefined && pair.seen.has(key)) return []
  const seen = key === undefined ? pair.seen : new Set([...pair.seen, key])
  return alternativesOf(from).flatMap((parts) =>
    conjuncts(to).flatMap((part) => partBreaks({ ...pair, seen }, parts, part))
  )
}

/** Schemas that refer to themselves: a pair under comparison is not compared again inside itself. */
function referenceKey (from: unknown, to: unknown): string | undefined {
  const references = [record(from)['$ref'], record(to)['$ref']]
  return references.some((reference) => reference !== undefined) ? JSON.stringify([from, to]) : undefined
}

/** `parts` hold together; one of them suffices for each thing that is expected. */
function partBreaks (pair: Pair, parts: unknown[], to: unknown): Break[] {
  const expected = { schema: to, document: pair.to.document }
  const own = fewest(
    parts.map((schema) => ownBreaks({ ...pair, from: { schema, document: pair.from.document }, to: expected }))
  )
  const choices = ALTERNATIVES.flatMap((keyword) =>
    isRecord(to) && to[keyword] !== undefined ? [list(to[keyword])] : []
  )
  return [
    ...own,
    ...choices.flatMap((alternatives) => {
      const schema = parts.length === 1 ? parts[0] : { allOf: parts }
      const from = { schema, document: pair.from.document }
      return fewest(
        alternatives.map((alternative) =>
          schemaBreaks({ ...pair, from, to: { schema: alternative, document: pair.to.document } })
        )
      )
    })
  ]
}

/** Without the alternatives of `to`: those are tried one by one. */
function ownBreaks (pair: Pair): Break[] {
  const {
    from: { schema: from },
    to: { schema: to },
    where
  } = pair
  if (from === false) return []
  if (to === false) return [{ where, what: 'nothing is expected here' }]
  const expected = relevant(record(to), typesOf(record(from)))
  if (isBare(expected)) return []
  return [...valueBreaks(record(from), expected, pair.direction, where), ...objectBreaks(record(from), expected, pair)]
}

/** The alternatives of a schema, each as the parts that hold together. */
function alternativesOf ({ schema, document }: Side): unknown[][] {
  return conjuncts({ schema, document }).reduce<unknown[][]>(
    (found, part) => {
      const keyword = ALTERNATIVES.find((keyword) => isRecord(part) && part[keyword] !== undefined)
      if (keyword === undefined) return found.map((parts) => [...parts, part])
      const { [keyword]: alternatives, ...rest } = record(part)
      const common = isBare(rest) ? [] : [rest]
      const expanded = list(alternatives).flatMap((alternative) => alternativesOf({ schema: alternative, document }))
      return found.flatMap((parts) => expanded.map((alternative) => [...parts, ...common, ...alternative]))
    },
    [[]]
  )
}

const ANNOTATIONS = new Set([
  ...ALTERNATIVES,
  'description',
  'title',
  'examples',
  'example',
  'deprecated',
  '$comment',
  '$id'
])
const isBare = (schema: Json): boolean => Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))

/** A schema without `allOf` and `$ref`: what they mean stands beside its own keywords. */
function conjuncts ({ schema, document }: Side): unknown[] {
  if (!isRecord(schema)) return [schema ?? true]
  const { $ref: reference, allOf, ...own } = schema
  const others = [...(typeof reference === 'string' ? [target(document, reference)] : []), ...list(allOf)]
  const nothing = others.length > 0 && isBare(own) && ALTERNATIVES.every((keyword) => own[keyword] === undefined)
  return [...(nothing ? [] : [own]), ...others.flatMap((other) => conjuncts({ schema: other, document }))]
}

/** The result that comes nearest: no breaks at all, or what to tell of the alternative that is most alike. */
function fewest (results: Break[][]): Break[] {
  return (
    results.reduce<Break[] | undefined>(
      (best, result) => (best === undefined || result.length < best.length ? result : best),
      undefined
    ) ?? []
  )
}

/** Members, items and embedded content of `from` that do not fit `to`. */
function objectBreaks (from: Json, to: Json, pair: Pair): Break[] {
  const inner = (step: string, fromSchema: unknown, toSchema: unknown): Break[] =>
    schemaBreaks({
      ...pair,
      from: { schema: fromSchema, document: pair.from.document },
      to: { schema: toSchema, document: pair.to.document },
      where: `${pair.where}/${step}`
    })
  return [
    ...requiredBreaks(from, to, pair),
    ...memberBreaks(from, to, pair, inner),
    ...['items', 'contentSchema'].flatMap((keyword) =>
      to[keyword] === undefined ? [] : inner(keyword, from[keyword], to[keyword])
    )
  ]
}

function requiredBreaks (from: Json, to: Json, { direction, where }: Pair): Break[] {
  const given = list(from['required'])
  const what = direction === 'request' ? 'is required now' : 'is no longer always sent'
  return list(to['required'])
    .filter((name) => !given.includes(name))
    .map((name) => ({ where: `${where}/${name}`, what }))
}

function memberBreaks (
  from: Json,
  to: Json,
  { direction, where }: Pair,
  inner: (step: string, from: unknown, to: unknown) => Break[]
): Break[] {
  const [given, expected] = [record(from['properties']), record(to['properties'])]
  const { removed, kept } = membersOf(
    direction === 'request' ? given : expected,
    direction === 'request' ? expected : given
  )
  const [others, otherExpected] = [from['additionalProperties'], to['additionalProperties']]
  const compared =
    otherExpected === undefined || (direction === 'response' && otherExpected === false)
      ? []
      : inner('*', others ?? true, otherExpected)
  // Members that only a request of today may have, or only an answer of today has, are additions; but if the other
  // side takes any member of one schema, they have to be of it.
  const added =
    direction === 'response' && typeof otherExpected === 'object'
      ? Object.keys(given).filter((name) => !(name in expected))
      : []
  const opened =
    direction === 'request' && typeof others === 'object'
      ? Object.keys(expected).filter((name) => !(name in given))
      : []
  return [
    ...removed.map((name) => ({ where: `${where}/${name}`, what: 'removed' })),
    ...kept.flatMap((name) => inner(name, given[name], expected[name])),
    ...added.flatMap((name) => inner(name, given[name], otherExpected)),
    ...opened.flatMap((name) => inner(name, others, expected[name])),
    ...compared
  ]
}

function membersOf (released: Json, current: Json): { removed: string[]; kept: string[] } {
  const names = Object.keys(released)
  return { removed: names.filter((name) => !(name in current)), kept: names.filter((name) => name in current) }
}

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string']
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
/** Keywords that are compared as they stand: another value may let in less. */
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
function relevant (schema: Json, types: unknown[]): Json {
  const present = types.map((type) => (type === 'integer' ? 'number' : type))
  const silent = Object.entries(OF_TYPE).flatMap(([type, keywords]) => (present.includes(type) ? [] : keywords))
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !silent.includes(keyword)))
}

/** Types, enumerations and limits of `from` that `to` does not hold. */
function valueBreaks (from: Json, to: Json, direction: Direction, where: string): Break[] {
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
function typesOf (schema: Json): unknown[] {
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
