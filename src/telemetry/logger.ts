import { type LoggerOptions, stdSerializers, stdTimeFunctions } from 'pino'

const SECRETS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-amz-security-token',
  'secretaccesskey',
  'sessiontoken',
  'accesskeyid'
])
const CENSORED = '[redacted]'
/** Deeper than anything that is logged; what refers to itself ends here. */
const MAX_DEPTH = 8

/**
 * What is logged, with the values of secret members cut, at whatever depth. Flat facts, as nearly every line has
 * them, come back as they are: patterns of paths would be tried on each of them, at several times the cost of the
 * line itself.
 */
export function redacted (
  facts: Record<string, unknown>,
  serialized: ReadonlySet<string> = new Set()
): Record<string, unknown> {
  for (const name in facts)
    if (Object.hasOwn(facts, name) && needsRedaction(name, facts[name])) return redactMembers(facts, serialized, 0)
  return facts
}

function needsRedaction (name: string, value: unknown): boolean {
  return isSecret(name) || (holdsMembers(value) && !isFlat(value))
}

/** Whether no member holds members or is secret. */
function isFlat (value: object): boolean {
  for (const name in value)
    if (isSecret(name) || typeof Reflect.get(value, name) === 'object') return false
  return true
}

function holdsMembers (value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(Array.isArray(value) && value.every((item) => typeof item === 'string'))
  )
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

function redactMembers (holder: object, serialized: ReadonlySet<string>, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(holder).map(([name, value]) => [
      name,
      isSecret(name) ? CENSORED : serialized.has(name) ? value : redactValue(value, depth)
    ])
  )
}

function redactValue (value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value
  if (depth === MAX_DEPTH) return '[too deep]'
  return Array.isArray(value)
    ? value.map((item) => redactValue(item, depth + 1))
    : redactMembers(value, new Set(), depth + 1)
}

/** Members that a serializer reduces to what may be logged; the others are logged as they come. */
const SERIALIZED = new Set(['err', 'req', 'res'])

/** Errors carry what they are about: a command of Redis its password, a failed request its headers. */
const LOGGED_ERROR_FIELDS = ['type', 'message', 'code', 'stack']

/**
 * Nothing logs headers, bodies or credentials; should something ever hand over an object that holds them, they are
 * cut.
 */
export function loggerOptions (level: string): LoggerOptions {
  return {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (facts) => redacted(facts, SERIALIZED) },
    serializers: {
      err: (error: Error) =>
        Object.fromEntries(LOGGED_ERROR_FIELDS.map((name) => [name, Reflect.get(stdSerializers.err(error), name)]))
    }
  }
}
