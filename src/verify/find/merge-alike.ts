import type { Finding } from '../../../schemas/verification.js'
import { groupBy } from '../../group-by.js'

/**
 * Findings that say the same about several keys or roles, as one with the list of them. `idOf` gives for the id of
 * any finding that of the one it is reported in.
 */
export function mergeAlike (findings: readonly Finding[]): { findings: Finding[]; idOf: (id: string) => string } {
  const ids = new Map<string, string>()
  const ofCode = new Map<string, number>()
  for (const { code } of findings) ofCode.set(code, (ofCode.get(code) ?? 0) + 1)
  // Nothing is like the only finding of its code.
  const identity = (finding: Finding): string => (ofCode.get(finding.code) === 1 ? finding.code : identityOf(finding))
  const merged = groupBy(findings, identity).map((group) => {
    for (const { id } of group) ids.set(id, group[0].id)
    return mergeGroup(group)
  })
  const idOf = (id: string): string => ids.get(id) ?? id
  const linked = merged.map((finding) =>
    finding.causedBy === undefined ? finding : { ...finding, causedBy: [...new Set(finding.causedBy.map(idOf))] }
  )
  return { findings: linked, idOf }
}

/** All that a reader would see, but for the key and role. */
function identityOf (finding: Finding): string {
  const { id: _, detail: _detail, kmsKeyArn, roleArn, bucket, principal, causedBy: _causes, ...same } = finding
  return JSON.stringify([kmsKeyArn !== undefined, roleArn !== undefined, bucket, principal?.type, same])
}

function mergeGroup (group: readonly [Finding, ...Finding[]]): Finding {
  const [first, ...others] = group
  if (others.length === 0) return first
  const { kmsKeyArn, roleArn, principal, ...rest } = first
  const isShared = (member: 'kmsKeyArn' | 'roleArn'): boolean =>
    others.every((other) => other[member] === first[member])
  const pairs = group.map((finding) => ({
    ...(finding.kmsKeyArn === undefined ? {} : { kmsKeyArn: finding.kmsKeyArn }),
    ...(finding.roleArn === undefined ? {} : { roleArn: finding.roleArn })
  }))
  const causes = [...new Set(group.flatMap(({ causedBy = [] }) => causedBy))]
  return {
    ...rest,
    detail: `${first.detail} The same holds for ${others.length} more: see \`pairs\`.`,
    ...(kmsKeyArn !== undefined && isShared('kmsKeyArn') ? { kmsKeyArn } : {}),
    ...(roleArn !== undefined && isShared('roleArn') ? { roleArn } : {}),
    ...(principal !== undefined && isShared('roleArn') ? { principal } : {}),
    ...(causes.length === 0 ? {} : { causedBy: causes }),
    pairs
  }
}
