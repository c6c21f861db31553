import type { VerifyRequest } from '../../schemas/live.js'
import type { Report } from '../../schemas/verification.js'
import { resolveUsage } from '../personalize/resolve-usage.js'
import { judgeAtOnce, type Judge } from './observation.js'
import { readTimes } from './read-times.js'
import { refusalOf, startReads, type ReadOptions } from './reads.js'

/** `now` is when AWS is asked, and what `aws:CurrentTime` is taken to be. */
export type VerifyOptions = Omit<ReadOptions, 'maxAgeSeconds'> & { now: Date, judge?: Judge | undefined }

/**
 * Reads the live key and role policies of a usage once and reports on them.
 * Throws AWS_CREDENTIALS_UNAVAILABLE or AWS_UNAVAILABLE where nothing at all could be read.
 */
export async function verify ({ usage: asked, maxAgeSeconds }: VerifyRequest, { now, judge = judgeAtOnce, ...options }: VerifyOptions): Promise<Report> {
  const usage = resolveUsage(asked, { keys: 'keyOrAliasArns', pointer: '/usage' })
  const reads = startReads(usage, { ...options, maxAgeSeconds })
  const accountsOf = (names: ReadonlyArray<{ accountId: string }>): string[] => [...new Set(names.map(({ accountId }) => accountId))]
  const [keys, roles, organizations] = await Promise.all([
    Promise.all(reads.keys),
    Promise.all(reads.roles),
    reads.organizations({ keys: accountsOf(usage.keys), roles: accountsOf(usage.roles) })
  ])
  const refusal = refusalOf(keys, roles)
  if (refusal !== undefined) throw refusal
  const report = await judge({ usage, keys, roles, organizations, now })
  return { ...report, ...readTimes(now, 1, reads.cached()) }
}
