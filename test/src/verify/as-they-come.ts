import t from 'tap'
import { asTheyCome } from '../../../src/verify/verify-pairs.js'

const after = async <T>(ms: number, value: T): Promise<T> =>
  await new Promise((resolve) => {
    setTimeout(resolve, ms, value)
  })

t.test('in the order of their coming, whenever they are asked for', async (t) => {
  const values: string[] = []
  for await (const value of asTheyCome([after(30, 'last'), after(1, 'first'), after(15, 'second')])) {
    values.push(value)
    await after(20, undefined)
  }
  t.same(values, ['first', 'second', 'last'])
  t.equal((await asTheyCome([]).next()).done, true)
})

t.test('as they come: a promise rejects, thrown in its order, no unhandled rejection after a stop', async (t) => {
  const failing = (): Array<Promise<string>> => [
    Promise.reject(new TypeError('second')),
    after(0, 'third'),
    Promise.resolve('first')
  ]
  const values = asTheyCome([after(5, 'late'), ...failing().reverse()])
  t.match(await values.next(), { value: 'first' })
  await t.rejects(values.next(), new TypeError('second'))
  const stopped = asTheyCome(failing().reverse())
  await stopped.next()
  await stopped.return(undefined)
  await after(10, undefined)
  t.pass('no unhandled rejection')
})
