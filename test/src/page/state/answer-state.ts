import t from 'tap'
import { writePolicies } from '../../../../src/page/engine/generation.js'
import { afterAnswer, afterChange, afterFailure, afterMissing, NO_ANSWER } from '../../../../src/page/state/answer-state.js'
import { problemTitle } from '../../../../src/page/state/problem-words.js'
import { EXAMPLE, usageOf } from '../../../../src/page/state/usage-form.js'

const good = writePolicies(usageOf(EXAMPLE))
const bad = writePolicies(usageOf({ ...EXAMPLE, roles: 'nonsense' }))

t.test('policies: the last good ones stay through a change, a refusal and a failure', (t) => {
  const loading = afterChange(NO_ANSWER)
  t.match(loading, { phase: 'loading', isBusy: true, last: undefined })
  const ready = afterAnswer(loading, good)
  t.match(ready, { phase: 'ready', isBusy: false, problem: undefined })
  const { last } = ready
  t.match(afterChange(ready), { phase: 'ready', isBusy: true, last })
  const refused = afterAnswer(afterChange(ready), bad)
  t.match(refused, { phase: 'refused', isBusy: false, last, problem: { code: 'INVALID_REQUEST', status: 400 } })
  t.match(afterFailure(afterChange(refused)), { phase: 'failed', isBusy: false, last, problem: undefined })
  t.match(afterAnswer(afterChange(refused), good), { phase: 'ready', problem: undefined })
  t.end()
})

t.test('policies: kept while one field is empty, dropped with the whole form', (t) => {
  const ready = afterAnswer(NO_ANSWER, good)
  t.match(afterMissing(ready, { isBlank: false }), { phase: 'empty', last: ready.last, isBusy: false })
  t.strictSame(afterMissing(ready, { isBlank: true }), NO_ANSWER)
  t.end()
})

t.test('problemTitle: in words of the form, else the title of the problem', (t) => {
  t.equal(problemTitle({ code: 'SID_CONFLICT', title: 'x' }), 'A statement of yours has one of our names')
  t.equal(problemTitle({ code: 'KEY_LOCKOUT', title: 'x' }), 'No principal could change this key policy again')
  t.equal(problemTitle({ code: 'toString', title: 'x' }), 'x')
  t.end()
})
