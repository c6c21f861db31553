import type { VerifyRequest } from '../../schemas/live.js'
import type { VerificationContext } from '../../schemas/verification-context.js'
import type { Report } from '../../schemas/verification.js'
import { ServiceError } from '../errors.js'
import { groupBy } from '../group-by.js'
import { type ResolvedUsage, resolveUsage } from '../personalize/usage.js'
import type { Evidence } from './assess.js'
import { type AttemptOptions, attempts } from './polling.js'
import { contextFaultsOf, parseContext, withReferences } from './read/context.js'
import { type ObservedOrganization, organizationLayers } from './read/organization.js'
import { evidenceOfBuckets, withBucketKeys, withKeysForAliases } from './read/bucket-evidence.js'
import type { ObservedBucket, ObservedKey, ObservedRole, PolicySource } from './read/policy-source.js'
import { assertFitsUsage } from './read/proposed.js'
import {
  evidenceOfKey,
  evidenceOfRole,
  type ReadOptions,
  readTimes,
  refusalOf,
  startReads,
  type UsageReads
} from './read/read-usage.js'
import { reportOn } from './report.js'

/** What was read of AWS for a usage: plain data, which can be evaluated here or on another thread. */
export interface Observation {
  usage: ResolvedUsage
  keys: readonly ObservedKey[]
  roles: readonly ObservedRole[]
  /** The buckets of the locations. */
  buckets?: readonly ObservedBucket[]
  /** Undefined where the service is not set up to read them. */
  organizations: readonly ObservedOrganization[] | undefined
  /** When AWS was read. */
  now: Date
  /** Condition keys that the request gives. */
  context?: VerificationContext | undefined
}

/** Makes the report on what was observed. */
export type Evaluate = (observation: Observation) => Promise<Report>

export const evaluateInline: Evaluate = async (observation) => reportOnObservation(observation)

/** Everything that is known of what was observed, as the report that is answered. */
export function reportOnObservation (observation: Observation): Report {
  return reportOn(evidenceOf(observation))
}

function evidenceOf ({ usage, keys, roles, buckets = [], organizations, now, context }: Observation): Evidence {
  // Two references may stand for one key.
  const read = keys.flatMap(evidenceOfKey)
  const known = groupBy(read, ({ name }) => name.arn).map(([key]) => key)
  const found = roles.flatMap(evidenceOfRole)
  const accountsOf = (names: ReadonlyArray<{ name: { accountId: string } }>): string[] => [
    ...new Set(names.map(({ name }) => name.accountId))
  ]
  return {
    // What an alias stood for is known only now.
    usage: withKeysForAliases(usage, read),
    keys: known,
    roles: found,
    ...(buckets.length === 0 ? {} : { buckets: evidenceOfBuckets(buckets, usage) }),
    around: {
      ...organizationLayers(organizations, {
        keys: [...new Set([...accountsOf(known), ...usage.locations.map(({ accountId }) => accountId)])],
        roles: accountsOf(found)
      }),
      context: withReferences(parseContext(context), keys),
      now
    }
  }
}

/** `now` is when AWS is asked, and what `aws:CurrentTime` is taken to be. */
export type VerifyOptions = Omit<ReadOptions, 'maxAgeSeconds'> & { now: Date; evaluate?: Evaluate | undefined }

/**
 * Reads the live key and role policies of a usage once and reports on them.
 * Throws AWS_CREDENTIALS_UNAVAILABLE or AWS_UNAVAILABLE where nothing at all could be read.
 */
export async function verify (
  request: VerifyRequest,
  { now, evaluate = evaluateInline, ...options }: VerifyOptions
): Promise<Report> {
  const { maxAgeSeconds, proposed, context, sampleObjects } = request
  const usage = resolveUsage(request.usage, { keys: 'keyOrAliasArns', pointer: '/usage' })
  assertFitsUsage(request)
  const reads = startReads(usage, { ...options, maxAgeSeconds, proposed, sampleObjects })
  const accountsOf = (names: ReadonlyArray<{ accountId: string }>): string[] => [
    ...new Set(names.map(({ accountId }) => accountId))
  ]
  const accounts = {
    keys: [...new Set([...accountsOf(usage.keys), ...accountsOf(usage.locations)])],
    roles: accountsOf(usage.roles)
  }
  const [named, roles, organizations, { buckets, keysOfBuckets, complete: resolved }] = await Promise.all([
    Promise.all(reads.keys),
    Promise.all(reads.roles),
    reads.organizations(accounts),
    readBuckets(usage, reads)
  ])
  const keys = [...named, ...keysOfBuckets]
  const refusal = refusalOf(keys, roles, buckets)
  if (refusal !== undefined) throw refusal
  const faults = contextFaultsOf(context, keys)
  if (faults.length > 0) throw new ServiceError('INCONSISTENT_USAGE', 'one key has two values of a condition key', faults)
  const complete = await Promise.all(keys.map(async (key) => await reads.attributes({ key, roles, organizations })))
  const ofBuckets = buckets.length === 0 ? {} : { buckets }
  const report = await evaluate({ usage: resolved, keys: complete, roles, ...ofBuckets, organizations, now, context })
  return { ...report, ...readTimes(now, 1, reads.cached()) }
}

/** The buckets, and then the keys that they encrypt with beside those of the usage. */
async function readBuckets (
  usage: ResolvedUsage,
  reads: UsageReads
): Promise<{ buckets: ObservedBucket[]; keysOfBuckets: ObservedKey[]; complete: ResolvedUsage }> {
  const buckets = await Promise.all(reads.buckets)
  const complete = withBucketKeys(usage, evidenceOfBuckets(buckets, usage))
  const found = complete.keys.filter(({ arn }) => !usage.keys.some((key) => key.arn === arn))
  return { buckets, keysOfBuckets: await Promise.all(found.map(({ arn }) => reads.key(arn))), complete }
}

export interface WaitOptions extends Omit<AttemptOptions, 'waitUpToSeconds'> {
  policySource: PolicySource
  requestId?: string
  evaluate?: Evaluate
}

/**
 * Verifies live policies, and where `waitUpTo` asks for it again and again until they pass or time is up. Each
 * attempt reads everything again, so that the report is of one moment; only the first may use what is cached.
 */
export async function verifyUntilPass (
  request: VerifyRequest,
  { policySource, requestId, evaluate, ...options }: WaitOptions
): Promise<Report> {
  let latest: Report | undefined
  let refusal: unknown
  let made = 0
  for await (const { number, now, signal } of attempts({ ...options, waitUpToSeconds: request.waitUpTo ?? 0 })) {
    made = number
    try {
      latest = await verify(number === 1 ? request : { ...request, maxAgeSeconds: 0 }, {
        policySource,
        requestId,
        evaluate,
        now,
        signal
      })
    } catch (error) {
      if (!isRetryable(error, latest !== undefined)) throw error
      refusal = error
    }
    if (latest?.verdict === 'pass') break
  }
  if (latest === undefined) throw refusal
  return { ...latest, reads: { ...latest.reads, attempts: made } }
}

/** An outage passes. Credentials are missing for good, unless AWS has answered before: then that answer stands. */
export function isRetryable (error: unknown, hasAnswer: boolean): boolean {
  if (!(error instanceof ServiceError)) return false
  return error.code === 'AWS_UNAVAILABLE' || (hasAnswer && error.code === 'AWS_CREDENTIALS_UNAVAILABLE')
}
