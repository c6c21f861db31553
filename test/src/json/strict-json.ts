import fc from 'fast-check'
import t from 'tap'
import { faultInJsonText, lookThrough } from '../../../src/json/strict-json.js'

t.test('JSON text: a duplicate member, reported with its pointer', async (t) => {
  t.match(faultInJsonText('{"Effect":"Deny","Effect":"Allow"}'), { pointer: '/Effect' })
  t.match(faultInJsonText('{"Statement":[{"Sid":"a"},{"Condition":{"Bool":{"a/b":1,"a/b":2}}}]}'), {
    pointer: '/Statement/1/Condition/Bool/a~1b'
  })
  t.match(faultInJsonText('{"a":1,"\\u0061":2}'), { pointer: '/a' }, 'however it is escaped')
  t.equal(
    faultInJsonText('[{"a":{"a":1}},{"a":[{"a":2},{"a":3}]}]'),
    undefined,
    'the same name in another object is another member'
  )
  t.equal(faultInJsonText('{"a":"b","b":"a"}'), undefined, 'a value is no name')
  t.equal(
    faultInJsonText('{"a\\"":"{\\\\","b":["\\\\\\"",{"a":1}],"c":"}"}'),
    undefined,
    'what stands in a text gives no structure'
  )
  t.match(faultInJsonText('{"a\\\\":1,"a\\\\":2}'), { pointer: '/a\\' })
  t.match(faultInJsonText('{"a":[],"b":{},"a":2}'), { pointer: '/a', what: 'comes twice in one object' })
  t.match(faultInJsonText('[[],1,{"a":[true,null,{"b":0,"b":0}]}]'), { pointer: '/2/a/2/b' })
})

t.test('JSON text: a number that a double cannot represent, reported', async (t) => {
  for (const text of [
    '12345678901234567890',
    '1e400',
    '0.12345678901234567890',
    '-9007199254740993',
    '9007199254740993',
    '0.30000000000000001'
  ])
    t.match(faultInJsonText(`{"n":[${text}]}`), { pointer: '/n/0', what: /exactly/ }, text)
  for (const text of [
    '0',
    '-0',
    '1.0',
    '1.50',
    '1e3',
    '100',
    '0.1',
    '111122223333',
    '1E-7',
    '-2.5e+10',
    '1.5e3',
    '12E2',
    '0.001',
    '0.0010',
    '0.0000001',
    '-0.0000001',
    '1e21',
    '1000000000000000000000',
    '-1',
    '-0.5',
    '9007199254740991'
  ])
    t.equal(faultInJsonText(`[${text}]`), undefined, text)
})

t.test('what JSON.stringify writes holds no fault', async () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => faultInJsonText(JSON.stringify(value)) === undefined))
})

t.test('text that is nested at will does not exhaust the stack', async (t) => {
  t.equal(faultInJsonText(`${'['.repeat(200_000)}${']'.repeat(200_000)}`), undefined)
})

t.test(
  'JSON text: beyond its bounds, reported before any fault; within its bounds, scanned for faults',
  async (t) => {
    const bounds = { depth: 2, containers: 3, members: 2 }
    t.match(lookThrough('[[[1,1e400', bounds), { exceeded: 'more than 2 levels' })
    t.match(lookThrough('[[],[],[],', bounds), { exceeded: 'more than 3 objects and arrays' })
    t.match(lookThrough('{"a":1,"b":2,"c":3}', bounds), { exceeded: 'an object with more than 2 members' })
    t.match(lookThrough('[1e400,[[[', bounds), { exceeded: 'more than 2 levels' }, 'also behind a fault')
    t.match(lookThrough('{"a":1,"a":2,"a":3}', bounds), { exceeded: 'an object with more than 2 members' })
    t.match(lookThrough('[1e400,{"a":1,"a":2}]', bounds), { pointer: '/0' }, 'the first of several faults')
    t.equal(lookThrough('[{"a":1,"b":"["},[]]', bounds), undefined)
  }
)

t.test(
  'a text that breaks off is looked through as far as it goes: that it is no JSON is for the parser to say',
  async (t) => {
    for (const text of ['{"a', '{"a\\"', '["', '[1', '[-', '-', ',', '}', ']]', '{"a":1,', '{"\\x":1}'])
      t.equal(faultInJsonText(text), undefined, text)
  }
)
