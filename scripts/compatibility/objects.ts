import { type Break, type Json, list, record } from './json.js'
import { schemaBreaks, type Pair } from './schemas.js'

/** Members, items and embedded content of `from` that do not fit `to`. */
export function objectBreaks (from: Json, to: Json, pair: Pair): Break[] {
  const inner = (step: string, fromSchema: unknown, toSchema: unknown): Break[] => schemaBreaks({
    ...pair,
    from: { schema: fromSchema, document: pair.from.document },
    to: { schema: toSchema, document: pair.to.document },
    where: `${pair.where}/${step}`
  })
  return [
    ...requiredBreaks(from, to, pair),
    ...memberBreaks(from, to, pair, inner),
    ...['items', 'contentSchema'].flatMap((keyword) => to[keyword] === undefined ? [] : inner(keyword, from[keyword], to[keyword]))
  ]
}

function requiredBreaks (from: Json, to: Json, { direction, where }: Pair): Break[] {
  const given = list(from['required'])
  const what = direction === 'request' ? 'is required now' : 'is no longer always sent'
  return list(to['required']).filter((name) => !given.includes(name)).map((name) => ({ where: `${where}/${name}`, what }))
}

function memberBreaks (from: Json, to: Json, { direction, where }: Pair, inner: (step: string, from: unknown, to: unknown) => Break[]): Break[] {
  const [given, expected] = [record(from['properties']), record(to['properties'])]
  const { removed, kept } = membersOf(direction === 'request' ? given : expected, direction === 'request' ? expected : given)
  const [others, otherExpected] = [from['additionalProperties'], to['additionalProperties']]
  const compared = otherExpected === undefined || (direction === 'response' && otherExpected === false) ? [] : inner('*', others ?? true, otherExpected)
  // Members that only a request of today may have, or only an answer of today has, are additions; but if the other
  // side takes any member of one schema, they have to be of it.
  const added = direction === 'response' && typeof otherExpected === 'object' ? Object.keys(given).filter((name) => !(name in expected)) : []
  const opened = direction === 'request' && typeof others === 'object' ? Object.keys(expected).filter((name) => !(name in given)) : []
  return [
    ...removed.map((name) => ({ where: `${where}/${name}`, what: 'removed' })),
    ...kept.flatMap((name) => inner(name, given[name], expected[name])),
    ...added.flatMap((name) => inner(name, given[name], otherExpected)),
    ...opened.flatMap((name) => inner(name, others, expected[name])),
    ...compared
  ]
}

function membersOf (released: Json, current: Json): { removed: string[], kept: string[] } {
  const names = Object.keys(released)
  return { removed: names.filter((name) => !(name in current)), kept: names.filter((name) => name in current) }
}
