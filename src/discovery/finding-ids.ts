import type { Finding, Remediation, Report } from '../../schemas/verification.js'

/**
 * Gives the findings of several reports ids that are unique among all of them: equal findings have one id. What refers
 * to a finding by its id follows.
 */
export function sharedFindingIds (): (report: Report) => Report {
  const idByContent = new Map<string, string>()
  const taken = new Set<string>()
  return (report) => {
    const ids = new Map<string, string>()
    const renamed = (id: string): string => ids.get(id) ?? id
    for (const finding of report.findings) {
      const content = contentOf(finding)
      const id = idByContent.get(content) ?? ownId(finding.id, taken)
      idByContent.set(content, id)
      ids.set(finding.id, id)
    }
    const { findings, remediation } = report
    return {
      ...report,
      findings: findings.map(({ causedBy, ...finding }) => ({
        ...finding,
        id: renamed(finding.id),
        ...(causedBy === undefined ? {} : { causedBy: [...new Set(causedBy.map(renamed))] })
      })),
      ...(remediation === undefined ? {} : { remediation: withIds(remediation, renamed) })
    }
  }
}

/** What a finding is about, without the operations: those are the same cause. */
function contentOf (finding: Finding): string {
  const { code, severity, why, kmsKeyArn, roleArn, bucket, principal, actions, statement, pairs } = finding
  return JSON.stringify([code, severity, why, kmsKeyArn, roleArn, bucket, principal, actions, statement, pairs])
}

function ownId (id: string, taken: Set<string>): string {
  let [own, number] = [id, 2]
  while (taken.has(own)) own = `${id}-${number++}`
  taken.add(own)
  return own
}

function withIds (remediation: Remediation, renamed: (id: string) => string): Remediation {
  const follow = <T extends { repairs: string[] }>(changes: readonly T[]): T[] =>
    changes.map((change) => ({ ...change, repairs: change.repairs.map(renamed) }))
  const { keyPolicies, rolePolicies, trustPolicies, bucketPolicies, cannotFix } = remediation
  return {
    keyPolicies: follow(keyPolicies),
    rolePolicies: follow(rolePolicies),
    trustPolicies: follow(trustPolicies),
    ...(bucketPolicies === undefined ? {} : { bucketPolicies: follow(bucketPolicies) }),
    cannotFix: cannotFix.map((entry) =>
      entry.findingId === undefined ? entry : { ...entry, findingId: renamed(entry.findingId) }
    )
  }
}
