import { shortList } from './check-reason.js'
import { groupFindings, type FindingGroup } from './finding-groups.js'
import { matricesOf, type Matrix, type MatrixRow } from './matrix.js'
import { countOf, isAwsPage, lastPart, reasonOf } from './names.js'
import { codeBlock, codeSpan, escapeMarkdown, escapeProse, jsonBlock } from './markdown-text.js'
import { documentChanges, type DocumentChange } from './policy-changes.js'
import type { CheckModel, Decision, FailureModel, ReportModel, Severity, Verdict } from './report-model.js'
import { changeSummary, diffStatements } from './statement-diff.js'
import { allChecks, countsSentence, hasSeveralResources, verdictSentence } from './verdict-words.js'

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

/** A part of the comment; `omitted` says what is missing where there is no room for it. */
interface Part {
  text: string
  omitted: string
}

/** The report as a comment of a pull request: the answer, what to add, who may do what, why. Shortened to what fits. */
export function renderMarkdown (report: ReportModel): string {
  const head = headOf(report)
  const parts = [
    ...(report.failures ?? []).map(failurePart),
    ...usesPart(report),
    ...documentChanges(report.remediation).map(changePart),
    ...decidePart(report),
    ...matricesOf(allChecks(report)).map(matrixPart),
    ...groupFindings(report.findings).map((group) => findingPart(group, hasSeveralResources(report))),
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
  return [
    MARKDOWN_MARKER,
    `## ${VERDICT_MARKS[verdict]} ${verdictSentence(report)}`,
    '',
    ...(summary?.headline === undefined ? [] : [escapeMarkdown(clip(summary.headline)), '']),
    `${counts ?? 'No findings'}. AWS’s page: **${verdicts.documented}**; AWS’s evaluation: **${verdicts.effective}**.`,
    ''
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

function changePart ({ title, change, commands, fileName }: DocumentChange): Part {
  const changes = diffStatements(change)
  const statements = changes.flatMap((entry) =>
    entry.kind === 'added' || entry.kind === 'changed' ? [entry.after] : []
  )
  const name = escapeMarkdown(title)
  const text = [
    `### ${name}`,
    '',
    `The change ${changeSummary(changes)}. The statement${statements.length === 1 ? '' : 's'} to add or replace:`,
    '',
    ...statements.flatMap((statement) => jsonBlock(statement)),
    ...details('The whole document', [`Save as \`${fileName}\`:`, '', ...jsonBlock(change.policy)]),
    ...codeBlock('sh', commands.join('\n')),
    ''
  ].join('\n')
  return { text, omitted: `the change “${escapeMarkdown(clip(title))}”` }
}

function decidePart ({ remediation, findings }: ReportModel): Part[] {
  const entries = remediation?.cannotFix ?? []
  if (entries.length === 0) return []
  const lines = entries.map(({ code, detail, findingId, who, remedy }) => {
    const finding = findings.find(({ id }) => id !== undefined && id === findingId)
    const what = escapeProse(clip(remedy ?? finding?.remedy ?? code))
    const why = escapeProse(clip(detail ?? (finding === undefined ? '' : reasonOf(finding))))
    return `* ${what}${who === undefined ? '' : ` (by: ${escapeMarkdown(clip(who))})`}${why === '' ? '' : ` — ${why}`}`
  })
  return [
    {
      text: ['### For you to decide', '', ...lines, ''].join('\n'),
      omitted: `${countOf(entries.length, 'point')} for you to decide`
    }
  ]
}

function matrixPart ({ resource, alike, actions, rows }: Matrix): Part {
  const cell = (check: CheckModel | undefined): string => (check === undefined ? ' ' : DECISION_MARKS[check.effective])
  const lines = rows.map(({ principals: [first, ...alike], via, cells }) => {
    const name = first?.type === 'service' ? 'Amazon Personalize' : escapeMarkdown(clip(lastPart(first?.id ?? '')))
    const path = via === 's3' ? ' (through Amazon S3)' : ''
    return `| ${name}${path}${alike.length > 0 ? ` and ${alike.length} alike` : ''} | ${cells.map(cell).join(' | ')} |`
  })
  const reasons = rows.flatMap(reasonLines)
  const text = [
    '### Who may do what',
    '',
    `On ${shortList([resource, ...alike].map((name) => codeSpan(clip(name))))}`,
    '',
    `| Principal | ${actions.map((action) => escapeMarkdown(action.slice(action.indexOf(':') + 1))).join(' | ')} |`,
    `| --- | ${actions.map(() => ':-:').join(' | ')} |`,
    ...lines,
    '',
    '✅ allowed, ❌ denied or not granted, ⚠️ depends on a condition, ❔ unknown',
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
  const text = details(title, [...lines.flatMap((line) => [line, '']), ...block]).join('\n')
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
  const lines = notEvaluated.map(({ what, why }) => `* ${escapeProse(clip(what))}: ${escapeProse(clip(why))}`)
  return [{ text: [...details('❔ Not evaluated', [...lines, '']), ''].join('\n'), omitted: 'what was not evaluated' }]
}

function details (summary: string, lines: readonly string[]): string[] {
  return [`<details><summary>${summary}</summary>`, '', ...lines, '</details>', '']
}

const MAX_TEXT_CHARACTERS = 1_000

function clip (text: string): string {
  return text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS)}…` : text
}
