import { AsyncLocalStorage } from 'node:async_hooks'
import { STSClient } from '@aws-sdk/client-sts'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { parseArn } from '../iam/match/arn.js'
import { readingPolicy } from '../policies/reader-policy.js'
import { AssumeRoleFailed, CredentialsUnavailable } from './errors.js'
import { memoize } from './memoize.js'
import { homeRegion } from './regions.js'
import { type AwsConfig, clientOptions } from './settings.js'

const SERVICE_NAME = 'personalize-kms'
const LONGEST = 64
/** Credentials are asked for deep inside the SDK, which hands nothing of a request on to them. */
const requestIds = new AsyncLocalStorage<string | undefined>()

/** Makes a call on behalf of a request: what has to be done for it meanwhile bears its id. */
export function onBehalfOf<T> (requestId: string | undefined, call: () => Promise<T>): Promise<T> {
  return requestIds.run(requestId, call)
}

/**
 * What CloudTrail shows of a session: the service, then the id of the request for which the role was assumed. The
 * session serves other requests, too, as long as it lasts. A name that callers choose freely could be one that a
 * policy trusts; so ours goes first.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleSessionName: 2 to 64 of `\w+=,.@-`)
 */
export function sessionName (): string {
  const requestId = requestIds.getStore()
  return requestId === undefined
    ? SERVICE_NAME
    : `${SERVICE_NAME}-${requestId.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, LONGEST)
}

export type Credentials = STSClient['config']['credentials']

const SHORTEST_SESSION_S = 900

export interface CredentialSource {
  /** The SDK's default chain, resolved once for all clients of a partition. */
  own(homeRegion: string): Credentials
  /** Those of the role that is configured for an account. */
  assumed(accountId: string): Credentials
}

export function createCredentials (config: AwsConfig): CredentialSource {
  const own = memoize((region) => {
    const provider = memoized(config, region)
    return orElse(provider, (cause) => new CredentialsUnavailable(cause))
  })
  const assumed = memoize((accountId) => {
    const provider = memoized(config, ...assumeRole(config, accountId, own))
    return orElse(provider, (cause) =>
      cause instanceof CredentialsUnavailable
        ? cause
        : new AssumeRoleFailed(accountId, config.assumeRoles?.get(accountId)?.roleArn ?? '', cause)
    )
  })
  return { own, assumed }
}

function assumeRole (
  config: AwsConfig,
  accountId: string,
  own: CredentialSource['own']
): [region: string, provider: Credentials] {
  const role = config.assumeRoles?.get(accountId)
  if (role === undefined) throw new Error(`no role is configured for account ${accountId}`)
  const partition = parseArn(role.roleArn)?.partition ?? ''
  const region = homeRegion(partition) ?? ''
  return [
    region,
    fromTemporaryCredentials({
      masterCredentials: own(region),
      clientConfig: clientOptions(config, region),
      params: {
        RoleArn: role.roleArn,
        // Read whenever the role is assumed: for the request that needs it.
        get RoleSessionName () {
          return sessionName()
        },
        DurationSeconds: SHORTEST_SESSION_S,
        // Whatever else the role may do, the session reads policies of its account.
        Policy: JSON.stringify(
          readingPolicy({
            partition,
            accountId,
            organizationPolicies: config.organizationPolicies === true,
            sampleObjects: config.sampleObjects === true
          })
        ),
        ...(role.externalId === undefined ? {} : { ExternalId: role.externalId })
      }
    })
  ]
}

/**
 * A client keeps its credentials and renews them in time; other clients may use them as well, so that each is fetched
 * once.
 */
function memoized (config: AwsConfig, region: string, credentials?: Credentials): Credentials {
  return new STSClient({ ...clientOptions(config, region), ...(credentials === undefined ? {} : { credentials }) })
    .config.credentials
}

/**
 * A provider that is itself refused throws the exception of the service that refused it: it must not pass for an
 * answer to the call.
 */
function orElse (provider: Credentials, failure: (cause: unknown) => Error): Credentials {
  return async (properties) => {
    try {
      return await provider(properties)
    } catch (cause) {
      throw failure(cause)
    }
  }
}
