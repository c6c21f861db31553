import { ConfigError } from '../config/config.js'
import { ERRORS, ServiceError } from '../errors.js'
import { CommandError, EXIT } from './exit.js'
import { note } from './terminal.js'

/** Says on standard error what is wrong, with a line for each fault; returns the exit status 3. */
export function reportError (error: unknown): number {
  note(textOf(error))
  return EXIT.error
}

function textOf (error: unknown): string {
  if (error instanceof ConfigError) return lines('the environment is not valid', error.faults)
  if (error instanceof CommandError) return withFaults(error.message, error)
  if (error instanceof ServiceError) {
    const { code, message } = error
    // The description says what to do; the message of an error of AWS does not.
    return withFaults(error.statusCode >= 500 ? `${message} ${ERRORS[code].description}` : message, error)
  }
  return `personalize-kms: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

function withFaults (
  message: string,
  { code, faults }: { code: string | undefined; faults: ReadonlyArray<{ pointer: string; detail: string }> }
): string {
  return lines(
    code === undefined ? message : `${code}: ${message}`,
    faults.map(({ pointer, detail }) => `${pointer === '' ? '(the whole input)' : pointer} ${detail}`)
  )
}

function lines (title: string, entries: readonly string[]): string {
  return [`personalize-kms: ${title}`, ...entries.map((entry) => `  ${entry}`)].join('\n')
}
