import { isObject } from '../../json/json.js'
import { NEW_KEY_ARN, type StatementReason } from './model.js'
import { statementLines } from './notes.js'
import { wrap } from './text.js'

/** How a language writes a JSON value. */
export interface ValueSyntax {
  /** Begins a comment: `#`, `//`. */
  comment: string
  assign: string
  /** Between the members of an object. */
  separator: string
  /** Whether neighbouring members of one line have their values in one column. */
  isAligned: boolean
  name: (name: string) => string
  text: (text: string) => string
  /** The expression of the ARN of the key that is created here. */
  newKeyArn: string
}

const WIDTH = 100
const INDENT = '  '

/** A JSON value as an expression of the language; statements have their reasons as comments above them. */
export function printValue (
  value: unknown,
  syntax: ValueSyntax,
  reasons: ReadonlyMap<unknown, StatementReason> = new Map(),
  indent = ''
): string {
  const print = (inner: unknown, innerIndent: string): string => printValue(inner, syntax, reasons, innerIndent)
  if (value === NEW_KEY_ARN) return syntax.newKeyArn
  if (typeof value === 'string') return syntax.text(value)
  if (Array.isArray(value)) return printList(value, { syntax, reasons, indent, print })
  return isObject(value) ? printObject(value, { syntax, reasons, indent, print }) : JSON.stringify(value)
}

interface Printer {
  syntax: ValueSyntax
  reasons: ReadonlyMap<unknown, StatementReason>
  indent: string
  print: (value: unknown, indent: string) => string
}

function printList (list: readonly unknown[], { syntax, reasons, indent, print }: Printer): string {
  const inner = indent + INDENT
  const items = list.map((item) => print(item, inner))
  const line = `[${items.join(', ')}]`
  if (!line.includes('\n') && line.length + indent.length <= WIDTH && !list.some((item) => reasons.has(item)))
    return line
  const lines = items.flatMap((item, index) => [
    ...commentLines(statementLines(reasons.get(list[index])), syntax.comment, inner),
    `${inner}${item}${index === items.length - 1 ? '' : ','}`
  ])
  return `[\n${lines.join('\n')}\n${indent}]`
}

function printObject (object: Record<string, unknown>, { syntax, indent, print }: Printer): string {
  const inner = indent + INDENT
  const members = Object.entries(object).map(([name, value]) => ({
    name: syntax.name(name),
    value: print(value, inner)
  }))
  if (members.length === 0) return '{}'
  const widths = syntax.isAligned ? columnWidths(members) : []
  const lines = members.map(
    ({ name, value }, index) => `${inner}${name.padEnd(widths[index] ?? 0)}${syntax.assign}${value}`
  )
  return `{\n${lines.join(`${syntax.separator}\n`)}\n${indent}}`
}

/** The width of the name of each member, as `terraform fmt` aligns it: over neighbours whose value has one line. */
function columnWidths (members: ReadonlyArray<{ name: string; value: string }>): number[] {
  const isLong = ({ value }: { value: string }): boolean => value.includes('\n')
  return members.map((member, index) => {
    if (isLong(member)) return 0
    let first = index
    while (first > 0 && !isLong(members[first - 1] ?? member)) first -= 1
    let end = index
    while (end < members.length && !isLong(members[end] ?? member)) end += 1
    return Math.max(...members.slice(first, end).map(({ name }) => name.length))
  })
}

/** Lines of a comment with this indentation; an empty line stays empty. */
export function commentLines (lines: readonly string[], comment: string, indent = ''): string[] {
  return lines
    .flatMap((line) => (line === '' ? [''] : wrap(line, WIDTH - indent.length - comment.length)))
    .map((line) => `${indent}${comment} ${line}`.trimEnd())
}
