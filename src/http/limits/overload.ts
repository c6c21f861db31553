import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'
import type { Limits } from '../../config/config.js'
import { ServiceError } from '../../errors.js'

export interface OverloadOptions {
  limits: Pick<Limits, 'eventLoopDelayMs' | 'memoryPercent'>
  /** Bytes that the process may have, where the machine says so (a container's limit). */
  memoryBytes: number | undefined
}

/**
 * Long enough that one long turn of the event loop, such as the first large body that is judged, is not yet an
 * overload.
 */
const SAMPLE_MS = 2_000

/**
 * Refuses requests while the process cannot keep up or runs out of memory: a quick 503 is worth more than an answer
 * that is late for all.
 */
export const overload = fp<OverloadOptions>(
  async (app, { limits: { eventLoopDelayMs, memoryPercent }, memoryBytes }) => {
    const share = memoryPercent / 100
    // Loading the service holds the event loop, too, and is measured with the first requests.
    let hasSettled = false
    app.addHook('onReady', async () => {
      setTimeout(() => {
        hasSettled = true
      }, 2 * SAMPLE_MS).unref()
    })
    await app.register(underPressure, {
      maxEventLoopDelay: eventLoopDelayMs,
      maxHeapUsedBytes: getHeapStatistics().heap_size_limit * share,
      maxRssBytes: (memoryBytes ?? 0) * share,
      sampleInterval: SAMPLE_MS,
      pressureHandler: async (_request, _reply, type) => {
        if (hasSettled) throw new ServiceError('OVERLOADED', `The service is overloaded (${type}).`)
      }
    })
  }
)
