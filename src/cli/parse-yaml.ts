import { LineCounter, parseDocument } from 'yaml'
import { CommandError } from './exit.js'

/** The value of a YAML text; throws with file, line and column where it is none. `name`: of the file, in messages. */
export function parseYamlText (text: string, name: string): unknown {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { prettyErrors: false, lineCounter })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw new CommandError(`${name}:${line}:${col}: not YAML: ${error.message}`)
  }
  if (document.contents === null) throw new CommandError(`${name} is empty`)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // An alias without its anchor, or aliases that grow without bound.
    throw new CommandError(
      `${name}: not YAML that can be read: ${error instanceof Error ? error.message : String(error)}`
    )
  }
}
