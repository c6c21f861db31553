import { shortList } from './check-reason.js'
import { groupFindings, type FindingGroup } from './finding-groups.js'
import { matricesOf, type Matrix, type MatrixRow } from './matrix.js'
import { countOf, isAwsPage, lastPart, reasonOf } from './names.js'
import { changeParts } from './markdown-changes.js'
import {
  clip,
  codeBlock,
  codeSpan,
  details,
  escapeMarkdown,
  escapeProse,
  jsonBlock,
  type Part
} from './markdown-text.js'
import type {
  CheckModel,
  Decision,
  FailureModel,
  ReportModel,
  Severity,
  Verdict
} from './report-model.js'
import {
  allChecks,
  besideChecksSentence,
  countsSentence,
  decidingBesideChecks,
  hasSeveralResources,
  limitName,
  verdictSentence
} from './verdict-words.js'

/** The first line, which readers do not see: by it a pipeline finds its own comment and replaces it. */
export const MARKDOWN_MARKER = '<!-- personalize-kms:report -->'

/** GitHub takes no longer comment; counted in UTF-16 code units, of which no text has fewer than characters. */
export const MAX_MARKDOWN_CHARACTERS = 65_536

const VERDICT_MARKS: Readonly<Record<Verdict, string>> = { pass: '✅', fail: '❌', indeterminate: '❔' }
const DECISION_MARKS: Readonly<Record<Decision, string>> = {
  allowed: '✅',
  explicitDeny: '❌',
  implicitDeny: '❌',
  conditional: '⚠️',
  unknown: '❔'
}
const SEVERITY_MARKS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', note: 'ℹ️' }

/** The report as a comment of a pull request: the answer, what to change, why, who may do what; as much as fits. */
export function renderMarkdown (report: ReportModel): string {
  const head = headOf(report)
  const parts = [
    ...(report.failures ?? []).map(failurePart),
    ...usesPart(report),
    ...changeParts(report),
    ...groupFindings(report.findings).map((group) => findingPart(group, hasSeveralResources(report))),
    ...matricesOf(allChecks(report)).map(matrixPart),
    ...limitsPart(report)
  ]
  return fit(head, parts)
}

/** As many parts as fit, each whole, and one line that lists what was left out. */
function fit (head: string, parts: readonly Part[]): string {
  const omitted: string[] = []
  // The line that says what is missing needs room too; it lists few names and then only a number.
  let left = MAX_MARKDOWN_CHARACTERS - head.length - MAX_OMITTED_CHARACTERS
  const texts = parts.flatMap(({ text, omitted: name }) => {
    if (text.length + 1 > left) {
      omitted.push(name)
      return []
    }
    left -= text.length + 1
    return [text]
  })
  return [head, ...texts, ...(omitted.length === 0 ? [] : [omittedLine(omitted)])].join('\n')
}

const MAX_OMITTED_CHARACTERS = 2_000

function omittedLine (names: readonly string[]): string {
  const limit = `a comment has at most ${MAX_MARKDOWN_CHARACTERS} characters`
  return `> **Left out, because ${limit}**: ${shortList(names)}. The JSON or HTML form of the report has everything.\n`
}

function headOf (report: ReportModel): string {
  const { verdict, verdicts, summary } = report
  const counts = countsSentence(report)
  const deciding = decidingBesideChecks(report)
  return [
    MARKDOWN_MARKER,
    `## ${VERDICT_MARKS[verdict]} ${verdictSentence(report)}`,
    '',
    ...(summary?.headline === undefined ? [] : [escapeMarkdown(clip(summary.headline)), '']),
    `${counts ?? 'No findings'}. AWS’s page: **${verdicts.documented}**; AWS’s evaluation: **${verdicts.effective}**.`,
    '',
    ...(deciding === undefined ? [] : [`${escapeMarkdown(besideChecksSentence(deciding))}`, ''])
  ].join('\n')
}

function failurePart ({ arn, status, failureReason, causes }: FailureModel): Part {
  const name = escapeMarkdown(clip(lastPart(arn)))
  const text = [
    `### ❌ Job ${name} failed`,
    '',
    `${codeSpan(clip(arn))}: ${escapeProse(clip(status))}`,
    '',
    ...(failureReason === undefined ? [] : codeBlock('', clip(failureReason))),
    ...causes.flatMap(({ title, status: state, statements }) => [
      `${state === 'confirmed' ? '**Because**' : 'It may be:'} ${escapeProse(clip(title))}.`,
      '',
      ...statements.flatMap((statement) => jsonBlock(statement))
    ]),
    ''
  ].join('\n')
  return { text, omitted: `the failed job ${codeSpan(clip(arn))}` }
}

function usesPart ({ uses = [] }: ReportModel): Part[] {
  if (uses.length === 0) return []
  const nameOf = (text: string): string => codeSpan(clip(text.startsWith('arn:') ? lastPart(text) : text))
  const names = (texts: readonly string[]): string => shortList(texts.map(nameOf))
  const lines = uses.map(
    ({ verdict, operations, roles, resources }) =>
      `| ${VERDICT_MARKS[verdict]} ${verdict} | ${escapeMarkdown(operations.join(', '))} | ${names(roles)} ` +
      `| ${names(resources)} |`
  )
  const head = ['| Verdict | For | Role | Keys and locations |', '| --- | --- | --- | --- |']
  return [
    {
      text: ['### What is used', '', ...head, ...lines, ''].join('\n'),
      omitted: `${countOf(uses.length, 'use')} of roles, keys and locations`
    }
  ]
}

const LEGEND = '✅ allowed, ❌ denied or not granted, ⚠️ depends on a condition, ❔ unknown'

function matrixPart ({ resource, alike, actions, rows }: Matrix, index: number): Part {
  const cell = (check: CheckModel | undefined): string => (check === undefined ? ' ' : DECISION_MARKS[check.effective])
  const lines = rows.map(({ principals: [first, ...alike], via, cells }) => {
    const name = first?.type === 'service' ? 'Amazon Personalize' : escapeMarkdown(clip(lastPart(first?.id ?? '')))
    const path = via === 's3' ? ' (through Amazon S3)' : ''
    return `| ${name}${path}${alike.length > 0 ? ` and ${alike.length} alike` : ''} | ${cells.map(cell).join(' | ')} |`
  })
  const reasons = rows.flatMap(reasonLines)
  const text = [
    ...(index === 0 ? ['### Who may do what', '', LEGEND, ''] : []),
    `On ${shortList([resource, ...alike].map((name) => codeSpan(clip(name))))}`,
    '',
    `| Principal | ${actions.map((action) => escapeMarkdown(action.slice(action.indexOf(':') + 1))).join(' | ')} |`,
    `| --- | ${actions.map(() => ':-:').join(' | ')} |`,
    ...lines,
    '',
    ...(reasons.length === 0 ? [] : details('Why', [...reasons, ''])),
    ''
  ].join('\n')
  return { text, omitted: `who may do what with ${codeSpan(clip(resource))}` }
}

function findingPart ({ finding, who, on, consequences }: FindingGroup, isOnNamed: boolean): Part {
  const title = `${SEVERITY_MARKS[finding.severity]} ${escapeMarkdown(clip(finding.title))}`
  const suggestion = finding.replacementStatement ?? finding.narrowerStatement
  const spans = (texts: readonly string[]): string => shortList(texts.map((text) => codeSpan(clip(text))))
  const page = isAwsPage(finding.source) ? ` ([AWS’s page](${finding.source}))` : ''
  const lines = [
    `**Code** ${codeSpan(finding.code)}`,
    ...(who.length === 0 ? [] : [`**Who** ${spans(who)}`]),
    ...(isOnNamed && on.length > 0 ? [`**On** ${spans(on)}`] : []),
    ...((finding.actions ?? []).length === 0 ? [] : [`**Actions** ${spans(finding.actions ?? [])}`]),
    `**Why** ${escapeProse(clip(reasonOf(finding)))}`,
    `**What to do** ${escapeProse(clip(finding.remedy))}${page}`,
    ...consequences.map(
      ({ finding: { title: name, code } }) => `**Because of this** ${escapeMarkdown(clip(name))} (${codeSpan(code)})`
    )
  ]
  const block = suggestion === undefined ? [] : ['The statement to put in its place:', '', ...jsonBlock(suggestion)]
  const content = [...lines.flatMap((line) => [line, '']), ...block]
  const text = details(title, content, finding.severity === 'error').join('\n')
  return { text, omitted: `the finding ${codeSpan(finding.code)}` }
}

function reasonLines ({ principals, reasons }: MatrixRow): string[] {
  const name = escapeMarkdown(clip(lastPart(principals[0]?.id ?? '')))
  return reasons
    .filter(({ effective }) => effective !== 'allowed')
    .map(({ effective, isAll, actions, text }) => {
      const which = isAll ? 'all actions' : escapeMarkdown(actions.join(', '))
      return `* ${DECISION_MARKS[effective]} ${name}, ${which}: ${escapeMarkdown(clip(text))}`
    })
}

function limitsPart ({ notEvaluated }: ReportModel): Part[] {
  if (notEvaluated.length === 0) return []
  const lines = notEvaluated.map(
    ({ what, why }) => `* ${escapeProse(clip(limitName(what)))}: ${escapeProse(clip(why))}`
  )
  return [{ text: [...details('❔ Not evaluated', [...lines, '']), ''].join('\n'), omitted: 'what was not evaluated' }]
}
