import type { PolicySource } from '../verify/policy-source.js'
import { createCall } from './call.js'
import { createClients, type AwsConfig } from './clients.js'
import { iamReads } from './iam-reads.js'
import { locateKey, locateRole } from './location.js'
import { memo } from './memo.js'
import { keyReads, noKey, readAlias, readKey } from './read-key.js'
import { noRole, readRole } from './read-role.js'

export type { AwsConfig } from './clients.js'

/** The port over the SDK: live policies of KMS and IAM. `close` ends the connections that are kept alive. */
export function createPolicySource (config: AwsConfig): PolicySource & { close (): void, forRequest (): PolicySource } {
  const clients = createClients(config)
  const call = createCall(config)

  /** What one request shares. The first signal ends its reads, for all of them end together. */
  function forRequest (): PolicySource {
    const kmsOf = (signal: AbortSignal) => memo((region) => keyReads(clients.kms(region), call, signal))
    const iamOf = (signal: AbortSignal) => memo((region) => iamReads(clients.iam(region), call, signal))
    let kms: ReturnType<typeof kmsOf> | undefined
    let iam: ReturnType<typeof iamOf> | undefined
    return {
      async readKey (keyArn, signal) {
        const location = locateKey(keyArn)
        if (location === undefined) return noKey(keyArn, { state: 'notRead', why: 'the ARN names no Region of a known partition', cause: 'other' })
        kms ??= kmsOf(signal)
        return await (location.isAlias ? readAlias : readKey)(keyArn, kms(location.region))
      },
      async readRole (roleArn, signal) {
        const location = locateRole(roleArn)
        if (location === undefined) return noRole(roleArn, { state: 'notRead', why: 'the ARN names no role of a known partition', cause: 'other' })
        iam ??= iamOf(signal)
        return await readRole(location, iam(location.iamRegion), () => clients.callerAccount(location.iamRegion))
      }
    }
  }

  return {
    readKey: (keyArn, signal) => forRequest().readKey(keyArn, signal),
    readRole: (roleArn, signal) => forRequest().readRole(roleArn, signal),
    forRequest,
    close: () => { clients.close() }
  }
}
