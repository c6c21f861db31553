import { noopObserver } from '../telemetry/observer.js'
import { attemptsOf, type CallFailure, describeFailure, isThrottled } from './errors.js'
import { createLimiter } from './limiter.js'
import { memoize } from './memoize.js'
import type { AwsConfig } from './settings.js'

export type Outcome<T> = { ok: true; value: T } | ({ ok: false } & CallFailure)

export type Api = 'kms' | 'iam' | 'organizations' | 'personalize' | 's3' | 'sts'

/** Which call it is. `accountId` is of the credentials, where they are not the service's own. */
export interface CallName {
  api: Api
  operation: string
  accountId: string | undefined
}

/** Makes one call of AWS; never rejects. `send` gets the signal that ends the call. */
export type Call = <T>(
  name: CallName,
  send: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal
) => Promise<Outcome<T>>

/**
 * What an attempt may wait before it is sent: a client that was throttled sends as little as a request in two
 * seconds, and a retry backs off first.
 */
const BACK_OFF_MS = 5_000

/**
 * All calls of the process go through one of these: it bounds how many are in flight and how long each may take. AWS
 * meters each API for each account, so each has its own places: one that is slow takes none from the others.
 */
export function createCall ({ concurrency, timeoutMs, maxAttempts, observer = noopObserver }: AwsConfig): Call {
  const limiterOf = memoize(() => createLimiter(concurrency))
  // The SDK's timeouts bound silence, not length: a trickling body or an endless back-off ends here.
  const deadlineMs = (2 * timeoutMs + BACK_OFF_MS) * maxAttempts

  return async ({ api, operation, accountId }, send, signal) => {
    const limit = limiterOf(`${api} ${accountId ?? 'own'}`)
    const begin = performance.now()
    const tell = (outcome: string, answer: unknown): void => {
      observer.awsCalled({
        api,
        operation,
        outcome,
        attempts: attemptsOf(answer),
        seconds: (performance.now() - begin) / 1_000
      })
    }
    try {
      const value = await limit(() => withDeadline(send, signal, deadlineMs), signal)
      tell('ok', value)
      return { ok: true, value }
    } catch (error) {
      const failure = signal.aborted ? ended(operation) : describeFailure(operation, error)
      tell(isThrottled(error) ? 'throttled' : failure.missing ? 'notFound' : failure.cause, error)
      return { ok: false, ...failure }
    }
  }
}

/** The failure of a call that no request waits for any more. */
export function ended (operation: string): CallFailure {
  return { why: `${operation} was given up: the request ended before AWS answered`, cause: 'timeout', missing: false }
}

/** One controller for both ends: `AbortSignal.any` would cost more than the rest of this. */
async function withDeadline<T> (
  send: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  deadlineMs: number
): Promise<T> {
  const either = new AbortController()
  const end = (): void => {
    either.abort(signal.reason)
  }
  const timer = setTimeout(() => {
    either.abort(new DOMException('no answer in time', 'TimeoutError'))
  }, deadlineMs)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await Promise.race([send(either.signal), rejection(either.signal)])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/** The SDK does not always notice an abort while it reads a body. */
function rejection (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason)
      },
      { once: true }
    )
  })
}

export function failed (failure: CallFailure): { state: 'notRead'; why: string; cause: CallFailure['cause'] } {
  return { state: 'notRead', why: failure.why, cause: failure.cause }
}
