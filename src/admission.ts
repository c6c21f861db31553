import { setMaxListeners } from 'node:events'
import { boundedSignal } from './bounded-signal.js'
import { ServiceError } from './errors.js'
import { createLimiter, type Limiter } from './limiter.js'

/** A place for a live verification, held until it is left. */
export interface Place { leave: () => void }

/** Lets live verifications in, so many at a time; the next ones wait, the rest are told to come again. */
export interface Admission {
  /**
   * Waits for a place. Throws OVERLOADED where too many wait already, of all or of the caller, or where `signal` ends the waiting, and
   * SERVICE_UNAVAILABLE where nobody may wait any more.
   */
  enter (signal: AbortSignal, caller?: string): Promise<Place>
  /** From now on nobody waits; places that are free are still given. */
  endWaiting (): void
  /** How many are in, and how many wait. */
  load (): { active: number, waiting: number }
}

/** Places, how many may wait for one, and how many are in or wait. */
interface Share { places: number, queue: number, limit: Limiter, asked: number, whenEmpty: () => void }

export function createAdmission ({ active: places, queue }: { active: number, queue: number }): Admission {
  const everybody = shareOf(places, queue)
  const shareOfCaller = sharesOfCallers(half(places), half(places + queue))
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  let active = 0

  function refuseWhereFull ({ asked, places, queue }: Share, detail: string): void {
    if (ending.signal.aborted && asked >= places) throw stopping()
    if (asked >= places + queue) throw new ServiceError('OVERLOADED', detail)
  }

  function letIn (shares: readonly Share[], signal: AbortSignal): Promise<Place> {
    const waiting = boundedSignal(ending.signal.aborted ? [signal] : [signal, ending.signal])
    return new Promise((resolve, reject) => {
      const stay = async (): Promise<void> => {
        waiting.release()
        active++
        await new Promise<void>((leave) => { resolve({ leave }) })
        active--
      }
      inTurn(shares, stay, waiting.signal)
        .catch((cause) => {
          waiting.release()
          reject(ending.signal.aborted ? stopping(cause) : new ServiceError('OVERLOADED', 'No live verification ended in time.', [], { cause }))
        })
    })
  }

  return {
    async enter (signal, caller) {
      refuseWhereFull(everybody, 'Too many live verifications are under way.')
      if (caller === undefined) return await letIn([everybody], signal)
      const own = shareOfCaller(caller)
      refuseWhereFull(own, 'Too many live verifications of the caller are under way.')
      return await letIn([own, everybody], signal)
    },
    endWaiting: () => { ending.abort() },
    load: () => ({ active, waiting: everybody.asked - active })
  }
}

function shareOf (places: number, queue: number, whenEmpty: () => void = () => {}): Share {
  return { places, queue, limit: createLimiter(places), asked: 0, whenEmpty }
}

/** A share for each caller who is in or waits: so many places, and so many for all that it has in or waiting. */
function sharesOfCallers (places: number, all: number): (caller: string) => Share {
  const shares = new Map<string, Share>()
  return (caller) => {
    const share = shares.get(caller) ?? shareOf(places, all - places, () => { shares.delete(caller) })
    shares.set(caller, share)
    return share
  }
}

function half (count: number): number {
  return Math.max(1, Math.floor(count / 2))
}

/** Runs a task with a place of each share, one after the other: who waits for the first is in nobody's way at the next. */
async function inTurn (shares: readonly Share[], task: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (const share of shares) share.asked++
  const withPlaces = shares.reduceRight((inner, { limit }) => async () => { await limit(inner, signal) }, task)
  try {
    await withPlaces()
  } finally {
    for (const share of shares) if (--share.asked === 0) share.whenEmpty()
  }
}

function stopping (cause?: unknown): ServiceError {
  return new ServiceError('SERVICE_UNAVAILABLE', 'The service is stopping.', [], { cause })
}
