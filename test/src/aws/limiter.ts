import t from 'tap'
import { createLimiter, createRateLimiter } from '../../../src/aws/limiter.js'

const signal = new AbortController().signal

t.test('tasks start in the order of their coming, so many at a time', async (t) => {
  const limit = createLimiter(2)
  const started: number[] = []
  let running = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 9 }, (_, index) =>
      limit(async () => {
        started.push(index)
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 2))
        running--
      }, signal)
    )
  )
  t.same(started, [0, 1, 2, 3, 4, 5, 6, 7, 8])
  t.equal(most, 2)
})

t.test('a task that fails frees its place', async (t) => {
  const limit = createLimiter(1)
  await t.rejects(
    limit(async () => {
      throw new Error('no')
    }, signal),
    { message: 'no' }
  )
  t.equal(await limit(async () => 1, signal), 1)
})

t.test('a task that is given up while it waits never runs and takes no place', async (t) => {
  const limit = createLimiter(1)
  const controller = new AbortController()
  let finish = (): void => {}
  const first = limit(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
    signal
  )
  let ran = false
  const second = limit(async () => {
    ran = true
  }, controller.signal)
  const third = limit(async () => 3, signal)
  controller.abort(new Error('gone'))
  await t.rejects(second, { message: 'gone' })
  finish()
  await first
  t.equal(await third, 3)
  t.equal(ran, false)
  await t.rejects(
    limit(async () => {
      ran = true
    }, controller.signal),
    { message: 'gone' }
  )
  t.equal(ran, false)
})

t.test('rate limiter – a request with many calls – another one waits for one of them', async (t) => {
  const turn = createRateLimiter(1000, { now: () => 0, pause: async () => {} })
  const [many, single] = [new AbortController().signal, new AbortController().signal]
  const order: string[] = []
  const note = async (name: string, signal: AbortSignal): Promise<void> => {
    await turn('DescribeDatasetImportJob', signal)
    order.push(name)
  }
  await Promise.all([...['a', 'b', 'c', 'd'].map(async (name) => await note(name, many)), note('other', single)])
  t.same(order, ['a', 'other', 'b', 'c', 'd'])
})
