import type { VerifiableUsage } from '../../schemas/usage.js'
import type { Report } from '../../schemas/verification.js'
import { groupBy } from '../group-by.js'
import { resolveUsage, type ResolvedUsage } from '../personalize/usage.js'
import { evidenceOfBuckets, withBucketKeys, withKeysForAliases } from './read/bucket-evidence.js'
import { parseContext } from './read/context.js'
import { keyEvidence, roleEvidence } from './read/evidence.js'
import type { NotEvaluated } from './read/organization.js'
import type { ObservedBucket, ObservedKey, ObservedRole } from './read/policy-source.js'
import { reportOn } from './report.js'

/** Keys, roles and buckets as a plan or template describes them: parts of their policies may not be known yet. */
export interface PlannedDocuments {
  usage: VerifiableUsage
  /** Those of the usage, and those that its buckets encrypt with. */
  keys: readonly ObservedKey[]
  roles: readonly ObservedRole[]
  /** Those of the locations; none where nothing is to be said of Amazon S3. */
  buckets?: readonly ObservedBucket[]
  /** What the plan leaves out and the evaluation assumes. */
  assumptions: readonly NotEvaluated[]
}

/** The usage with the keys that these buckets encrypt with. Throws one error that lists every violation. */
export function plannedUsage (usage: VerifiableUsage, buckets: readonly ObservedBucket[]): ResolvedUsage {
  const resolved = resolveUsage(usage, { keys: 'keyArns', pointer: '/usage' })
  return withBucketKeys(resolved, evidenceOfBuckets(buckets, resolved))
}

/**
 * Reports on keys, roles and buckets before they are applied. Pure, as `verifyDocuments`. What depends on a value that
 * is not known yet is `unknown`.
 */
export function verifyPlanned ({ usage, keys, roles, buckets = [], assumptions }: PlannedDocuments): Report {
  const resolved = plannedUsage(usage, buckets)
  const read = keys.flatMap((key) => keyEvidence(key) ?? [])
  return reportOn({
    usage: withKeysForAliases(resolved, read),
    // Two names, as an ARN and an alias, may stand for one key.
    keys: groupBy(read, ({ name }) => name.arn).map(([key]) => key),
    roles: roles.flatMap((role) => roleEvidence(role) ?? []),
    buckets: evidenceOfBuckets(buckets, resolved),
    around: { context: parseContext(undefined), now: undefined, assumptions }
  })
}
