import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import type { ReportModel } from '../formats/report-model.js'
import { CommandError, type FailOn } from './exit.js'
import { type Format, FORMATS, isFormat, isPolicyFormat, POLICY_FORMATS, type PolicyFormat } from './format-names.js'
import { reasonOf } from './input.js'
import { hasColors, note, writeResult } from './terminal.js'

export interface ReportOptions {
  format: string[]
  remediationFormat?: string
  failOn?: FailOn[]
  artifact?: string
}

/** Where a form goes; `-` is standard output. */
interface Target<F> {
  format: F
  file: string
}

/** The forms of the report, and that of the change which fixes it. */
export interface Targets {
  report: ReadonlyArray<Target<Format>>
  remediation: Target<PolicyFormat> | undefined
}

/** Where each form goes. Without one for standard output the table goes there, so that a log shows the result. */
export function targetsOf ({ format, remediationFormat }: ReportOptions): Targets {
  const report = format.map((text) => targetOf('--format', text, isFormat, FORMATS))
  const remediation =
    remediationFormat === undefined
      ? undefined
      : targetOf('--remediation-format', remediationFormat, isPolicyFormat, POLICY_FORMATS)
  const toOutput = [...report, ...(remediation === undefined ? [] : [remediation])].filter(({ file }) => file === '-')
  if (toOutput.length > 1)
    throw new CommandError(`only one form can go to standard output: add =FILE to ${toOutput[1]?.format}`)
  return { report: toOutput.length === 1 ? report : [...report, { format: 'table', file: '-' }], remediation }
}

function targetOf<F extends string> (
  option: string,
  text: string,
  isName: (name: string) => name is F,
  names: object
): Target<F> {
  const [, name = '', file = '-'] = /^([^=]*)(?:=(.+))?$/s.exec(text) ?? []
  if (isName(name) && !text.endsWith('=')) return { format: name, file }
  throw new CommandError(
    `${option} ${text}: it must be one of ${Object.keys(names).join(', ')}, optionally followed by =FILE`
  )
}

/**
 * Writes the report in each of its forms, and in a GitHub workflow also annotations and the summary of the step.
 * `json`: what its JSON is, where that says more.
 */
export async function writeReport (
  report: ReportModel,
  { report: targets, remediation }: Targets,
  options: ReportOptions & { defaultArtifact?: string | undefined; json?: object }
): Promise<void> {
  const artifact = options.artifact ?? options.defaultArtifact
  for (const { format, file } of targets)
    await write(
      file,
      await rendered(report, format, { artifact, file, failOn: options.failOn ?? [], json: options.json ?? report })
    )
  if (remediation !== undefined) await writeRemediation(report, remediation)
  if (process.env['GITHUB_ACTIONS'] === 'true') {
    const { annotate } = await import('./github.js')
    await annotate(report, artifact)
  }
}

async function write (file: string, text: string): Promise<void> {
  if (file === '-') await writeResult(text)
  else await save(file, text)
}

async function writeRemediation ({ remediation }: ReportModel, { format, file }: Target<PolicyFormat>): Promise<void> {
  const { keyPolicies = [], rolePolicies = [], trustPolicies = [], bucketPolicies = [], cannotFix = [] } =
    remediation ?? {}
  const byHand = cannotFix.length === 0 ? '' : ' The other forms of the report list what to do by hand.'
  if (
    remediation === undefined ||
    keyPolicies.length + rolePolicies.length + trustPolicies.length + bucketPolicies.length === 0
  )
    note(`No change of a policy is known that fixes it; nothing is written.${byHand}`)
  else await write(file, (await import('./policy-text.js')).policyText(format, remediation))
}

async function rendered (
  report: ReportModel,
  format: Format,
  {
    artifact,
    file,
    failOn,
    json
  }: { artifact: string | undefined; file: string; failOn: readonly FailOn[]; json: object }
): Promise<string> {
  switch (format) {
    case 'json':
      return JSON.stringify(json, null, 2)
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
