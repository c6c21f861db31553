import { destination, stdSerializers, stdTimeFunctions, type LoggerOptions } from 'pino'
import { redacted } from './redaction.js'

/** Members that a serializer takes down to what may be told; the others are logged as they come. */
const SERIALIZED = new Set(['err', 'req', 'res'])

/** Errors carry what they are about: a command of Redis its password, a failed request its headers. */
const TOLD_OF_ERRORS = ['type', 'message', 'code', 'stack']

/** Nothing logs headers, bodies or credentials; should something ever hand over an object that holds them, they are cut. */
export function loggerOptions (level: string): LoggerOptions {
  return {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (facts) => redacted(facts, SERIALIZED) },
    serializers: { err: (error: Error) => Object.fromEntries(TOLD_OF_ERRORS.map((name) => [name, Reflect.get(stdSerializers.err(error), name)])) }
  }
}

type LogDestination = ReturnType<typeof destination>

/** How many bytes wait for one write, and how long, in milliseconds. */
const MIN_WRITE_BYTES = 4_096
const FLUSH_INTERVAL_MS = 50
/** Lines beyond it are lost: a log that nothing reads must not take the memory of the service. */
const MAX_WAITING_BYTES = 16 * 1_048_576

/**
 * Standard output, written some lines at once; pino writes what waits when the process ends and after a `fatal` line. A process that is
 * killed loses the lines of the last 50 ms. `onFailure` is called once, with the first error: a log that cannot be written (closed pipe,
 * full disk) does not stop the service.
 */
export function createLogDestination (onFailure: (error: Error) => void, dest: number | string = 1): LogDestination {
  const stream = destination({ dest, sync: false, minLength: MIN_WRITE_BYTES, maxLength: MAX_WAITING_BYTES, periodicFlush: FLUSH_INTERVAL_MS })
  let hasFailed = false
  const fail = (error: Error): void => {
    if (!hasFailed) onFailure(error)
    hasFailed = true
  }
  stream.on('error', fail)
  stream.on('drop', () => { fail(new Error('lines are lost, because too many wait')) })
  return stream
}
