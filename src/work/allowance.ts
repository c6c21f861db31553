import { TookTooLong } from '../pace.js'

/** What the long computations of one caller, or of all, may take of the event loop together: many at once must not add up. */
export interface Allowance {
  /** Runs `act` with the milliseconds that it may take; it throws TookTooLong where they were not enough. */
  spend<T> (act: (ms: number) => T): T
}

/** What every computation may take, whatever the others took. */
const LEAST_MS = 5
/** What one that comes to its end may take without being counted; nearly all end far below. */
const FREE_MS = 10

/** `mostMs`: what a single one may take after a quiet while; `share`: of the time that passes, what is there for long ones. */
export function createAllowance (mostMs: number, share: number, now: () => number = () => performance.now()): Allowance {
  let left = mostMs
  let at = now()
  return {
    spend (act) {
      const begin = now()
      left = Math.min(mostMs, left + (begin - at) * share)
      let free = FREE_MS
      try {
        return act(Math.min(mostMs, Math.max(LEAST_MS, left)))
      } catch (error) {
        if (error instanceof TookTooLong) free = 0
        throw error
      } finally {
        at = now()
        left = Math.max(0, left - Math.max(0, at - begin - free))
      }
    }
  }
}
