import { isObject } from '../json/json.js'
import type { Read } from '../verify/read/policy-source.js'

const UNKNOWN = Symbol('unknown')
const POSSIBLE = Symbol('possible')

/** A value that is decided only when the plan or template is applied. JSON has no symbols: nothing else is one. */
export interface Unknown {
  readonly [UNKNOWN]: true
  /** What it depends on, with its address. */
  readonly why: string
}

/** An entry of a list that may be there or not. */
export interface Possible {
  readonly [POSSIBLE]: true
  readonly value: unknown
  readonly why: string
}

export function unknown (why: string): Unknown {
  return { [UNKNOWN]: true, why }
}

export function possible (value: unknown, why: string): Possible {
  return { [POSSIBLE]: true, value, why }
}

export function isUnknown (value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && UNKNOWN in value
}

export function isPossible (value: unknown): value is Possible {
  return typeof value === 'object' && value !== null && POSSIBLE in value
}

/** The first unknown value in a tree, or undefined where all of it is known. */
export function findUnknown (value: unknown): Unknown | Possible | undefined {
  if (isUnknown(value) || isPossible(value)) return value
  if (Array.isArray(value)) return value.map(findUnknown).find((found) => found !== undefined)
  return isObject(value) ? findUnknown(Object.values(value)) : undefined
}

/** The text that a value is known to be; undefined for all else. */
export function knownText (value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** What of a plan is no policy: known as a whole, or not. */
export function readValue<T> (value: unknown, known: (value: unknown) => T): Read<T> {
  const open = findUnknown(value)
  return open === undefined ? { state: 'read', value: known(value) } : unknownRead(open.why)
}

export function unknownRead (why: string): Extract<Read<never>, { state: 'notRead' }> {
  return { state: 'notRead', why, cause: 'notKnown' }
}
