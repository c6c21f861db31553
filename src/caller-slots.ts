import { ServiceError } from './errors.js'

/** The right to run one heavy request; `release` gives it back, once. */
export interface Slot {
  release(): void
}

/** What may be in flight at a time. */
export interface SlotLimits {
  /** Requests that run. */
  active: number
  /** Requests of one caller that run. */
  activePerCaller: number
  /** Requests that wait for a slot. Beyond that, a caller may have its equal part of them, and one in any case. */
  queue: number
}

/** Heavy requests in flight: so many in all and for each caller; the next ones wait, the callers by turns. */
export interface CallerSlots {
  /**
   * Waits for a slot. Throws OVERLOADED if too many wait already or `end` comes, SERVICE_UNAVAILABLE after
   * `rejectWaiting`.
   * `end`: how long to wait, in milliseconds, or what aborts the waiting.
   * `callerId`: undefined where callers are not distinguished; then the limits of one caller do not apply.
   * `isResumed`: for a request that had a slot before; it waits whatever the length of the queue.
   */
  acquire(callerId: string | undefined, end: AbortSignal | number, isResumed?: boolean): Promise<Slot>
  /** Rejects what waits, and from now on what would have to wait; free slots are still given. */
  rejectWaiting(): void
  load(): { active: number; waiting: number }
}

/** What one caller has. `waiting` is in the order of arrival. */
interface Quota {
  active: number
  activeLimit: number
  readonly waiting: Set<Waiting>
}
interface Waiting {
  grant: () => void
  reject: (error: ServiceError) => void
}

export function createCallerSlots (limits: SlotLimits): CallerSlots {
  const slots = new FairSlots(limits)
  return {
    acquire: async (callerId, end, isResumed = false) => await slots.acquire(callerId, end, isResumed),
    rejectWaiting: () => {
      slots.rejectWaiting()
    },
    load: () => slots.load()
  }
}

class FairSlots {
  readonly #limits: SlotLimits
  /** In the order of their turns. */
  readonly #quotas = new Map<string | undefined, Quota>()
  #active = 0
  #waiting = 0
  #isStopping = false

  constructor (limits: SlotLimits) {
    this.#limits = limits
  }

  async acquire (callerId: string | undefined, end: AbortSignal | number, isResumed: boolean): Promise<Slot> {
    if (typeof end !== 'number' && end.aborted)
      throw new ServiceError('OVERLOADED', 'The time for the request is over.', [], { cause: end.reason })
    const quota = this.#quotaOf(callerId)
    if (this.#hasSlot(quota)) return this.#take(callerId, quota)
    if (this.#isStopping) throw stopping()
    if (!isResumed && this.#isFull(callerId, quota))
      throw new ServiceError('OVERLOADED', 'Too many requests of this kind are in flight.')
    return await this.#wait(callerId, quota, end)
  }

  rejectWaiting (): void {
    this.#isStopping = true
    for (const { waiting } of [...this.#quotas.values()]) for (const { reject } of [...waiting]) reject(stopping())
  }

  load (): { active: number; waiting: number } {
    return { active: this.#active, waiting: this.#waiting }
  }

  #quotaOf (callerId: string | undefined): Quota {
    const { active: all, activePerCaller } = this.#limits
    return (
      this.#quotas.get(callerId) ?? {
        active: 0,
        activeLimit: callerId === undefined ? all : activePerCaller,
        waiting: new Set()
      }
    )
  }

  #hasSlot ({ active, activeLimit }: Quota): boolean {
    return this.#active < this.#limits.active && active < activeLimit
  }

  /** One caller that fills the queue shuts out no other. Of k callers at most queue × (1 + 1/2 + … + 1/k) wait. */
  #isFull (callerId: string | undefined, { waiting }: Quota): boolean {
    const { queue } = this.#limits
    if (this.#waiting < queue) return false
    if (callerId === undefined || queue === 0) return true
    let callers = waiting.size === 0 ? 1 : 0
    for (const quota of this.#quotas.values()) if (quota.waiting.size > 0) callers++
    return waiting.size >= Math.max(1, Math.floor(queue / callers))
  }

  #take (callerId: string | undefined, quota: Quota): Slot {
    this.#quotas.set(callerId, quota)
    this.#active++
    quota.active++
    let isHeld = true
    return {
      release: () => {
        if (!isHeld) return
        isHeld = false
        this.#active--
        quota.active--
        this.#forgetIfEmpty(callerId, quota)
        this.#grantNext()
      }
    }
  }

  #grantNext (): void {
    for (const [callerId, quota] of this.#quotas) {
      const [first] = quota.waiting
      if (first === undefined || !this.#hasSlot(quota)) continue
      // The next turn of this caller comes after those of the others.
      this.#quotas.delete(callerId)
      this.#quotas.set(callerId, quota)
      first.grant()
      return
    }
  }

  #wait (callerId: string | undefined, quota: Quota, end: AbortSignal | number): Promise<Slot> {
    this.#quotas.set(callerId, quota)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        forget()
        quota.waiting.delete(entry)
        this.#waiting--
      }
      const entry: Waiting = {
        grant: () => {
          leave()
          resolve(this.#take(callerId, quota))
        },
        reject: (error) => {
          leave()
          this.#forgetIfEmpty(callerId, quota)
          reject(error)
        }
      }
      const forget = atEnd(end, (cause) => {
        entry.reject(new ServiceError('OVERLOADED', 'No slot was free in time.', [], { cause }))
      })
      quota.waiting.add(entry)
      this.#waiting++
    })
  }

  #forgetIfEmpty (callerId: string | undefined, quota: Quota): void {
    if (quota.active === 0 && quota.waiting.size === 0) this.#quotas.delete(callerId)
  }
}

/** Calls once at the end, unless what it returns is called before. */
function atEnd (end: AbortSignal | number, call: (cause: unknown) => void): () => void {
  // A signal of its own for each time limit would cost more than all the rest of the waiting.
  if (typeof end === 'number') {
    const timer = setTimeout(call, end, undefined)
    return () => {
      clearTimeout(timer)
    }
  }
  const abort = (): void => {
    call(end.reason)
  }
  end.addEventListener('abort', abort)
  return () => {
    end.removeEventListener('abort', abort)
  }
}

function stopping (): ServiceError {
  return new ServiceError('SERVICE_UNAVAILABLE', 'The service is stopping.')
}
