import type { Requirement } from '../../schemas/generation.js'
import type { Direction, Operation } from '../../schemas/usage.js'

export type AccessRequirement = Requirement
export type Service = Requirement['service']
export type PolicyKind = Requirement['policy']
export type DemandingPrincipal = Requirement['principal']

/** A policy that has to grant something to one of the two principals. */
interface Place {
  principal: DemandingPrincipal
  policy: PolicyKind
  reason: string
}

/** The actions by policy: a policy grants the same to both principals. */
export type ActionsByPolicy = Readonly<Partial<Record<PolicyKind, readonly string[]>>>

/** What an operation does with one resource of the service: one key, one location. */
interface Need {
  operation: Operation
  /** Only where this operation is part of the usage as well. */
  together?: Operation
  /** The resource, by what the operation uses it for. */
  key: string
  direction?: Direction
  documented: ActionsByPolicy
  /** The reason where it is not that of the place. */
  documentedReason?: Readonly<Partial<Record<PolicyKind, string>>>
  documentedSource: string
  derived: { actions: ActionsByPolicy; why: string; source: string }
}

/**
 * What Amazon Personalize needs of one AWS service. Generator and verifier read nothing but these tables: another
 * service is another table.
 */
export interface ServiceRequirements {
  service: Service
  /** Every action of the needs, in the order in which policies and reports list them. */
  actions: readonly string[]
  places: readonly Place[]
  needs: readonly Need[]
  /**
   * The service's own rule for a resource of another account: what one policy grants to the role, the other has to
   * grant as well.
   */
  acrossAccounts?: { from: PolicyKind; to: PolicyKind; reason: string; source: string }
}

function rowOf (
  { service, acrossAccounts: _ }: ServiceRequirements,
  need: Need,
  place: Place,
  profile: AccessRequirement['profile']
): AccessRequirement[] {
  const { operation, together, key, direction, documented, documentedReason, documentedSource, derived } = need
  const { principal, policy } = place
  const actions = (profile === 'documented' ? documented : derived.actions)[policy] ?? []
  if (actions.length === 0) return []
  const reason =
    profile === 'derived'
      ? `Least privilege, by inference: ${derived.why}`
      : (documentedReason?.[policy] ?? place.reason)
  return [
    {
      service,
      operation,
      ...(together === undefined ? {} : { together }),
      key,
      ...(direction === undefined ? {} : { direction }),
      principal,
      policy,
      actions: [...actions],
      profile,
      // Which principals need what two operations together need the page does not say, only the policy.
      confidence: profile === 'derived' || together !== undefined ? 'medium' : 'high',
      reason,
      source: profile === 'derived' ? derived.source : documentedSource
    }
  ]
}

/** The rows of a table, as the catalogue lists them. */
export function rowsOf (table: ServiceRequirements): AccessRequirement[] {
  return (['documented', 'derived'] as const).flatMap((profile) =>
    table.needs.flatMap((need) => table.places.flatMap((place) => rowOf(table, need, place, profile)))
  )
}
