import type { Clock } from '../../src/verify/polling.js'
import { NOW } from './scenario.js'

/** A clock on which a pause takes no time but its own. */
export function fakeClock (): Clock & { pauses: number[] } {
  const pauses: number[] = []
  let time = NOW.getTime()
  return {
    pauses,
    now: () => new Date(time),
    pause: async (ms, signal) => {
      signal.throwIfAborted()
      pauses.push(ms)
      time += ms
    }
  }
}

/** What every waiting test passes: no client leaves, and the service does not stop. */
export function patience () {
  return {
    clock: fakeClock(),
    deadlineMs: 10_000,
    signal: new AbortController().signal,
    stopping: new AbortController().signal
  }
}
