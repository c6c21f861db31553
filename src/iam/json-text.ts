import { pointerSegment } from './json.js'

/** What `JSON.parse` would pass over in silence, and where (RFC 6901). */
export interface JsonTextFault { pointer: string, what: string }

/** A container that is open: an object with the names met in it and the last of them, or an array with the position reached. */
type Open = { names: Set<string>, name: string, expectsName: boolean } | { index: number }

const QUOTE = 34
const NUMBER = /-?\d[\d.eE+-]*/y

/**
 * Looks through JSON text for what parsing loses: members of one name, of which the last would win, and numbers that
 * cannot be held exactly. The text has to be JSON; the first fault is told. No recursion: texts may be nested at will.
 */
export function faultInJsonText (text: string): JsonTextFault | undefined {
  const open: Open[] = []
  for (let at = 0; at < text.length;) {
    const end = tokenEnd(text, at)
    const what = takeToken(text, at, end, open)
    if (what !== undefined) return { pointer: pointerTo(open), what }
    at = end
  }
  return undefined
}

/** Where the string, the number or the single character that begins here ends; characters of literals tell nothing. */
function tokenEnd (text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return stringEnd(text, at)
  if (!isNumberAt(text, at)) return at + 1
  NUMBER.lastIndex = at
  NUMBER.test(text)
  return NUMBER.lastIndex
}

function isNumberAt (text: string, at: number): boolean {
  const char = text.charAt(at)
  return char === '-' || (char >= '0' && char <= '9')
}

function stringEnd (text: string, at: number): number {
  let end = text.indexOf('"', at + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end + 1
}

/** Behind an odd number of backslashes. */
function isEscaped (text: string, at: number): boolean {
  let from = at
  while (text.charAt(from - 1) === '\\') from--
  return (at - from) % 2 === 1
}

/** Follows the text by one token; tells what is wrong with it. */
function takeToken (text: string, at: number, end: number, open: Open[]): string | undefined {
  const container = open[open.length - 1]
  switch (text.charAt(at)) {
    case '{': open.push({ names: new Set(), name: '', expectsName: true }); return undefined
    case '[': open.push({ index: 0 }); return undefined
    case '}': case ']': open.pop(); return undefined
    case ',': nextIn(container); return undefined
    case '"': return container !== undefined && 'names' in container && container.expectsName ? takeName(text.slice(at, end), container) : undefined
    default: return !isNumberAt(text, at) || isExact(text.slice(at, end)) ? undefined : 'is a number that cannot be kept exactly; write it as a string'
  }
}

function takeName (token: string, container: Extract<Open, { names: Set<string> }>): string | undefined {
  // The escapes of a name do not make it another.
  container.name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
  container.expectsName = false
  if (container.names.has(container.name)) return 'comes twice in one object'
  container.names.add(container.name)
  return undefined
}

function nextIn (container: Open | undefined): void {
  if (container !== undefined && 'index' in container) container.index++
  else if (container !== undefined) container.expectsName = true
}

function pointerTo (open: readonly Open[]): string {
  return open.map((container) => `/${'index' in container ? container.index : pointerSegment(container.name)}`).join('')
}

/** Whether a number survives being parsed and written again, however it was spelt. */
function isExact (text: string): boolean {
  return valueOf(text) === valueOf(String(Number(text)))
}

/** The significant digits and the power of ten of the last of them. */
function valueOf (text: string): string {
  const match = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return text
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return '0'
  return `${text.startsWith('-') ? '-' : ''}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

function withoutTrailingZeros (digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}
