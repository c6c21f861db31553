import t from 'tap'
import { createAdmission } from '../../src/admission.js'

const { signal } = new AbortController()
const overloaded = { code: 'OVERLOADED' }

t.test('so many are in, so many wait, the next one is told to come again', async (t) => {
  const admission = createAdmission({ active: 2, queue: 1 })
  const [first] = [await admission.enter(signal), await admission.enter(signal)]
  const third = admission.enter(signal)
  await Promise.resolve()
  t.same(admission.load(), { active: 2, waiting: 1 })
  await t.rejects(admission.enter(signal), overloaded)
  first?.leave()
  first?.leave()
  const { leave } = await third
  t.same(admission.load(), { active: 2, waiting: 0 })
  leave()
  await admission.enter(signal)
  t.same(admission.load().active, 2, 'leaving twice gives back one place')
})

t.test('who gives up waiting takes no place', async (t) => {
  const admission = createAdmission({ active: 1, queue: 5 })
  const { leave } = await admission.enter(signal)
  const impatient = new AbortController()
  const waiting = admission.enter(impatient.signal)
  impatient.abort()
  await t.rejects(waiting, overloaded)
  await t.rejects(admission.enter(AbortSignal.abort()), overloaded)
  t.same(admission.load(), { active: 1, waiting: 0 })
  leave()
  await admission.enter(signal)
})

t.test('a place is held until it is given back, whatever ended the waiting since', async (t) => {
  const admission = createAdmission({ active: 1, queue: 0 })
  const waiting = new AbortController()
  const { leave } = await admission.enter(waiting.signal)
  waiting.abort()
  await new Promise((resolve) => setImmediate(resolve))
  t.same(admission.load(), { active: 1, waiting: 0 })
  await t.rejects(admission.enter(signal), overloaded)
  leave()
  await new Promise((resolve) => setImmediate(resolve))
  t.same(admission.load(), { active: 0, waiting: 0 })
})

t.test('no queue: who does not fit is told at once', async (t) => {
  const admission = createAdmission({ active: 1, queue: 0 })
  await admission.enter(signal)
  await t.rejects(admission.enter(signal), overloaded)
})

t.test('one caller has half of the places, and with those who wait half of all', async (t) => {
  const admission = createAdmission({ active: 4, queue: 4 })
  const places = [await admission.enter(signal, 'a'), await admission.enter(signal, 'a')]
  const waiting = [admission.enter(signal, 'a'), admission.enter(signal, 'a')]
  await t.rejects(admission.enter(signal, 'a'), { ...overloaded, message: /of the caller/ })
  t.same(admission.load(), { active: 2, waiting: 2 })
  for (let others = 0; others < 2; others++) await admission.enter(signal, 'b')
  t.same(admission.load(), { active: 4, waiting: 2 }, 'those who came before are not before others')
  for (const { leave } of places) leave()
  await Promise.all(waiting)
  t.same(admission.load(), { active: 4, waiting: 0 })
})

t.test('together callers have no more than all, and who has left has its share again', async (t) => {
  const admission = createAdmission({ active: 2, queue: 0 })
  const { leave } = await admission.enter(signal, 'a')
  await t.rejects(admission.enter(signal, 'a'), overloaded)
  await admission.enter(signal, 'b')
  await t.rejects(admission.enter(signal, 'c'), { ...overloaded, message: /^Too many live verifications are/ })
  leave()
  await new Promise((resolve) => setImmediate(resolve))
  await admission.enter(signal, 'a')
  t.same(admission.load(), { active: 2, waiting: 0 })
})

t.test('the least is one, and without a caller nobody is held back', async (t) => {
  const one = createAdmission({ active: 1, queue: 0 })
  await one.enter(signal, 'a')
  await t.rejects(one.enter(signal, 'b'), overloaded)
  const admission = createAdmission({ active: 2, queue: 0 })
  t.equal((await Promise.all([admission.enter(signal), admission.enter(signal)])).length, 2)
})

t.test('when the service stops nobody waits any more, but what is free is given', async (t) => {
  const admission = createAdmission({ active: 2, queue: 5 })
  const stopping = { code: 'SERVICE_UNAVAILABLE' }
  const [first] = [await admission.enter(signal, 'a'), await admission.enter(signal)]
  const waiting = [admission.enter(signal), admission.enter(signal, 'a')]
  admission.endWaiting()
  for (const one of waiting) await t.rejects(one, stopping)
  await t.rejects(admission.enter(signal), stopping)
  first?.leave()
  await new Promise((resolve) => setImmediate(resolve))
  await admission.enter(signal, 'a')
  await t.rejects(admission.enter(signal, 'a'), stopping)
  t.same(admission.load(), { active: 2, waiting: 0 })
})
