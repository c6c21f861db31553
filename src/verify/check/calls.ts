import { type Observed, type PersonalizeCaller, personalizeRequests, type Via } from '../../personalize/kms-call.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import type { KeyEvidence, RoleEvidence } from '../read/evidence.js'
import type { OrganizationContext } from '../read/organization.js'
import { callFacts } from './call-facts.js'

type Requests = ReturnType<typeof personalizeRequests>

/** The calls of one principal to one key, by their path; prepared when a path is first needed. */
export interface Calls {
  on: (via: Via) => {
    request: Requests
    /** For objects that were written while the bucket had another setting; left out where it is the same. */
    ofOlderObjects?: Requests
  }
  /** Whether the role's session may have tags of its own; undefined for the service principal. */
  sessionTags: boolean | undefined
}

export function callsOf (
  { accountId, region, partition }: ResolvedUsage,
  { key, role }: { key: KeyEvidence; role: RoleEvidence | undefined },
  around: OrganizationContext,
  sessionTags: boolean | undefined
): Calls {
  const { now, context } = around
  const principal: PersonalizeCaller = role === undefined ? { type: 'service' } : { type: 'role', arn: role.name.arn }
  const observed: Observed = {
    ...(key.metadata === undefined ? {} : { metadata: key.metadata }),
    ...(now === undefined ? {} : { now }),
    ...(around.s3Arns === undefined ? {} : { s3Arns: around.s3Arns.current }),
    facts: callFacts({ key, role, accountId }, around, sessionTags),
    context: { ...context[principal.type], ...(role === undefined ? {} : context.roles[role.name.arn]) },
    sharedContext: { ...context.both, ...context.keys[key.name.arn] }
  }
  const call = { principal, key: key.name, accountId, region, partition, observed }
  const { ofReads, current = [] } = around.s3Arns ?? {}
  const on = byPath((via) => {
    const request = personalizeRequests({ ...call, via })
    if (via !== 's3' || ofReads === undefined || ofReads.length <= current.length) return { request }
    const ofOlderObjects = personalizeRequests({ ...call, observed: { ...observed, s3Arns: ofReads }, via })
    return { request, ofOlderObjects }
  })
  return { on, sessionTags }
}

/** What is made for a path when it is first needed. */
export function byPath<T> (make: (via: Via) => T): (via: Via) => T {
  const made = new Map<Via, T>()
  return (via) => {
    const value = made.get(via) ?? make(via)
    made.set(via, value)
    return value
  }
}
