import { isDeepStrictEqual } from 'node:util'

export type Json = Record<string, unknown>

/** A part of the API that callers of the released one can no longer rely on. */
export interface Break {
  where: string
  what: string
}

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const record = (value: unknown): Json => (isRecord(value) ? value : {})
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b)
export const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value))

/** Follows `$ref` to the end; what leads nowhere is an error, never "no constraint". */
export function resolve (document: Json, value: unknown): Json {
  const seen = new Set<string>()
  let found = value
  while (isRecord(found) && typeof found['$ref'] === 'string') {
    const reference = found['$ref']
    if (!reference.startsWith('#/') || seen.has(reference)) throw new Error(`$ref ${reference} cannot be followed`)
    seen.add(reference)
    found = target(document, reference)
  }
  return record(found)
}

/** What a local reference points to. */
export function target (document: Json, reference: string): unknown {
  const steps = reference
    .slice(2)
    .split('/')
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
  const found = steps.reduce<unknown>(
    (inner, step) => (Array.isArray(inner) ? inner[Number(step)] : record(inner)[step]),
    document
  )
  if (found === undefined) throw new Error(`$ref ${reference} points to nothing`)
  return found
}
