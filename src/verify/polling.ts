import { anySignalWithTimeout } from '../abort.js'
import { ServiceError } from '../errors.js'

/** What tells the time and lets it pass. `pause` rejects when its signal aborts. */
export interface Clock {
  now: () => Date
  pause: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface AttemptOptions {
  clock: Clock
  /** How long to go on reading for a verdict that passes. */
  waitUpToSeconds: number
  /** How long one attempt may read. */
  deadlineMs: number
  /** Ends the reads: the client no longer waits for the answer, or it cannot wait any longer. */
  signal: AbortSignal
  /** Ends the waiting alone: what is read last is answered. */
  stopping: AbortSignal
  /** Takes a slot for one reading, which is given back when the next pause begins. `isResumed`: after the first one. */
  acquire?: (isResumed: boolean) => Promise<{ release(): void }>
}

/** One reading of AWS. */
export interface Attempt {
  number: number
  now: Date
  signal: AbortSignal
  /** Whatever it brings is the answer. */
  isLast: boolean
}

/** KMS and IAM mostly agree within seconds, rarely within minutes: soon at first, then less often. */
const INITIAL_DELAY_MS = 1_000
const MAX_DELAY_MS = 10_000
/** Timers are not exact; so shortly before the end nothing new would be read. */
const NO_TIME_MS = 100

/**
 * The readings of one request, with growing pauses, the last one when the time is up. The caller stops when it is
 * content.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html (changes are not always immediately
 * visible)
 */
export async function* attempts ({
  clock,
  waitUpToSeconds,
  deadlineMs,
  signal,
  stopping,
  acquire
}: AttemptOptions): AsyncGenerator<Attempt> {
  const end = clock.now().getTime() + waitUpToSeconds * 1_000
  const timeLeft = (now: Date): number => end - now.getTime()
  const { signal: waiting, release: stopWaiting } = anySignalWithTimeout([signal, stopping])
  let pauseMs = INITIAL_DELAY_MS
  try {
    for (let number = 1; ; number++) {
      const slot = number === 1 ? await acquire?.(false) : await orEnd(acquire?.(true))
      if (slot === 'ended') return
      const now = clock.now()
      const reading = anySignalWithTimeout([signal], deadlineMs)
      try {
        yield { number, now, signal: reading.signal, isLast: timeLeft(now) < NO_TIME_MS || waiting.aborted }
      } finally {
        reading.release()
        slot?.release()
      }
      const left = timeLeft(clock.now())
      if (left < NO_TIME_MS || !(await passed(clock.pause(Math.min(pauseMs, left), waiting)))) return
      pauseMs = Math.min(2 * pauseMs, MAX_DELAY_MS)
    }
  } finally {
    stopWaiting()
  }
}

async function passed (pause: Promise<void>): Promise<boolean> {
  try {
    await pause
    return true
  } catch {
    return false
  }
}

/** Without a slot for another reading the last one stands. */
async function orEnd<T> (slot: Promise<T> | undefined): Promise<T | 'ended' | undefined> {
  try {
    return await slot
  } catch (error) {
    if (error instanceof ServiceError) return 'ended'
    throw error
  }
}
