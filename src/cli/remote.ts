import process from 'node:process'
import type { Report } from '../../schemas/verification.js'
import { anySignalWithTimeout } from '../abort.js'
import { isObject, type JsonObject } from '../json/json.js'
import { readLines } from '../json/lines.js'
import { CommandError, EXIT } from './exit.js'
import { reasonOf } from './input.js'

/** The address of a running service, from the option or the environment; undefined where neither names one. */
export function serviceUrl ({ url = process.env['PERSONALIZE_KMS_URL'] }: { url?: string }): URL | undefined {
  if (url === undefined || url === '') return undefined
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CommandError('the address of the service must be an http or https URL')
  const address = new URL(url.endsWith('/') ? url : `${url}/`)
  if (address.username !== '' || address.password !== '')
    throw new CommandError('the address of the service must not contain credentials; use PERSONALIZE_KMS_TOKEN')
  return address
}

/** A token is never sent in the clear, but for a service on this machine. */
function authorization (service: URL): Record<string, string> {
  const token = process.env['PERSONALIZE_KMS_TOKEN']
  if (token === undefined || token === '') return {}
  // The error of the header would print it.
  if (!/^[\x21-\x7E]+$/.test(token))
    throw new CommandError('PERSONALIZE_KMS_TOKEN contains a character that no token has, such as a line break')
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(service.hostname)
  if (service.protocol !== 'https:' && !isLocal)
    throw new CommandError('PERSONALIZE_KMS_TOKEN is sent over https only, or to a loopback address')
  return { authorization: `Bearer ${token}` }
}

/** Sends a request to a running service and returns its report. Its refusal is an error with the faults. */
export async function requestReport (service: URL, path: string, body: object, timeoutMs: number): Promise<Report> {
  const address = new URL(path, service)
  const timeout = anySignalWithTimeout([], timeoutMs)
  try {
    const options = posted(service, body, 'application/json', timeout.signal)
    const { status, ok, text } = await answered(address, async () => {
      const response = await fetch(address, options)
      return { status: response.status, ok: response.ok, text: await response.text() }
    })
    const answer = parsed(text)
    if (ok && isReport(answer)) return answer
    throw problemOf(address, status, answer)
  } finally {
    timeout.release()
  }
}

/** The lines of a streamed answer as they come. A refusal, before or among them, is an error with the faults. */
export async function* requestLines (
  service: URL,
  path: string,
  body: object,
  timeoutMs: number
): AsyncGenerator<JsonObject> {
  const address = new URL(path, service)
  const timeout = anySignalWithTimeout([], timeoutMs)
  try {
    const options = posted(service, body, 'application/x-ndjson', timeout.signal)
    const response = await answered(address, async () => await fetch(address, options))
    if (!response.ok || response.body === null)
      throw problemOf(address, response.status, parsed(await answered(address, async () => await response.text())))
    const lines = readLines(response.body)
    for (;;) {
      const { done, value } = await answered(address, async () => await lines.next())
      if (done === true) return
      yield lineOf(value, address, response.status)
    }
  } finally {
    timeout.release()
  }
}

function lineOf (text: string, address: URL, status: number): JsonObject {
  const line = parsed(text)
  if (isObject(line) && line['type'] !== 'problem') return line
  throw problemOf(address, status, isObject(line) ? line['problem'] : undefined)
}

function posted (service: URL, body: object, accept: string, signal: AbortSignal): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...authorization(service) },
    body: JSON.stringify(body),
    // A redirect could lead the token elsewhere.
    redirect: 'error',
    signal
  }
}

/** What comes of the service; that nothing comes is an error that says why. */
async function answered<T> (address: URL, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new CommandError(`the service at ${address.origin} does not answer: ${reasonOf(cause)}`)
  }
}

function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isReport (value: unknown): value is Report {
  return (
    isObject(value) &&
    typeof value['verdict'] === 'string' &&
    Object.hasOwn(EXIT, value['verdict']) &&
    ['verdicts', 'summary'].every((name) => isObject(value[name])) &&
    ['findings', 'checks', 'notEvaluated'].every((name) => Array.isArray(value[name]))
  )
}

function problemOf (address: URL, status: number, problem: unknown): CommandError {
  if (!isObject(problem) || typeof problem['code'] !== 'string')
    return new CommandError(`${address.href} answered ${status}, and neither a report nor a problem document`)
  const { code, detail, title, errors } = problem
  const faults = (Array.isArray(errors) ? errors : []).filter(isObject)
  return new CommandError(`${String(detail ?? title)} (HTTP ${status})`, {
    code,
    faults: faults.map(({ pointer, detail }) => ({ pointer: String(pointer), detail: String(detail) }))
  })
}
