import { type Break, type Json, isRecord, list, record, target } from './json.js'
import { type Direction, relevant, typesOf, valueBreaks } from './values.js'

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
  const alternatives = alternativesOf(from)
  const known = pair.direction === 'response' ? withoutNewKinds(alternatives, alternativesOf(to)) : alternatives
  return known.flatMap((parts) =>
    conjuncts(to).flatMap((part) => partBreaks({ ...pair, seen }, parts, part))
  )
}

/**
 * Answers of one kind each, which a constant names: a further kind is an addition, like a further word of an enumeration,
 * as long as every released kind is still there.
 */
function withoutNewKinds (alternatives: unknown[][], released: unknown[][]): unknown[][] {
  const [first] = released
  if (first === undefined || released.length < 2) return alternatives
  const tag = [...constantsOf(first).keys()].find((name) => released.every((parts) => constantsOf(parts).has(name)))
  if (tag === undefined) return alternatives
  const kindOf = (parts: unknown[]): unknown => constantsOf(parts).get(tag)
  const [before, now] = [new Set(released.map(kindOf)), new Set(alternatives.map(kindOf))]
  if (![...before].every((kind) => now.has(kind))) return alternatives
  return alternatives.filter((parts) => kindOf(parts) === undefined || before.has(kindOf(parts)))
}

/** The required members of an alternative that have one value only. */
function constantsOf (parts: readonly unknown[]): Map<string, unknown> {
  const required = new Set(parts.flatMap((part) => list(record(part)['required'])))
  const members = parts.flatMap((part) => Object.entries(record(record(part)['properties'])))
  return new Map(
    members.flatMap(([name, member]): Array<[string, unknown]> => {
      const { const: value } = record(member)
      return value !== undefined && required.has(name) ? [[name, value]] : []
    })
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
  // A schema that names no members says nothing of them, such as `anyOf: [{ required: ['a'] }, { required: ['b'] }]`.
  const isSilent = direction === 'request' && to['properties'] === undefined && otherExpected === undefined
  return [
    ...(isSilent ? [] : removed.map((name) => ({ where: `${where}/${name}`, what: 'removed' }))),
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
