import { pointerSegment } from './json.js'

/** What `JSON.parse` would pass over in silence, and where (RFC 6901). */
export interface JsonTextFault { pointer: string, what: string }

/** A container that is open: an object with the names met in it and the last of them, or an array with the position reached. */
type Open = { names: Set<string>, name: string, expectsName: boolean } | { index: number }

/** A string, a number, or a character that gives the text its structure; literals and colons tell nothing here. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]|-?\d[\d.eE+-]*/g

/**
 * Looks through JSON text for what parsing loses: members of one name, of which the last would win, and numbers that
 * cannot be held exactly. The text has to be JSON; the first fault is told. No recursion: texts may be nested at will.
 */
export function faultInJsonText (text: string): JsonTextFault | undefined {
  const open: Open[] = []
  for (const [token] of text.matchAll(TOKEN)) {
    const what = takeToken(token, open)
    if (what !== undefined) return { pointer: pointerTo(open), what }
  }
  return undefined
}

/** Follows the text by one token; tells what is wrong with it. */
function takeToken (token: string, open: Open[]): string | undefined {
  const container = open[open.length - 1]
  if (token === '{') open.push({ names: new Set(), name: '', expectsName: true })
  else if (token === '[') open.push({ index: 0 })
  else if (token === '}' || token === ']') open.pop()
  else if (token === ',') nextIn(container)
  else if (!token.startsWith('"')) return isExact(token) ? undefined : 'is a number that cannot be kept exactly; write it as a string'
  else if (container !== undefined && 'names' in container && container.expectsName) {
    // The escapes of a name do not make it another.
    container.name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1)
    container.expectsName = false
    if (container.names.has(container.name)) return 'comes twice in one object'
    container.names.add(container.name)
  }
  return undefined
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
