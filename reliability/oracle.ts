import { ERRORS, isErrorCode } from '../src/errors.js'
import { at, faultInProblem, operationAt } from './openapi-document.js'
import type { Answer, Sent } from './http-client.js'

const SLOWEST_MS = 2_000
/** What stands before every operation may refuse any request, whether or not it would have reached one. */
const ANYWHERE = new Set([400, 401, 403, 404, 405, 408, 413, 417, 429, 431])
/** Outside the API document: the page and its files, and the pages of Swagger UI. */
const isPage = (path: string): boolean => path === '/' || path === '/docs' || /^\/(?:docs|assets)\//.test(path)

/** What an answer breaks of what is promised of every answer. */
export function faultsOf (sent: Sent, answer: Answer): string[] {
  const path = sent.path.split(/[?#]/, 1)[0] ?? ''
  const mediaType = String(answer.headers['content-type'] ?? '').split(';', 1)[0] ?? ''
  const faults = [
    ...(answer.status >= 500 ? [`status ${answer.status}`] : []),
    ...(answer.ms > SLOWEST_MS ? [`took ${Math.round(answer.ms)} ms`] : []),
    ...(answer.headers['x-request-id'] === undefined ? ['no X-Request-Id'] : [])
  ]
  if (isPage(path)) return faults
  if (answer.status >= 400 && sent.method !== 'HEAD') faults.push(...problemFaults(answer, mediaType))
  return [...faults, ...documentationFaults(sent, path, answer, mediaType)]
}

function documentationFaults (sent: Sent, path: string, answer: Answer, mediaType: string): string[] {
  const operation = operationAt(sent.method, path)
  const { status } = answer
  if (operation === undefined)
    return ANYWHERE.has(status) || status === 204 || status === 406 || status === 415
      ? []
      : [`${status} where no operation is documented`]
  if (status === 304) return []
  if (sent.method === 'HEAD') return answer.body === '' ? [] : ['an answer to HEAD has a body']
  const fault = operation.faultIn(
    status,
    status === 204 ? '' : mediaType,
    mediaType.endsWith('json') ? parsed(answer.body) : answer.body
  )
  if (fault === undefined)
    return ANYWHERE.has(status)
      ? []
      : [`${status} ${mediaType} is not documented for ${operation.method} ${operation.path}`]
  return fault === null ? [] : [`the answer does not fit its schema: ${fault}`]
}

function problemFaults ({ status, headers, body }: Answer, mediaType: string): string[] {
  if (mediaType !== 'application/problem+json') return [`${status} as ${mediaType}`]
  const problem = parsed(body)
  const code = String(at(problem, 'code'))
  return [
    ...[faultInProblem(problem) ?? []].flat(),
    ...(isErrorCode(code) && String(at(problem, 'type')).endsWith(`/problems/${code}`)
      ? []
      : [`type and code ${code} do not belong together`]),
    ...(at(problem, 'status') === status ? [] : ['the status of the problem is another']),
    ...(isErrorCode(code) && (ERRORS[code].status === status || code === 'AWS_UNAVAILABLE')
      ? []
      : [`${code} with status ${status}`]),
    ...(at(problem, 'instance') === headers['x-request-id'] ? [] : ['instance is not the request id'])
  ]
}

export function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
