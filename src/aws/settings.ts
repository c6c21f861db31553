import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { Observer } from '../telemetry/observer.js'

/** A role to assume for the reads of its account. */
export interface AssumedRole {
  roleArn: string
  externalId?: string
}

export interface AwsConfig {
  /** How long one attempt may stay without an answer. */
  timeoutMs: number
  maxAttempts: number
  /** How many calls of one API the process has in flight at once for one account. */
  concurrency: number
  /** One endpoint for every service; without it the SDK's own variables (`AWS_ENDPOINT_URL`, …) count. */
  endpoint?: string
  /** By account: who reads it in place of the service's own credentials. */
  assumeRoles?: ReadonlyMap<string, AssumedRole>
  /** Whether the policies of organizations are read. */
  organizationPolicies?: boolean
  /** Whether single objects are looked at for the key that encrypts them. */
  sampleObjects?: boolean
  /** Observes every call. */
  observer?: Observer
  /** Replaces the SDK's adaptive retries, for tests that must not wait for its back-off. */
  retryStrategy?: (maxAttempts: number) => RetryStrategy
}

type RetryStrategy = Exclude<STSClientConfig['retryStrategy'], undefined>

/** What all clients of the SDK have in common. */
export function clientOptions (
  { timeoutMs, maxAttempts, concurrency, endpoint, retryStrategy }: AwsConfig,
  region: string
) {
  const agent = { keepAlive: true, maxSockets: concurrency }
  return {
    region,
    maxAttempts,
    retryMode: 'adaptive',
    requestHandler: {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true, // without it the handler only prints a warning and waits on
      socketTimeout: timeoutMs, // a body that stops coming is not covered by requestTimeout
      httpAgent: agent,
      httpsAgent: agent
    },
    ...(retryStrategy === undefined ? {} : { retryStrategy: retryStrategy(maxAttempts) }),
    ...(endpoint === undefined ? {} : { endpoint })
  }
}
