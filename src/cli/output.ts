import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import type { ReportModel } from '../formats/report-model.js'
import { CommandError, type FailOn } from './exit.js'
import { type Format, FORMATS, isFormat } from './format-names.js'
import { reasonOf } from './input.js'
import { hasColors, note, writeResult } from './terminal.js'

export interface ReportOptions {
  format: string[]
  failOn?: FailOn[]
  artifact?: string
}

/** A form of the report, and the file that it goes to; `-` is standard output. */
export interface Target {
  format: Format
  file: string
}

/** Where each form goes. Without one for standard output the table goes there, so that a log shows the result. */
export function formatsOf ({ format: requested }: ReportOptions): Target[] {
  const targets = requested.map((text): Target => {
    const [, name = '', file = '-'] = /^([^=]*)(?:=(.+))?$/s.exec(text) ?? []
    if (!isFormat(name) || text.endsWith('='))
      throw new CommandError(
        `--format ${text}: it must be one of ${Object.keys(FORMATS).join(', ')}, optionally followed by =FILE`
      )
    return { format: name, file }
  })
  const toOutput = targets.filter(({ file }) => file === '-')
  if (toOutput.length > 1)
    throw new CommandError(`only one form can go to standard output: add =FILE to --format ${toOutput[1]?.format}`)
  return toOutput.length === 1 ? targets : [...targets, { format: 'table', file: '-' }]
}

/** Writes the report in each of its forms, and in a GitHub workflow also annotations and the summary of the step. */
export async function writeReport (
  report: ReportModel,
  targets: readonly Target[],
  options: ReportOptions & { defaultArtifact?: string | undefined }
): Promise<void> {
  const artifact = options.artifact ?? options.defaultArtifact
  for (const { format, file } of targets) {
    const text = await rendered(report, format, { artifact, file, failOn: options.failOn ?? [] })
    if (file === '-') await writeResult(text)
    else await save(file, text)
  }
  if (process.env['GITHUB_ACTIONS'] === 'true') {
    const { annotate } = await import('./github.js')
    await annotate(report, artifact)
  }
}

async function rendered (
  report: ReportModel,
  format: Format,
  { artifact, file, failOn }: { artifact: string | undefined; file: string; failOn: readonly FailOn[] }
): Promise<string> {
  switch (format) {
    case 'json':
      return JSON.stringify(report, null, 2)
    case 'table':
      return (await import('./table.js')).renderTable(report, file === '-' && hasColors())
    case 'markdown':
      return (await import('../formats/markdown.js')).renderMarkdown(report)
    case 'html':
      return (await import('../formats/html/html.js')).renderHtml(report)
    case 'sarif':
      return (await import('../formats/sarif.js')).renderSarif(report, { artifact })
    case 'junit':
      return (await import('../formats/junit.js')).renderJunit(report, {
        failSkipped: failOn.includes('indeterminate')
      })
  }
}

async function save (file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text.endsWith('\n') ? text : `${text}\n`)
    note(`Wrote ${file}`)
  } catch (error) {
    throw new CommandError(`${file} cannot be written: ${reasonOf(error)}`)
  }
}
