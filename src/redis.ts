import { Redis } from 'ioredis'

/** A request waits no longer for its count; then it is Redis that is down, not the service. */
const ANSWER_MS = 250

/** A connection on which nothing comes for as long, though something is asked, is given up: each request would wait for it. */
const SILENCE_MS = 2 * ANSWER_MS

/**
 * A connection whose commands fail at once while it is down, and which is made again in the background. `onError` is told of every
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
