import type { ReportSummary, Verdict } from '../../schemas/verification.js'
import { type Assessment, type Evidence, verdictsOf, worstOf } from './assess.js'

/**
 * The verdict for each key and role, from the checks and findings that concern the pair. What concerns neither one
 * key nor one role (a policy of the organization) counts in every pair.
 */
export function pairVerdicts (
  { usage, keys, roles, buckets = [] }: Evidence,
  { checked, trust, findings, verdicts }: Assessment,
  verdict: Verdict
): ReportSummary['pairs'] {
  const isSingle = keys.length === 1 && roles.length === 1 && buckets.length === 0
  return keys.flatMap((key) =>
    roles.map((role) => {
      const pair = { kmsKeyArn: key.name.arn, roleArn: role.name.arn }
      if (isSingle) return { ...pair, verdict, verdicts }
      const isAbout = (entry: { kmsKeyArn?: string; roleArn?: string }): boolean =>
        (entry.kmsKeyArn ?? pair.kmsKeyArn) === pair.kmsKeyArn && (entry.roleArn ?? pair.roleArn) === pair.roleArn
      const own = verdictsOf({
        usage,
        checks: checked.flatMap(({ check }) => (isAbout(check) ? [check] : [])),
        findings: findings.filter((finding) => finding.bucket === undefined && isAbout(finding)),
        keys: [key],
        buckets: [],
        trust: trust.filter((check) => check.role === role)
      })
      return { ...pair, verdict: worstOf(own.documented, own.effective), verdicts: own }
    })
  )
}

/** The same for each bucket and role, from what concerns Amazon S3. */
export function bucketVerdicts (
  { usage, roles, buckets = [] }: Evidence,
  { checkedLocations, trust, findings }: Assessment
): ReportSummary['buckets'] {
  if (buckets.length === 0) return undefined
  return buckets.flatMap((evidence) =>
    roles.map((role) => {
      const pair = { bucket: evidence.bucket, roleArn: role.name.arn }
      const isAbout = (entry: { bucket?: string; roleArn?: string; kmsKeyArn?: string }): boolean =>
        (entry.bucket ?? pair.bucket) === pair.bucket && (entry.roleArn ?? pair.roleArn) === pair.roleArn
      const verdicts = verdictsOf({
        usage,
        checks: checkedLocations.flatMap(({ check }) => (isAbout(check) ? [check] : [])),
        findings: findings.filter((finding) => finding.kmsKeyArn === undefined && isAbout(finding)),
        keys: [],
        buckets: [evidence],
        trust: trust.filter((check) => check.role === role)
      })
      return { ...pair, verdict: worstOf(verdicts.documented, verdicts.effective), verdicts }
    })
  )
}
