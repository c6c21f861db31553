import { ConfiguredRetryStrategy } from '@smithy/core/retry'

/** As many attempts as configured, one at once after the other. */
export const immediateRetry = (maxAttempts: number): ConfiguredRetryStrategy =>
  new ConfiguredRetryStrategy(maxAttempts, 0)
