import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { memo } from './memo.js'

export interface AwsConfig {
  /** How long one attempt may stay without an answer. */
  timeoutMs: number
  maxAttempts: number
  /** How many calls the process has under way at once. */
  concurrency: number
  /** One endpoint for every service; without it the SDK's own variables (`AWS_ENDPOINT_URL`, …) count. */
  endpoint?: string
}

export interface AwsClients {
  kms (region: string): KMSClient
  iam (region: string): IAMClient
  /** The account of the credentials, where their provider tells it (that of a role does, plain access keys seldom). */
  callerAccount (iamRegion: string): Promise<string | undefined>
  close (): void
}

/** One client a service and Region, made when first needed and kept: each holds connections and credentials. */
export function createClients (config: AwsConfig): AwsClients {
  const made: Array<{ destroy (): void }> = []
  const kms = memo((region) => {
    const client = new KMSClient(clientOptions(config, region))
    client.middlewareStack.add(requireCredentials(client.config.credentials), { step: 'initialize', name: 'requireCredentials' })
    made.push(client)
    return client
  })
  const iam = memo((region) => {
    const client = new IAMClient(clientOptions(config, region))
    client.middlewareStack.add(requireCredentials(client.config.credentials), { step: 'initialize', name: 'requireCredentials' })
    made.push(client)
    return client
  })
  return {
    kms,
    iam,
    async callerAccount (iamRegion) {
      try {
        return (await iam(iamRegion).config.credentials()).accountId
      } catch {
        return undefined // the calls themselves tell that there are no credentials
      }
    },
    close () {
      for (const client of made) client.destroy()
    }
  }
}

function clientOptions ({ timeoutMs, maxAttempts, concurrency, endpoint }: AwsConfig, region: string) {
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

/** A provider that is itself refused (by STS, say) throws that service's exception: it must not pass for an answer to the call. */
function requireCredentials (credentials: () => Promise<unknown>) {
  return <A, R>(next: (args: A) => Promise<R>) => async (args: A): Promise<R> => {
    try {
      await credentials()
    } catch (cause) {
      throw new CredentialsUnavailable('no usable AWS credentials', { cause })
    }
    return await next(args)
  }
}

class CredentialsUnavailable extends Error {
  override readonly name = 'CredentialsProviderError'
}
