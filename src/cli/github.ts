import { appendFile } from 'node:fs/promises'
import process from 'node:process'
import { reasonOf } from '../formats/names.js'
import type { FindingModel, ReportModel, Severity } from '../formats/report-model.js'
import { reasonOf as causeOf } from './input.js'
import { note, printable } from './terminal.js'

/** GitHub shows ten annotations of each level for a step. */
const MAX_PER_LEVEL = 10
const LEVELS = { error: 'error', warning: 'warning', note: 'notice' } as const satisfies Record<Severity, string>

/**
 * Annotations of a GitHub workflow on standard error, where the runner reads them too, and the summary of the step.
 * https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/workflow-commands-for-github-actions
 */
export async function annotate (report: ReportModel, artifact: string | undefined): Promise<void> {
  for (const severity of ['error', 'warning', 'note'] as const) {
    const findings = report.findings.filter((finding) => finding.severity === severity)
    for (const finding of findings.slice(0, MAX_PER_LEVEL)) process.stderr.write(annotation(finding, artifact))
  }
  const file = process.env['GITHUB_STEP_SUMMARY']
  if (file === undefined || file === '') return
  const { renderMarkdown } = await import('../formats/markdown.js')
  try {
    await appendFile(file, `${renderMarkdown(report)}\n`)
  } catch (error) {
    note(`the summary of the step cannot be written: ${causeOf(error)}`)
  }
}

function annotation (finding: FindingModel, artifact: string | undefined): string {
  const { severity, code, title, remedy } = finding
  const place = artifact === undefined ? '' : `file=${property(artifact)},line=1,`
  const message = data(printable(`${reasonOf(finding)} What to do: ${remedy}`))
  return `::${LEVELS[severity]} ${place}title=${property(printable(`${code}: ${title}`))}::${message}\n`
}

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts (escapeData, escapeProperty) */
function data (text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property (text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
