import type { ReportModel } from '../../formats/report-model.js'
import { isObject } from '../../json/json.js'
import type { PageProblem } from '../engine/answer.js'
import type { AccessNeed } from '../report/outcome.js'

/** What came back of a request that has the service read AWS. */
export type LiveAnswer<T> =
  | { body: T }
  | { problem: PageProblem; needs?: AccessNeed; retryAfterSeconds?: number }
  | undefined

/** Longer than the longest wait and reading together. */
const DEADLINE_MS = 180_000

/**
 * Asks the service for something that is in AWS now; undefined where nothing of this service came back. Rejects where
 * nothing did. `token`: of a caller of `AUTH_MODE=jwt`; empty where a gateway, or nothing, identifies the caller.
 */
export async function requestLive<T> (
  path: 'verify' | 'explain',
  body: object,
  isAnswer: (body: unknown) => body is T,
  token: string
): Promise<LiveAnswer<T>> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), DEADLINE_MS)
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` })
      },
      body: JSON.stringify(body),
      signal: controller.signal
    })
    return readAnswer(response.status, response.headers, await response.json(), isAnswer)
  } finally {
    clearTimeout(timer)
  }
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
