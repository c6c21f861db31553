import process from 'node:process'

/** Text of policies and files in a terminal or log: without control characters, and without commands of a CI runner. */
export function printable (text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, ' ').replaceAll('##[', '## [')
}

/** Writes to standard error what is not the result. */
export function note (text: string): void {
  process.stderr.write(`${printableLines(text)}\n`)
}

/** Each line as `printable`; none begins with `::`, for which the runner of GitHub takes a command. */
export function printableLines (text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line).replace(/^(\s*):(?=:)/, '$1: '))
    .join('\n')
}

/** Writes the result; resolves when it was handed over, or the reader has gone. */
export async function writeResult (text: string): Promise<void> {
  const line = text.endsWith('\n') ? text : `${text}\n`
  await new Promise<void>((resolve) => {
    process.stdout.write(line, () => {
      resolve()
    })
  })
}

/** Whether standard output takes colours: https://no-color.org, and FORCE_COLOR as in Node.js. */
export function hasColors (): boolean {
  const { NO_COLOR: none, FORCE_COLOR: force, TERM: term } = process.env
  if (none !== undefined && none !== '') return false
  if (force !== undefined) return force !== '0' && force !== 'false'
  return process.stdout.isTTY && term !== 'dumb'
}

/** A line on standard error while something takes its time; only for a person at a terminal. */
export function startProgress (text: string | (() => string)): () => void {
  const { stderr, env } = process
  if (!stderr.isTTY || (env['CI'] !== undefined && env['CI'] !== 'false')) return () => {}
  const begun = Date.now()
  const show = (): void => {
    stderr.write(
      `\r\u001B[K${printable(typeof text === 'string' ? text : text())} ` +
        `${Math.round((Date.now() - begun) / 1_000)} s`
    )
  }
  show()
  const timer = setInterval(show, 1_000)
  timer.unref()
  return () => {
    clearInterval(timer)
    stderr.write('\r\u001B[K')
  }
}
