import { setMaxListeners } from 'node:events'
import { LRUCache } from 'lru-cache'
import { noopObserver, type Observer } from '../telemetry/observer.js'
import type { CachedRead, RequestOptions } from '../verify/read/policy-source.js'
import { type Api, type Call, ended, type Outcome } from './call.js'
import { onBehalfOf } from './credentials.js'

/** Joins what is asked for under a key while it is under way; `undefined` for one who leaves before the end. */
export type Flights<T> = (
  key: string,
  leaving: Promise<unknown>,
  start: (signal: AbortSignal) => Promise<T>
) => Promise<T | undefined>

interface Flight<T> {
  result: Promise<T>
  waiting: number
  landed: boolean
  controller: AbortController
}

/** Work that several may wait for at once: it is done once, and given up when the last of them has left. */
export function createFlights<T> (): Flights<T> {
  const underWay = new Map<string, Flight<T>>()

  function takeOff (key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight: Flight<T> = {
      result: start(controller.signal).finally(() => {
        flight.landed = true
        forget(key, flight)
      }),
      waiting: 0,
      landed: false,
      controller
    }
    underWay.set(key, flight)
    return flight
  }

  /** One that was given up may still be landing when the next has taken its place. */
  function forget (key: string, flight: Flight<T>): void {
    if (underWay.get(key) === flight) underWay.delete(key)
  }

  return async (key, leaving, start) => {
    const flight = underWay.get(key) ?? takeOff(key, start)
    flight.waiting++
    try {
      return await Promise.race([flight.result, leaving.then(() => undefined)])
    } finally {
      // An abort costs a stack trace, so one that has landed is left in peace.
      if (--flight.waiting === 0 && !flight.landed) {
        forget(key, flight)
        flight.controller.abort()
      }
    }
  }
}

/** Where a call goes, and as whom: with the role of an account, or with the service's own credentials. */
export interface Place {
  region: string
  accountId: string | undefined
}

/** What the calls of one request have in common. */
export interface Scope {
  signal: AbortSignal
  /** Resolves when the signal aborts: one listener for all the calls of a request. */
  ending: Promise<void>
  maxAgeMs: number
  /** Undefined where the reading is for no request. */
  requestId: string | undefined
  /** The responses that were used again. */
  cached: CachedRead[]
  /** Called for each call that is made or joined. */
  onCall: () => void
}

/** One operation of an API, as the whole process makes it. `arn` is what is asked about. */
export type Operation<I extends object, O extends object> = (
  place: Place,
  arn: string,
  input: I,
  scope: Scope
) => Promise<Outcome<O>>

export type DefineOperation = <I extends object, O extends object>(
  api: Api,
  name: string,
  send: (place: Place, input: I, options: { abortSignal: AbortSignal }) => Promise<O>
) => Operation<I, O>

/** For each operation; in characters of JSON. */
const KEPT_ANSWERS = 1_000
const KEPT_CHARACTERS = 2_000_000

export function createScope (
  signal: AbortSignal,
  { maxAgeSeconds = 0, requestId, onCall = () => {} }: RequestOptions = {}
): Scope {
  // Several may share one, and Node.js warns of listeners piled on one signal.
  setMaxListeners(0, signal)
  const ending = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true }
    )
  })
  return { signal, ending, maxAgeMs: maxAgeSeconds * 1_000, requestId, cached: [], onCall }
}

/**
 * Equal calls that are under way at once are one call, whichever requests they are of. Good answers are kept within
 * bounds
 * for requests that allow an answer so old; failures never are.
 */
export function operationsOver (
  call: Call,
  observer: Observer = noopObserver,
  now: () => number = Date.now
): DefineOperation {
  return <I extends object, O extends object>(
    api: Api,
    name: string,
    send: (place: Place, input: I, options: { abortSignal: AbortSignal }) => Promise<O>
  ): Operation<I, O> => {
    const flights = createFlights<Outcome<O>>()
    const kept = new LRUCache<string, { answer: O; at: number }>({
      max: KEPT_ANSWERS,
      maxSize: KEPT_CHARACTERS,
      sizeCalculation: ({ answer }) => JSON.stringify(answer).length
    })

    return async (place, arn, input, scope) => {
      if (scope.signal.aborted) return { ok: false, ...ended(name) }
      const key = JSON.stringify([place.accountId, place.region, input])
      const earlier = scope.maxAgeMs > 0 ? kept.get(key) : undefined
      const age = now() - (earlier?.at ?? 0)
      // Negative after the clock was set back: how old the response is, is not known.
      if (earlier !== undefined && age >= 0 && age <= scope.maxAgeMs) {
        observer.awsCallSaved({ kind: 'answer', operation: name })
        scope.cached.push({
          what: name,
          arn,
          readAt: new Date(earlier.at).toISOString(),
          ageSeconds: Math.ceil(age / 1_000)
        })
        return { ok: true, value: earlier.answer }
      }
      scope.onCall()
      let isUnderWay = true
      const answering = flights(key, scope.ending, async (signal) => {
        isUnderWay = false
        const at = now()
        const outcome = await call(
          { api, operation: name, accountId: place.accountId },
          (abortSignal) => onBehalfOf(scope.requestId, () => send(place, input, { abortSignal })),
          signal
        )
        if (outcome.ok) kept.set(key, { answer: outcome.value, at })
        return outcome
      })
      if (isUnderWay) observer.awsCallSaved({ kind: 'inFlight', operation: name })
      return (await answering) ?? { ok: false, ...ended(name) }
    }
  }
}
