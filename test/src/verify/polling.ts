import { getEventListeners } from 'node:events'
import t from 'tap'
import { ServiceError } from '../../../src/errors.js'
import { type Attempt, type AttemptOptions, attempts } from '../../../src/verify/polling.js'
import { patience } from '../../verification/clock.js'

const MOST = 50

async function made (options: AttemptOptions, until: (attempt: Attempt) => boolean = () => false): Promise<Attempt[]> {
  const all: Attempt[] = []
  for await (const attempt of attempts(options)) {
    all.push(attempt)
    if (until(attempt) || all.length === MOST) break
  }
  return all
}

t.test('without waiting there is one reading, and it is the last', async (t) => {
  const { clock, ...rest } = patience()
  t.match(await made({ ...rest, clock, waitUpToSeconds: 0 }), [{ number: 1, isLast: true }])
  t.same(clock.pauses, [])
})

t.test('pauses grow, and the last reading is when the time is up', async (t) => {
  const { clock, ...rest } = patience()
  const all = await made({ ...rest, clock, waitUpToSeconds: 120 })
  t.ok(all.length > 5 && all.length < MOST)
  t.ok(
    clock.pauses.slice(0, -1).every((pause, index, earlier) => pause >= (earlier[index - 1] ?? 0)),
    clock.pauses.join()
  )
  t.ok(Math.max(...clock.pauses) <= 10_000, 'a change is not overlooked for long')
  t.equal(
    clock.pauses.reduce((sum, pause) => sum + pause, 0),
    120_000
  )
  t.same(
    all.filter(({ isLast }) => isLast).map(({ number }) => number),
    [all.length]
  )
})

t.test('attempts: a reading is sufficient, no further one is made', async (t) => {
  const { clock, ...rest } = patience()
  t.equal((await made({ ...rest, clock, waitUpToSeconds: 60 }, ({ number }) => number === 3)).length, 3)
  t.equal(clock.pauses.length, 2)
})

t.test('the client that leaves ends the waiting and the reads, the service that stops the waiting alone', async (t) => {
  for (const ended of ['signal', 'stopping'] as const) {
    const controller = new AbortController()
    const [first, ...more] = await made(
      { ...patience(), waitUpToSeconds: 60, [ended]: controller.signal },
      ({ number }) => {
        if (number === 1) controller.abort()
        return false
      }
    )
    t.equal(more.length, 0, ended)
    t.equal(first?.signal.aborted, ended === 'signal', ended)
  }
  const stopped = await made({ ...patience(), waitUpToSeconds: 60, stopping: AbortSignal.abort() })
  t.match(stopped, [{ number: 1, isLast: true }], 'a service that stops already reads once')
})

t.test('attempts: a reading in progress reaches its own deadline, it is aborted', async (t) => {
  const readings = attempts({ ...patience(), waitUpToSeconds: 0, deadlineMs: 5 })
  const { value: attempt } = await readings.next()
  await new Promise((resolve) => attempt?.signal.addEventListener('abort', resolve, { once: true }))
  t.match(attempt?.signal.reason, { name: 'TimeoutError' })
  await readings.return(undefined)
})

t.test('nothing of a request is left on what outlives it, however its readings end', async (t) => {
  const [stopping, request] = [new AbortController().signal, new AbortController().signal]
  const options = { ...patience(), waitUpToSeconds: 3, signal: request, stopping }
  await made(options)
  await made(options, () => true)
  await t.rejects(
    made(options, () => {
      throw new Error('a reading failed')
    })
  )
  for (const signal of [stopping, request]) t.equal(getEventListeners(signal, 'abort').length, 0)
})

t.test('slots: one for each reading, none while it pauses', async (t) => {
  const events: string[] = []
  const acquire: AttemptOptions['acquire'] = async (isResumed) => {
    events.push(isResumed ? 'resumed' : 'acquired')
    return {
      release: () => {
        events.push('released')
      }
    }
  }
  const { clock, ...rest } = patience()
  const pause: typeof clock.pause = async (ms, signal) => {
    events.push('pause')
    await clock.pause(ms, signal)
  }
  await made({ ...rest, clock: { ...clock, pause }, waitUpToSeconds: 60, acquire }, ({ number }) => number === 3)
  t.same(events, ['acquired', 'released', 'pause', 'resumed', 'released', 'pause', 'resumed', 'released'])
})

t.test('no slot: for the first reading an error, for a later one the end', async (t) => {
  const refused = new ServiceError('OVERLOADED', 'No slot was free in time.')
  await t.rejects(
    made({
      ...patience(),
      waitUpToSeconds: 60,
      acquire: async () => {
        throw refused
      }
    }),
    refused
  )
  const acquire: AttemptOptions['acquire'] = async (isResumed) => {
    if (isResumed) throw refused
    return { release: () => {} }
  }
  t.match(await made({ ...patience(), waitUpToSeconds: 60, acquire }), { length: 1 })
})
