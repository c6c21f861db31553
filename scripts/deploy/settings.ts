import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { record } from '../compatibility/json.js'

/** Read by the libraries of AWS and OpenTelemetry themselves. */
const OF_LIBRARIES = ['AWS_REGION', 'OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG']

const ENVIRONMENT = resolve('src/config/environment.ts')

/** Every environment variable that the service, or a library of it, understands. */
export async function knownSettings (): Promise<Set<string>> {
  return new Set([...OF_LIBRARIES, ...await ownSettings()])
}

async function ownSettings (): Promise<string[]> {
  if (!await exists(ENVIRONMENT)) return [...await settingsInConfig(), ...PLANNED]
  const module: unknown = await import(pathToFileURL(ENVIRONMENT).href)
  const names = Object.keys(record(record(record(module)['Environment'])['properties']))
  if (names.length === 0) throw new Error(`${ENVIRONMENT} exports no schema Environment`)
  return names
}

/** Variables of the schema in `src/config.ts`, and those that it will read as soon as it is `src/config/environment.ts`. */
const settingsInConfig = async (): Promise<string[]> => [...(await readFile('src/config.ts', 'utf8')).matchAll(/^ {2}([A-Z][A-Z0-9_]+): Type/gm)].map(([, name = '']) => name)
const PLANNED = [
  'AUTH_MODE', 'CALLER_HEADER', 'SCOPES_HEADER', 'JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_ALGORITHMS', 'JWT_CLOCK_SKEW_SECONDS', 'ACCESS_TABLE',
  'RATE_LIMIT', 'REDIS_URL', 'RATE_LIMIT_WITHOUT_REDIS', 'VERIFY_ACTIVE', 'VERIFY_QUEUE', 'METRICS_PORT', 'METRICS_HOST', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'DRAIN_DELAY_MS'
]

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)
