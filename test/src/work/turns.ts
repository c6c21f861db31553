import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createTurns } from '../../../src/work/turns.js'

/** Turns on so many threads, who has had them, and what gives a thread back. */
function start (threads: number, mostWaiting: number) {
  const turns = createTurns(threads, mostWaiting)
  const order: string[] = []
  const under: Array<() => void> = []
  const ask = async (name: string, signal = new AbortController().signal): Promise<void> => {
    under.push(await turns.enter(name.slice(0, 1), signal))
    order.push(name)
  }
  const leave = async (): Promise<void> => { under.shift()?.(); await turn() }
  return { order, ask, leave }
}

t.test('as many have a thread as there are; owners have their turns one after the other', async (t) => {
  const { order, ask, leave } = start(2, 10)
  const asked = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'].map(async (name) => { await ask(name) })
  await turn()
  t.same(order, ['a1', 'a2'])
  for (let times = 0; times < 5; times++) await leave()
  t.same(order, ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2'])
  await Promise.all(asked)
  await leave()
  await leave()
  await Promise.all([ask('d1'), ask('d2')])
  t.same(order.slice(7), ['d1', 'd2'], 'threads that nobody waits for are free again')
})

t.test('only so many wait, of one owner half', async (t) => {
  const { order, ask, leave } = start(1, 4)
  await ask('a1')
  const waiting = [ask('a2'), ask('a3')]
  await t.rejects(ask('a4'), { code: 'OVERLOADED' })
  waiting.push(ask('b1'), ask('c1'))
  await t.rejects(ask('d1'), { code: 'OVERLOADED' })
  for (let times = 0; times < 4; times++) await leave()
  await Promise.all(waiting)
  t.same(order, ['a1', 'a2', 'b1', 'c1', 'a3'])
})

t.test('where owners are not told apart all may wait', async (t) => {
  const turns = createTurns(1, 4)
  const { signal } = new AbortController()
  const leave = await turns.enter('', signal)
  const waiting = [1, 2, 3, 4].map(async () => { (await turns.enter('', signal))() })
  await t.rejects(turns.enter('', signal), { code: 'OVERLOADED' })
  leave()
  await Promise.all(waiting)
})

t.test('who is given up waits no more, and takes nobody the turn', async (t) => {
  const { order, ask, leave } = start(1, 2)
  await ask('a1')
  const impatient = new AbortController()
  const given = ask('b1', impatient.signal)
  const waiting = ask('c1')
  impatient.abort(new Error('no more'))
  await t.rejects(given, { message: 'no more' })
  await t.rejects(ask('d1', AbortSignal.abort(new Error('before'))), { message: 'before' })
  const another = ask('e1')
  await leave()
  await leave()
  await Promise.all([waiting, another])
  t.same(order, ['a1', 'c1', 'e1'])
})
