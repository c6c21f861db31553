import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { record } from '../compatibility/json.js'

/** Read by the libraries of AWS and OpenTelemetry themselves. */
const OF_LIBRARIES = [
  'AWS_REGION',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG'
]

const ENVIRONMENT = resolve('src/config/environment.ts')

/** Every environment variable that the service, or a library of it, understands. */
export async function knownSettings (): Promise<Set<string>> {
  return new Set([...OF_LIBRARIES, ...(await ownSettings())])
}

async function ownSettings (): Promise<string[]> {
  const module: unknown = await import(pathToFileURL(ENVIRONMENT).href)
  const names = Object.keys(record(record(record(module)['Environment'])['properties']))
  if (names.length === 0) throw new Error(`${ENVIRONMENT} exports no schema Environment`)
  return names
}
