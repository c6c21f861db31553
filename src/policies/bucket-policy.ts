import type { PolicyDocument } from '../../schemas/policy-document.js'
import { assertNoDenies } from './existing-denies.js'
import { statementPointer, statementsOf, type UsageToGenerate } from './existing-policy.js'
import { assertBucketPolicySize } from './limits.js'
import { mergeStatements } from './merge.js'
import { bucketStatements } from './s3-statements.js'
import type { ExplainedPolicy } from './statement.js'

/**
 * The bucket policy for all usages of a bucket, merged into the existing one where a usage brings it. It never allows
 * everyone: its statements name the service principal, and the roles where the bucket is in another account.
 */
export function bucketPolicy (usages: readonly UsageToGenerate[], bucket: string): ExplainedPolicy {
  const needs = usages.map((usage) => ({
    usage,
    locations: usage.locations.filter((location) => location.bucket === bucket)
  }))
  const ours = bucketStatements(needs)
  const statements = ours.map(({ statement }) => statement)
  const existing = usages.find((usage) => usage.existingBucketPolicy !== undefined)?.existingBucketPolicy
  if (existing === undefined)
    return {
      policy: { Version: '2012-10-17', Id: 'personalize-bucket-policy', Statement: statements },
      statements: ours
    }
  const merged = mergeStatements(statementsOf(existing.document), statements, {
    onSidConflict: 'refuse',
    pointer: (index) => statementPointer(existing, index)
  })
  const policy: PolicyDocument = { ...existing.document, Statement: merged }
  // Before it is evaluated: what Amazon S3 would not take costs the most.
  assertBucketPolicySize(policy, 0, existing.pointer)
  return { policy, statements: ours, openDenies: assertNoDenies('resourcePolicy', existing, needs) }
}
