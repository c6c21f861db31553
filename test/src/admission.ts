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
