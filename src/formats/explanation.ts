import stringify from 'json-stringify-pretty-compact'
import type { Explanation } from '../../schemas/explanation.js'
import { codeBlock, codeSpan, escapeMarkdown, escapeProse, jsonBlock } from './markdown-text.js'

const LIKELIHOOD_WORDS = { stated: 'the text says so', likely: 'likely', possible: 'possible' } as const
const STATUS_MARKS = { confirmed: '❌ confirmed', excluded: '✅ excluded', notChecked: '❔' } as const

/** How the parts of an explanation are written. */
interface Style {
  heading: (level: 2 | 3, text: string) => string
  /** Sentences of the catalogue, in which backticks stand around code. */
  prose: (text: string) => string
  code: (text: string) => string
  block: (language: string, text: string) => string
  json: (value: unknown) => string
  link: (address: string) => string
}

const MARKDOWN: Style = {
  heading: (level, text) => `${'#'.repeat(level)} ${escapeMarkdown(text)}`,
  prose: escapeProse,
  code: codeSpan,
  block: (language, text) => codeBlock(language, text).join('\n').trimEnd(),
  json: (value) => jsonBlock(value).join('\n').trimEnd(),
  link: (address) => `<${address}>`
}

/** For a terminal: what stands there can be copied. */
const TEXT: Style = {
  heading: (_, text) => text,
  prose: (text) => text,
  code: (text) => text,
  block: (_, text) => text.replace(/^/gm, '    '),
  json: (value) => stringify(value, { indent: 2, maxLength: 96 }),
  link: (address) => address
}

/** An explanation as Markdown: what AWS said, the causes with the statement for each, and what to look at next. */
export function renderExplanation (explanation: Explanation): string {
  return render(explanation, MARKDOWN)
}

/** The same as plain text. The text of AWS stands in it as it is: control characters are not replaced. */
export function renderExplanationText (explanation: Explanation): string {
  return render(explanation, TEXT)
}

function render ({ headline, said, causes, next }: Explanation, style: Style): string {
  const steps = next.map((step) => `* ${style.prose(step)}`).join('\n')
  return [
    style.heading(2, headline),
    style.block('', said.text),
    ...factLines(said, style),
    ...causes.map((cause, index) => causePart(cause, index, style)),
    ...(next.length === 0 ? [] : [style.heading(3, 'Next'), steps])
  ].join('\n\n')
}

function factLines ({ principal, action, resource, policyArn }: Explanation['said'], { code }: Style): string[] {
  const facts = { Principal: principal?.id, Action: action, Resource: resource, 'Denying policy': policyArn }
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`* ${name}: ${code(value)}`]
  )
  return lines.length === 0 ? [] : [lines.join('\n')]
}

type Cause = Explanation['causes'][number]

function causePart (cause: Cause, index: number, style: Style): string {
  const { title, detail, distinguish, likelihood, status, statements = [], commands = [], source } = cause
  const mark = status === 'notChecked' ? LIKELIHOOD_WORDS[likelihood] : STATUS_MARKS[status]
  return [
    `${style.heading(3, `${index + 1}. ${title}`)} (${mark})`,
    style.prose(detail),
    `What distinguishes it: ${style.prose(distinguish)}`,
    ...(commands.length === 0 ? [] : [style.block('sh', commands.join('\n'))]),
    ...statements.map(style.json),
    ...exceptionParts(cause, style),
    `Source: ${style.link(source)}`
  ].join('\n\n')
}

const ADD = 'Add this to the `Condition` of the Deny:'

function exceptionParts ({ exception, exceptions }: Cause, { prose, json }: Style): string[] {
  if (exceptions !== undefined)
    return exceptions.flatMap(({ distinguish, condition }) => [prose(`${distinguish} ${ADD}`), json(condition)])
  return exception === undefined ? [] : [prose(ADD), json(exception)]
}
