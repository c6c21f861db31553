import type { VNode } from 'preact'
import { printStatement } from '../../formats/html/print-statement.js'

/** A value as JSON in few lines, names and texts in colour. */
export function JsonCode ({ value }: { value: unknown }): VNode {
  return (
    <code>
      {printStatement(value)
        .split(/("(?:[^"\\]|\\.)*")/)
        .map((part, index, parts) =>
          index % 2 === 0 ? (
            part
          ) : (
            <span key={index} class={parts[index + 1]?.startsWith(':') === true ? 'p-name' : 'p-text'}>
              {part}
            </span>
          )
        )}
    </code>
  )
}
