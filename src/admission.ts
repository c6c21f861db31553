import PQueue from 'p-queue'
import { ServiceError } from './errors.js'

/** Lets live verifications in, so many at a time; the next ones wait, the rest are told to come again. */
export interface Admission {
  /** Waits for a place, which `leave` gives back. Throws OVERLOADED where too many wait already, or where `signal` aborts first. */
  enter (signal: AbortSignal): Promise<{ leave: () => void }>
  /** How many are in, and how many wait. */
  load (): { active: number, waiting: number }
}

export function createAdmission ({ active, queue: mostWaiting }: { active: number, queue: number }): Admission {
  const queue = new PQueue({ concurrency: active })
  return {
    async enter (signal) {
      if (queue.pending >= active && queue.size >= mostWaiting) throw new ServiceError('OVERLOADED', 'Too many live verifications are under way.')
      return await new Promise((resolve, reject) => {
        const stay = async (): Promise<void> => { await new Promise<void>((leave) => { resolve({ leave }) }) }
        queue.add(stay, { signal }).catch((cause) => { reject(new ServiceError('OVERLOADED', 'No live verification ended in time.', [], { cause })) })
      })
    },
    load: () => ({ active: queue.pending, waiting: queue.size })
  }
}
