import type { VerifyRequest } from '../../schemas/live.js'
import type { Report } from '../../schemas/verification.js'
import { resolveUsage } from '../personalize/resolve-usage.js'
import { grouped } from '../policies/grouped.js'
import { readTimes } from './read-times.js'
import { evidenceOfKey, evidenceOfRole, refusalOf, startReads, type ReadOptions } from './reads.js'
import { reportOn } from './report.js'

/** `now` is when AWS is asked, and what `aws:CurrentTime` is taken to be. */
export type VerifyOptions = Omit<ReadOptions, 'maxAgeSeconds'>

/**
 * Reads the live key and role policies of a usage once and reports on them.
 * Throws AWS_CREDENTIALS_UNAVAILABLE or AWS_UNAVAILABLE where nothing at all could be read.
 */
export async function verify ({ usage: asked, maxAgeSeconds }: VerifyRequest, options: VerifyOptions): Promise<Report> {
  const usage = resolveUsage(asked, { keys: 'keyOrAliasArns', pointer: '/usage' })
  const reads = startReads(usage, { ...options, maxAgeSeconds })
  const accountsOf = (names: ReadonlyArray<{ accountId: string }>): string[] => [...new Set(names.map(({ accountId }) => accountId))]
  const [keys, roles, around] = await Promise.all([
    Promise.all(reads.keys),
    Promise.all(reads.roles),
    reads.around({ keys: accountsOf(usage.keys), roles: accountsOf(usage.roles) })
  ])
  const refusal = refusalOf(keys, roles)
  if (refusal !== undefined) throw refusal
  // Two references may stand for one key.
  const known = grouped(keys.flatMap(evidenceOfKey), ({ name }) => name.arn).map(([key]) => key)
  const report = reportOn({
    // What an alias stood for is known only now.
    usage: { ...usage, keys: known.map(({ name }) => name) },
    keys: known,
    roles: roles.flatMap(evidenceOfRole),
    around
  })
  return { ...report, ...readTimes(options.now, 1, reads.cached()) }
}
