import { ServiceError } from './errors.js'

/** The right to run one heavy request; `release` gives it back, once. */
export interface Slot { release (): void }

/** What may be in flight at a time. */
export interface SlotLimits {
  /** Requests that run. */
  active: number
  /** Requests of one caller that run. */
  activePerCaller: number
  /** Requests that wait for a slot. A caller of whom none waits may always add one, however many others have. */
  queue: number
}

/** Heavy requests in flight: so many in all and for each caller; the next ones wait, the callers by turns. */
export interface CallerSlots {
  /**
   * Waits for a slot. Throws OVERLOADED if too many wait already or `signal` aborts, SERVICE_UNAVAILABLE after `rejectWaiting`.
   * `callerId`: undefined where callers are not distinguished; then the limits of one caller do not apply.
   * `isResumed`: for a request that had a slot before; it waits whatever the length of the queue.
   */
  acquire (callerId: string | undefined, signal: AbortSignal, isResumed?: boolean): Promise<Slot>
  /** Rejects what waits, and from now on what would have to wait; free slots are still given. */
  rejectWaiting (): void
  load (): { active: number, waiting: number }
}

/** What one caller has. `waiting` is in the order of arrival. */
interface Quota { active: number, activeLimit: number, readonly waiting: Set<Waiting> }
interface Waiting { grant: () => void, reject: (error: ServiceError) => void }

export function createCallerSlots ({ active: activeLimit, activePerCaller, queue }: SlotLimits): CallerSlots {
  // In the order of their turns.
  const quotas = new Map<string | undefined, Quota>()
  let active = 0
  let waiting = 0
  let isStopping = false

  const quotaOf = (callerId: string | undefined): Quota => {
    const quota = quotas.get(callerId) ?? { active: 0, activeLimit: callerId === undefined ? activeLimit : activePerCaller, waiting: new Set() }
    quotas.set(callerId, quota)
    return quota
  }
  const hasSlot = (quota: Quota): boolean => active < activeLimit && quota.active < quota.activeLimit
  const forgetIfEmpty = (callerId: string | undefined, quota: Quota): void => {
    if (quota.active === 0 && quota.waiting.size === 0) quotas.delete(callerId)
  }

  function take (callerId: string | undefined, quota: Quota): Slot {
    active++
    quota.active++
    let isHeld = true
    return {
      release () {
        if (!isHeld) return
        isHeld = false
        active--
        quota.active--
        forgetIfEmpty(callerId, quota)
        grantNext()
      }
    }
  }

  function grantNext (): void {
    for (const [callerId, quota] of quotas) {
      const [first] = quota.waiting
      if (first === undefined || !hasSlot(quota)) continue
      // The next turn of this caller comes after those of the others.
      quotas.delete(callerId)
      quotas.set(callerId, quota)
      first.grant()
      return
    }
  }

  function wait (callerId: string | undefined, quota: Quota, signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', abandon)
        quota.waiting.delete(entry)
        waiting--
      }
      const entry: Waiting = {
        grant: () => { leave(); resolve(take(callerId, quota)) },
        reject: (error) => { leave(); forgetIfEmpty(callerId, quota); reject(error) }
      }
      const abandon = (): void => { entry.reject(new ServiceError('OVERLOADED', 'No slot was free in time.', [], { cause: signal.reason })) }
      quota.waiting.add(entry)
      waiting++
      signal.addEventListener('abort', abandon)
    })
  }

  return {
    async acquire (callerId, signal, isResumed = false) {
      if (signal.aborted) throw new ServiceError('OVERLOADED', 'The time for the request is over.', [], { cause: signal.reason })
      const quota = quotaOf(callerId)
      if (hasSlot(quota)) return take(callerId, quota)
      if (isStopping) throw stopping()
      const isFull = waiting >= queue && !isResumed && (callerId === undefined || quota.active + quota.waiting.size > 0 || queue === 0)
      if (isFull) throw new ServiceError('OVERLOADED', 'Too many requests of this kind are in flight.')
      return await wait(callerId, quota, signal)
    },
    rejectWaiting () {
      isStopping = true
      for (const { waiting } of [...quotas.values()]) for (const { reject } of [...waiting]) reject(stopping())
    },
    load: () => ({ active, waiting })
  }
}

function stopping (): ServiceError {
  return new ServiceError('SERVICE_UNAVAILABLE', 'The service is stopping.')
}
