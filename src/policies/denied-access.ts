import { ServiceError, type Fault } from '../errors.js'
import { demandsOf } from '../personalize/access.js'
import { statementPointer, statementsOf, type ExistingPolicy } from '../personalize/existing-policy.js'
import { SERVICE_PRINCIPAL, type KeyName } from '../personalize/identifiers.js'
import { viaOf, type PersonalizeCaller, type Via } from '../personalize/request.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { conceivableKeys, type KeyPlace } from './conceivable-keys.js'
import { DenyingPolicy } from './denying-policy.js'

/** What has to work once the policy is in force: each usage on its keys, on any key where none was named. */
export interface Need { usage: ResolvedUsage, keys: readonly KeyName[] }

/** One permission to check on a key, or where none was named on every key that it may be. */
interface Access { caller: PersonalizeCaller, action: string, via: Via, usage: ResolvedUsage, keys: readonly KeyPlace[] }

function accessesOf ({ usage, keys }: Need, callers: readonly PersonalizeCaller[], existing: ExistingPolicy): Access[] {
  const alternatives = keys.length > 0 ? keys.map((key) => [key]) : [conceivableKeys(existing.document, usage)]
  const paths = demandsOf(usage, { crossAccount: false })
    .flatMap(({ principal, action, operations }) => [...new Set(operations.map(viaOf))].map((via) => ({ principal, action, via })))
  return alternatives.flatMap((keys) => callers.flatMap((caller) =>
    paths.filter(({ principal }) => principal === caller.type).map(({ action, via }) => ({ caller, action, via, usage, keys }))))
}

/** Usages overlap: what is asked in several of them is one call. The Region of Personalize shows in the service's own calls alone. */
function eachOnce (accesses: readonly Access[]): Access[] {
  const identity = ({ caller, action, via, usage, keys }: Access): string =>
    JSON.stringify([caller, action, via, keys.map(({ arn }) => arn), usage.accountId, caller.type === 'service' ? usage.region : undefined])
  return [...new Map(accesses.map((access) => [identity(access), access])).values()]
}

interface Denial { actions: Set<string>, principals: Set<string> }

function denials (accesses: readonly Access[], denying: DenyingPolicy): Map<number, Denial> {
  const found = new Map<number, Denial>()
  for (const { caller, action, via, usage, keys } of eachOnce(accesses)) {
    const { accountId, partition, region } = usage
    const onEachKey = keys.map((key) => denying.denialsOf({ principal: caller, action, key, via, accountId, region, partition }))
    if (onEachKey.some((indexes) => indexes.length === 0)) continue
    for (const index of onEachKey.flat()) {
      const denial = found.get(index) ?? { actions: new Set(), principals: new Set() }
      found.set(index, denial)
      denial.actions.add(action)
      denial.principals.add(caller.type === 'role' ? caller.arn : SERVICE_PRINCIPAL)
    }
  }
  return found
}

function refuse (found: Map<number, Denial>, existing: ExistingPolicy): void {
  const statements = statementsOf(existing.document)
  const faults = [...found].sort(([a], [b]) => a - b).map(([index, { actions, principals }]): Fault => {
    const sid = statements[index]?.['Sid']
    const name = typeof sid === 'string' ? `${index + 1} (${sid})` : index + 1
    return { pointer: statementPointer(existing, index), detail: `statement ${name} denies ${[...actions].join(', ')} to ${[...principals].join(', ')}` }
  })
  if (faults.length > 0) throw new ServiceError('EXISTING_POLICY_DENIES', faults.map(({ detail }) => detail).join('; '), faults)
}

/** An IAM policy speaks of its role alone, but its Deny defeats what the key policy allows as well: all that the role needs anywhere is asked. */
function callersOf (layer: 'resourcePolicy' | 'identityPolicies', usage: ResolvedUsage): PersonalizeCaller[] {
  const roles = usage.roles.map(({ arn }): PersonalizeCaller => ({ type: 'role', arn }))
  return layer === 'resourcePolicy' ? [{ type: 'service' }, ...roles] : roles
}

/** A Deny that hangs on context nobody knows is left: whether it defeats the access only a verification with that context can say. */
export function refuseDeniedAccess (layer: 'resourcePolicy' | 'identityPolicies', existing: ExistingPolicy, needs: readonly Need[]): void {
  const denying = new DenyingPolicy(existing.document, layer)
  if (denying.isEmpty) return
  refuse(denials(needs.flatMap((need) => accessesOf(need, callersOf(layer, need.usage), existing)), denying), existing)
}
