import type { DatasetGroupReport } from '../../schemas/dataset-group.js'
import { joinRemediations } from './join-changes.js'
import { groupBy } from './matrix.js'
import { countOf, lastPart, resourceOf } from './names.js'
import type { CheckModel, Decision, FailureModel, FindingModel, RemediationModel, ReportModel } from './report-model.js'

/**
 * The reports on what a dataset group uses as one, so that it takes every form of a report. Equal findings are there
 * once; of several decisions on one action the worst counts; changes of one policy are joined.
 */
export function reportOfGroup (group: DatasetGroupReport): ReportModel {
  const { verdict, verdicts, observedAt, verifications } = group
  const reports = verifications.map(({ report }) => report)
  const { findings, remediations } = joinFindings(reports)
  const remediation = joinRemediations(remediations)
  const notEvaluated = [...group.notEvaluated, ...reports.flatMap(({ notEvaluated }) => notEvaluated)]
  return {
    verdict,
    verdicts,
    summary: { headline: headlineOf(group) },
    observedAt,
    failures: failuresOf(group),
    findings,
    ...(remediation === undefined ? {} : { remediation }),
    checks: worstOfEach(reports.flatMap(({ checks }) => checks)),
    s3Checks: worstOfEach(reports.flatMap(({ s3Checks = [] }) => s3Checks)),
    notEvaluated: distinct(notEvaluated.map(({ what, why }) => ({ what, why })))
  }
}

function headlineOf ({ datasetGroup: { arn }, verifications, failures, jobs }: DatasetGroupReport): string {
  const count = (word: string): number => verifications.filter(({ report }) => report.verdict === word).length
  const verdicts = (['pass', 'fail', 'indeterminate'] as const).flatMap((word) =>
    count(word) === 0 ? [] : [`${count(word)} ${word}`]
  )
  const uses = `${countOf(verifications.length, 'use')} of roles, keys and locations by ${countOf(jobs.length, 'job')}`
  return (
    `Dataset group ${lastPart(arn)}: ${uses}${verdicts.length === 0 ? '' : ` (${verdicts.join(', ')})`}; ` +
    `${failures.length === 0 ? 'no job' : countOf(failures.length, 'job')} failed.`
  )
}

/** Of the causes, what the report confirms; else the likely ones that it does not exclude. */
function failuresOf ({ failures, verifications }: DatasetGroupReport): FailureModel[] {
  const explained = new Map(
    verifications.flatMap(({ explanations }) => explanations).map(({ arn, explanation }) => [arn, explanation.causes])
  )
  return failures.map((failure) => {
    const causes = explained.get(failure.arn) ?? []
    const confirmed = causes.filter(({ status }) => status === 'confirmed')
    const open = causes.filter(({ status, likelihood }) => status === 'notChecked' && likelihood !== 'possible')
    return {
      ...failure,
      causes: (confirmed.length > 0 ? confirmed : open).map(({ code, title, status, statements = [] }) => ({
        code,
        title,
        status,
        statements
      }))
    }
  })
}

type Report = DatasetGroupReport['verifications'][number]['report']

/** Equal findings of several reports are one, and what refers to them by their id follows. */
function joinFindings (reports: readonly Report[]): { findings: FindingModel[]; remediations: RemediationModel[] } {
  const idByContent = new Map<string, string>()
  const taken = new Set<string>()
  const findings: FindingModel[] = []
  const remediations = reports.flatMap((report) => {
    const ids = new Map<string, string>()
    const renamed = (id: string): string => ids.get(id) ?? id
    const added = report.findings.filter((finding) => {
      const content = contentOf(finding)
      const known = idByContent.get(content)
      const id = known ?? ownId(finding.id, taken)
      idByContent.set(content, id)
      ids.set(finding.id, id)
      return known === undefined
    })
    for (const { causedBy, ...finding } of added)
      findings.push({
        ...finding,
        id: renamed(finding.id),
        ...(causedBy === undefined ? {} : { causedBy: [...new Set(causedBy.map(renamed))] })
      })
    return report.remediation === undefined ? [] : [withIds(report.remediation, renamed)]
  })
  return { findings, remediations }
}

/** What a finding is about, without the operations: those are the same cause. */
function contentOf (finding: FindingModel): string {
  const { code, severity, why, kmsKeyArn, roleArn, bucket, principal, actions, statement, pairs } = finding
  return JSON.stringify([code, severity, why, kmsKeyArn, roleArn, bucket, principal, actions, statement, pairs])
}

function ownId (id: string, taken: Set<string>): string {
  let [own, number] = [id, 2]
  while (taken.has(own)) own = `${id}-${number++}`
  taken.add(own)
  return own
}

function withIds (remediation: RemediationModel, renamed: (id: string) => string): RemediationModel {
  const follow = <T extends { repairs?: readonly string[] }>(changes: readonly T[]): T[] =>
    changes.map((change) => ({ ...change, repairs: (change.repairs ?? []).map(renamed) }))
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

/** The worst first. */
const WORST: readonly Decision[] = ['explicitDeny', 'implicitDeny', 'unknown', 'conditional', 'allowed']

function worstOfEach (checks: readonly CheckModel[]): CheckModel[] {
  const rank = ({ effective }: CheckModel): number => WORST.indexOf(effective)
  const cellOf = (check: CheckModel): string =>
    JSON.stringify([resourceOf(check), check.principal.id, check.via, check.action])
  return groupBy(checks, cellOf).flatMap(([, group]) => group.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1))
}

function distinct<T> (entries: readonly T[]): T[] {
  return groupBy(entries, (entry) => JSON.stringify(entry)).flatMap(([, group]) => group.slice(0, 1))
}
