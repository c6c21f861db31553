import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { answerLine } from './answer.js'

/**
 * Answers requests, one JSON object a line, in order; docs: README. Reads no further while the reader of its
 * answers is behind.
 */
async function run (input: Readable, output: Writable): Promise<void> {
  input.setEncoding('utf8')
  let begun: string[] = []
  for await (const chunk of input) {
    const lines = String(chunk).split('\n')
    begun.push(lines[0] ?? '')
    if (lines.length === 1) continue
    lines[0] = begun.join('')
    begun = [lines.pop() ?? '']
    if (!output.write(lines.map(answerText).join(''))) await once(output, 'drain')
  }
  const last = begun.join('')
  if (last !== '') output.write(answerText(last))
}

function answerText (line: string): string {
  return `${JSON.stringify(answerLine(line))}\n`
}

// The reader of the responses may close the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})
try {
  await run(process.stdin, process.stdout)
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
