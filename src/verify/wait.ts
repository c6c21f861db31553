import type { VerifyRequest } from '../../schemas/live.js'
import type { Report } from '../../schemas/verification.js'
import { ServiceError } from '../errors.js'
import { attempts, type AttemptOptions } from './attempts.js'
import type { Judge } from './observation.js'
import type { PolicySource } from './policy-source.js'
import { verify } from './verify.js'

export interface WaitOptions extends Omit<AttemptOptions, 'waitUpToSeconds'> { policySource: PolicySource, requestId?: string, judge?: Judge }

/**
 * Verifies live policies, and where `waitUpTo` asks for it again and again until they pass or time is up. Each
 * attempt reads everything anew, so that the report is of one moment; only the first may be told what is cached.
 */
export async function verifyUntilPass (request: VerifyRequest, { policySource, requestId, judge, ...options }: WaitOptions): Promise<Report> {
  let latest: Report | undefined
  let refusal: unknown
  let made = 0
  for await (const { number, now, signal } of attempts({ ...options, waitUpToSeconds: request.waitUpTo ?? 0 })) {
    made = number
    try {
      latest = await verify(number === 1 ? request : { ...request, maxAgeSeconds: 0 }, { policySource, requestId, judge, now, signal })
    } catch (error) {
      if (!canBeWaitedOut(error, latest !== undefined)) throw error
      refusal = error
    }
    if (latest?.verdict === 'pass') break
  }
  if (latest === undefined) throw refusal
  return { ...latest, reads: { ...latest.reads, attempts: made } }
}

/** An outage passes. Credentials are missing for good, unless AWS has answered before: then that answer stands. */
export function canBeWaitedOut (error: unknown, hasAnswer: boolean): boolean {
  if (!(error instanceof ServiceError)) return false
  return error.code === 'AWS_UNAVAILABLE' || (hasAnswer && error.code === 'AWS_CREDENTIALS_UNAVAILABLE')
}
