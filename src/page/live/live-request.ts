import type { PolicyClient } from '../../../client/client.js'
import type { ReportModel } from '../../formats/report-model.js'
import { isObject } from '../../json/json.js'
import type { PageProblem } from '../engine/answer.js'
import type { AccessNeed } from '../report/outcome.js'

/** What came back of a request that has the service read AWS. */
export type LiveAnswer<T> =
  | { body: T }
  | { problem: PageProblem; needs?: AccessNeed; retryAfterSeconds?: number }
  | undefined

/** One call of the typed client; what it says of the answer's type holds only if this service answered. */
export type Send = (
  client: PolicyClient,
  signal: AbortSignal
) => Promise<{ data?: unknown; error?: unknown; response: Response }>

/** Longer than the longest wait and reading together. */
const DEADLINE_MS = 180_000

/**
 * Asks the service for something that is in AWS now; undefined where nothing of this service came back. Rejects where
 * nothing did. `token`: of a caller of `AUTH_MODE=jwt`; empty where a gateway, or nothing, identifies the caller.
 * `read`: what to make of the answer, while the time for the request runs.
 */
export async function requestLive<T> (
  token: string,
  send: Send,
  read: (answer: Awaited<ReturnType<Send>>) => LiveAnswer<T> | Promise<LiveAnswer<T>>
): Promise<LiveAnswer<T>> {
  // Only what sends a request needs the client.
  const { createPolicyClient } = await import('../../../client/client.js')
  const client = createPolicyClient({
    baseUrl: new URL('.', document.baseURI).href,
    headers: token === '' ? {} : { authorization: `Bearer ${token}` }
  })
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), DEADLINE_MS)
  try {
    return await read(await send(client, controller.signal))
  } finally {
    clearTimeout(timer)
  }
}

/** Reads an answer in JSON: what was requested, or a problem. */
export function answerOf<T> (
  isAnswer: (body: unknown) => body is T
): (answer: Awaited<ReturnType<Send>>) => LiveAnswer<T> {
  return ({ data, error, response: { status, headers } }) => readAnswer(status, headers, data ?? error, isAnswer)
}

/** The answer by its status and body: what was requested, or a problem with what the service requires. */
export function readAnswer<T> (
  status: number,
  headers: Pick<Headers, 'get'>,
  body: unknown,
  isAnswer: (body: unknown) => body is T
): LiveAnswer<T> {
  if (status === 200 && isAnswer(body)) return { body }
  if (!isProblem(body)) return undefined
  const needs = accessNeed(status, headers.get('www-authenticate') ?? '')
  const seconds = Number(headers.get('retry-after') ?? NaN)
  return {
    problem: body,
    ...(needs === undefined ? {} : { needs }),
    ...(Number.isNaN(seconds) ? {} : { retryAfterSeconds: seconds })
  }
}

/** What a refusal requires, by its challenge (RFC 6750 §3). */
function accessNeed (status: number, challenge: string): AccessNeed | undefined {
  if (status !== 401 && status !== 403) return undefined
  const scope = /\bscope="([^"]+)"/.exec(challenge)?.[1]
  if (status === 403 && scope === undefined) return undefined
  return {
    scheme: /^bearer\b/i.test(challenge) ? 'bearer' : 'gateway',
    ...(scope === undefined ? {} : { missingScope: scope })
  }
}

export function isReport (body: unknown): body is ReportModel {
  return isObject(body) && typeof body['verdict'] === 'string' && Array.isArray(body['findings'])
}

function isProblem (body: unknown): body is PageProblem {
  return (
    isObject(body) && typeof body['code'] === 'string' && typeof body['title'] === 'string' &&
    typeof body['detail'] === 'string' && Array.isArray(body['errors'])
  )
}
