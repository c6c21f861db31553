import type { DatasetGroupReport } from '../../schemas/dataset-group.js'
import { groupBy } from './matrix.js'
import { countOf, lastPart, resourceOf } from './names.js'
import type { CheckModel, Decision, FailureModel, FindingModel, ReportModel, UseModel } from './report-model.js'

/**
 * The reports on what a dataset group uses as one, so that it takes every form of a report. Equal findings are there
 * once; of several decisions on one action the worst counts; changes of one policy are joined.
 */
export function reportOfGroup (group: DatasetGroupReport): ReportModel {
  const { verdict, verdicts, observedAt, remediation, verifications } = group
  const reports = verifications.map(({ report }) => report)
  const notEvaluated = [...group.notEvaluated, ...reports.flatMap(({ notEvaluated }) => notEvaluated)]
  return {
    verdict,
    verdicts,
    summary: { headline: headlineOf(group) },
    observedAt,
    failures: failuresOf(group),
    uses: verifications.map(useOf),
    findings: distinctFindings(reports.flatMap(({ findings }) => findings)),
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

function useOf ({ usage, jobs, report: { verdict } }: DatasetGroupReport['verifications'][number]): UseModel {
  const { operations, roleArns, kmsKeyArns = [], locations = [] } = usage
  return { verdict, operations, roles: roleArns, resources: [...kmsKeyArns, ...locations.map(({ uri }) => uri)], jobs }
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

/** Equal findings of several reports have one id. */
function distinctFindings (findings: readonly FindingModel[]): FindingModel[] {
  return groupBy(findings, ({ id = '' }) => id).flatMap(([, group]) => group.slice(0, 1))
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
