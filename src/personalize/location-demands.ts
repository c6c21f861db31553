import type { Direction } from '../../schemas/usage.js'
import type { ResolvedLocation } from './locations.js'
import { type RequiredPermission, requirementsFor, inCatalogueOrder } from './requirements.js'
import type { ResolvedUsage } from './usage.js'

const DIRECTIONS = ['read', 'write'] as const satisfies readonly Direction[]

/**
 * What a usage demands at one of its locations: the service principal's actions first, each in the page's order. What
 * is read and what is written there are one demand where they need the same action.
 */
export function demandsAt (
  usage: Pick<ResolvedUsage, 'accountId' | 'profile'>,
  location: ResolvedLocation
): RequiredPermission[] {
  const crossAccount = location.accountId !== usage.accountId
  const merged = new Map<string, RequiredPermission>()
  for (const direction of DIRECTIONS) {
    const operations = location.uses.filter((use) => use.direction === direction).map(({ operation }) => operation)
    if (operations.length === 0) continue
    const scope = { service: 's3', crossAccount, direction } as const
    for (const demand of requirementsFor({ operations, profile: usage.profile }, scope)) {
      const name = `${demand.principal} ${demand.action}`
      const first = merged.get(name)
      merged.set(name, first === undefined ? demand : joined(first, demand))
    }
  }
  const demands = [...merged.values()]
  return [
    ...demands.filter(({ principal }) => principal === 'service'),
    ...demands.filter(({ principal }) => principal === 'role')
  ]
}

function joined (one: RequiredPermission, other: RequiredPermission): RequiredPermission {
  return {
    ...one,
    operations: inCatalogueOrder(new Set([...one.operations, ...other.operations])),
    requiredIn: [...new Set([...one.requiredIn, ...other.requiredIn])],
    rows: [...new Set([...one.rows, ...other.rows])]
  }
}

/** What is demanded of Amazon CloudWatch: asked only where the usage says what it does in Amazon S3. */
export function metricDemands (
  usage: Pick<ResolvedUsage, 'operations' | 'profile' | 'locations'>
): readonly RequiredPermission[] {
  return usage.locations.length === 0 ? [] : requirementsFor(usage, { service: 'cloudwatch', crossAccount: false })
}
