import { readFileSync, writeSync } from 'node:fs'
import process from 'node:process'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { type Config, ConfigError, loadConfig } from './config/config.js'
import { connectionLimitOf } from './http/limits/connections.js'
import { type Service, startService } from './service.js'
import { createLogDestination, type LogDestination } from './telemetry/log-destination.js'
import { loggerOptions } from './telemetry/logger.js'

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78
/** sysexits.h: the log could not be written. */
const EX_IOERR = 74

const config = readConfig()
if (config === undefined) process.exitCode = EX_CONFIG
else await serve(config)

function readConfig (): Config | undefined {
  try {
    return loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`The configuration is not valid:\n${error.faults.map((fault) => `  ${fault}\n`).join('')}`)
    return undefined
  }
}

async function serve (config: Config): Promise<void> {
  const { destination, failure } = openLog(config)
  const log = pino(loggerOptions(config.logLevel), destination)
  const memoryBytes = process.constrainedMemory()
  const service = await startService(config, {
    log,
    isLogFailing: destination.isFailing,
    memoryBytes: memoryBytes < Number.MAX_SAFE_INTEGER ? memoryBytes : 0,
    maxConnections: connectionLimitOf(textOf('/proc/self/limits'))
  })
  if (readsAgain(config)) process.on('SIGHUP', service.reload)
  const stop = stopWithGrace(log, config, service)
  if (config.auditFailure === 'stop') void failure.then(stop)
  try {
    await service.listen()
  } catch (err) {
    log.fatal({ err }, 'could not listen')
    process.exitCode = 1
    await service.close()
  }
}

/** Whether SIGHUP reads files again: the access table, certificates. */
function readsAgain ({ access, tls }: Config): boolean {
  return access !== undefined || tls !== undefined
}

/** Empty where the file does not exist, as on systems other than Linux. */
function textOf (path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * The log on standard output, and its first failure. A process that is to stop without its log ends with a status of
 * its own, whatever else ends it.
 */
function openLog ({ auditFailure }: Config): { destination: LogDestination; failure: Promise<void> } {
  let onFirstFailure = (): void => {}
  let hasFailed = false
  const failure = new Promise<void>((resolve) => {
    onFirstFailure = resolve
  })
  const destination = createLogDestination({
    // Once `process.stdout` is used, a pipe is non-blocking: a reader that does not read cannot hold the process.
    fd: process.stdout.fd,
    onFailure ({ message }) {
      hasFailed = true
      reportOnStderr(`The log cannot be written: ${message}`)
      onFirstFailure()
    }
  })
  process.once('exit', () => {
    destination.flushSync()
    if (hasFailed && auditFailure === 'stop') process.exitCode = EX_IOERR
  })
  return { destination, failure }
}

/** Not by `process.stderr`: an error of its own would be one that nothing catches. */
function reportOnStderr (text: string): void {
  try {
    writeSync(2, `${text}\n`)
  } catch {
    // There is no other place to report it.
  }
}

/**
 * SIGTERM and SIGINT: every accepted request is answered, then the process ends with 0. An uncaught error ends it
 * with 1. The function that is returned does the same as a signal.
 */
function stopWithGrace (
  log: FastifyBaseLogger,
  config: Config,
  service: Service
): () => void {
  const { drainDelayMs, drainMs } = config
  let isStopping = false
  const onTimeout = () => log.fatal({ drainMs }, 'not everything had ended at the end of the drain time')
  const onSecondError = (err: unknown) => log.fatal({ err }, 'an error was not caught while stopping')
  const onSecondSignal = () => log.warn('stopped at once by a second signal')
  const skip: Array<'beforeExit' | 'SIGHUP'> = readsAgain(config) ? ['beforeExit', 'SIGHUP'] : ['beforeExit']
  const { close } = closeWithGrace(
    { delay: drainDelayMs + drainMs, logger: false, skip, onTimeout, onSecondSignal, onSecondError },
    async ({ signal, err }) => {
      isStopping = true
      if (err !== undefined) log.fatal({ err }, 'stopping: an error was not caught')
      else log.info({ signal }, 'stopping')
      await service.close()
    }
  )
  return () => {
    if (!isStopping) void close()
  }
}
