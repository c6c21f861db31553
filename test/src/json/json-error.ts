import fc from 'fast-check'
import t from 'tap'
import { findJsonError } from '../../../src/json/json-error.js'

const CASES: ReadonlyArray<readonly [title: string, text: string, line: number, column: number, what: RegExp]> = [
  ['empty text', '', 1, 1, /a value/],
  ['truncated in a string', '{"operations": ["data', 1, 22, /closing quotation mark .* found the end of the text/],
  ['truncated behind a value', '{\n  "a": 1', 2, 9, /"," or "}", found the end of the text/],
  ['truncated list', '[[1, 2', 1, 7, /"," or "\]"/],
  ['line breaks of Windows count once', '{\r\n"a": 1,\r\n}', 3, 1, /a member name in double quotes, found "}"/],
  ['characters count once, however many bytes they have', '{"é😀ü": "x" "b"}', 1, 13, /"," or "}", found "\\""/],
  ['a character outside', '[1] 😀', 1, 5, /nothing more, found "😀"/],
  ['a comma too many', '{"a": [1,\n  2,\n]}', 3, 1, /a value/],
  ['single quotes', "{'a': 1}", 1, 2, /a member name in double quotes or "}", found "'"/],
  ['a word', '{"a": True}', 1, 7, /a value \(strings in double quotes\), found "T"/],
  ['a leading zero', '{"a": 01}', 1, 7, /a value/],
  ['a comment', '{ // why\n"a": 1}', 1, 3, /found "\/"/],
  ['a line break in a string', '{"a": "x\ny"}', 1, 9, /escaped control character .* found "\\n"/],
  ['an escape that JSON does not have', '{"a": "\\x41"}', 1, 8, /an escape sequence/],
  ['the wrong bracket', '{"a": [1}', 1, 9, /"," or "\]", found "}"/],
  ['a colon missing', '{"a" 1}', 1, 6, /":", found "1"/]
]

t.test('text that is no JSON: line, column and what is expected', async (t) => {
  for (const [title, text, line, column, what] of CASES) {
    const error = findJsonError(text)
    t.match(error, { line, column }, title)
    t.match(error?.what, what, title)
    t.throws(() => JSON.parse(text), title)
  }
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

t.test('any text: has an error exactly where JSON.parse refuses it', async () => {
  const json = fc.json({ maxDepth: 4 })
  const characters = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '\n', 'e', '-', '0', '1.', 'null', 'u00', ' ')
  const changed = fc
    .tuple(json, fc.nat(), fc.nat({ max: 3 }), characters)
    .map(([text, position, removed, added]) => {
      const at = position % (text.length + 1)
      return `${text.slice(0, at)}${added}${text.slice(at + removed)}`
    })
  fc.assert(
    fc.property(fc.oneof(json, changed, fc.array(characters).map((all) => all.join(''))), (text) => {
      return (findJsonError(text) === undefined) === isJson(text)
    }),
    { numRuns: 3_000 }
  )
})

t.test('deep and long text: is read to its end', async (t) => {
  t.match(findJsonError('['.repeat(500_000)), { line: 1, column: 500_001 })
  t.match(findJsonError(`["${'a'.repeat(1_000_000)}`), { line: 1, column: 1_000_003 })
})
