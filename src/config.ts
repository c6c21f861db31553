import { isIP } from 'node:net'
import { envSchema } from 'env-schema'
import { Type, type Static } from 'typebox'
import { parseAssumeRoles, type AssumeRoles } from './assume-roles.js'

const Environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 3000 }),
  LOG_LEVEL: Type.Unsafe<string>({ type: 'string', enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], default: 'info' }),
  TRUST_PROXY: Type.Optional(Type.String({ format: 'trusted-proxies' })),
  PUBLIC_URL: Type.Optional(Type.String({ format: 'public-url' })),
  // The SDK reads it by itself; what is no URL would only be noticed by every call that fails.
  AWS_ENDPOINT_URL: Type.Optional(Type.String({ format: 'public-url' })),
  BODY_LIMIT: Type.Integer({ minimum: 1024, maximum: 16 * 1024 * 1024, default: 1024 * 1024 }),
  DRAIN_MS: Type.Integer({ minimum: 100, maximum: 300_000, default: 10_000 }),
  AWS_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 60_000, default: 5_000 }),
  AWS_MAX_ATTEMPTS: Type.Integer({ minimum: 1, maximum: 10, default: 3 }),
  VERIFY_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 64, default: 8 }),
  VERIFY_DEADLINE_MS: Type.Integer({ minimum: 1_000, maximum: 300_000, default: 25_000 }),
  ASSUME_ROLES: Type.Optional(Type.String()),
  ORGANIZATION_POLICIES: Type.Boolean({ default: false })
})

export interface Config {
  host: string
  port: number
  logLevel: string
  /** Hops or addresses, never `true`: a client could then name its own address. */
  trustProxy: false | number | string
  /** Where clients reach the service, without a slash at the end. */
  publicUrl: string | undefined
  /** The path of `publicUrl`: what a gateway strips before it passes a request on. */
  publicPath: string
  bodyLimit: number
  drainMs: number
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

export function loadConfig (env: Record<string, string | undefined>): Config {
  const { values, assumeRoles } = readEnvironment(env)
  const publicUrl = values.PUBLIC_URL?.replace(/\/+$/, '')
  return {
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    trustProxy: trustProxyOf(values.TRUST_PROXY),
    publicUrl,
    publicPath: publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, ''),
    bodyLimit: values.BODY_LIMIT,
    drainMs: values.DRAIN_MS,
    verifyDeadlineMs: values.VERIFY_DEADLINE_MS,
    aws: {
      timeoutMs: values.AWS_TIMEOUT_MS,
      maxAttempts: values.AWS_MAX_ATTEMPTS,
      concurrency: values.VERIFY_CONCURRENCY,
      assumeRoles,
      organizationPolicies: values.ORGANIZATION_POLICIES
    }
  }
}

function readEnvironment (env: Record<string, string | undefined>): { values: Static<typeof Environment>, assumeRoles: AssumeRoles } {
  // An empty variable is how shells and compose files write "not set".
  const data = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const assumeRoles = parseAssumeRoles(data['ASSUME_ROLES'] ?? '{}')
  const faults = 'faults' in assumeRoles ? assumeRoles.faults.map((fault) => `ASSUME_ROLES ${fault}`) : []
  const values = validated(data)
  if ('faults' in values) throw new ConfigError([...values.faults, ...faults])
  if ('faults' in assumeRoles) throw new ConfigError(faults)
  return { values, assumeRoles: assumeRoles.roles }
}

function validated (data: Record<string, string | undefined>): Static<typeof Environment> | { faults: string[] } {
  try {
    return envSchema<Static<typeof Environment>>({
      schema: Environment,
      data,
      env: false,
      ajv: {
        customOptions: (ajv) => ajv
          .addFormat('trusted-proxies', isTrustedProxies)
          .addFormat('public-url', isPublicUrl)
      }
    })
  } catch (error) {
    return { faults: faultsOf(error) }
  }
}

const FORMAT_FAULTS: Record<string, string> = {
  'trusted-proxies': 'must be a number of hops, or addresses and CIDR blocks divided by commas (never "true")',
  'public-url': 'must be an absolute http or https URL without query, fragment or credentials'
}

function faultsOf (error: unknown): string[] {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) throw error
  return error.errors.map(({ instancePath, keyword, message, params }) => {
    const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : ''
    const text = keyword === 'format' ? FORMAT_FAULTS[params.format] : `${message}${allowed}`
    return `${instancePath.slice(1)} ${text}`
  })
}

function trustProxyOf (value: string | undefined): false | number | string {
  if (value === undefined || value === '0') return false
  return /^\d+$/.test(value) ? Number(value) : value
}

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal']

function isTrustedProxies (value: string): boolean {
  if (/^\d{1,2}$/.test(value)) return true
  return value.split(',').map((part) => part.trim()).every((part) => NAMED_RANGES.includes(part) || isAddressBlock(part))
}

function isAddressBlock (part: string): boolean {
  const [address = '', prefix, ...rest] = part.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

function isPublicUrl (value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, search, hash, username, password } = new URL(value)
  return /^https?:$/.test(protocol) && search + hash + username + password === ''
}
