import { ConfigError } from '../config/config.js'
import { ServiceError } from '../errors.js'
import { CommandError, EXIT } from './exit.js'
import { note } from './terminal.js'

/** Says on standard error what is wrong, with a line for each fault; returns the exit status 3. */
export function reportError (error: unknown): number {
  note(textOf(error))
  return EXIT.error
}

/** The catalogue speaks of the service's credentials; here they are the caller's own. */
const NO_CREDENTIALS =
  'there are no usable AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and ' +
  'AWS_SECRET_ACCESS_KEY, or log in with ' +
  'aws sso login; or let a service verify, with --url'

function textOf (error: unknown): string {
  if (error instanceof ConfigError) return lines('the environment is not valid', error.faults)
  if (error instanceof CommandError) return withFaults(error.message, error)
  if (error instanceof ServiceError) {
    return withFaults(error.code === 'AWS_CREDENTIALS_UNAVAILABLE' ? NO_CREDENTIALS : error.message, error)
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
