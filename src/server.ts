import process from 'node:process'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'
import { buildApp } from './app.js'
import { ConfigError, loadConfig, type Config } from './config.js'
import { lazyPolicySource } from './lazy-policy-source.js'
import { loggerOptions } from './logger-options.js'

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78

const config = readConfig()
if (config === undefined) process.exitCode = EX_CONFIG
else await serve(config)

function readConfig (): Config | undefined {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`The configuration is not valid:\n${error.faults.map((fault) => `  ${fault}\n`).join('')}`)
    return undefined
  }
}

async function serve (config: Config): Promise<void> {
  const policySource = lazyPolicySource(async () => {
    const { createPolicySource } = await import('./aws/policy-source.js')
    return createPolicySource(config.aws)
  }, config.aws)
  const app = await buildApp({ config, policySource, logger: loggerOptions(config.logLevel) })
  stopWithGrace(app.log, config.drainMs, async () => {
    await app.close()
    policySource.close()
  })
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (err) {
    app.log.fatal({ err }, 'could not listen')
    process.exitCode = 1
    await app.close()
  }
}

/** SIGTERM and SIGINT: every accepted request is answered, then the process ends with 0. What nobody caught ends it with 1. */
function stopWithGrace (log: FastifyBaseLogger, drainMs: number, close: () => Promise<void>): void {
  const onTimeout = () => log.fatal({ drainMs }, 'requests were still open at the end of the drain time')
  const onSecondSignal = () => log.warn('stopped at once by a second signal')
  closeWithGrace({ delay: drainMs, logger: false, skip: ['beforeExit'], onTimeout, onSecondSignal }, async ({ signal, err }) => {
    if (err !== undefined) log.fatal({ err }, 'stopping: an error was not caught')
    else log.info({ signal }, 'stopping')
    await close()
  })
}
