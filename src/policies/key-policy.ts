import type { PolicyDocument } from '../../schemas/policy-document.js'
import { accountRootArn } from '../iam/arn.js'
import { statementPointer, statementsOf, type UsageToGenerate } from '../personalize/existing-policy.js'
import type { KeyName } from '../personalize/identifiers.js'
import { keyNeedOf, personalizeKeyStatements } from './key-statements.js'
import { refuseLargeKeyPolicy } from './limits.js'
import { refuseLockout } from './lockout.js'
import { mergeStatements } from './merge.js'
import { refuseDeniedAccess } from './denied-access.js'
import type { ExplainedPolicy } from './statement.js'

/** The keys that one document is for: all of one account, for the document names one account root. */
export interface KeyPolicyTarget {
  partition: string
  accountId: string
  keys: readonly KeyName[]
}

/** The key policy for all usages of a key, merged into the existing one where a usage brings it. */
export function keyPolicy (usages: readonly UsageToGenerate[], target: KeyPolicyTarget): ExplainedPolicy {
  const rootArn = accountRootArn(target.partition, target.accountId)
  const delegates = usages.some((usage) => usage.delegateToIam)
  const ours = personalizeKeyStatements(usages.map(keyNeedOf), delegates ? { rootArn } : {})
  const existing = usages.find((usage) => usage.existingKeyPolicy !== undefined)?.existingKeyPolicy
  if (existing === undefined) {
    return { policy: { Version: '2012-10-17', Id: 'personalize-kms-key-policy', Statement: ours.map(({ statement }) => statement) }, statements: ours }
  }
  const merged = mergeStatements(statementsOf(existing.document), ours.map(({ statement }) => statement), {
    onSidConflict: 'refuse', rootArn, pointer: (index) => statementPointer(existing, index)
  })
  const policy: PolicyDocument = { ...existing.document, Statement: merged }
  // Before it is evaluated: what KMS would not take costs the most.
  refuseLargeKeyPolicy(policy, 0, existing.pointer)
  refuseDeniedAccess('resourcePolicy', existing, usages.map((usage) => ({ usage, keys: target.keys })))
  refuseLockout(policy, existing.pointer, target)
  // An account root that was there already is not ours to explain.
  return { policy, statements: ours.filter(({ statement }) => merged.includes(statement)) }
}
