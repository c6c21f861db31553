import { getHeapStatistics } from 'node:v8'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ServiceError } from '../../errors.js'
import { onResponseClosed } from '../answer/connection.js'
import { callerOf } from '../request-state.js'

export interface BodyBytesOptions {
  /** The largest body, in bytes. */
  bodyLimit: number
  /** Bytes that the process may have, where something bounds it. */
  memoryBytes: number | undefined
}

/**
 * A body takes several times its size while it is read, parsed, validated and handed to a thread, and the rest of the
 * service needs its memory, too.
 */
const MEMORY_PART = 24

/**
 * How many bytes the bodies of all requests in flight may have together, of which one caller has half; at least one
 * body of the largest size.
 */
export function bodyBytesLimits ({ bodyLimit, memoryBytes = 0 }: BodyBytesOptions): { all: number; perCaller: number } {
  const memory = memoryBytes === 0 ? getHeapStatistics().heap_size_limit : memoryBytes
  const all = Math.max(bodyLimit, Math.floor(memory / MEMORY_PART))
  return { all, perCaller: Math.max(bodyLimit, Math.floor(all / 2)) }
}

/**
 * Refuses requests whose bodies would, with those in flight, be too large together: before anything of a body is
 * read. A body counts from its headers until its response is complete.
 */
export const bodyBytes = fp<BodyBytesOptions>(async (app, options) => {
  const limits = bodyBytesLimits(options)
  let all = 0
  /** By caller; under undefined, where callers are not distinguished, all. */
  const byCaller = new Map<string | undefined, number>()
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = sizeOf(request, options.bodyLimit)
    if (bytes === 0) {
      done()
      return
    }
    const id = callerOf(request)?.id
    const own = (byCaller.get(id) ?? 0) + bytes
    if (all + bytes > limits.all || (id !== undefined && own > limits.perCaller)) {
      done(new ServiceError('OVERLOADED', 'The bodies of the requests in flight are too large together.'))
      return
    }
    all += bytes
    byCaller.set(id, own)
    onResponseClosed(request, reply, () => {
      all -= bytes
      const left = (byCaller.get(id) ?? 0) - bytes
      if (left > 0) byCaller.set(id, left)
      else byCaller.delete(id)
    })
    done()
  })
})

/** What a body will have at most: one without a length may be as large as any. */
function sizeOf ({ headers }: FastifyRequest, bodyLimit: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimit
  // A larger one is refused when it is read.
  return Math.min(Number(headers['content-length'] ?? 0), bodyLimit)
}
