import { setImmediate } from 'node:timers/promises'
import type {
  ObservedBucket,
  OrganizationPolicies,
  PolicySource,
  Read,
  RequestOptions
} from '../verify/read/policy-source.js'

const PARTS = [
  async () => await import('@aws-sdk/credential-providers'),
  async () => await import('@aws-sdk/client-sts'),
  async () => await import('@aws-sdk/client-kms'),
  async () => await import('@aws-sdk/client-iam'),
  async () => await import('@aws-sdk/client-s3'),
  async () => await import('@aws-sdk/client-organizations')
]

/** Loads the AWS SDK part by part. As a whole it holds the event loop for 150 ms, and with it every other request. */
export async function loadSdk (): Promise<void> {
  for (const load of PARTS) {
    await load()
    await setImmediate()
  }
}

/** A policy source whose connections are kept, and which can share the reads of one request. */
export interface LivePolicySource extends PolicySource {
  forRequest(options?: RequestOptions): PolicySource
  close(): void
}

/**
 * A policy source that is made at its first read: the AWS clients take a third of the start-up time,
 * and a service that only generates policies never needs them. Whether it reads organizations has to be said
 * beforehand.
 */
export function lazyPolicySource (
  load: () => Promise<LivePolicySource>,
  { organizationPolicies = false } = {}
): LivePolicySource {
  let loading: Promise<LivePolicySource> | undefined
  const source = () => (loading ??= load())
  return {
    ...deferred(source, organizationPolicies),
    forRequest: (options) => deferred(async () => (await source()).forRequest(options), organizationPolicies),
    close: () => {
      loading?.then(
        (loaded) => loaded.close(),
        () => undefined
      )
    }
  }
}

function deferred (make: () => Promise<PolicySource>, organizationPolicies: boolean): PolicySource {
  let making: Promise<PolicySource> | undefined
  let made: PolicySource | undefined
  const source = () => (making ??= make().then((source) => (made = source)))
  const reading: PolicySource = {
    readKey: async (keyArn, signal) => await (await source()).readKey(keyArn, signal),
    readRole: async (roleArn, signal) => await (await source()).readRole(roleArn, signal),
    readBucket: async (bucket, options, signal) =>
      (await (await source()).readBucket?.(bucket, options, signal)) ?? bucketNotRead(bucket),
    readKeyTags: async (keyArn, signal) =>
      (await (await source()).readKeyTags?.(keyArn, signal)) ?? notRead('the tags of keys'),
    readKeyAliases: async (keyArn, signal) =>
      (await (await source()).readKeyAliases?.(keyArn, signal)) ?? notRead('the aliases of keys'),
    cachedReads: () => made?.cachedReads?.() ?? []
  }
  if (!organizationPolicies) return reading
  return {
    ...reading,
    readOrganizationPolicies: async (account, signal) =>
      (await (await source()).readOrganizationPolicies?.(account, signal)) ?? NOT_READ
  }
}

function notRead (what: string): Extract<Read<never>, { state: 'notRead' }> {
  return { state: 'notRead', why: `${what} are not read`, cause: 'other' }
}

const ORGANIZATIONS_NOT_READ = notRead('the policies of organizations')
const NOT_READ: OrganizationPolicies = {
  serviceControlPolicies: ORGANIZATIONS_NOT_READ,
  resourceControlPolicies: ORGANIZATIONS_NOT_READ
}

function bucketNotRead (bucket: string): ObservedBucket {
  const unread = notRead('buckets')
  return {
    bucket,
    region: unread,
    bucketPolicy: unread,
    encryption: unread,
    ownershipControls: unread,
    publicAccessBlock: unread
  }
}
