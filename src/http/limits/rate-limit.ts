import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'
import type { Limits } from '../../config/config.js'
import { ServiceError } from '../../errors.js'
import { callerOf } from '../request-state.js'

/** A request waits no longer for its count; then it is Redis that is down, not the service. */
const ANSWER_MS = 250

/**
 * A connection on which nothing comes for as long, though something is asked, is given up: each request would wait
 * for it.
 */
const SILENCE_MS = 2 * ANSWER_MS

/**
 * A connection whose commands fail at once while it is down, and which is made again in the background. `onError` is
 * told of every
 * failure; without it each would end the process.
 */
export function connectRedis (url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
    socketTimeout: SILENCE_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(100 * times, 2_000)
  })
  redis.on('error', onError)
  return redis
}

const WINDOW_SECONDS = 60

/** How many callers a replica remembers where it counts by itself. */
const REMEMBERED_CALLERS = 10_000

/** Counts a request of a caller in its window. */
type Counter = ReturnType<FastifyInstance['createRateLimit']>
type Count = Exclude<Awaited<ReturnType<Counter>>, { isAllowed: true }>

export interface RateLimitOptions {
  limits: Pick<Limits, 'requestsPerMinute' | 'withoutRedis'>
  /** Where replicas count together; undefined where each counts by itself. */
  redis: Redis | undefined
}

/**
 * Bounds how often a caller, or an address where there are no callers, may ask in a minute. Every answer says what is
 * left, in the fields
 * of draft-ietf-httpapi-ratelimit-headers-10.
 */
export const rateLimits = fp<RateLimitOptions>(
  async (app, { limits: { requestsPerMinute: max, withoutRedis }, redis }) => {
    if (max === 0) return
    const alone = await counter(app, max)
    const together = redis === undefined ? undefined : await counter(app, max, redis)
    let isShared = true
    const policy = `"caller";q=${max};w=${WINDOW_SECONDS}`

    // Told once when it goes and once when it is back, not by every request.
    const tellFailure = (err: unknown): void => {
      if (isShared === (err === undefined)) return
      isShared = err === undefined
      if (isShared) app.log.info('requests are counted in Redis again')
      else app.log.warn({ err, withoutRedis }, 'requests cannot be counted in Redis')
    }

    app.addHook('onRequest', (request, reply, done) => {
      const counted =
        together === undefined ? alone(request) : sharedCount(request, together, { alone, withoutRedis, tellFailure })
      counted.then((count) => {
        if (count === undefined || count.isAllowed) {
          done()
          return
        }
        tell(reply, policy, count)
        if (count.isExceeded)
          done(new ServiceError('RATE_LIMITED', `A caller may ask ${max} times in ${WINDOW_SECONDS} seconds.`))
        else done()
      }, done)
    })
  }
)

function tell (reply: FastifyReply, policy: string, { remaining, ttlInSeconds, isExceeded }: Count): void {
  // `toFixed`, since V8 keeps the decimals that it writes otherwise: a thousand more texts to go through at each
  // garbage collection.
  reply.header('ratelimit-policy', policy).header('ratelimit', `"caller";r=${remaining.toFixed(0)};t=${ttlInSeconds}`)
  if (isExceeded) reply.header('retry-after', String(Math.max(1, ttlInSeconds)))
}

interface SharedCounting {
  alone: Counter
  withoutRedis: Limits['withoutRedis']
  tellFailure: (err: unknown) => void
}

/** Redis counts for all replicas; while it does not answer, what is configured holds. Undefined: nobody counts. */
async function sharedCount (
  request: FastifyRequest,
  together: Counter,
  { alone, withoutRedis, tellFailure }: SharedCounting
): Promise<Awaited<ReturnType<Counter>> | undefined> {
  try {
    const count = await together(request)
    tellFailure(undefined)
    return count
  } catch (cause) {
    tellFailure(cause)
    if (withoutRedis === 'memory') return await alone(request)
    if (withoutRedis === 'allow') return undefined
    throw new ServiceError('SERVICE_UNAVAILABLE', 'Requests cannot be counted now.', [], { cause })
  }
}

/** A caller, or an address where none is known; a caller may have the name of an address. */
function keyOf (request: FastifyRequest): string {
  const caller = callerOf(request)
  return caller === undefined ? `address ${request.ip}` : `caller ${caller.id}`
}

/** A counter of its own: the plugin keeps one store for each scope it is registered in. */
async function counter (app: FastifyInstance, max: number, redis?: Redis): Promise<Counter> {
  let count: Counter | undefined
  await app.register(async (scope) => {
    await scope.register(rateLimit, {
      global: false,
      max,
      timeWindow: WINDOW_SECONDS * 1_000,
      cache: REMEMBERED_CALLERS,
      keyGenerator: keyOf,
      ...(redis === undefined ? {} : { redis, nameSpace: 'personalize-kms-policy:' })
    })
    count = scope.createRateLimit()
  })
  if (count === undefined) throw new Error('the rate limit was not registered')
  return count
}
