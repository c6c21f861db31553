import t from 'tap'
import { createKeptAnswers } from '../../src/kept-answers.js'

const answer = (text: string | null) => ({ text, tag: 't', told: {} })
const [compact, pretty] = [{}, {}]

t.test('a body is handed out again once an answer to it is kept, and each way has its own', (t) => {
  const kept = createKeptAnswers()
  const body = { a: 1 }
  kept.parsed('{"a":1}', body)
  t.equal(kept.bodyOf('{"a":1}'), undefined, 'what was refused, or has no answer yet, is not kept')
  t.notOk(kept.isKept(body))
  kept.keep(body, compact, answer('1'))
  t.equal(kept.bodyOf('{"a":1}'), body)
  t.equal(kept.bodyOf('{"a": 1}'), undefined, 'byte for byte')
  t.ok(kept.isKept(body))
  t.equal(kept.find(body, compact)?.text, '1')
  t.equal(kept.find(body, pretty), undefined)
  kept.keep(body, pretty, answer(null))
  t.equal(kept.find(body, pretty)?.text, null)
  t.equal(kept.find(body, compact)?.text, '1')
  t.end()
})

t.test('of two requests at once, the body of the first is kept', (t) => {
  const kept = createKeptAnswers()
  const [first, second] = [{ a: 1 }, { a: 1 }]
  for (const body of [first, second]) kept.parsed('{"a":1}', body)
  for (const body of [first, second]) kept.keep(body, compact, answer('1'))
  t.equal(kept.bodyOf('{"a":1}'), first)
  t.notOk(kept.isKept(second))
  t.end()
})

t.test('what was asked for least recently goes first, and what is too large is not kept', (t) => {
  const kept = createKeptAnswers(4_200, 2_100)
  const keep = (text: string, length: number): object => {
    const body = {}
    kept.parsed(text, body)
    kept.keep(body, compact, answer('x'.repeat(length)))
    return body
  }
  const [first, second] = [keep('1', 30), keep('2', 30)]
  t.equal(kept.bodyOf('1'), first)
  keep('3', 50)
  t.equal(kept.bodyOf('1'), first)
  t.equal(kept.bodyOf('2'), undefined)
  t.ok(second)
  keep('4', 90)
  t.equal(kept.bodyOf('4'), undefined, 'an answer beyond the bound of one')
  keep('12345', 1)
  t.equal(kept.bodyOf('12345'), undefined, 'a body beyond it, for what is parsed of it is larger than its text')
  t.equal(kept.bodyOf('1'), first, 'neither pushes anything out')
  kept.keep(first, pretty, answer('x'.repeat(90)))
  t.equal(kept.find(first, compact)?.text?.length, 30, 'nor does a second answer that is too large push out the first')
  t.equal(kept.find(first, pretty), undefined)
  t.end()
})
