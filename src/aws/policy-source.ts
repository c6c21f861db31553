import type { PolicySource, RequestOptions } from '../verify/policy-source.js'
import { createCall } from './call.js'
import { createCallerAccount } from './caller-account.js'
import { createClients } from './clients.js'
import { createCredentials } from './credentials.js'
import { iamOperations } from './iam-operations.js'
import { kmsReading } from './kms-reads.js'
import { operationsOver } from './operation.js'
import { organizationReading } from './organization-reads.js'
import { createPolicyVersions } from './policy-versions.js'
import { requestSource, type Reading } from './request-source.js'
import type { AwsConfig } from './settings.js'

export type { AwsConfig } from './settings.js'

/** The port over the SDK: live policies of KMS, IAM and Organizations. `close` ends the connections that are kept alive. */
export function createPolicySource (config: AwsConfig): PolicySource & { close (): void, forRequest (options?: RequestOptions): PolicySource } {
  const credentials = createCredentials(config)
  const clients = createClients(config, credentials)
  const define = operationsOver(createCall(config), config.observer)
  const reading: Reading = {
    keys: kmsReading(define, clients),
    iam: iamOperations(define, clients),
    versions: createPolicyVersions(config.observer),
    organizations: config.organizationPolicies === true ? organizationReading(define, clients) : undefined,
    callerAccount: createCallerAccount(define, clients, credentials),
    hasRole: (accountId) => config.assumeRoles?.has(accountId) === true
  }
  const alone = (): PolicySource => requestSource(reading, {})
  return {
    readKey: (keyArn, signal) => alone().readKey(keyArn, signal),
    readRole: (roleArn, signal) => alone().readRole(roleArn, signal),
    forRequest: (options = {}) => requestSource(reading, options),
    close: () => { clients.close() }
  }
}
