import { BlockList, isIP } from 'node:net'
import { Ajv, type ErrorObject } from 'ajv'
import { type Static, Type } from 'typebox'
import { blockHolds, parseAddressBlock } from '../iam/condition/values.js'

/**
 * Signatures that only the holder of a private key can make. A shared secret (HS256) would let every verifier sign,
 * `none` everybody.
 */
export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519'
]

/** What a variable of each format must be, in words. */
export const FORMAT_FAULTS: Record<string, string> = {
  'trusted-proxies':
    'must be a number of hops, or addresses and CIDR blocks divided by commas ' +
    '(never "true", and never everyone together)',
  'public-url': 'must be an absolute http or https URL without query, fragment, credentials or empty path segments',
  'jwks-url': 'must be an https URL (http on a loopback address only)',
  'jwt-algorithms': `must be some of ${JWT_ALGORITHMS.join(', ')}, divided by commas`,
  'header-name': 'must be the name of an HTTP header that has no meaning in HTTP itself',
  'redis-url': 'must be a redis: or rediss: URL'
}

export function addFormats (ajv: Ajv): Ajv {
  return ajv
    .addFormat('trusted-proxies', isTrustedProxies)
    .addFormat('public-url', isPublicUrl)
    .addFormat('jwks-url', isJwksUrl)
    .addFormat(
      'jwt-algorithms',
      (value) => listOf(value).length > 0 && listOf(value).every((name) => JWT_ALGORITHMS.includes(name))
    )
    .addFormat('header-name', isOwnHeader)
    .addFormat('redis-url', (value) => URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol))
}

/**
 * Headers that HTTP, proxies or browsers set or interpret for other reasons than to name a caller. Those in which
 * oauth2-proxy and similar gateways do (`x-forwarded-user`, `-email`, `-preferred-username`, `-groups`) are not among
 * them.
 */
const HTTP_HEADERS = new RegExp(
  `^(${[
    'host',
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
    'content-.*',
    'accept',
    'accept-.*',
    'authorization',
    'proxy-.*',
    'cookie',
    'set-cookie',
    'forwarded',
    'via',
    'x-forwarded-(?!(?:user|email|preferred-username|groups)$).*',
    'x-real-ip',
    'if-.*',
    'range',
    'date',
    'age',
    'origin',
    'referer',
    'user-agent',
    'cache-control',
    'pragma',
    'max-forwards',
    'sec-.*',
    'traceparent',
    'tracestate',
    'x-request-id'
  ].join('|')})$`
)

function isOwnHeader (value: string): boolean {
  return /^[A-Za-z0-9-]{1,64}$/.test(value) && !HTTP_HEADERS.test(value.toLowerCase())
}

/** The items of a list divided by commas. */
export function listOf (value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine reaches the host: a loopback address (RFC 1122, RFC 4291), or `localhost`. */
export function isLoopback (host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  return version === 0 ? address === 'localhost' : loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Hops are a number; anything else that passes the format is addresses. */
export function isHops (proxies: string): boolean {
  return /^\d{1,2}$/.test(proxies)
}

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal']

function isTrustedProxies (value: string): boolean {
  if (isHops(value)) return true
  return (
    value
      .split(',')
      .map((part) => part.trim())
      .every((part) => NAMED_RANGES.includes(part) || isAddressBlock(part)) && !isEveryone(value)
  )
}

/** Whether the blocks together are all addresses of a family. Two blocks are disjoint, or one holds the other. */
function isEveryone (value: string): boolean {
  const blocks = listOf(value).flatMap((part) => parseAddressBlock(part) ?? [])
  const outermost = blocks.filter(
    (block, i) =>
      !blocks.some(
        (other, j) =>
          i !== j &&
          blockHolds(other, block.address) &&
          (other.prefix < block.prefix || (other.prefix === block.prefix && j < i))
      )
  )
  const share = (bytes: number): number =>
    outermost.filter(({ address }) => address.length === bytes).reduce((sum, { prefix }) => sum + 2 ** -prefix, 0)
  return share(4) >= 1 || share(16) >= 1
}

function isAddressBlock (part: string): boolean {
  const [address = '', prefix, ...rest] = part.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  // A prefix of 0 would be everybody.
  return (
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128))
  )
}

function isPublicUrl (value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, pathname, search, hash, username, password } = new URL(value)
  return /^https?:$/.test(protocol) && !pathname.includes('//') && search + hash + username + password === ''
}

/** Keys that can be changed on their way allow tokens to be forged for any caller. */
function isJwksUrl (value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname, username, password } = new URL(value)
  return username + password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)))
}

const words = <T extends string>(...values: [T, ...T[]]) =>
  Type.Unsafe<T>({ type: 'string', enum: values, default: values[0] })
const text = (format: string) => Type.Optional(Type.String({ format }))

/**
 * Every variable that the service reads itself, with its default. What the AWS and OpenTelemetry libraries read by
 * themselves is not theirs to repeat.
 */
export const Environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 3000 }),
  LOG_LEVEL: Type.Unsafe<string>({
    type: 'string',
    enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info'
  }),
  AUDIT_FAILURE: words('stop', 'continue'),
  TRUST_PROXY: text('trusted-proxies'),
  PUBLIC_URL: text('public-url'),
  BODY_LIMIT: Type.Integer({ minimum: 1024, maximum: 16 * 1024 * 1024, default: 1024 * 1024 }),
  DRAIN_MS: Type.Integer({ minimum: 100, maximum: 300_000, default: 10_000 }),
  TLS_CERT_FILE: Type.Optional(Type.String()),
  TLS_KEY_FILE: Type.Optional(Type.String()),
  TLS_CLIENT_CA_FILE: Type.Optional(Type.String()),
  DRAIN_DELAY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 0 }),

  AUTH_MODE: words('none', 'gateway', 'jwt'),
  CALLER_HEADER: Type.String({ format: 'header-name', default: 'x-caller' }),
  SCOPES_HEADER: Type.String({ format: 'header-name', default: 'x-scopes' }),
  JWT_JWKS_URL: text('jwks-url'),
  JWT_ISSUER: Type.Optional(Type.String()),
  JWT_AUDIENCE: Type.Optional(Type.String()),
  JWT_ALGORITHMS: Type.String({ format: 'jwt-algorithms', default: 'RS256,PS256,ES256,EdDSA' }),
  JWT_CLOCK_SKEW_SECONDS: Type.Integer({ minimum: 0, maximum: 300, default: 30 }),
  JWT_MAX_LIFETIME_SECONDS: Type.Integer({ minimum: 60, maximum: 31_536_000, default: 86_400 }),
  JWT_CLIENT_PREFIX: Type.Boolean({ default: false }),
  JWT_ACCEPT_BOUND_TOKENS: Type.Boolean({ default: false }),
  ACCESS_TABLE: Type.Optional(Type.String()),

  RATE_LIMIT: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000 })),
  REDIS_URL: text('redis-url'),
  RATE_LIMIT_WITHOUT_REDIS: words('memory', 'allow', 'refuse'),
  MAX_EVENT_LOOP_DELAY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 1_000 }),
  MAX_MEMORY_PERCENT: Type.Integer({ minimum: 0, maximum: 100, default: 90 }),
  VERIFY_ACTIVE: Type.Integer({ minimum: 1, maximum: 10_000, default: 64 }),
  VERIFY_QUEUE: Type.Integer({ minimum: 0, maximum: 10_000, default: 128 }),

  METRICS_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
  METRICS_HOST: Type.Optional(Type.String()),
  OTEL_EXPORTER_OTLP_ENDPOINT: text('public-url'),

  // The SDK reads it by itself; what is no URL would only be noticed by every call that fails.
  AWS_ENDPOINT_URL: text('public-url'),
  AWS_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 60_000, default: 5_000 }),
  AWS_MAX_ATTEMPTS: Type.Integer({ minimum: 1, maximum: 10, default: 3 }),
  VERIFY_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 64, default: 8 }),
  VERIFY_DEADLINE_MS: Type.Integer({ minimum: 1_000, maximum: 300_000, default: 25_000 }),
  ASSUME_ROLES: Type.Optional(Type.String()),
  ORGANIZATION_POLICIES: Type.Boolean({ default: false }),
  SAMPLE_OBJECTS: Type.Boolean({ default: false })
})
export type Environment = Static<typeof Environment>

/** What could be read of the environment, and what is wrong with the rest: variables by name, faults in words. */
export interface ReadEnvironment {
  values: Environment
  faulty: ReadonlySet<string>
  faults: readonly string[]
}

/**
 * The environment, typed and with its defaults, which stand for faulty variables, too; values are not repeated in
 * faults.
 */
export function readEnvironment (data: Record<string, string | undefined>): ReadEnvironment {
  // What is not ours is left out, texts become what they stand for, and defaults are put in.
  const ajv = new Ajv({
    allErrors: true,
    removeAdditional: 'all',
    useDefaults: true,
    coerceTypes: true,
    allowUnionTypes: true,
    meta: false,
    validateSchema: false,
    code: { optimize: false }
  })
  const isEnvironment = addFormats(ajv).compile<Environment>(Environment)
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, decimal(name, value)])
  )
  if (isEnvironment(values)) return { values, faulty: new Set(), faults: [] }
  const errors = isEnvironment.errors ?? []
  const faulty = new Set(errors.map(variableOf))
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !faulty.has(name)))
  return { values: readEnvironment(rest).values, faulty, faults: faultsOf(errors) }
}

const INTEGERS = new Set(
  Object.entries(Environment.properties).flatMap(([name, schema]) =>
    'type' in schema && schema.type === 'integer' ? [name] : []
  )
)

/** Text that the coercion would accept as an integer, but that is not one in decimal digits (`1e3`, `0x10`, ` 1`). */
function decimal (name: string, value: string | undefined): string | undefined {
  return value === undefined || !INTEGERS.has(name) || /^-?\d+$/.test(value) ? value : 'no integer'
}

function variableOf ({ instancePath }: ErrorObject): string {
  return instancePath.slice(1)
}

function faultsOf (errors: readonly ErrorObject[]): string[] {
  return errors.map((error) => {
    const { keyword, message, params } = error
    const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : ''
    const text = keyword === 'format' ? FORMAT_FAULTS[params.format] : `${message}${allowed}`
    return `${variableOf(error)} ${text}`
  })
}
