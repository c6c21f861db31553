import type { Finding } from '../../schemas/verification.js'
import { finding } from '../findings/catalogue.js'
import type { KeyName } from '../personalize/identifiers.js'
import type { UsageToGenerate } from './existing-policy.js'
import { roleNeedsOf } from './role-policy.js'

function crossAccount ({ accountId }: UsageToGenerate, { arn, accountId: owner }: KeyName): Finding[] {
  if (owner === accountId) return []
  const detail = `The key belongs to account ${owner}, Amazon Personalize runs in ${accountId}.`
  return [finding('CROSS_ACCOUNT_KEY', { kmsKeyArn: arn, detail })]
}

function otherRegion ({ region }: UsageToGenerate, key: KeyName): Finding[] {
  if (region === undefined || key.region === region) return []
  const detail = `The key is in ${key.region}, Amazon Personalize in ${region}.`
  return [finding('KEY_REGION_MISMATCH', { kmsKeyArn: key.arn, detail })]
}

const STRICT =
  'The service principal is allowed only if it sends aws:SourceAccount and aws:SourceArn. AWS documents ' +
  'these condition keys for the trust policy of the service role, not for calls of Amazon Personalize to KMS. ' +
  'If they are not sent, every such call is denied.'

function strictConditions ({ sourceConditions }: UsageToGenerate, { arn }: KeyName): Finding[] {
  return sourceConditions === 'strict'
    ? [finding('ACCESS_DEPENDS_ON_CONDITION', { kmsKeyArn: arn, detail: STRICT })]
    : []
}

const NO_DELEGATION =
  'Without the statement of the account root, IAM policies have no effect on the key, and no principal ' +
  'of the generated policy has kms:PutKeyPolicy. KMS rejects such a policy unless its safety check is bypassed.'

function withoutDelegation ({ delegateToIam, existingKeyPolicy }: UsageToGenerate, { arn }: KeyName): Finding[] {
  if (delegateToIam || existingKeyPolicy !== undefined) return []
  return [finding('KEY_LOCKOUT', { kmsKeyArn: arn, actions: ['kms:PutKeyPolicy'], detail: NO_DELEGATION })]
}

export const EVERY_KEY =
  'The usage names no key, so the permissions policy has the Resource "*": its actions are allowed on every key ' +
  'whose key policy leaves access to IAM policies. Name the keys in kmsKeyArns to limit it.'

function everyKey (usage: UsageToGenerate): Finding[] {
  if (roleNeedsOf(usage).every(({ resource, demands }) => resource !== '*' || demands.length === 0)) return []
  return usage.roles.map(({ arn }) => finding('BROADER_THAN_NEEDED', { roleArn: arn, detail: EVERY_KEY }))
}

const WARNINGS = [crossAccount, otherRegion, strictConditions, withoutDelegation]

/** What is fragile in the policies of these usages: each warning once per key, in the order of the usages. */
export function warningsOf (usages: readonly UsageToGenerate[]): Finding[] {
  const warnings = usages.flatMap((usage) => [
    ...usage.keys.flatMap((key) => WARNINGS.flatMap((warning) => warning(usage, key))),
    ...everyKey(usage)
  ])
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}
