import { Redis } from 'ioredis'

/** A request does not wait longer for its count. */
const COMMAND_TIMEOUT_MS = 250

/** A connection without any response for so long is replaced: each request would wait for it. */
const SOCKET_TIMEOUT_MS = 2 * COMMAND_TIMEOUT_MS

/**
 * A connection whose commands fail at once while it is down, and which reconnects in the background. `onError` gets
 * every failure; without it each would end the process.
 */
export function connectRedis (url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(100 * times, 2_000)
  })
  redis.on('error', onError)
  return redis
}
