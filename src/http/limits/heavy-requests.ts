import { setMaxListeners } from 'node:events'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { anySignalWithTimeout } from '../../abort.js'
import type { CallerSlots, Slot } from '../../caller-slots.js'
import { onResponseClosed } from '../answer/connection.js'
import { callerOf } from '../request-state.js'

/** What the handler of a heavy request has to observe, and its slots. */
export interface HeavyRequest {
  /** Aborts all work: the client is gone, the time is over, or the service stops and reads no more. */
  signal: AbortSignal
  /** Aborts waiting alone: the service stops, and what was read is the response. */
  stopping: AbortSignal
  /**
   * A slot for one attempt. Throws as `CallerSlots.acquire` does; an attempt after the first waits whatever the
   * length of the queue.
   */
  acquire(isResumed: boolean): Promise<Slot>
}

/** `enterMs`: how long to wait for a slot. `overallMs`: how long the request may take in all. */
export interface HeavyLimits {
  enterMs: number
  overallMs: number
}

/** Runs the handler of a request that may take minutes. */
export type RunHeavy = <T>(
  request: FastifyRequest,
  reply: FastifyReply,
  limits: HeavyLimits,
  handle: (heavy: HeavyRequest) => Promise<T>
) => Promise<T>

/** After its time is over a response still has to be made and sent. */
const RESPONSE_MS = 10_000

/**
 * `readMs`: how long running requests may go on reading once the service stops; those that wait for a slot are
 * rejected at once.
 */
export function heavyRequests (app: FastifyInstance, slots: CallerSlots, readMs: number): RunHeavy {
  const [stopping, lastReads] = [new AbortController(), new AbortController()]
  // Each request in flight listens to them.
  for (const { signal } of [stopping, lastReads]) setMaxListeners(0, signal)
  app.addHook('preClose', async () => {
    stopping.abort()
    slots.rejectWaiting()
    setTimeout(() => {
      lastReads.abort()
    }, readMs).unref()
  })

  return async (request, reply, { enterMs, overallMs }, handle) => {
    // The server closes connections on which nothing moves, and nothing moves while a request waits.
    reply.raw.setTimeout(overallMs + RESPONSE_MS)
    const gone = new AbortController()
    const { signal, release } = anySignalWithTimeout([gone.signal, lastReads.signal], overallMs)
    onResponseClosed(request, reply, (isComplete) => {
      if (!isComplete) gone.abort()
      release()
    })
    return await handle({
      signal,
      stopping: stopping.signal,
      async acquire (isResumed) {
        const entering = anySignalWithTimeout([signal], enterMs)
        return await slots.acquire(callerOf(request)?.id, entering.signal, isResumed).finally(entering.release)
      }
    })
  }
}
