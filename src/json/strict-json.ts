import { pointerSegment } from './json.js'

/** What `JSON.parse` would pass over in silence, and where (RFC 6901). */
export interface JsonTextFault {
  pointer: string
  what: string
}

/**
 * A container that is open: an object with the names met in it and the last of them, or an array with the position
 * reached.
 */
type Open = { names: Set<string>; members: number; name: string; expectsName: boolean } | { index: number }

const [
  QUOTE,
  BACKSLASH,
  COMMA,
  OPEN_OBJECT,
  CLOSE_OBJECT,
  OPEN_ARRAY,
  CLOSE_ARRAY,
  MINUS,
  PLUS,
  POINT,
  ZERO,
  NINE,
  UPPER_E,
  LOWER_E
] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x45, 0x65] as const

/** A double keeps every number of 15 significant digits; more of them, and exponents, need a look. */
const SURELY_EXACT = 15

/**
 * What a text may hold before it is parsed: the largest real request is far below, and a parser takes its time for
 * more.
 */
export interface JsonBounds {
  depth: number
  containers: number
  members: number
  /** Numbers that cannot be kept exactly are none of the faults. */
  takesAnyNumber?: true
}
const UNBOUNDED: JsonBounds = { depth: Infinity, containers: Infinity, members: Infinity }

/**
 * Looks through JSON text for what parsing loses: members of one name, of which the last would win, and numbers that
 * cannot be held exactly. The text has to be JSON; the first fault is reported. No recursion: texts may be nested at
 * will.
 * Every body passes here, so it goes by code units: tokens found by a pattern cost four times as much.
 */
export function faultInJsonText (text: string): JsonTextFault | undefined {
  const found = lookThrough(text, UNBOUNDED)
  return found !== undefined && 'pointer' in found ? found : undefined
}

/**
 * The first member whose name comes twice in its object, whatever the numbers are: those of a plan are of many resources.
 * Undefined where there is none.
 */
export function repeatedMemberIn (text: string): JsonTextFault | undefined {
  const found = lookThrough(text, { ...UNBOUNDED, takesAnyNumber: true })
  return found !== undefined && 'pointer' in found ? found : undefined
}

/** The same, or that the text is beyond the bounds, wherever it is: such a text must not be parsed. */
export function lookThrough (text: string, bounds: JsonBounds): JsonTextFault | { exceeded: string } | undefined {
  const open: Open[] = []
  let containers = 0
  let fault: JsonTextFault | undefined
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      const container = open.at(-1)
      if (comesTwice(text, at, end, container))
        fault ??= { pointer: pointerTo(open), what: 'comes twice in one object' }
      if (container !== undefined && 'names' in container && container.members > bounds.members)
        return { exceeded: `an object with more than ${bounds.members} members` }
      at = end
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at)
      if (fault === undefined && bounds.takesAnyNumber !== true && !isExact(text, at, end))
        fault = { pointer: pointerTo(open), what: 'is a number that cannot be kept exactly; write it as a string' }
      at = end
    } else {
      followStructure(code, open)
      if ((code === OPEN_OBJECT || code === OPEN_ARRAY) && ++containers > bounds.containers)
        return { exceeded: `more than ${bounds.containers} objects and arrays` }
      if (open.length > bounds.depth) return { exceeded: `more than ${bounds.depth} levels` }
      at++
    }
  }
  return fault
}

/** Literals, colons and white space tell nothing here. */
function followStructure (code: number, open: Open[]): void {
  if (code === OPEN_OBJECT) open.push({ names: new Set(), members: 0, name: '', expectsName: true })
  else if (code === OPEN_ARRAY) open.push({ index: 0 })
  else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) open.pop()
  else if (code === COMMA) nextIn(open.at(-1))
}

/** Whether the string at `start` is a name that its object has already. */
function comesTwice (text: string, start: number, end: number, container: Open | undefined): boolean {
  if (container === undefined || 'index' in container || !container.expectsName) return false
  container.name = nameOf(text.slice(start, end))
  container.expectsName = false
  container.members++
  const { size } = container.names
  return container.names.add(container.name).size === size
}

/** The escapes of a name do not make it another. One that is no JSON is for the parser to refuse. */
function nameOf (quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted
  }
}

/** Behind the quotation mark that closes the string: one before which stands an even number of backslashes. */
function endOfString (text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let first = quote
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((quote - first) % 2 === 0) return quote + 1
  }
  return text.length
}

function isDigit (code: number): boolean {
  return code >= ZERO && code <= NINE
}

function endOfNumber (text: string, start: number): number {
  let at = start + 1
  while (at < text.length && isPartOfNumber(text.charCodeAt(at))) at++
  return at
}

function isPartOfNumber (code: number): boolean {
  return isDigit(code) || code === POINT || code === LOWER_E || code === UPPER_E || code === PLUS || code === MINUS
}

function nextIn (container: Open | undefined): void {
  if (container === undefined) return
  if ('index' in container) container.index++
  else container.expectsName = true
}

function pointerTo (open: readonly Open[]): string {
  return open.map((container) => `/${'index' in container ? container.index : pointerSegment(container.name)}`).join('')
}

/** Whether a number survives being parsed and written again, however it was spelt. */
function isExact (whole: string, start: number, end: number): boolean {
  if (end - start <= SURELY_EXACT && !hasExponent(whole, start, end)) return true
  const text = whole.slice(start, end)
  return valueOf(text) === valueOf(String(Number(text)))
}

function hasExponent (text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === LOWER_E || code === UPPER_E) return true
  }
  return false
}

/** The significant digits and the power of ten of the last of them; a sign is kept in any case. */
function valueOf (text: string): string {
  const match = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return text
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return '0'
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

function withoutTrailingZeros (digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}
