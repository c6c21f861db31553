import type { Finding } from '../../schemas/verification.js'
import type { UsageToGenerate } from '../personalize/existing-policy.js'
import type { KeyName } from '../personalize/identifiers.js'

const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'

function crossAccount (usage: UsageToGenerate, key: KeyName): Finding[] {
  if (key.accountId === usage.accountId) return []
  return [{
    code: 'CROSS_ACCOUNT_KEY',
    severity: 'warning',
    title: 'The key is in another account than Amazon Personalize',
    detail: `The key is in account ${key.accountId}, Amazon Personalize runs in ${usage.accountId}. No page of AWS says whether Personalize takes such a key.`,
    remedy: 'Use a key of the account that runs Amazon Personalize, or try this one before you rely on it. Each permission is needed in the key policy and in the IAM policy of the role.',
    source: `${KMS}/key-policy-modifying-external-accounts.html`,
    kmsKeyArn: key.arn
  }]
}

function otherRegion (usage: UsageToGenerate, key: KeyName): Finding[] {
  if (usage.region === undefined || key.region === usage.region) return []
  return [{
    code: 'KEY_REGION_MISMATCH',
    severity: 'warning',
    title: 'The key is in another Region than Amazon Personalize',
    detail: `The key is in ${key.region}, Amazon Personalize runs in ${usage.region}. Amazon S3 takes only keys of the Region of the bucket.`,
    remedy: `Use a key in ${usage.region}; of a multi-Region key, the replica there, which has its own ARN and its own key policy.`,
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html',
    kmsKeyArn: key.arn
  }]
}

function strictConditions (usage: UsageToGenerate, key: KeyName): Finding[] {
  if (usage.sourceConditions !== 'strict') return []
  return [{
    code: 'ACCESS_DEPENDS_ON_CONDITION',
    severity: 'warning',
    title: 'The service principal is let in only if it sends aws:SourceAccount and aws:SourceArn',
    detail: 'AWS documents these condition keys for the trust policy of the service role, not for calls of Amazon Personalize to KMS. If they are not sent, every such call is denied.',
    remedy: 'Use sourceConditions "ifExists", which checks the keys where they are sent.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount',
    kmsKeyArn: key.arn
  }]
}

function withoutDelegation (usage: UsageToGenerate, key: KeyName): Finding[] {
  if (usage.delegateToIam || usage.existingKeyPolicy !== undefined) return []
  return [{
    code: 'KEY_LOCKOUT',
    severity: 'warning',
    title: 'The key policy alone names nobody who could change it',
    detail: 'Without the statement of the account root, IAM policies have no effect on the key, and no principal here has kms:PutKeyPolicy. KMS refuses such a policy unless its safety check is bypassed.',
    remedy: 'Leave delegateToIam at true, or add a statement for the administrators of the key.',
    source: `${KMS}/key-policy-default.html#key-policy-default-allow-root-enable-iam`,
    kmsKeyArn: key.arn
  }]
}

const WARNINGS = [crossAccount, otherRegion, strictConditions, withoutDelegation]

/** What is fragile in the policies of these usages: each warning once for a key, in the order of the usages. */
export function warningsOf (usages: readonly UsageToGenerate[]): Finding[] {
  const warnings = usages.flatMap((usage) => usage.keys.flatMap((key) => WARNINGS.flatMap((warning) => warning(usage, key))))
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}
