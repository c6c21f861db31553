import { readFileSync } from 'node:fs'
import process from 'node:process'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { type Config, ConfigError, loadConfig } from './config/config.js'
import { type Service, startService } from './service.js'
import { createLogDestination, loggerOptions } from './telemetry/logger.js'

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78

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
  const destination = createLogDestination(({ message }) => {
    process.stderr.write(`The log cannot be written: ${message}\n`)
  })
  const log = pino(loggerOptions(config.logLevel), destination)
  const memoryBytes = process.constrainedMemory()
  const service = await startService(config, {
    log,
    memoryBytes: memoryBytes < Number.MAX_SAFE_INTEGER ? memoryBytes : 0
  })
  if (config.access !== undefined) process.on('SIGHUP', service.reload)
  stopWithGrace(log, config, service)
  try {
    await service.listen()
  } catch (err) {
    log.fatal({ err }, 'could not listen')
    process.exitCode = 1
    await service.close()
  }
}

/**
 * SIGTERM and SIGINT: every accepted request is answered, then the process ends with 0. An uncaught error ends it
 * with 1.
 */
function stopWithGrace (log: FastifyBaseLogger, { drainDelayMs, drainMs, access }: Config, service: Service): void {
  const onTimeout = () => log.fatal({ drainMs }, 'not everything had ended at the end of the drain time')
  const onSecondError = (err: unknown) => log.fatal({ err }, 'an error was not caught while stopping')
  const onSecondSignal = () => log.warn('stopped at once by a second signal')
  // SIGHUP reads the access table again, where there is one.
  const skip: Array<'beforeExit' | 'SIGHUP'> = access === undefined ? ['beforeExit'] : ['beforeExit', 'SIGHUP']
  closeWithGrace(
    { delay: drainDelayMs + drainMs, logger: false, skip, onTimeout, onSecondSignal, onSecondError },
    async ({ signal, err }) => {
      if (err !== undefined) log.fatal({ err }, 'stopping: an error was not caught')
      else log.info({ signal }, 'stopping')
      await service.close()
    }
  )
}
