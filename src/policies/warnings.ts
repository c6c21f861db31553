import type { Finding } from '../../schemas/verification.js'
import { finding } from '../findings/catalogue.js'
import type { ParsedKeyArn } from '../personalize/identifiers.js'
import { usesNewKey } from '../personalize/usage.js'
import type { UsageToGenerate } from './existing-policy.js'
import { roleNeedsOf } from './role-policy.js'

function crossAccount ({ accountId }: UsageToGenerate, { arn, accountId: owner }: ParsedKeyArn): Finding[] {
  if (owner === accountId) return []
  const detail = `The key belongs to account ${owner}, Amazon Personalize runs in ${accountId}.`
  return [finding('CROSS_ACCOUNT_KEY', { kmsKeyArn: arn, detail })]
}

function otherRegion ({ region }: UsageToGenerate, key: ParsedKeyArn): Finding[] {
  if (region === undefined || key.region === region) return []
  const detail = `The key is in ${key.region}, Amazon Personalize in ${region}.`
  return [finding('KEY_REGION_MISMATCH', { kmsKeyArn: key.arn, detail })]
}

const STRICT =
  'The service principal is allowed only if it sends aws:SourceAccount and aws:SourceArn. AWS documents ' +
  'these condition keys for the trust policy of the service role, not for calls of Amazon Personalize to KMS. ' +
  'If they are not sent, every such call is denied.'

/** A key yet to be made has no ARN. */
const about = (key: ParsedKeyArn | undefined): { kmsKeyArn?: string } => (key === undefined ? {} : { kmsKeyArn: key.arn })

function strictConditions ({ sourceConditions }: UsageToGenerate, key?: ParsedKeyArn): Finding[] {
  return sourceConditions === 'strict'
    ? [finding('ACCESS_DEPENDS_ON_CONDITION', { ...about(key), detail: STRICT })]
    : []
}

const NO_DELEGATION =
  'Without the statement of the account root, IAM policies have no effect on the key, and no principal ' +
  'of the generated policy has kms:PutKeyPolicy. KMS rejects such a policy unless its safety check is bypassed.'

function withoutDelegation ({ delegateToIam, existingKeyPolicy }: UsageToGenerate, key?: ParsedKeyArn): Finding[] {
  if (delegateToIam || existingKeyPolicy !== undefined) return []
  return [finding('KEY_LOCKOUT', { ...about(key), actions: ['kms:PutKeyPolicy'], detail: NO_DELEGATION })]
}

export const EVERY_KEY =
  'The usage names no key, so the permissions policy has the Resource "*": its actions are allowed on every key ' +
  'whose key policy leaves access to IAM policies.'
const NAME_THE_KEYS = 'Name the keys in kmsKeyArns: their ARNs are then the Resource of the permissions policy.'

function everyKey (usage: UsageToGenerate): Finding[] {
  // A permissions policy that names keys names no other.
  if (!usesNewKey(usage) || roleNeedsOf(usage).every(({ resource, demands }) => resource !== '*' || demands.length === 0)) return []
  return usage.roles.map(({ arn }) => finding('BROADER_THAN_NEEDED', { roleArn: arn, detail: EVERY_KEY, remedy: NAME_THE_KEYS }))
}

const WARNINGS = [crossAccount, otherRegion]
const WARNINGS_OF_ANY_KEY = [strictConditions, withoutDelegation]

/** What is fragile in the policies of these usages: each warning once per key, in the order of the usages. */
export function warningsOf (usages: readonly UsageToGenerate[]): Finding[] {
  const warnings = usages.flatMap((usage) => [
    ...usage.keys.flatMap((key) =>
      [...WARNINGS, ...WARNINGS_OF_ANY_KEY].flatMap((warning) => warning(usage, key))
    ),
    ...(usesNewKey(usage) ? WARNINGS_OF_ANY_KEY.flatMap((warning) => warning(usage)) : []),
    ...everyKey(usage)
  ])
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}
