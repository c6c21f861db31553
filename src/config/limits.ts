import type { SlotLimits } from '../slots.js'
import type { Authentication } from './authentication.js'
import type { Environment } from './environment.js'

/** How much may be asked for, and when no more is. */
export interface Limits {
  /** Requests of one caller; 0 for any number. */
  requestsPerMinute: number
  redisUrl: string | undefined
  /** Who counts while Redis does not answer: each replica for itself, nobody, or requests are refused. */
  withoutRedis: 'memory' | 'allow' | 'refuse'
  /** Above which requests are refused; 0 for never. */
  eventLoopDelayMs: number
  /** Share of the memory that the process may have, above which requests are refused; 0 for never. */
  memoryPercent: number
  /** Live verifications in flight. */
  verifications: SlotLimits
}

/** Requests a minute of one caller, where callers are told apart. */
const DEFAULT_RATE_LIMIT = 600

export function limitsOf (values: Environment, { mode }: Authentication): Limits {
  return {
    // Without callers there is nobody to be fair between: whoever asks is on this machine.
    requestsPerMinute: values.RATE_LIMIT ?? (mode === 'none' ? 0 : DEFAULT_RATE_LIMIT),
    redisUrl: values.REDIS_URL,
    withoutRedis: values.RATE_LIMIT_WITHOUT_REDIS,
    eventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
    memoryPercent: values.MAX_MEMORY_PERCENT,
    verifications: slotLimitsOf(values)
  }
}

/** So that two callers leave a slot to a third. */
function slotLimitsOf ({ VERIFY_ACTIVE: active, VERIFY_QUEUE: queue }: Environment): SlotLimits {
  return { active, activePerCaller: Math.max(1, Math.floor(active / 3)), queue }
}
