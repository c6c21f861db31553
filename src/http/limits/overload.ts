import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import fp from 'fastify-plugin'
import type { Limits } from '../../config/config.js'
import { ServiceError } from '../../errors.js'

export interface OverloadOptions {
  limits: Pick<Limits, 'eventLoopDelayMs' | 'memoryPercent'>
  /** Bytes that the process may have, where the machine says so (a container's limit). */
  memoryBytes: number | undefined
  sampleMs?: number
  /** Resident memory in bytes; throws where it cannot be read. */
  readResident?: () => number
}

/** Long enough that one long iteration of the event loop, such as for the first large body, is not yet an overload. */
const SAMPLE_MS = 2_000

/** Of the histogram: what it measures when nothing delays the event loop. */
const RESOLUTION_MS = 10

/**
 * Refuses requests while the process cannot keep up or runs out of memory: a quick 503 is worth more than
 * late responses for all.
 * Not @fastify/under-pressure: it samples the memory in a timer, and Node.js throws there when no file can be opened
 * (EMFILE), which would end the process.
 */
export const overload = fp<OverloadOptions>(async (app, options) => {
  const { sampleMs = SAMPLE_MS } = options
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const find = excessFinder(options)
  let excess: string | undefined
  histogram.enable()
  // Loading the service blocks the event loop, too, and is measured with the first requests.
  let samplesToIgnore = 2
  const timer = setInterval(() => {
    const delayMs = Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS)
    histogram.reset()
    excess = samplesToIgnore-- > 0 ? undefined : find(delayMs)
  }, sampleMs).unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    histogram.disable()
  })
  app.addHook('onRequest', (_request, _reply, done) => {
    if (excess === undefined) done()
    else done(new ServiceError('OVERLOADED', `The service is overloaded (${excess}).`))
  })
})

/** Says which limit is exceeded. A memory that cannot be read is taken to be what it was. */
function excessFinder ({
  limits: { eventLoopDelayMs, memoryPercent },
  memoryBytes = 0,
  readResident = () => process.memoryUsage.rss()
}: OverloadOptions): (delayMs: number) => string | undefined {
  const share = memoryPercent / 100
  let resident = 0
  return (delayMs) => {
    if (isOver(delayMs, eventLoopDelayMs)) return 'event loop delay'
    const { used_heap_size: heapBytes, heap_size_limit: heapLimit } = getHeapStatistics()
    if (isOver(heapBytes, heapLimit * share)) return 'heap'
    try {
      resident = readResident()
    } catch {
      // No file can be opened now: Linux reports the resident memory in one.
    }
    return isOver(resident, memoryBytes * share) ? 'memory' : undefined
  }
}

/** A limit of 0 is none. */
function isOver (value: number, limit: number): boolean {
  return limit > 0 && value > limit
}
