import { ServiceError } from '../errors.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import type { Surroundings } from './checks.js'
import { keyEvidence, roleEvidence, type KeyEvidence, type RoleEvidence } from './evidence.js'
import type { CachedRead, ObservedKey, ObservedRole, PolicySource, Read, ReadFailure } from './policy-source.js'
import { readSurroundings, type Accounts } from './surroundings.js'

export interface ReadOptions {
  policySource: PolicySource
  /** How old an answer of AWS may be. */
  maxAgeSeconds?: number | undefined
  requestId?: string | undefined
  /** When the reading begins. */
  now: Date
  signal: AbortSignal
}

/** The reads of a usage, all under way: one for each key and role of the usage, in its order. */
export interface Reads {
  keys: ReadonlyArray<Promise<ObservedKey>>
  roles: ReadonlyArray<Promise<ObservedRole>>
  /** What binds these accounts as a whole. */
  around (accounts: Pick<Accounts, 'keys' | 'roles'>): Promise<Surroundings>
  /** What of it was not asked of AWS, as far as it is there. */
  cached (): CachedRead[]
}

export function startReads (usage: ResolvedUsage, { policySource, maxAgeSeconds = 0, requestId, now, signal }: ReadOptions): Reads {
  const source = policySource.forRequest?.({ maxAgeSeconds, ...(requestId === undefined ? {} : { requestId }) }) ?? policySource
  const { partition } = usage
  // Many pairs are of the same accounts.
  const known = new Map<string, Promise<Surroundings>>()
  const readAround: Reads['around'] = async (accounts) =>
    ({ ...await readSurroundings(source, { partition, ...accounts }, signal), context: { role: {}, service: {}, both: {} }, now })
  // Roles first: their calls wait for one another, those of a key do not.
  const roles = usage.roles.map(({ arn }) => source.readRole(arn, signal))
  return {
    keys: usage.keys.map(({ arn }) => source.readKey(arn, signal)),
    roles,
    around: (accounts) => {
      const name = JSON.stringify(accounts)
      const around = known.get(name) ?? readAround(accounts)
      known.set(name, around)
      return around
    },
    cached: () => source.cachedReads?.() ?? []
  }
}

/** What was observed of a key, compiled. A key that answers under no name of a key's form is a key that was not read. */
export function evidenceOfKey (observed: ObservedKey): KeyEvidence[] {
  const { requestedArn, kmsKeyArn } = observed
  const strange: Read<never> = { state: 'notRead', why: `AWS answered with ${kmsKeyArn}, which is no ARN of a key`, cause: 'malformedAnswer' }
  return [keyEvidence(observed) ?? keyEvidence({ requestedArn, kmsKeyArn: requestedArn, metadata: strange, keyPolicy: strange, grants: strange }) ?? []].flat()
}

export function evidenceOfRole (observed: ObservedRole): RoleEvidence[] {
  return [roleEvidence(observed) ?? []].flat()
}

/** Why nothing can be reported: an answer of AWS, even a refusal, is something to report on; no answer at all is not. */
export function refusalOf (keys: readonly ObservedKey[], roles: readonly ObservedRole[]): ServiceError | undefined {
  const failures = [
    ...keys.flatMap(({ metadata, keyPolicy, grants }) => [metadata, keyPolicy, grants].map(failureOf)),
    ...roles.flatMap(({ role, trustPolicy, permissionsBoundary, identityPolicies: { read, lost } }) =>
      // Nothing lost means that the lists were read, though they may be empty.
      [...[role, trustPolicy, permissionsBoundary].map(failureOf), ...read.map(() => undefined), ...(lost.length === 0 ? [undefined] : lost.map(({ cause }) => cause))])
  ]
  if (failures.every((cause) => cause === 'credentials')) return new ServiceError('AWS_CREDENTIALS_UNAVAILABLE', 'The service has no usable AWS credentials.')
  if (!failures.every((cause) => cause === 'credentials' || cause === 'unavailable' || cause === 'timeout')) return undefined
  const timedOut = failures.every((cause) => cause === 'timeout')
  return new ServiceError('AWS_UNAVAILABLE', timedOut ? 'AWS did not answer in time.' : 'AWS could not be reached.', [], { statusCode: timedOut ? 504 : 502 })
}

function failureOf (read: Read<unknown>): ReadFailure | undefined {
  return read.state === 'notRead' ? read.cause : undefined
}
