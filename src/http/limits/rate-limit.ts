import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Redis } from 'ioredis'
import type { Limits } from '../../config/config.js'
import { ServiceError } from '../../errors.js'
import { parseAddress } from '../../iam/condition/values.js'
import { accessOf } from '../caller/authentication.js'
import { callerOf, stateOf } from '../request-state.js'
import { type Count, type Counter, type Key, memoryCounter, redisCounter, WINDOW_SECONDS } from './counters.js'

/** Units a minute of one address for probes and documentation, which cost next to nothing. */
const PUBLIC_LIMIT = 6_000

/** So many pairs of `/verify/documents`, or AWS reads of `/verify`, are one unit. */
const ITEMS_PER_UNIT = 10

export interface RateLimitOptions {
  limits: Pick<Limits, 'unitsPerMinute' | 'withoutRedis'>
  /** Where replicas count together; undefined where each counts by itself. */
  redis: Redis | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Counts units beyond the first. Rejects with RATE_LIMITED if the caller had exceeded its limit before. Null
     * where nothing is counted.
     */
    charge: ((units: number) => Promise<void>) | null
  }
}

/**
 * Limits the units that a caller, or an address without a caller, uses in a minute: one for each request, more for
 * those that cost more. A request is accepted while a unit is left, however many it uses. Every response reports what
 * is left in the fields of draft-ietf-httpapi-ratelimit-headers-10.
 */
export const rateLimits = fp<RateLimitOptions>(async (app, { limits, redis }) => {
  app.decorateRequest('charge', null)
  const { unitsPerMinute: max } = limits
  if (max === 0) return
  const count = redis === undefined ? memoryCounter() : sharedCounter(app, redis, limits)

  app.addHook('onRequest', (request, reply, done) => {
    const key = keyOf(request)
    request.charge = async (units) => {
      const error = applyLimit(reply, await count(key, units), { max, extra: units })
      if (error !== undefined) throw error
    }
    const apply = (counted: Count | undefined): void => {
      done(applyLimit(reply, counted, { max, extra: 0 }))
    }
    const counted = count(key, 1)
    // What is counted in this process is known at once.
    if (counted instanceof Promise) counted.then(apply, done)
    else apply(counted)
  })
})

/** Limits probes, documentation and unknown paths by address; in this process alone, so that no probe needs Redis. */
export const publicRateLimit = fp<Pick<RateLimitOptions, 'limits'>>(async (app, { limits: { unitsPerMinute } }) => {
  if (unitsPerMinute === 0) return
  const count = memoryCounter()
  app.addHook('onRequest', (request, reply, done) => {
    const access = accessOf(stateOf(request).route)
    if (access !== undefined && access !== 'public') {
      done()
      return
    }
    const counted = count(addressKeyOf(request), 1)
    done(
      counted.units > PUBLIC_LIMIT ? applyLimit(reply, counted, { max: PUBLIC_LIMIT, extra: 0 }) : undefined
    )
  })
})

/** The units of so many pairs or reads. */
export function unitsOf (items: number): number {
  return Math.max(1, Math.ceil(items / ITEMS_PER_UNIT))
}

/** To be called for each AWS read of a request: counts a unit for each ten, the first of which is the request. */
export function chargeReads (request: FastifyRequest): () => void {
  let reads = 0
  return () => {
    reads++
    if (unitsOf(reads) > unitsOf(reads - 1)) {
      // What is read already is not refused; the next request of the caller is.
      request.charge?.(1).catch(() => {})
    }
  }
}

/**
 * Reports the count, and returns the refusal if it is beyond the limit. `extra`: units that were not known when the
 * request was accepted; it is not refused for its own.
 */
function applyLimit (
  reply: FastifyReply,
  counted: Count | undefined,
  { max, extra }: { max: number; extra: number }
): ServiceError | undefined {
  if (counted === undefined) return undefined
  const { units, secondsLeft } = counted
  const isExceeded = units - extra > max
  if (!reply.raw.headersSent) {
    const remaining = Math.max(0, max - units)
    reply.header('ratelimit-policy', `"caller";q=${max};w=${WINDOW_SECONDS}`)
    reply.header('ratelimit', `"caller";r=${remaining};t=${secondsLeft}`)
    if (isExceeded) reply.header('retry-after', String(Math.max(1, secondsLeft)))
  }
  return isExceeded
    ? new ServiceError('RATE_LIMITED', `At most ${max} units may be used in ${WINDOW_SECONDS} seconds.`)
    : undefined
}

/** Counts in Redis for all replicas; while it does not respond, as `withoutRedis` says. Undefined: not counted. */
function sharedCounter (
  app: FastifyInstance,
  redis: Redis,
  { withoutRedis }: RateLimitOptions['limits']
): (...counted: Parameters<Counter>) => Promise<Count | undefined> {
  const [shared, local] = [redisCounter(redis), memoryCounter()]
  let isShared = true
  // Logged at each change, not for each request.
  const logChange = (err: unknown): void => {
    if (isShared === (err === undefined)) return
    isShared = err === undefined
    if (isShared) app.log.info('Redis rate limiting restored')
    else app.log.warn({ err, withoutRedis }, 'Redis rate limiting failed')
  }
  return async (key, units) => {
    try {
      const counted = await shared(key, units)
      logChange(undefined)
      return counted
    } catch (cause) {
      logChange(cause)
      if (withoutRedis === 'memory') return await local(key, units)
      if (withoutRedis === 'allow') return undefined
      throw new ServiceError('SERVICE_UNAVAILABLE', 'Requests cannot be counted at the moment.', [], { cause })
    }
  }
}

function keyOf (request: FastifyRequest): Key {
  const caller = callerOf(request)
  return caller === undefined ? addressKeyOf(request) : { kind: 'caller', id: caller.id }
}

/** One customer has a /64 of IPv6 (RFC 6177), and could use another address for each request. */
function addressKeyOf ({ ip }: FastifyRequest): Key {
  const bytes = parseAddress(ip.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, ''))
  return { kind: 'address', id: bytes?.length === 16 ? `${Buffer.from(bytes.slice(0, 8)).toString('hex')}/64` : ip }
}
