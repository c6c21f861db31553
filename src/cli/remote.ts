import process from 'node:process'
import type { Report } from '../../schemas/verification.js'
import { anySignalWithTimeout } from '../abort.js'
import { isObject } from '../json/json.js'
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
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...authorization(service) }
  const timeout = anySignalWithTimeout([], timeoutMs)
  const { response, text } = await send(address, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    // A redirect could lead the token elsewhere.
    redirect: 'error',
    signal: timeout.signal
  }).finally(timeout.release)
  const answer = parsed(text)
  if (response.ok && isReport(answer)) return answer
  throw problemOf(address, response.status, answer)
}

async function send (address: URL, options: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(address, options)
    return { response, text: await response.text() }
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
