import picocolors from 'picocolors'
import { shortList } from '../formats/check-reason.js'
import { groupFindings, type FindingGroup } from '../formats/finding-groups.js'
import { stepsByHand } from '../formats/manual-steps.js'
import { matricesOf, type Matrix } from '../formats/matrix.js'
import { reasonOf } from '../formats/names.js'
import { documentChanges } from '../formats/policy-changes.js'
import type { ReportModel } from '../formats/report-model.js'
import { changedLines, changeSummary, diffStatements, sidOf, type StatementChange } from '../formats/statement-diff.js'
import {
  allChecks,
  besideChecksSentence,
  countsSentence,
  decidingBesideChecks,
  DECISIONS,
  hasSeveralResources,
  limitName,
  SEVERITIES,
  type Tone,
  VERDICTS,
  verdictSentence
} from '../formats/verdict-words.js'
import { printable } from './terminal.js'

/** The report for a terminal: the answer, why, what to do, principals by actions, what is not known. */
export function renderTable (report: ReportModel, colored: boolean): string {
  const paint = painter(colored)
  const { verdict, verdicts, summary } = report
  const { mark, tone } = VERDICTS[verdict]
  const deciding = decidingBesideChecks(report)
  const head = [
    paint.bold(paint[tone](`${mark} ${verdictSentence(report)} (${verdict})`)),
    ...(summary?.headline === undefined ? [] : [`  ${printable(summary.headline)}`]),
    `  AWS's page: ${verdicts.documented}. AWS's evaluation: ${verdicts.effective}. ` +
      `${countsSentence(report) ?? 'No findings'}.`,
    ...(deciding === undefined ? [] : [`  ${printable(besideChecksSentence(deciding))}`])
  ]
  return [
    head.join('\n'),
    ...failuresText(report, paint),
    ...findingsText(report, paint),
    ...changesText(report, paint),
    ...stepsText(report, paint),
    ...matricesOf(allChecks(report)).map((matrix) => matrixText(matrix, paint)),
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
      ...statements
        .flatMap((statement) => JSON.stringify(statement, null, 2).split('\n'))
        .map((line) => `        ${printable(line)}`)
    ])
  ])
  return [[paint.bold('Jobs that failed'), ...texts].join('\n')]
}

function findingsText (report: ReportModel, paint: Paint): string[] {
  const groups = groupFindings(report.findings)
  if (groups.length === 0) return []
  const isOnNamed = hasSeveralResources(report)
  return [[paint.bold('Findings'), ...groups.flatMap((group) => findingLines(group, isOnNamed, paint))].join('\n')]
}

function findingLines ({ finding, who, on, consequences }: FindingGroup, isOnNamed: boolean, paint: Paint): string[] {
  const { mark, words, tone } = SEVERITIES[finding.severity]
  const { actions = [], code, title, remedy } = finding
  const places = isOnNamed && on.length > 0 ? ` on ${shortList(on)}` : ''
  const facts = [
    ...(who.length === 0 ? [] : [['Who:', `${shortList(who)}${places}`]]),
    ...(actions.length === 0 ? [] : [['Actions:', shortList(actions)]]),
    ['Why:', reasonOf(finding)],
    ['What to do:', remedy],
    ...consequences.map(({ finding: { title: name, code: of } }) => ['Because of this:', `${name} (${of})`])
  ]
  return [
    `  ${paint[tone](`${mark} ${words}`)}  ${printable(code)}: ${printable(title)}`,
    ...facts.map(([name = '', text = '']) => `      ${paint.dim(name)} ${printable(text)}`)
  ]
}

function changesText ({ remediation }: ReportModel, paint: Paint): string[] {
  const lines = documentChanges(remediation).flatMap(({ title, change }) => {
    const changes = diffStatements(change)
    return [`  ${printable(title)}: ${changeSummary(changes)}`, ...changes.flatMap(statementLines)]
  })
  const how = paint.dim('  The policies and commands: --remediation-format aws')
  return lines.length === 0 ? [] : [[paint.bold('To fix it'), ...lines, how].join('\n')]
}

/** Of a changed statement its changed lines, of another one its Sid: a terminal has little room. */
function statementLines (change: StatementChange): string[] {
  switch (change.kind) {
    case 'same':
      return []
    case 'added':
      return [`    + ${printable(sidOf(change.after) ?? 'a statement')}`]
    case 'removed':
      return [`    - ${printable(sidOf(change.before) ?? 'a statement')}`]
    case 'changed':
      return [
        `    ± ${printable(sidOf(change.after) ?? 'a statement')}`,
        ...changedLines(change)
          .filter(({ mark }) => mark !== ' ')
          .map(({ mark, text }) => `      ${mark} ${printable(text.trim())}`)
      ]
  }
}

function stepsText (report: ReportModel, paint: Paint): string[] {
  const steps = stepsByHand(report)
  if (steps.length === 0) return []
  const lines = steps.flatMap(({ what, why, who, on, commands, document, isOfFinding }) => {
    const facts = [
      ...(on.length === 0 ? [] : [['On:', shortList(on)]]),
      // Of a finding it is above.
      ...(why === '' || isOfFinding ? [] : [['Why:', why]]),
      ...(who === undefined ? [] : [['By:', who]]),
      ...(document === undefined ? [] : [['With:', `${document.fileName}, the policy of this step in --format json`]]),
      ...commands.map((command) => ['$', command])
    ]
    return [
      `  ${printable(what)}`,
      ...facts.map(([name = '', text = '']) => `      ${paint.dim(name)} ${printable(text)}`)
    ]
  })
  return [[paint.bold('To do by hand'), ...lines].join('\n')]
}

function notEvaluatedText ({ notEvaluated }: ReportModel, paint: Paint): string[] {
  if (notEvaluated.length === 0) return []
  const lines = notEvaluated.map(({ what, why }) => `  ${limitName(what)}: ${printable(why)}`)
  return [[paint.bold('Not evaluated'), ...lines].join('\n')]
}
