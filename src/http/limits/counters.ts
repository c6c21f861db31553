import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'

/** The units that a key has used in its window, and when the window ends. */
export interface Count {
  units: number
  secondsLeft: number
}

/** Whose units are counted. */
export interface Key {
  kind: 'caller' | 'address'
  id: string
}

/** Adds units to what a key has used. */
export type Counter = (key: Key, units: number) => Count | Promise<Count>

export const WINDOW_SECONDS = 60
const WINDOW_MS = WINDOW_SECONDS * 1_000

/** How many keys of one kind are in memory; beyond it the one that was counted longest ago is forgotten. */
const MAX_KEYS = 10_000

/**
 * Counts in the memory of this process. Each kind has a table of its own, so that a flood from many addresses
 * displaces no caller. `now`: a monotonic clock, in milliseconds.
 */
export function memoryCounter (
  now: () => number = () => performance.now()
): (...counted: Parameters<Counter>) => Count {
  const createTable = () => new LRUCache<string, { units: number; endsAtMs: number }>({ max: MAX_KEYS })
  const tables = { caller: createTable(), address: createTable() }
  return ({ kind, id }, units) => {
    const nowMs = now()
    const earlier = tables[kind].get(id)
    const window =
      earlier !== undefined && earlier.endsAtMs > nowMs ? earlier : { units: 0, endsAtMs: nowMs + WINDOW_MS }
    window.units += units
    tables[kind].set(id, window)
    return { units: window.units, secondsLeft: Math.ceil((window.endsAtMs - nowMs) / 1_000) }
  }
}

/** One step in Redis, so that no window stays without an end. The clock is that of Redis, the same for all replicas. */
const COUNT = `
local units = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[2])
  redis.call('PEXPIRE', KEYS[1], left)
end
return { units, left }`

const PREFIX = 'personalize-kms-policy:'

/** Counts for all replicas. Rejects if Redis does not respond in time. */
export function redisCounter (redis: Redis): Counter {
  return async ({ kind, id }, units) => {
    const reply: unknown = await redis.eval(COUNT, 1, `${PREFIX}${kind} ${id}`, units, WINDOW_MS)
    const [total, leftMs] = Array.isArray(reply) ? reply.map(Number) : []
    if (total === undefined || leftMs === undefined) throw new Error('Redis returned no count')
    return { units: total, secondsLeft: Math.ceil(leftMs / 1_000) }
  }
}
