import type { Report, VerifyRequest } from '../../schemas/verification.js'
import { ServiceError } from '../errors.js'
import { resolveUsage } from '../personalize/resolve-usage.js'
import { grouped } from '../policies/grouped.js'
import { keyEvidence, roleEvidence } from './evidence.js'
import type { ObservedKey, ObservedRole, PolicySource, Read, ReadFailure } from './policy-source.js'
import { reportOn } from './report.js'

export interface VerifyOptions {
  policySource: PolicySource
  /** When the reading begins: `observedAt`, and what `aws:CurrentTime` is taken to be. */
  now: Date
  signal: AbortSignal
}

/**
 * Reads the live key and role policies of a usage and reports on them: the one place that waits for AWS.
 * Throws AWS_CREDENTIALS_UNAVAILABLE or AWS_UNAVAILABLE where nothing at all could be read.
 */
export async function verify (request: VerifyRequest, { policySource, now, signal }: VerifyOptions): Promise<Report> {
  const usage = resolveUsage(request.usage, { keys: 'keyOrAliasArns', pointer: '/usage' })
  const source = policySource.forRequest?.() ?? policySource
  const [keys, roles] = await Promise.all([
    Promise.all(usage.keys.map(({ arn }) => source.readKey(arn, signal))),
    Promise.all(usage.roles.map(({ arn }) => source.readRole(arn, signal)))
  ])
  refuseIfNothingWasRead(keys, roles)
  // Two references may stand for one key.
  const known = grouped(keys.flatMap((key) => keyEvidence(key) ?? []), ({ name }) => name.arn).map(([key]) => key)
  return reportOn({
    // What an alias stood for is known only now.
    usage: { ...usage, keys: known.map(({ name }) => name) },
    keys: known,
    roles: roles.flatMap((role) => roleEvidence(role) ?? []),
    around: { context: { role: {}, service: {}, both: {} }, now }
  })
}

/** An answer of AWS, even a refusal, is something to report on; no answer at all is not. */
function refuseIfNothingWasRead (keys: readonly ObservedKey[], roles: readonly ObservedRole[]): void {
  const failures = [
    ...keys.flatMap(({ metadata, keyPolicy, grants }) => [metadata, keyPolicy, grants].map(failureOf)),
    ...roles.flatMap(({ role, trustPolicy, permissionsBoundary, identityPolicies: { read, lost } }) =>
      // Nothing lost means that the lists were read, though they may be empty.
      [...[role, trustPolicy, permissionsBoundary].map(failureOf), ...read.map(() => undefined), ...(lost.length === 0 ? [undefined] : lost.map(({ cause }) => cause))])
  ]
  if (failures.every((cause) => cause === 'credentials')) throw new ServiceError('AWS_CREDENTIALS_UNAVAILABLE', 'The service has no usable AWS credentials.')
  if (!failures.every((cause) => cause === 'credentials' || cause === 'unavailable' || cause === 'timeout')) return
  const timedOut = failures.every((cause) => cause === 'timeout')
  throw new ServiceError('AWS_UNAVAILABLE', timedOut ? 'AWS did not answer in time.' : 'AWS could not be reached.', [], { statusCode: timedOut ? 504 : 502 })
}

function failureOf (read: Read<unknown>): ReadFailure | undefined {
  return read.state === 'notRead' ? read.cause : undefined
}
