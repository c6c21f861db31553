import type { VerifyRequest } from '../../../schemas/live.js'
import type { ReportModel } from '../../formats/report-model.js'
import { isObject } from '../../json/json.js'
import type { PageProblem } from '../engine/answer.js'
import type { AccessNeed } from '../report/outcome.js'

/** What came back of `POST /verify`. */
export type LiveAnswer =
  | { report: ReportModel }
  | { problem: PageProblem; needs?: AccessNeed; retryAfterSeconds?: number }
  | undefined

/**
 * Asks the service to verify what is in AWS now; undefined where nothing came back, or nothing of this service.
 * `token`: of a caller of `AUTH_MODE=jwt`; empty where a gateway, or nothing, identifies the caller.
 */
export async function verifyLive (body: VerifyRequest, token: string, signal: AbortSignal): Promise<LiveAnswer> {
  const response = await fetch('verify', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` })
    },
    body: JSON.stringify(body),
    signal
  })
  return readAnswer(response.status, response.headers, await response.json())
}

/** The answer by its status and body: a report, or a problem with what the service asks for. */
export function readAnswer (status: number, headers: Pick<Headers, 'get'>, body: unknown): LiveAnswer {
  if (status === 200 && isReport(body)) return { report: body }
  if (!isProblem(body)) return undefined
  const needs = accessNeed(status, headers.get('www-authenticate') ?? '')
  const seconds = Number(headers.get('retry-after') ?? NaN)
  return {
    problem: body,
    ...(needs === undefined ? {} : { needs }),
    ...(Number.isNaN(seconds) ? {} : { retryAfterSeconds: seconds })
  }
}

/** What a refusal asks for, by its challenge (RFC 6750 §3). */
function accessNeed (status: number, challenge: string): AccessNeed | undefined {
  if (status !== 401 && status !== 403) return undefined
  const scope = /\bscope="([^"]+)"/.exec(challenge)?.[1]
  if (status === 403 && scope === undefined) return undefined
  return {
    scheme: /^bearer\b/i.test(challenge) ? 'bearer' : 'gateway',
    ...(scope === undefined ? {} : { missingScope: scope })
  }
}

function isReport (body: unknown): body is ReportModel {
  return isObject(body) && typeof body['verdict'] === 'string' && Array.isArray(body['findings'])
}

function isProblem (body: unknown): body is PageProblem {
  return (
    isObject(body) && typeof body['code'] === 'string' && typeof body['title'] === 'string' &&
    typeof body['detail'] === 'string' && Array.isArray(body['errors'])
  )
}
