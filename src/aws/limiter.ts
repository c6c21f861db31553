import { memoize } from './memoize.js'

/**
 * Runs tasks, at most `concurrency` at a time, in the order of their coming; a task whose signal aborts while it
 * waits never runs.
 */
export type Limiter = <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** Our own twenty lines, not p-limit: a waiting read has to leave the queue when its request ends. */
export function createLimiter (concurrency: number): Limiter {
  const waiting = new Set<() => void>()
  let running = 0

  function release (): void {
    const [next] = waiting
    if (next === undefined) running--
    else next() // the place is handed over, so `running` stays as it is
  }

  function acquire (signal: AbortSignal): Promise<void> {
    if (running < concurrency) {
      running++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(enter)
        signal.removeEventListener('abort', abandon)
      }
      const enter = (): void => {
        leave()
        resolve()
      }
      const abandon = (): void => {
        leave()
        reject(signal.reason)
      }
      waiting.add(enter)
      signal.addEventListener('abort', abandon)
    })
  }

  return async (task, signal) => {
    signal.throwIfAborted()
    await acquire(signal)
    try {
      return await task()
    } finally {
      release()
    }
  }
}

/** A clock, and how to wait by it; a wait ends early, by rejecting, when its signal aborts. */
export interface LimiterClock {
  now(): number
  pause(ms: number, signal: AbortSignal): Promise<unknown>
}

/**
 * Lets calls of one name begin no sooner than `intervalMs` after the one before. Requests, which their signals
 * distinguish, take turns: one with many calls holds up another by one call. A call whose signal aborts while it waits
 * takes no turn.
 */
export function createRateLimiter (
  intervalMs: number,
  clock: LimiterClock
): (name: string, signal: AbortSignal) => Promise<void> {
  const lastOf = memoize(() => ({
    limit: createLimiter(1),
    at: -Infinity,
    ofRequests: new WeakMap<AbortSignal, Limiter>()
  }))
  return async (name, signal) => {
    const last = lastOf(name)
    const ofRequest = last.ofRequests.get(signal) ?? createLimiter(1)
    last.ofRequests.set(signal, ofRequest)
    const turn = async (): Promise<void> => {
      const wait = last.at + intervalMs - clock.now()
      if (wait > 0) await clock.pause(wait, signal)
      last.at = clock.now()
    }
    // A request waits with one call at a time.
    await ofRequest(async () => {
      await last.limit(turn, signal)
    }, signal)
  }
}
