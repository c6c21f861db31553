import t from 'tap'
import { asList, describe, isObject, pointerSegment } from '../../../src/json/json.js'

t.test('what is an object', async (t) => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) t.ok(isObject(value))
  for (const value of [null, undefined, [], 'x', 5, true]) t.notOk(isObject(value))
})

t.test('one value or a list of them', async (t) => {
  t.strictSame(asList('a'), ['a'])
  t.strictSame(asList(['a', 'b']), ['a', 'b'])
  t.strictSame(asList(null), [null])
})

t.test('values as a report names them', async (t) => {
  for (const [value, text] of [
    ['a"b', '"a\\"b"'],
    [[], 'a list'],
    [[1], 'a list'],
    [{}, 'an object'],
    [null, 'null'],
    [5, '5'],
    [true, 'true']
  ] as const)
    t.equal(describe(value), text)
  t.equal(describe('x'.repeat(1_000)), `"${'x'.repeat(80)}"`, 'a text of any length is cut')
})

t.test('segments of a JSON pointer (RFC 6901)', async (t) => {
  for (const [name, segment] of [
    ['a', 'a'],
    ['a/b', 'a~1b'],
    ['a~b', 'a~0b'],
    ['~/', '~0~1'],
    ['/~', '~1~0'],
    ['~1', '~01'],
    ['a/b/c', 'a~1b~1c'],
    ['', '']
  ] as const)
    t.equal(pointerSegment(name), segment)
})
