import { type AccessTable, parseAccessTable } from '../access/access-table.js'
import type { SlotLimits } from '../caller-slots.js'
import { type AssumeRoles, parseAssumeRoles } from './assume-roles.js'
import { type Authentication, authenticationOf, portFaults, tlsFaults } from './authentication.js'
import { type Environment, isHops, readEnvironment } from './environment.js'
import { readTls, type Tls, tlsFilesOf } from './tls.js'

/** How much may be asked for, and when no more is. */
export interface Limits {
  /** Units of one caller: one for a request, more for those that cost more. 0: no limit. */
  unitsPerMinute: number
  redisUrl: string | undefined
  /** What counts while Redis does not answer: each replica for itself, nothing, or requests are refused. */
  withoutRedis: 'memory' | 'allow' | 'refuse'
  /** Above which requests are refused; 0 for never. */
  eventLoopDelayMs: number
  /** Share of the memory that the process may have, above which requests are refused; 0 for never. */
  memoryPercent: number
  /** Live verifications in flight. */
  verifications: SlotLimits
}

/** Units a minute of one caller, with authentication. */
const DEFAULT_RATE_LIMIT = 600

export function limitsOf (values: Environment, { mode }: Authentication): Limits {
  return {
    // Without callers there is nothing to share fairly: every client is on this machine.
    unitsPerMinute: values.RATE_LIMIT ?? (mode === 'none' ? 0 : DEFAULT_RATE_LIMIT),
    redisUrl: values.REDIS_URL,
    withoutRedis: values.RATE_LIMIT_WITHOUT_REDIS,
    eventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
    memoryPercent: values.MAX_MEMORY_PERCENT,
    verifications: slotLimitsOf(values)
  }
}

/** So that two callers leave a slot to a third. */
function slotLimitsOf ({ VERIFY_ACTIVE: active, VERIFY_QUEUE: queue }: Environment): SlotLimits {
  return { active, activePerCaller: Math.max(1, Math.floor(active / 3)), queue }
}

export interface Config {
  host: string
  port: number
  logLevel: string
  /** Whether the process ends, or goes on, when its log cannot be written. */
  auditFailure: 'stop' | 'continue'
  /** Hops or addresses, never `true`: a client could then name its own address. */
  trustProxy: false | number | string
  /** Where clients reach the service, without a slash at the end. */
  publicUrl: string | undefined
  /** The path of `publicUrl`: what a gateway strips before it passes a request on. */
  publicPath: string
  /** Undefined where the service speaks plain HTTP. */
  tls: Tls | undefined
  bodyLimit: number
  /** How long accepted requests may take once the service stops. */
  drainMs: number
  /** How long it still takes new connections before that: the load balancer needs time to notice. */
  drainDelayMs: number
  authentication: Authentication
  /** Who may verify what, and where that is written; undefined where it is nowhere. */
  access: { file: string; table: AccessTable } | undefined
  limits: Limits
  /** Where Prometheus scrapes; undefined where it does not. */
  metrics: { host: string; port: number } | undefined
  /** Whether traces are sent; where to and how is read from the environment by OpenTelemetry itself. */
  traces: boolean
  /** How long one `POST /verify` reads AWS; what has not answered by then is reported as not read. */
  verifyDeadlineMs: number
  aws: {
    timeoutMs: number
    maxAttempts: number
    concurrency: number
    /** By account: the role that reads it in place of the service's own credentials. */
    assumeRoles: AssumeRoles
    /** Whether the policies of organizations are read. */
    organizationPolicies: boolean
    /** Whether single objects are looked at for the key that encrypts them. */
    sampleObjects: boolean
  }
}

/** Every fault of the environment at once. Values are never repeated: they may be secrets put in the wrong place. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor (faults: readonly string[]) {
    super(`invalid configuration: ${faults.join('; ')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** The text of a file; throws where there is none. */
export type ReadText = (path: string) => string

/** Typed configuration out of environment variables; throws a ConfigError with all their faults. */
export function loadConfig (env: Record<string, string | undefined>, readText: ReadText = noFiles): Config {
  // An empty variable is how shells and compose files write "not set".
  const data = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const assumeRoles = parseAssumeRoles(data['ASSUME_ROLES'] ?? '{}')
  const access = readAccess(data['ACCESS_TABLE'], readText)
  const { values, faulty, faults } = readEnvironment(data)
  const asked = authenticationOf(values)
  // What stands in the place of a faulty variable is nothing to hold others against.
  const tls = readTlsFiles(values, readText)
  const between = [...portFaults(values), ...tlsFaults(values), ...asked.faults].filter(({ variables }) =>
    variables.every((name) => !faulty.has(name))
  )
  const isFaulty = faults.length + between.length > 0
  if (isFaulty || 'faults' in assumeRoles || 'faults' in access || 'faults' in tls) {
    throw new ConfigError([
      ...faults,
      ...between.map(({ variables: [name], text }) => `${name} ${text}`),
      ...faultsIn(tls),
      ...faultsIn(access).map((fault) => `ACCESS_TABLE ${fault}`),
      ...faultsIn(assumeRoles).map((fault) => `ASSUME_ROLES ${fault}`)
    ])
  }
  return configOf(values, {
    assumeRoles: assumeRoles.roles,
    access: access.found,
    tls: tls.found,
    authentication: asked.authentication
  })
}

const noFiles: ReadText = () => {
  throw new Error('no file is read here')
}

function faultsIn (outcome: object): string[] {
  return 'faults' in outcome && Array.isArray(outcome.faults) ? outcome.faults : []
}

/** The access table of a file, or what is wrong with it. */
function readAccess (file: string | undefined, readText: ReadText): { found: Config['access'] } | { faults: string[] } {
  if (file === undefined) return { found: undefined }
  let text: string
  try {
    text = readText(file)
  } catch {
    return { faults: ['names a file that cannot be read'] }
  }
  const parsed = parseAccessTable(text)
  return 'faults' in parsed ? parsed : { found: { file, table: parsed.table } }
}

function readTlsFiles (values: Environment, readText: ReadText): { found: Config['tls'] } | { faults: string[] } {
  const files = tlsFilesOf(values)
  if (files === undefined) return { found: undefined }
  const read = readTls(files, readText)
  return 'faults' in read ? read : { found: { files, material: read.material } }
}

function configOf (
  values: Environment,
  parsed: Pick<Config, 'access' | 'tls' | 'authentication'> & { assumeRoles: AssumeRoles }
): Config {
  const { assumeRoles, access, tls, authentication } = parsed
  const publicUrl = values.PUBLIC_URL?.replace(/\/+$/, '')
  return {
    host: hostOf(values.HOST),
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    auditFailure: values.AUDIT_FAILURE,
    trustProxy: trustProxyOf(values.TRUST_PROXY),
    publicUrl,
    publicPath: publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, ''),
    tls,
    bodyLimit: values.BODY_LIMIT,
    drainMs: values.DRAIN_MS,
    drainDelayMs: values.DRAIN_DELAY_MS,
    authentication,
    access,
    limits: limitsOf(values, authentication),
    metrics:
      values.METRICS_PORT === undefined
        ? undefined
        : { host: hostOf(values.METRICS_HOST ?? values.HOST), port: values.METRICS_PORT },
    traces: values.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    verifyDeadlineMs: values.VERIFY_DEADLINE_MS,
    aws: {
      timeoutMs: values.AWS_TIMEOUT_MS,
      maxAttempts: values.AWS_MAX_ATTEMPTS,
      concurrency: values.VERIFY_CONCURRENCY,
      assumeRoles,
      organizationPolicies: values.ORGANIZATION_POLICIES,
      sampleObjects: values.SAMPLE_OBJECTS
    }
  }
}

/**
 * URLs write IPv6 addresses in brackets, sockets do not. `localhost` is one address: for two, Fastify makes two
 * servers, of which one would have neither the limits nor the certificates.
 */
function hostOf (value: string): string {
  return value === 'localhost' ? '127.0.0.1' : value.replace(/^\[|\]$/g, '')
}

function trustProxyOf (value: string | undefined): false | number | string {
  if (value === undefined || value === '0') return false
  return isHops(value) ? Number(value) : value
}
