import type { PolicySource } from './verify/policy-source.js'

/** A policy source whose connections are kept, and which can share the reads of one request. */
export interface LivePolicySource extends PolicySource {
  forRequest (): PolicySource
  close (): void
}

/**
 * A policy source that is made at its first read: the AWS clients take a third of the start-up time,
 * and a service that only generates policies never needs them.
 */
export function lazyPolicySource (load: () => Promise<LivePolicySource>): LivePolicySource {
  let loading: Promise<LivePolicySource> | undefined
  const source = () => (loading ??= load())
  return {
    ...deferred(source),
    forRequest: () => deferred(once(async () => (await source()).forRequest())),
    close: () => { loading?.then((loaded) => loaded.close(), () => undefined) }
  }
}

function deferred (source: () => Promise<PolicySource>): PolicySource {
  return {
    readKey: async (keyArn, signal) => await (await source()).readKey(keyArn, signal),
    readRole: async (roleArn, signal) => await (await source()).readRole(roleArn, signal)
  }
}

function once<T> (make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
