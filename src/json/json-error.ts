/** Where a text stops being JSON, counted from 1 as editors count, in characters. */
export interface JsonError {
  line: number
  column: number
  what: string
}

type Expected = 'value' | 'itemOrEnd' | 'nameOrEnd' | 'name' | 'colon' | 'commaOrEnd' | 'end'

/** In words; `[`, `{`: the container that is open. */
const EXPECTED: Record<Expected, (container: string | undefined) => string> = {
  value: () => 'a value (strings in double quotes)',
  itemOrEnd: () => 'a value or "]"',
  nameOrEnd: () => 'a member name in double quotes or "}"',
  name: () => 'a member name in double quotes',
  colon: () => '":"',
  commaOrEnd: (container) => (container === '[' ? '"," or "]"' : '"," or "}"'),
  end: () => 'nothing more'
}

const WHITE_SPACE = /[\t\n\r ]*/y
/** A string without its closing quotation mark. It never fails behind the opening one, so it never backtracks. */
const STRING_START = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

/**
 * The first place at which a text is no JSON (RFC 8259); undefined for JSON. The messages of `JSON.parse` name the
 * place only sometimes, and not in every version of Node.js. Without recursion: texts may be nested at will.
 */
export function findJsonError (text: string): JsonError | undefined {
  const open: string[] = []
  let expected: Expected = 'value'
  let at = 0
  for (;;) {
    at = endOf(WHITE_SPACE, text, at) ?? at
    const char = text.charAt(at)
    if (char === '') return expected === 'end' ? undefined : errorAt(text, at, EXPECTED[expected](open.at(-1)))
    const next = nextExpected(char, expected, open)
    const token = next === undefined ? undefined : readToken(text, at, char)
    if (next === undefined || token === undefined) return errorAt(text, at, EXPECTED[expected](open.at(-1)))
    if (typeof token !== 'number') return errorAt(text, token.stopsAt, token.wanted)
    expected = next
    at = token
  }
}

/** Where the token ends, or where a string stops being one; undefined for what is no token. */
function readToken (text: string, at: number, char: string): number | { stopsAt: number; wanted: string } | undefined {
  if ('{}[],:'.includes(char)) return at + 1
  if (char === '"') {
    const end = endOf(STRING_START, text, at) ?? at
    if (text.charAt(end) === '"') return end + 1
    return { stopsAt: end, wanted: wantedInString(text.charAt(end)) }
  }
  return endOf(SCALAR, text, at)
}

function wantedInString (char: string): string {
  if (char === '\\') return 'an escape sequence of JSON'
  return char === '' ? 'the closing quotation mark of a string' : 'an escaped control character in a string'
}

/** What may follow the token that begins with `char`; undefined where the token is not expected. Keeps `open`. */
function nextExpected (char: string, expected: Expected, open: string[]): Expected | undefined {
  if (char === '}' || char === ']') return closes(char, expected, open) ? afterClosing(open) : undefined
  if (char === ',') return expected !== 'commaOrEnd' ? undefined : open.at(-1) === '{' ? 'name' : 'value'
  if (char === ':') return expected === 'colon' ? 'value' : undefined
  if (expected === 'name' || expected === 'nameOrEnd') return char === '"' ? 'colon' : undefined
  if (expected !== 'value' && expected !== 'itemOrEnd') return undefined
  if (char !== '{' && char !== '[') return afterValue(open)
  open.push(char)
  return char === '{' ? 'nameOrEnd' : 'itemOrEnd'
}

function closes (char: '}' | ']', expected: Expected, open: readonly string[]): boolean {
  const [opening, whenEmpty] = char === '}' ? ['{', 'nameOrEnd'] : ['[', 'itemOrEnd']
  return expected === whenEmpty || (expected === 'commaOrEnd' && open.at(-1) === opening)
}

function afterClosing (open: string[]): Expected {
  open.pop()
  return afterValue(open)
}

function afterValue (open: readonly string[]): Expected {
  return open.length === 0 ? 'end' : 'commaOrEnd'
}

function endOf (pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

function errorAt (text: string, at: number, wanted: string): JsonError {
  const before = text.slice(0, at).split(/\r\n|\r|\n/)
  const line = before.at(-1) ?? ''
  const char = text.codePointAt(at)
  const found = char === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(char))
  return { line: before.length, column: [...line].length + 1, what: `expected ${wanted}, found ${found}` }
}
