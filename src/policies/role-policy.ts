import type { PolicyDocument } from '../../schemas/policy-document.js'
import { statementPointer, statementsOf, type UsageToGenerate } from '../personalize/existing-policy.js'
import { refuseDeniedAccess } from './denied-access.js'
import { refuseLargeRolePolicy } from './limits.js'
import { mergeStatements } from './merge.js'
import { personalizeRoleStatements, roleNeedsOf } from './role-statements.js'
import type { ExplainedPolicy } from './statement.js'

/** The IAM policy of the service role for all its usages; undefined where it needs none and had none. */
export function rolePolicy (usages: readonly UsageToGenerate[]): ExplainedPolicy | undefined {
  const ours = personalizeRoleStatements(usages.flatMap(roleNeedsOf))
  const existing = usages.find((usage) => usage.existingRolePolicy !== undefined)?.existingRolePolicy
  if (existing === undefined) {
    return ours.length === 0 ? undefined : { policy: { Version: '2012-10-17', Statement: ours.map(({ statement }) => statement) }, statements: ours }
  }
  const merged = mergeStatements(statementsOf(existing.document), ours.map(({ statement }) => statement), {
    onSidConflict: 'refuse', pointer: (index) => statementPointer(existing, index)
  })
  const policy: PolicyDocument = { ...existing.document, Statement: merged }
  // Before it is evaluated: what IAM would not take costs the most.
  refuseLargeRolePolicy(policy, existing.pointer)
  refuseDeniedAccess('identityPolicies', existing, usages.map((usage) => ({ usage, keys: usage.keys })))
  // IAM takes no policy without a statement.
  return merged.length === 0 ? undefined : { policy, statements: ours }
}
