import type { AwsConfig } from './clients.js'
import { describeFailure, type CallFailure } from './errors.js'
import { createLimiter } from './limiter.js'

export type Outcome<T> = { ok: true, value: T } | { ok: false } & CallFailure

/** Makes one call of AWS; never rejects. `send` gets the signal that ends the call. */
export type Call = <T>(operation: string, send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<Outcome<T>>

/** What an attempt may wait before it is sent: a client that was throttled sends as little as a request in two seconds, and a retry backs off first. */
const BACK_OFF_MS = 5_000

/** All calls of the process go through one of these: it bounds how many are under way and how long each may take. */
export function createCall ({ concurrency, timeoutMs, maxAttempts }: AwsConfig): Call {
  const limit = createLimiter(concurrency)
  // The SDK's timeouts bound silence, not length: a trickling body or an endless back-off ends here.
  const deadlineMs = (2 * timeoutMs + BACK_OFF_MS) * maxAttempts

  return async (operation, send, signal) => {
    // its own signal: hundreds of calls may wait at once, and Node warns of listeners piled on one signal
    const callSignal = AbortSignal.any([signal])
    try {
      return { ok: true, value: await limit(() => withDeadline(send, callSignal, deadlineMs), callSignal) }
    } catch (error) {
      return { ok: false, ...signal.aborted ? ended(operation) : describeFailure(operation, error) }
    }
  }
}

function ended (operation: string): CallFailure {
  return { why: `${operation} was given up: the request ended before AWS answered`, cause: 'timeout', missing: false }
}

async function withDeadline<T> (send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal, deadlineMs: number): Promise<T> {
  const deadline = new AbortController()
  const timer = setTimeout(() => { deadline.abort(new DOMException('no answer in time', 'TimeoutError')) }, deadlineMs)
  const either = AbortSignal.any([signal, deadline.signal])
  try {
    return await Promise.race([send(either), rejection(either)])
  } finally {
    clearTimeout(timer)
  }
}

/** The SDK does not always notice an abort while it reads a body. */
function rejection (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
  })
}

export function failed (failure: CallFailure): { state: 'notRead', why: string, cause: CallFailure['cause'] } {
  return { state: 'notRead', why: failure.why, cause: failure.cause }
}
