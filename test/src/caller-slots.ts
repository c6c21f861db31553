import t from 'tap'
import { type CallerSlots, createCallerSlots, type Slot, type SlotLimits } from '../../src/caller-slots.js'

const { signal } = new AbortController()
const OVERLOADED = { code: 'OVERLOADED', statusCode: 503 }
const STOPPING = { code: 'SERVICE_UNAVAILABLE', statusCode: 503 }

/** Slots, what has been granted in which order, and the release of the oldest one. Names begin with their caller. */
function start (limits: SlotLimits) {
  const slots: CallerSlots = createCallerSlots(limits)
  const order: string[] = []
  const held: Slot[] = []
  const acquire = async (name: string, isResumed = false): Promise<void> => {
    held.push(await slots.acquire(name.slice(0, 1), signal, isResumed))
    order.push(name)
  }
  const releaseOldest = async (): Promise<void> => {
    held.shift()?.release()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { slots, order, acquire, releaseOldest }
}

t.test('slots in all: as many run as the limit says, the next ones wait, the rest are rejected', async (t) => {
  const slots = createCallerSlots({ active: 2, activePerCaller: 1, queue: 1 })
  const first = await slots.acquire(undefined, signal)
  await slots.acquire(undefined, signal)
  const third = slots.acquire(undefined, signal)
  t.same(slots.load(), { active: 2, waiting: 1 })
  await t.rejects(slots.acquire(undefined, signal), OVERLOADED)
  first.release()
  first.release()
  await third
  t.same(slots.load(), { active: 2, waiting: 0 }, 'a second release gives nothing back')
})

t.test('callers: each waits behind its own requests, and callers are granted slots by turns', async (t) => {
  const { order, acquire, releaseOldest } = start({ active: 2, activePerCaller: 2, queue: 10 })
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'].map(async (name) => {
    await acquire(name)
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.same(order, ['a1', 'a2'])
  for (let times = 0; times < 5; times++) await releaseOldest()
  await Promise.all(all)
  t.same(order, ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2'])
})

t.test('limit of a caller: its further requests wait while a slot is free for others', async (t) => {
  const { slots, order, acquire, releaseOldest } = start({ active: 3, activePerCaller: 1, queue: 10 })
  await Promise.all([acquire('a1'), acquire('b1')])
  const waiting = [acquire('a2'), acquire('b2')]
  await acquire('c1')
  t.same(order, ['a1', 'b1', 'c1'], 'two callers leave a slot to a third')
  await releaseOldest()
  await releaseOldest()
  await Promise.all(waiting)
  t.same(slots.load(), { active: 3, waiting: 0 })
})

t.test('full queue: a caller with a request in it is rejected, a caller without one is not', async (t) => {
  const { slots, acquire, releaseOldest, order } = start({ active: 1, activePerCaller: 1, queue: 2 })
  await acquire('a1')
  const waiting = [acquire('a2'), acquire('b1')]
  for (const name of ['a3', 'b2']) await t.rejects(acquire(name), OVERLOADED, name)
  waiting.push(acquire('c1'))
  t.same(slots.load(), { active: 1, waiting: 3 })
  for (let times = 0; times < 3; times++) await releaseOldest()
  await Promise.all(waiting)
  t.same([...order].sort(), ['a1', 'a2', 'b1', 'c1'])
})

t.test('full queue of one caller: each other caller may add as many as its equal part', async (t) => {
  const { slots, acquire, releaseOldest, order } = start({ active: 1, activePerCaller: 1, queue: 6 })
  await acquire('a0')
  const waiting = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map(async (name) => {
    await acquire(name)
  })
  const add = async (name: string): Promise<void> => {
    waiting.push(acquire(name))
  }
  await t.rejects(acquire('a7'), OVERLOADED)
  for (const name of ['b1', 'b2', 'b3']) await add(name)
  await t.rejects(acquire('b4'), OVERLOADED, 'half of two')
  for (const name of ['c1', 'c2']) await add(name)
  await t.rejects(acquire('c3'), OVERLOADED, 'a third of three')
  await t.rejects(acquire('a7'), OVERLOADED)
  t.same(slots.load(), { active: 1, waiting: 11 })
  for (let times = 0; times < 11; times++) await releaseOldest()
  await Promise.all(waiting)
  t.same(order.slice(0, 6), ['a0', 'a1', 'b1', 'c1', 'a2', 'b2'], 'in turn')
})

t.test('full queue: a caller that runs and of whom none waits may add one', async (t) => {
  const { acquire, releaseOldest, order } = start({ active: 2, activePerCaller: 1, queue: 1 })
  await Promise.all([acquire('a1'), acquire('b1')])
  const waiting = [acquire('a2'), acquire('b2')]
  await t.rejects(acquire('b3'), OVERLOADED)
  for (let times = 0; times < 2; times++) await releaseOldest()
  await Promise.all(waiting)
  t.same([...order].sort(), ['a1', 'a2', 'b1', 'b2'])
})

t.test('resumed request: waits whatever the length of the queue', async (t) => {
  const { acquire, releaseOldest, order } = start({ active: 1, activePerCaller: 1, queue: 0 })
  await acquire('a1')
  await t.rejects(acquire('b1'), OVERLOADED)
  const resumed = acquire('a2', true)
  await releaseOldest()
  await resumed
  t.same(order, ['a1', 'a2'])
})

t.test('aborted wait: it is rejected, leaves the queue and takes no slot', async (t) => {
  const slots = createCallerSlots({ active: 1, activePerCaller: 1, queue: 5 })
  const first = await slots.acquire('a', signal)
  const leaving = new AbortController()
  const waiting = slots.acquire('b', leaving.signal)
  leaving.abort()
  await t.rejects(waiting, OVERLOADED)
  await t.rejects(slots.acquire('b', AbortSignal.abort()), OVERLOADED)
  t.same(slots.load(), { active: 1, waiting: 0 })
  first.release()
  await slots.acquire('c', signal)
  t.same(slots.load(), { active: 1, waiting: 0 })
})

t.test('stopping: what waits or would wait is rejected, free slots are still given', async (t) => {
  const slots = createCallerSlots({ active: 2, activePerCaller: 1, queue: 5 })
  await slots.acquire('a', signal)
  const waiting = slots.acquire('a', signal)
  slots.rejectWaiting()
  await t.rejects(waiting, STOPPING)
  await t.rejects(slots.acquire('a', signal), STOPPING)
  await slots.acquire('b', signal)
  t.same(slots.load(), { active: 2, waiting: 0 })
})
