import type { Reads } from '../../schemas/live.js'
import type { KeyEvidence, RoleEvidence } from './evidence.js'
import type { CachedRead } from './policy-source.js'

/** When what a report tells was read, and how: `observedAt` is the time of the oldest answer in it, also where that was kept. */
export function readTimes (now: Date, attempts: number, cached: readonly CachedRead[]): { observedAt: string, reads: Reads } {
  const oldest = cached.reduce((oldest, { readAt }) => Math.min(oldest, Date.parse(readAt)), now.getTime())
  return { observedAt: new Date(oldest).toISOString(), reads: { attempts, ...(cached.length === 0 ? {} : { cached: [...cached] }) } }
}

const OF_ORGANIZATIONS = new Set(['DescribeOrganization', 'ListParents', 'ListPoliciesForTarget', 'DescribePolicy'])

/**
 * The kept answers that a report on one key and one role rests on. Which levels of an organization are above whose account they
 * do not tell, so all of these count: a report rather seems older than it is.
 */
export function cachedFor (cached: readonly CachedRead[], key: KeyEvidence, role: RoleEvidence): CachedRead[] {
  const { identityPolicies, permissionsBoundary } = role.observed
  const boundary = permissionsBoundary.state === 'read' ? permissionsBoundary.value.arn : undefined
  const arns = new Set([key.name.arn, key.observed.requestedArn, role.name.arn, boundary, ...identityPolicies.read.map(({ arn }) => arn)])
  return cached.filter(({ what, arn }) => arns.has(arn) || OF_ORGANIZATIONS.has(what))
}
