import picocolors from 'picocolors'
import { matricesOf, type Matrix } from '../formats/matrix.js'
import { lastPart, reasonOf } from '../formats/names.js'
import type { ReportModel } from '../formats/report-model.js'
import {
  allChecks,
  countsSentence,
  DECISIONS,
  SEVERITIES,
  type Tone,
  VERDICTS,
  verdictSentence
} from '../formats/verdict-words.js'
import { printable } from './terminal.js'

/** The report for a terminal: the answer, principals by actions, findings with what to do, what is not known. */
export function renderTable (report: ReportModel, colored: boolean): string {
  const paint = painter(colored)
  const { verdict, verdicts, summary } = report
  const { mark, tone } = VERDICTS[verdict]
  const head = [
    paint.bold(paint[tone](`${mark} ${verdictSentence(report)} (${verdict})`)),
    ...(summary?.headline === undefined ? [] : [`  ${printable(summary.headline)}`]),
    `  AWS's page: ${verdicts.documented}. AWS's evaluation: ${verdicts.effective}. ` +
      `${countsSentence(report) ?? 'No findings'}.`
  ]
  return [
    head.join('\n'),
    ...failuresText(report, paint),
    ...matricesOf(allChecks(report)).map((matrix) => matrixText(matrix, paint)),
    ...findingsText(report, paint),
    ...changesText(report, paint),
    ...notEvaluatedText(report, paint)
  ].join('\n\n')
}

type Paint = Record<Tone | 'bold' | 'dim', (text: string) => string>

function painter (colored: boolean): Paint {
  const { green, red, yellow, cyan, bold, dim } = picocolors.createColors(colored)
  return { yes: green, no: red, depends: yellow, unknown: cyan, bold, dim }
}

/** A line for each action and principal: terminals are narrow, and the reason is what a reader looks for. */
function matrixText ({ resource, alike, actions, rows }: Matrix, paint: Paint): string {
  const widest = Math.max(...actions.map((action) => action.length))
  const lines = rows.flatMap(({ principals, via, cells, reasons }) => [
    `  ${printable(principals.map(({ id }) => id).join(', '))}${via === 's3' ? ' (through Amazon S3)' : ''}`,
    ...cells.flatMap((check, index) => {
      if (check === undefined) return []
      const { mark, words, tone } = DECISIONS[check.effective]
      const reason = reasons.find((each) => each.actions.includes(check.action))?.text ?? ''
      const decision = paint[tone](`${mark} ${words}`.padEnd(14))
      return [`    ${printable(actions[index] ?? '').padEnd(widest)}  ${decision}${paint.dim(printable(reason))}`]
    })
  ])
  const title = resource.startsWith('arn:') ? `Key ${resource}` : resource
  const others = alike.length === 0 ? [] : [`  The same for ${alike.map(printable).join(', ')}`]
  return [paint.bold(printable(title)), ...others, ...lines].map((line) => line.trimEnd()).join('\n')
}

/** What a person looks for first: the jobs that failed, why, and the statement that is missing. */
function failuresText ({ failures = [] }: ReportModel, paint: Paint): string[] {
  if (failures.length === 0) return []
  const texts = failures.flatMap(({ arn, status, failureReason, causes }) => [
    `  ${paint.no('✕')} ${printable(arn)} (${printable(status)})`,
    ...(failureReason === undefined ? [] : [`      ${printable(failureReason)}`]),
    ...causes.flatMap(({ title, status: state, statements }) => [
      `      ${paint.dim(state === 'confirmed' ? 'Because:' : 'It may be:')} ${printable(title)}`,
      ...statements.flatMap((statement) => JSON.stringify(statement, null, 2).split('\n')).map((line) => `        ${printable(line)}`)
    ])
  ])
  return [[paint.bold('Jobs that failed'), ...texts].join('\n')]
}

function findingsText (report: ReportModel, paint: Paint): string[] {
  if (report.findings.length === 0) return []
  const texts = report.findings.map((finding) => {
    const { mark, words, tone } = SEVERITIES[finding.severity]
    return [
      `  ${paint[tone](`${mark} ${words}`)}  ${printable(finding.code)}: ${printable(finding.title)}`,
      `      ${printable(reasonOf(finding))}`,
      `      ${paint.dim('What to do:')} ${printable(finding.remedy)}`
    ].join('\n')
  })
  return [[paint.bold('Findings'), ...texts].join('\n')]
}

function changesText ({ remediation }: ReportModel, paint: Paint): string[] {
  if (remediation === undefined) return []
  const { keyPolicies, rolePolicies, trustPolicies, bucketPolicies = [], cannotFix } = remediation
  const changes = [
    ...keyPolicies.map(({ kmsKeyArn }) => `key policy of ${lastPart(kmsKeyArn)}`),
    ...rolePolicies.map(({ roleArn, policyName }) => `inline policy ${policyName} of role ${lastPart(roleArn)}`),
    ...trustPolicies.map(({ roleArn }) => `trust policy of role ${lastPart(roleArn)}`),
    ...bucketPolicies.map(({ bucket }) => `policy of bucket ${bucket}`)
  ].map((name) => `  Change the ${printable(name)}`)
  const manual = cannotFix.map(
    ({ code, detail }) => `  By hand: ${code}${detail === undefined ? '' : `: ${printable(detail)}`}`
  )
  const where =
    changes.length === 0 ? [] : [paint.dim('  The changes: --remediation-format, or remediation in --format json.')]
  return changes.length + manual.length === 0
    ? []
    : [[paint.bold('To fix it'), ...changes, ...where, ...manual].join('\n')]
}

function notEvaluatedText ({ notEvaluated }: ReportModel, paint: Paint): string[] {
  if (notEvaluated.length === 0) return []
  return [
    [paint.bold('Not evaluated'), ...notEvaluated.map(({ what, why }) => `  ${what}: ${printable(why)}`)].join('\n')
  ]
}
