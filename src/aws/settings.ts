import type { Observer } from '../observer.js'

/** A role to assume for the reads of its account. */
export interface AssumedRole { roleArn: string, externalId?: string }

export interface AwsConfig {
  /** How long one attempt may stay without an answer. */
  timeoutMs: number
  maxAttempts: number
  /** How many calls of one API the process has under way at once for one account. */
  concurrency: number
  /** One endpoint for every service; without it the SDK's own variables (`AWS_ENDPOINT_URL`, …) count. */
  endpoint?: string
  /** By account: who reads it in place of the service's own credentials. */
  assumeRoles?: ReadonlyMap<string, AssumedRole>
  /** Whether the policies of organizations are read. */
  organizationPolicies?: boolean
  /** Who is told of every call. */
  observer?: Observer
}
