import { type Break, type Json, list, record, resolve, same, show } from './json.js'

/**
 * Credentials that sufficed have to suffice still: no further scheme, no further scope, and the schemes mean the
 * same.
 */
export function securityBreaks (
  { released, current }: { released: Json; current: Json },
  before: Json,
  after: Json,
  where: string
): Break[] {
  const [old, now] = [requirementsOf(released, before), requirementsOf(current, after)]
  return old.flatMap((given) => {
    const suffices = now.some((demanded) =>
      Object.entries(demanded).every(([scheme, scopes]) => {
        const had = given[scheme]
        return (
          had !== undefined &&
          list(scopes).every((scope) => list(had).includes(scope)) &&
          isSameScheme(released, current, scheme)
        )
      })
    )
    return suffices ? [] : [{ where: `${where} security`, what: `${show(given)} no longer suffices: ${show(now)}` }]
  })
}

/** The ways in; `{}` is the way without credentials. */
function requirementsOf (document: Json, operation: Json): Json[] {
  const ways = list(operation['security'] ?? document['security']).map(record)
  return ways.length === 0 ? [{}] : ways
}

function isSameScheme (released: Json, current: Json, name: string): boolean {
  const [old, now] = [released, current].map((document) => {
    const { description: _, ...scheme } = resolve(
      document,
      record(record(document['components'])['securitySchemes'])[name]
    )
    return scheme
  })
  return same(old, now)
}
