import { ServiceError } from './errors.js'
import { createLimiter } from './limiter.js'

/** Lets live verifications in, so many at a time; the next ones wait, the rest are told to come again. */
export interface Admission {
  /** Waits for a place, which is held until `leave` gives it back. Throws OVERLOADED where too many wait already, or where `signal` ends the waiting. */
  enter (signal: AbortSignal): Promise<{ leave: () => void }>
  /** How many are in, and how many wait. */
  load (): { active: number, waiting: number }
}

export function createAdmission ({ active: places, queue }: { active: number, queue: number }): Admission {
  const limit = createLimiter(places)
  let asked = 0
  let active = 0
  return {
    async enter (signal) {
      if (asked >= places + queue) throw new ServiceError('OVERLOADED', 'Too many live verifications are under way.')
      asked++
      return await new Promise((resolve, reject) => {
        const stay = async (): Promise<void> => {
          active++
          await new Promise<void>((leave) => { resolve({ leave }) })
          active--
        }
        limit(stay, signal)
          .catch((cause) => { reject(new ServiceError('OVERLOADED', 'No live verification ended in time.', [], { cause })) })
          .finally(() => { asked-- })
      })
    },
    load: () => ({ active, waiting: asked - active })
  }
}
