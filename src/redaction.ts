const SECRETS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'x-amz-security-token', 'secretaccesskey', 'sessiontoken', 'accesskeyid'])
const CENSORED = '[redacted]'
/** Deeper than anything that is logged; what refers to itself ends here. */
const MAX_DEPTH = 8

/**
 * What is logged, with the values of secret members cut, at whatever depth. Flat facts, as nearly every line has them, come
 * back as they are: patterns of paths would be tried on each of them, at several times the cost of the line itself.
 */
export function redacted (facts: Record<string, unknown>, serialized: ReadonlySet<string> = new Set()): Record<string, unknown> {
  return Object.keys(facts).some((name) => needsCare(name, facts[name])) ? cut(facts, serialized, 0) : facts
}

function needsCare (name: string, value: unknown): boolean {
  return holdsMembers(value) || isSecret(name)
}

function holdsMembers (value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every((item) => typeof item === 'string'))
}

/** Names of members come from the code, so there are few, but every line has ten of them. */
const known = new Map<string, boolean>()

function isSecret (name: string): boolean {
  const before = known.get(name)
  if (before !== undefined) return before
  const isOne = SECRETS.has(name.toLowerCase())
  if (known.size < 1_000) known.set(name, isOne)
  return isOne
}

function cut (holder: object, serialized: ReadonlySet<string>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(holder).map(([name, value]) => [name, isSecret(name) ? CENSORED : serialized.has(name) ? value : cutValue(value, depth)]))
}

function cutValue (value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value
  if (depth === MAX_DEPTH) return '[too deep]'
  return Array.isArray(value) ? value.map((item) => cutValue(item, depth + 1)) : cut(value, new Set(), depth + 1)
}
