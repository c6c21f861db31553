/** What a text of the configuration holds; undefined where it is no JSON. */
export function parseJson (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A JSON object: its members, whatever their names. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject (value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A policy element that may be one value or a list of them, as a list. */
export function asList (value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/**
 * A value as a report names it: a text by its beginning, anything else by its kind; documents may be of any size and
 * depth.
 */
export function describe (value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : String(value)
}

/** One segment of a JSON pointer (RFC 6901). */
export function pointerSegment (name: string): string {
  return !name.includes('~') && !name.includes('/') ? name : name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** What was not understood, and where in its document. */
export interface Unsupported {
  pointer: string
  what: string
}
