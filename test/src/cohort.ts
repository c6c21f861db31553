import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { inCohorts, inTurns } from '../../src/cohort.js'

t.test('what comes in during a turn of the event loop is done at its end, in its order', async (t) => {
  const done: number[] = []
  const cohorts = inCohorts<number>((item) => {
    done.push(item)
    if (item === 2) cohorts.add(3)
  })
  cohorts.add(1)
  cohorts.add(2)
  t.same(done, [])
  await turn()
  t.same(done, [1, 2], 'what comes in meanwhile is of the next turn')
  await turn()
  t.same(done, [1, 2, 3])
})

t.test('or at the end of what runs now, with all that comes in until then', async (t) => {
  const done: number[] = []
  const cohorts = inCohorts<number>((item) => { done.push(item) }, { atEnd: queueMicrotask })
  for (const item of [1, 2]) process.nextTick(() => { cohorts.add(item) })
  process.nextTick(() => { done.push(0) })
  await Promise.resolve()
  t.same(done, [], 'not before')
  await turn()
  t.same(done, [0, 1, 2])
})

/** Takes longer than any turn may take in these tests. */
function long (): void {
  for (const end = performance.now() + 2; performance.now() < end;);
}

t.test('a turn takes no longer than it may, the next ones do the rest in its order', async (t) => {
  const done: number[] = []
  const cohorts = inCohorts<number>((item) => { long(); done.push(item) }, { mostMs: 1 })
  for (const item of [1, 2, 3]) cohorts.add(item)
  await turn()
  t.same(done, [1])
  cohorts.add(4)
  await turn()
  t.same(done, [1, 2])
  await turn()
  await turn()
  t.same(done, [1, 2, 3, 4])
})

t.test('what comes later need not wait for the rest', async (t) => {
  const done: number[] = []
  const rest: number[] = []
  const cohorts = inCohorts<number>((item) => { long(); done.push(item) }, { mostMs: 1, rest: { add: (item) => { rest.push(item) } } })
  for (const item of [1, 2, 3]) cohorts.add(item)
  await turn()
  t.same({ done, rest }, { done: [1], rest: [2, 3] })
  cohorts.add(4)
  await turn()
  t.same({ done, rest }, { done: [1, 4], rest: [2, 3] })
})

t.test('it can be done at once, and is done once', async (t) => {
  const done: number[] = []
  const cohorts = inCohorts<number>((item) => { done.push(item) })
  cohorts.add(1)
  cohorts.flush()
  t.same(done, [1])
  await turn()
  t.same(done, [1])
})

t.test('an exception ends its own item alone', async (t) => {
  const done: number[] = []
  const cohorts = inCohorts<number>((item) => {
    if (item === 1) throw new Error('the first')
    done.push(item)
  })
  for (const item of [1, 2, 3]) cohorts.add(item)
  t.throws(() => { cohorts.flush() }, { message: 'the first' })
  await turn()
  t.same(done, [2, 3])
})

t.test('owners have their turns one after the other, however many of theirs wait', async (t) => {
  const done: string[] = []
  const turns = inTurns<string>((item) => { long(); done.push(item) }, ([owner = '']) => owner, 1)
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) turns.add(item)
  t.same(done, [])
  await turn()
  t.same(done, ['a1'], 'a turn of the event loop does what it has time for')
  for (let times = 0; times < 5; times++) await turn()
  t.same(done, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

t.test('a turn does several that are short; what is added meanwhile is done as well', async (t) => {
  const done: number[] = []
  const turns = inTurns<number>((item) => {
    done.push(item)
    if (item === 3) turns.add(4)
  }, () => '', 100)
  for (const item of [1, 2, 3]) turns.add(item)
  await turn()
  t.same(done, [1, 2, 3, 4])
  turns.add(5)
  await turn()
  t.same(done, [1, 2, 3, 4, 5])
})
