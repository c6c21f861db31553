import type { AwsConfig } from './settings.js'

/** What all clients of the SDK have in common. */
export function clientOptions ({ timeoutMs, maxAttempts, concurrency, endpoint }: AwsConfig, region: string) {
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
    ...(endpoint === undefined ? {} : { endpoint })
  }
}
