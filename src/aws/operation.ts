import { setMaxListeners } from 'node:events'
import { LRUCache } from 'lru-cache'
import type { CachedRead } from '../verify/policy-source.js'
import { nobody, type Observer } from '../observer.js'
import { ended, type Api, type Call, type Outcome } from './call.js'
import { createFlights } from './flights.js'
import { onBehalfOf } from './request-name.js'

/** Where a call goes, and as whom: with the role of an account, or with the service's own credentials. */
export interface Place { region: string, accountId: string | undefined }

/** What the calls of one request have in common. */
export interface Scope {
  signal: AbortSignal
  /** Resolves when the signal aborts: one listener for all the calls of a request. */
  ending: Promise<void>
  maxAgeMs: number
  /** Undefined where the reading is for no request. */
  requestId: string | undefined
  /** The answers that were used again. */
  cached: CachedRead[]
}

/** One operation of an API, as the whole process makes it. `arn` is what is asked about. */
export type Operation<I extends object, O extends object> = (place: Place, arn: string, input: I, scope: Scope) => Promise<Outcome<O>>

export type DefineOperation = <I extends object, O extends object>(
  api: Api, name: string, send: (place: Place, input: I, options: { abortSignal: AbortSignal }) => Promise<O>
) => Operation<I, O>

/** For each operation; in characters of JSON. */
const KEPT_ANSWERS = 1_000
const KEPT_CHARACTERS = 2_000_000

export function createScope (signal: AbortSignal, maxAgeMs: number, requestId?: string): Scope {
  // Several may share one, and Node.js warns of listeners piled on one signal.
  setMaxListeners(0, signal)
  const ending = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => { resolve() }, { once: true })
  })
  return { signal, ending, maxAgeMs, requestId, cached: [] }
}

/**
 * Equal calls that are under way at once are one call, whichever requests they are of. Good answers are kept within bounds
 * for requests that allow an answer so old; failures never are.
 */
export function operationsOver (call: Call, observer: Observer = nobody): DefineOperation {
  return <I extends object, O extends object>(api: Api, name: string, send: (place: Place, input: I, options: { abortSignal: AbortSignal }) => Promise<O>): Operation<I, O> => {
    const flights = createFlights<Outcome<O>>()
    const kept = new LRUCache<string, { answer: O, at: number }>({ max: KEPT_ANSWERS, maxSize: KEPT_CHARACTERS, sizeCalculation: ({ answer }) => JSON.stringify(answer).length })

    return async (place, arn, input, scope) => {
      if (scope.signal.aborted) return { ok: false, ...ended(name) }
      const key = JSON.stringify([place.accountId, place.region, input])
      const earlier = scope.maxAgeMs > 0 ? kept.get(key) : undefined
      const age = Date.now() - (earlier?.at ?? 0)
      if (earlier !== undefined && age <= scope.maxAgeMs) {
        observer.awsCallSaved({ kind: 'answer', operation: name })
        scope.cached.push({ what: name, arn, readAt: new Date(earlier.at).toISOString(), ageSeconds: Math.ceil(age / 1_000) })
        return { ok: true, value: earlier.answer }
      }
      let isUnderWay = true
      const answering = flights(key, scope.ending, async (signal) => {
        isUnderWay = false
        const at = Date.now()
        const outcome = await call({ api, operation: name, accountId: place.accountId }, (abortSignal) => onBehalfOf(scope.requestId, () => send(place, input, { abortSignal })), signal)
        if (outcome.ok) kept.set(key, { answer: outcome.value, at })
        return outcome
      })
      if (isUnderWay) observer.awsCallSaved({ kind: 'underWay', operation: name })
      return await answering ?? { ok: false, ...ended(name) }
    }
  }
}
