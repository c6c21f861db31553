import { setTimeout } from 'node:timers/promises'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { type AccessTable, type AccessTableFile, watchAccessTable } from './access/access-table.js'
import { type Authenticate, gatewayAuthentication } from './access/gateway.js'
import { buildApp } from './app.js'
import { lazyJobSource } from './aws/lazy-job-source.js'
import { lazyPolicySource, type LivePolicySource, loadSdk } from './aws/lazy-policy-source.js'
import type { LiveJobSource } from './aws/personalize.js'
import { createCallerSlots } from './caller-slots.js'
import type { Config } from './config/config.js'
import { type TlsFileWatch, watchTls } from './http/tls.js'
import type { MetricsServer } from './telemetry/metrics-server.js'
import { noopObserver, type Observer } from './telemetry/observer.js'
import type { Metrics } from './telemetry/prometheus.js'

/** The service with all that it needs around it, of which only what is configured is loaded at all. */
export interface Service {
  listen(): Promise<void>
  /** Reads again what may change while the service runs. */
  reload(): void
  /** Answers what was accepted, then ends everything. */
  close(): Promise<void>
}

export interface Surroundings {
  log: FastifyBaseLogger
  /** Whether log lines, and so the audit trail, cannot be written now. */
  isLogFailing: () => boolean
  memoryBytes: number
  /** How many connections may be open at a time; undefined without a limit. */
  maxConnections: number | undefined
}

/** A collector that does not answer must not keep the process. */
const LAST_TRACES_MS = 1_500

export async function startService (config: Config, surroundings: Surroundings): Promise<Service> {
  const { log } = surroundings
  const draining = { begun: false }
  const traces = config.traces ? (await import('./telemetry/traces.js')).beginTraces() : undefined
  const metrics = config.metrics === undefined ? undefined : (await import('./telemetry/prometheus.js')).createMetrics()
  const redis = await redisOf(config, log)
  const table = accessTableOf(config, log)
  const observer = metrics?.observer ?? noopObserver
  const sources = liveSources(config, observer)
  const slots = createCallerSlots(config.limits.verifications)
  metrics?.watchLoad(slots.load)
  const authenticate = await authenticateBy(config, log)
  const app = await buildApp({
    config,
    ...surroundings,
    ...sources.read,
    observer,
    watch: traces?.watch,
    authenticate,
    accessTable: (): AccessTable | undefined => table?.current(),
    slots,
    redis,
    draining
  })
  const tls = tlsOf(config, app, log)
  let metricsServer: MetricsServer | undefined
  return {
    async listen () {
      metricsServer = await listenForMetrics(config, metrics)
      await app.listen({ host: config.host, port: config.port })
    },
    reload: () => {
      table?.reload()
      tls?.reload()
    },
    async close () {
      draining.begun = true
      if (app.server.listening) await setTimeout(config.drainDelayMs)
      await app.close()
      sources.close()
      table?.close()
      tls?.close()
      redis?.disconnect()
      await Promise.allSettled([
        metricsServer?.close(),
        Promise.race([traces?.close(), setTimeout(LAST_TRACES_MS, undefined, { ref: false })])
      ])
    }
  }
}

/** What is read of AWS. */
function liveSources (config: Config, observer: Observer) {
  const [policySource, jobSource] = [livePolicySource(config, observer), liveJobSource(config, observer)]
  return {
    read: { policySource, jobSource },
    close: () => {
      policySource.close()
      jobSource.close()
    }
  }
}

function livePolicySource ({ aws }: Config, observer: Observer): LivePolicySource {
  return lazyPolicySource(async () => {
    await loadSdk()
    const { createPolicySource } = await import('./aws/policy-source.js')
    return createPolicySource({ ...aws, observer })
  }, aws)
}

function liveJobSource ({ aws }: Config, observer: Observer): LiveJobSource {
  const clock = {
    now: () => performance.now(),
    pause: async (ms: number, signal: AbortSignal) => {
      await setTimeout(ms, undefined, { signal })
    }
  }
  return lazyJobSource(async () => {
    const { createJobSource } = await import('./aws/personalize.js')
    return createJobSource({ ...aws, observer }, clock)
  })
}

async function authenticateBy ({ authentication }: Config, log: FastifyBaseLogger): Promise<Authenticate | undefined> {
  switch (authentication.mode) {
    case 'none':
      return undefined
    case 'gateway':
      return gatewayAuthentication(authentication)
    case 'jwt':
      return (await import('./access/jwt.js')).verifyTokens(authentication, (err) => {
        if (err === undefined) log.info('the keys of tokens were fetched again')
        else log.warn({ err }, 'the keys of tokens cannot be fetched again; the last ones are used for up to an hour')
      })
  }
}

/** A lost Redis is logged once, not at every attempt to reconnect. */
async function redisOf (
  { limits: { redisUrl, unitsPerMinute } }: Config,
  log: FastifyBaseLogger
): Promise<Redis | undefined> {
  if (redisUrl === undefined || unitsPerMinute === 0) return undefined
  const { connectRedis } = await import('./http/limits/redis-connection.js')
  let isDown = false
  const redis = connectRedis(redisUrl, (err) => {
    if (!isDown) log.error({ err }, 'Redis does not answer')
    isDown = true
  })
  redis.on('ready', () => {
    isDown = false
  })
  return redis
}

function accessTableOf ({ access, authentication }: Config, log: FastifyBaseLogger): AccessTableFile | undefined {
  if (authentication.mode !== 'none' && access === undefined)
    log.warn('there is no ACCESS_TABLE: no caller may verify live policies')
  if (access === undefined) return undefined
  return watchAccessTable(access, (faults) => {
    if (faults.length === 0) log.info('the access table was read again')
    else log.error({ faults }, 'the access table is faulty; the last good one holds')
  })
}

function tlsOf ({ tls }: Config, { server }: FastifyInstance, log: FastifyBaseLogger): TlsFileWatch | undefined {
  if (tls === undefined) return undefined
  return watchTls(server, tls, (faults) => {
    if (faults.length === 0) log.info('the certificates of TLS were read again')
    else log.error({ faults }, 'the certificates of TLS are faulty; the last good ones hold')
  })
}

async function listenForMetrics (
  { metrics: address }: Config,
  metrics: Metrics | undefined
): Promise<MetricsServer | undefined> {
  if (address === undefined || metrics === undefined) return undefined
  return await (await import('./telemetry/metrics-server.js')).serveMetrics(metrics, address)
}
