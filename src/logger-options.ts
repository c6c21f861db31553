import { stdSerializers, stdTimeFunctions, type LoggerOptions } from 'pino'
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
