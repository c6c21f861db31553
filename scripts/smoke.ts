import { Agent } from 'node:http'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { send } from '../reliability/http-client.js'
import { isRecord, OPERATIONS, type Operation } from '../reliability/openapi-document.js'
import { withFakeAws } from '../reliability/production-settings.js'
import { startService } from '../reliability/service.js'
import { startFakeAws } from '../test/fake-aws.js'

/**
 * Starts the built service and calls each operation of openapi.json with each of its examples: the status must be 200
 * or 204 and the body valid for its schema. Loads the page and its files. `--node FILE` runs the service with another Node.js binary than this
 * script.
 */
const {
  values: { node = process.execPath }
} = parseArgs({ options: { node: { type: 'string' } } })

const PATH_PARAMETERS: Readonly<Record<string, string>> = { code: 'INVALID_REQUEST' }
const REQUEST_TIMEOUT_MS = 30_000

interface Call {
  operation: Operation
  path: string
  body: string | undefined
}

function callsOf (operation: Operation): Call[] {
  const path = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = PATH_PARAMETERS[name]
    if (value === undefined) throw new Error(`${operation.path}: no example of the path parameter ${name}`)
    return value
  })
  if (!operation.hasBody) return [{ operation, path, body: undefined }]
  if (operation.examples.length === 0) throw new Error(`${operation.method} ${operation.path}: no example of the body`)
  return operation.examples.map((example) => ({ operation, path, body: JSON.stringify(withShortWait(example)) }))
}

/**
 * The keys and roles of the examples do not exist in the fake AWS, so a report that waits for them would use all of
 * `waitUpTo`.
 */
function withShortWait (example: unknown): unknown {
  return isRecord(example) && example['waitUpTo'] !== undefined ? { ...example, waitUpTo: 1 } : example
}

/** The reason why a response is wrong, or null. */
async function errorIn (port: number, agent: Agent, { operation, path, body }: Call): Promise<string | null> {
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const response = await send(port, { method: operation.method, path, headers, body }, agent, REQUEST_TIMEOUT_MS)
  const {
    status,
    headers: { 'content-type': type = '' },
    body: text
  } = response
  if (status !== 200 && status !== 204) return `status ${status}: ${text.slice(0, 500)}`
  const mediaType = type.split(';')[0] ?? ''
  const violation = operation.faultIn(
    status,
    mediaType,
    mediaType === 'application/json' ? JSON.parse(text) : undefined
  )
  return violation === undefined ? `status ${status} with ${mediaType} is not documented` : violation
}

/** The page and each file that it names, by their status. */
async function pageErrors (port: number, agent: Agent): Promise<string[]> {
  const load = async (path: string): Promise<{ status: number; body: string }> =>
    await send(port, { method: 'GET', path, headers: {}, body: undefined }, agent, REQUEST_TIMEOUT_MS)
  const { status, body } = await load('/')
  const files = [...body.matchAll(/"(assets\/[^"]+)"/g)].map(([, file = '']) => `/${file}`)
  if (status !== 200 || files.length === 0) return [`GET /: status ${status}, ${files.length} files`]
  const answers = await Promise.all(files.map(async (file) => ({ file, status: (await load(file)).status })))
  return answers.filter((answer) => answer.status !== 200).map((answer) => `GET ${answer.file}: status ${answer.status}`)
}

const calls = OPERATIONS.flatMap(callsOf)
const fake = await startFakeAws()
const service = await startService({ node, environment: withFakeAws(fake.url) })
const agent = new Agent({ keepAlive: true })
let failed = 0
try {
  for (const call of calls) {
    const error = await errorIn(service.port, agent, call).catch((reason: unknown) => String(reason))
    if (error === null) continue
    failed++
    console.error(`${call.operation.method} ${call.path}: ${error}`)
  }
  for (const error of await pageErrors(service.port, agent)) {
    failed++
    console.error(error)
  }
} finally {
  agent.destroy()
  const { code } = await service.stop()
  await fake.close()
  if (code !== 0) {
    failed++
    console.error(`the service ended with exit code ${String(code)} after SIGTERM`)
  }
}
console.log(`smoke test on ${node}: ${OPERATIONS.length} operations, ${calls.length} calls, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
