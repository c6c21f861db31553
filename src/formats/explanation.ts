import type { Explanation } from '../../schemas/explanation.js'
import { codeBlock, codeSpan, escapeMarkdown, escapeProse, jsonBlock } from './markdown-text.js'

const STATUS_MARKS = { confirmed: '❌ confirmed', excluded: '✅ excluded', notChecked: '❔' } as const
const LIKELIHOOD_WORDS = { stated: 'the text says so', likely: 'likely', possible: 'possible' } as const

/** An explanation as Markdown: what AWS said, the causes with the statement for each, and what to look at next. */
export function renderExplanation ({ headline, said, causes, next }: Explanation): string {
  return [
    `## ${escapeMarkdown(headline)}`,
    block('', said.text),
    ...factLines(said),
    ...causes.map(causePart),
    ...(next.length === 0 ? [] : ['### Next', next.map((step) => `* ${escapeProse(step)}`).join('\n')])
  ].join('\n\n')
}

const block = (language: string, text: string): string => codeBlock(language, text).join('\n').trimEnd()
const json = (value: unknown): string => jsonBlock(value).join('\n').trimEnd()

function factLines ({ principal, action, resource, policyArn }: Explanation['said']): string[] {
  const facts = { Principal: principal?.id, Action: action, Resource: resource, 'Denying policy': policyArn }
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`* ${name}: ${codeSpan(value)}`]
  )
  return lines.length === 0 ? [] : [lines.join('\n')]
}

function causePart (cause: Explanation['causes'][number], index: number): string {
  const { title, detail, distinguish, likelihood, status, statements = [], exception, commands = [], source } = cause
  return [
    `### ${index + 1}. ${escapeMarkdown(title)} ` +
      `(${status === 'notChecked' ? LIKELIHOOD_WORDS[likelihood] : STATUS_MARKS[status]})`,
    escapeProse(detail),
    `What distinguishes it: ${escapeProse(distinguish)}`,
    ...(commands.length === 0 ? [] : [block('sh', commands.join('\n'))]),
    ...statements.map(json),
    ...(exception === undefined ? [] : ['Add this to the `Condition` of the Deny:', json(exception)]),
    `Source: <${source}>`
  ].join('\n\n')
}
