import type { ReportSummary, Verdict } from '../../schemas/verification.js'
import { type Assessment, type Evidence, verdictsOf, worse } from './assess.js'

/**
 * The verdict for each key and role, from the checks and findings that concern the pair. What concerns neither one
 * key nor one role (a policy of the organization) counts in every pair.
 */
export function pairVerdicts (
  { keys, roles }: Evidence,
  { checked, trust, findings, verdicts }: Assessment,
  verdict: Verdict
): ReportSummary['pairs'] {
  return keys.flatMap((key) =>
    roles.map((role) => {
      const pair = { kmsKeyArn: key.name.arn, roleArn: role.name.arn }
      if (keys.length === 1 && roles.length === 1) return { ...pair, verdict, verdicts }
      const isAbout = (entry: { kmsKeyArn?: string; roleArn?: string }): boolean =>
        (entry.kmsKeyArn ?? pair.kmsKeyArn) === pair.kmsKeyArn && (entry.roleArn ?? pair.roleArn) === pair.roleArn
      const own = verdictsOf({
        checks: checked.flatMap(({ check }) => (isAbout(check) ? [check] : [])),
        findings: findings.filter(isAbout),
        keys: [key],
        trust: trust.filter((check) => check.role === role)
      })
      return { ...pair, verdict: worse(own.documented, own.effective), verdicts: own }
    })
  )
}
