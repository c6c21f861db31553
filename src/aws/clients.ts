import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { OrganizationsClient } from '@aws-sdk/client-organizations'
import { S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import type { Credentials, CredentialSource } from './credentials.js'
import { memoize } from './memoize.js'
import { homeOfRegion } from './regions.js'
import { type AwsConfig, clientOptions } from './settings.js'
import type { RequestScope } from './shared-call.js'

export interface AwsClients {
  kms(place: RequestScope): KMSClient
  iam(place: RequestScope): IAMClient
  organizations(place: RequestScope): OrganizationsClient
  s3(place: RequestScope): S3Client
  sts(place: RequestScope): STSClient
  close(): void
}

type ClientOptions = ReturnType<typeof clientOptions> & { credentials: Credentials }

/** Keeps the clients of an API, one a Region and account, made when first needed. */
export interface ClientCache {
  kept<C extends { destroy (): void }>(make: (options: ClientOptions) => C): (place: RequestScope) => C
  close(): void
}

export function createClientCache (config: AwsConfig, credentials: CredentialSource): ClientCache {
  const made: Array<{ destroy(): void }> = []

  function kept<C extends { destroy (): void }>(make: (options: ClientOptions) => C): (place: RequestScope) => C {
    const ofAccount = memoize((accountId) =>
      memoize((region) => {
        const provider = accountId === OWN ? credentials.own(homeOfRegion(region)) : credentials.assumed(accountId)
        const client = make({ ...clientOptions(config, region), credentials: provider })
        made.push(client)
        return client
      })
    )
    return ({ region, accountId = OWN }) => ofAccount(accountId)(region)
  }

  return {
    kept,
    close () {
      for (const client of made) client.destroy()
    }
  }
}

/** One client an API, Region and account: each holds connections and a retry rate. */
export function createClients (config: AwsConfig, credentials: CredentialSource): AwsClients {
  const { kept, close } = createClientCache(config, credentials)
  return {
    kms: kept((options) => new KMSClient(options)),
    iam: kept((options) => new IAMClient(options)),
    organizations: kept((options) => new OrganizationsClient(options)),
    // An endpoint that stands for all of AWS has no host name for each bucket.
    s3: kept(
      (options) => new S3Client({ ...options, ...(config.endpoint === undefined ? {} : { forcePathStyle: true }) })
    ),
    sts: kept((options) => new STSClient(options)),
    close
  }
}

const OWN = 'own'
