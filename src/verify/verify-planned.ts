import type { VerifiableUsage } from '../../schemas/usage.js'
import type { Report } from '../../schemas/verification.js'
import { resolveUsage } from '../personalize/usage.js'
import { parseContext } from './read/context.js'
import { keyEvidence, roleEvidence } from './read/evidence.js'
import type { NotEvaluated } from './read/organization.js'
import type { ObservedKey, ObservedRole } from './read/policy-source.js'
import { reportOn } from './report.js'

/** Keys and roles as a plan or template describes them: parts of their policies may not be known yet. */
export interface PlannedDocuments {
  usage: VerifiableUsage
  keys: readonly ObservedKey[]
  roles: readonly ObservedRole[]
  /** What the plan leaves out and the evaluation assumes. */
  assumptions: readonly NotEvaluated[]
}

/**
 * Reports on keys and roles before they are applied. Pure, as `verifyDocuments`. What depends on a value that is not
 * known yet is `unknown`.
 */
export function verifyPlanned ({ usage, keys, roles, assumptions }: PlannedDocuments): Report {
  return reportOn({
    usage: resolveUsage(usage, { keys: 'keyArns', pointer: '/usage' }),
    keys: keys.flatMap((key) => keyEvidence(key) ?? []),
    roles: roles.flatMap((role) => roleEvidence(role) ?? []),
    around: { context: parseContext(undefined), now: undefined, assumptions }
  })
}
