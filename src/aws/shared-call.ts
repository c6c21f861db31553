import { setMaxListeners } from 'node:events'
import { LRUCache } from 'lru-cache'
import { noopObserver, type Observer } from '../telemetry/observer.js'
import type { CachedRead, RequestOptions } from '../verify/read/policy-source.js'
import { type Api, type Call, ended, type Outcome } from './call.js'
import { onBehalfOf } from './credentials.js'

/** Joins equal requests that are in flight under a key; `undefined` for one that leaves before the end. */
export type SingleFlight<T> = (
  key: string,
  leaving: Promise<unknown>,
  send: (signal: AbortSignal) => Promise<T>
) => Promise<T | undefined>

interface InFlightRequest<T> {
  result: Promise<T>
  waiting: number
  settled: boolean
  controller: AbortController
}

/** Work that several may wait for at once: it is done once, and given up when the last of them has left. */
export function createSingleFlight<T> (): SingleFlight<T> {
  const inFlight = new Map<string, InFlightRequest<T>>()

  function start (key: string, send: (signal: AbortSignal) => Promise<T>): InFlightRequest<T> {
    const controller = new AbortController()
    const request: InFlightRequest<T> = {
      result: send(controller.signal).finally(() => {
        request.settled = true
        remove(key, request)
      }),
      waiting: 0,
      settled: false,
      controller
    }
    inFlight.set(key, request)
    return request
  }

  /** One that was cancelled may settle after the next has taken its place. */
  function remove (key: string, request: InFlightRequest<T>): void {
    if (inFlight.get(key) === request) inFlight.delete(key)
  }

  return async (key, leaving, send) => {
    const request = inFlight.get(key) ?? start(key, send)
    request.waiting++
    try {
      return await Promise.race([request.result, leaving.then(() => undefined)])
    } finally {
      // An abort costs a stack trace, so one that has settled is not aborted.
      if (--request.waiting === 0 && !request.settled) {
        remove(key, request)
        request.controller.abort()
      }
    }
  }
}

/** Where a call goes, and as whom: with the role of an account, or with the service's own credentials. */
export interface RequestScope {
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
  place: RequestScope,
  arn: string,
  input: I,
  scope: Scope
) => Promise<Outcome<O>>

export type DefineOperation = <I extends object, O extends object>(
  api: Api,
  name: string,
  send: (place: RequestScope, input: I, options: { abortSignal: AbortSignal }) => Promise<O>
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
 * Equal calls that are in flight at once are one call, whichever requests they are of. Good answers are kept within
 * bounds for requests that allow an answer so old; failures never are.
 */
export function operationsOver (
  call: Call,
  observer: Observer = noopObserver,
  now: () => number = Date.now
): DefineOperation {
  return <I extends object, O extends object>(
    api: Api,
    name: string,
    send: (place: RequestScope, input: I, options: { abortSignal: AbortSignal }) => Promise<O>
  ): Operation<I, O> => {
    const singleFlight = createSingleFlight<Outcome<O>>()
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
      let isJoined = true
      const response = singleFlight(key, scope.ending, async (signal) => {
        isJoined = false
        const at = now()
        const outcome = await call(
          { api, operation: name, accountId: place.accountId },
          (abortSignal) => onBehalfOf(scope.requestId, () => send(place, input, { abortSignal })),
          signal
        )
        if (outcome.ok) kept.set(key, { answer: outcome.value, at })
        return outcome
      })
      if (isJoined) observer.awsCallSaved({ kind: 'inFlight', operation: name })
      return (await response) ?? { ok: false, ...ended(name) }
    }
  }
}
