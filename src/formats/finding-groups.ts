import { groupBy } from './matrix.js'
import { principalOf, reasonOf } from './names.js'
import type { FindingModel, Severity } from './report-model.js'

/** Findings that say the same about several roles or keys, with what they cause. */
export interface FindingGroup {
  finding: FindingModel
  /** Roles, the service principal, keys or buckets that it is about. */
  who: readonly string[]
  /** The keys or buckets that it is about beside them. */
  on: readonly string[]
  ids: readonly string[]
  consequences: readonly FindingGroup[]
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 }

/** The findings, equal ones gathered, errors first, each consequence under its first cause. */
export function groupFindings (findings: readonly FindingModel[]): FindingGroup[] {
  const known = new Map(
    findings.flatMap((finding) => (finding.id === undefined ? [] : [[finding.id, finding] as const]))
  )
  // Two findings that name each other as their cause would vanish under one another.
  const rootOf = (finding: FindingModel, passed: readonly FindingModel[] = []): FindingModel | undefined => {
    const causes = (finding.causedBy ?? []).flatMap((id) => known.get(id) ?? [])
    if (causes.length === 0) return finding
    return passed.includes(finding) ? undefined : first(causes, (cause) => rootOf(cause, [...passed, finding]))
  }
  const causeOf = (finding: FindingModel): FindingModel | undefined => {
    const root = rootOf(finding)
    return root === finding ? undefined : root
  }
  const consequences = new Map(
    groupBy(
      findings.filter((finding) => causeOf(finding) !== undefined),
      (finding) => causeOf(finding)?.id ?? ''
    )
  )
  const top = gather(findings.filter((finding) => causeOf(finding) === undefined))
  return top.map((group) => ({ ...group, consequences: gather(group.ids.flatMap((id) => consequences.get(id) ?? [])) }))
}

function first<T, U> (entries: readonly T[], of: (entry: T) => U | undefined): U | undefined {
  for (const entry of entries) {
    const found = of(entry)
    if (found !== undefined) return found
  }
  return undefined
}

function gather (findings: readonly FindingModel[]): FindingGroup[] {
  const alike = (finding: FindingModel): string =>
    JSON.stringify([
      finding.code,
      finding.severity,
      finding.title,
      finding.actions,
      reasonOf(finding),
      finding.remedy,
      finding.narrowerStatement,
      finding.replacementStatement
    ])
  return groupBy(findings, alike)
    .flatMap(([, group]) =>
      group.slice(0, 1).map((finding): FindingGroup => ({
        finding,
        ...namesOf(group),
        ids: group.flatMap(({ id }) => id ?? []),
        consequences: []
      }))
    )
    .sort((one, other) => RANK[one.finding.severity] - RANK[other.finding.severity])
}

function namesOf (group: readonly FindingModel[]): Pick<FindingGroup, 'who' | 'on'> {
  const who = new Set(group.flatMap(whoOf))
  const resources = group.flatMap((finding) =>
    [finding, ...(finding.pairs ?? [])].flatMap(({ kmsKeyArn, bucket }) => kmsKeyArn ?? bucket ?? [])
  )
  return { who: [...who], on: [...new Set(resources)].filter((name) => !who.has(name)) }
}

/** Principals; of a finding about none of them, the key or bucket itself. */
function whoOf (finding: FindingModel): string[] {
  const principal = principalOf(finding)
  const pairs = finding.pairs ?? []
  if (principal !== undefined) return [principal, ...pairs.flatMap(({ roleArn }) => roleArn ?? [])]
  return [finding, ...pairs].flatMap(({ roleArn, kmsKeyArn, bucket }) => roleArn ?? kmsKeyArn ?? bucket ?? [])
}
