import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { withinSignal } from '../../../../src/verify/read/within-signal.js'

const never = new Promise<string>(() => {})

/** What has come of a read after so many milliseconds. */
async function after (reading: Promise<string>, ms: number): Promise<string> {
  mock.timers.tick(ms)
  const result = await Promise.race([reading, turn('still reading')])
  return result
}

t.test('within signal: the read never ends, the fallback comes a second after the signal', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const controller = new AbortController()
  const reading = withinSignal(never, controller.signal, () => 'fallback')
  t.equal(await after(reading, 60_000), 'still reading')
  controller.abort()
  t.equal(await after(reading, 999), 'still reading')
  t.equal(await after(reading, 1), 'fallback')
})

t.test('within signal: the read begins after the signal, the fallback comes after a tenth of a second', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const reading = withinSignal(never, AbortSignal.abort(), () => 'fallback')
  t.equal(await after(reading, 99), 'still reading')
  t.equal(await after(reading, 1), 'fallback')
})

t.test('within signal: the read ends, its result counts', async (t) => {
  t.equal(await withinSignal(Promise.resolve('read'), AbortSignal.abort(), () => 'fallback'), 'read')
})
