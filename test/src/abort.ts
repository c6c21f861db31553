import { getEventListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { anySignalWithTimeout } from '../../src/abort.js'

t.test('it ends with the first of its sources, for its reason, and lets go of the others', (t) => {
  const [one, other] = [new AbortController(), new AbortController()]
  const { signal } = anySignalWithTimeout([one.signal, other.signal])
  t.notOk(signal.aborted)
  other.abort('gone')
  t.equal(signal.reason, 'gone')
  t.equal(getEventListeners(one.signal, 'abort').length, 0)
  t.equal(anySignalWithTimeout([one.signal, other.signal]).signal.reason, 'gone', 'a source that has ended already')
  t.equal(getEventListeners(one.signal, 'abort').length, 0)
  t.end()
})

t.test('it ends when its time is over', async (t) => {
  const { signal } = anySignalWithTimeout([], 10)
  await setTimeout(30)
  t.match(signal.reason, { name: 'TimeoutError' })
})

t.test('released, it keeps nothing and never ends', async (t) => {
  const source = new AbortController()
  const { signal, release } = anySignalWithTimeout([source.signal], 10)
  t.equal(getEventListeners(source.signal, 'abort').length, 1)
  release()
  t.equal(getEventListeners(source.signal, 'abort').length, 0)
  await setTimeout(30)
  source.abort()
  t.notOk(signal.aborted)
})
