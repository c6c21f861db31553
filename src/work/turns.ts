import { ServiceError } from '../errors.js'

/** Lets computations onto the threads: who waits has its turn, one of each owner after the other. */
export interface Turns {
  /**
   * Waits for a thread; what it resolves to gives the thread back, once. Rejects with OVERLOADED where too many wait, of all or of the
   * owner, and with the reason of `signal` where that ends the waiting. `owner`: '' where owners are not told apart.
   */
  enter (owner: string, signal: AbortSignal): Promise<() => void>
}

export function createTurns (threads: number, mostWaiting: number): Turns {
  // In the order of whose turn it is.
  const waiting = new Map<string, Set<() => void>>()
  let free = threads
  let count = 0

  function add (owner: string, go: () => void): void {
    const own = waiting.get(owner) ?? new Set()
    if (count >= mostWaiting || (owner !== '' && own.size >= mostWaiting / 2)) throw new ServiceError('OVERLOADED', 'Too many long computations are under way.')
    count++
    waiting.set(owner, own.add(go))
  }

  function remove (owner: string, go: () => void): void {
    const own = waiting.get(owner)
    if (own?.delete(go) !== true) return
    count--
    if (own.size === 0) waiting.delete(owner)
  }

  function leave (): void {
    const [next] = waiting
    if (next === undefined) { free++; return }
    const [owner, own] = next
    // Its next one comes after those of the others.
    waiting.delete(owner)
    waiting.set(owner, own)
    for (const go of own) { remove(owner, go); go(); break }
  }

  return {
    async enter (owner, signal) {
      signal.throwIfAborted()
      if (free > 0) free--
      else {
        await new Promise<void>((resolve, reject) => {
          const abandon = (): void => { remove(owner, go); reject(signal.reason) }
          const go = (): void => { signal.removeEventListener('abort', abandon); resolve() }
          add(owner, go)
          signal.addEventListener('abort', abandon, { once: true })
        })
      }
      return leave
    }
  }
}
