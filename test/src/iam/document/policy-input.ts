import t from 'tap'
import { policyInputBytes, readPolicyInput } from '../../../../src/iam/document/policy-input.js'

const document = { Version: '2012-10-17', Statement: [{ Sid: 'a+b é' }] }
const text = JSON.stringify(document)

function nested (levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {}
  for (let i = 0; i < levels; i++) value = { a: value }
  return value
}

t.test('a document, its text, and its URL-encoded text', async (t) => {
  for (const input of [text, encodeURIComponent(text)]) t.strictSame(readPolicyInput(input), { document })
  t.strictSame(readPolicyInput({ Version: '2012-10-17', Statement: [] }), {
    document: { Version: '2012-10-17', Statement: [] }
  })
  t.strictSame(readPolicyInput('{"a":"%41+"}'), { document: { a: '%41+' } }, 'what is JSON already is not decoded')
})

t.test('what is no document', async (t) => {
  for (const input of ['', '{', '%', '%7B', 'x%zz'])
    t.strictSame(readPolicyInput(input), { fault: 'is neither JSON nor URL-encoded JSON' }, input)
  for (const input of ['5', 'null', '[]', '"x"', '%5B%5D'])
    t.strictSame(readPolicyInput(input), { fault: 'is not a JSON object' }, input)
})

t.test('text in which parsing would lose something', async (t) => {
  for (const input of [
    '{"Version":"1","Version":"2"}',
    encodeURIComponent('{"a":{"b":1,"b":2}}'),
    '{"a":12345678901234567890}'
  ])
    t.match(readPolicyInput(input), { fault: /parsing would lose/ }, input)
})

t.test('nesting has an end', async (t) => {
  t.match(readPolicyInput(JSON.stringify(nested(63))), { document: {} })
  t.match(readPolicyInput(JSON.stringify(nested(64))), { fault: /nested deeper than 64/ })
  t.match(readPolicyInput(JSON.stringify({ a: 'x', b: 5, c: null, d: nested(64) })), { fault: /nested deeper/ })
  t.match(readPolicyInput(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`), { fault: /nested deeper/ })
})

t.test('the size is counted in bytes of the text', async (t) => {
  t.equal(policyInputBytes('é'), 2)
  t.equal(
    policyInputBytes({ Version: '2012-10-17', Statement: [] }),
    JSON.stringify({ Version: '2012-10-17', Statement: [] }).length
  )
})
