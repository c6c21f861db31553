import { type FieldError, ServiceError } from '../errors.js'
import { type AuthorizationRequest, authorize } from '../iam/authorize.js'
import { compilePolicy, type Policy, type Statement as CompiledStatement } from '../iam/document/policy-document.js'
import { type ParsedKeyArn, SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import {
  type PersonalizeCall,
  type PersonalizeCaller,
  personalizeRequest,
  type Via,
  viaOf
} from '../personalize/kms-call.js'
import { demandsAt, metricDemands } from '../personalize/location-demands.js'
import { mergedLocations, type ResolvedLocation } from '../personalize/locations.js'
import { requirementsFor } from '../personalize/requirements.js'
import { ADDRESS_KEYS, storageRequest, variantOf } from '../personalize/s3-call.js'
import { NEW_KEY, type ResolvedUsage, usageOfKey } from '../personalize/usage.js'
import { conceivableKeys, type KeyPlace } from './candidate-keys.js'
import { type ExistingPolicy, type MergeableDocument, statementPointer, statementsOf } from './existing-policy.js'

/** All else allows, so that nothing but a Deny of the existing policy can decide. */
const everything = (principal: Record<string, unknown>): Policy =>
  compilePolicy('everything', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', ...principal, Action: '*', Resource: '*' }
  })
const OPEN = {
  resourcePolicy: { policies: [everything({ Principal: { AWS: '*', Service: SERVICE_PRINCIPAL } })], complete: true },
  identityPolicies: { policies: [everything({})], complete: true }
}

/** The Deny statements of a policy. Ours allow only, so the merged policy denies what the existing one denies. */
export class DenyingPolicy {
  readonly #policy: Policy
  readonly #layer: 'resourcePolicy' | 'identityPolicies'
  readonly #byKind = new Map<string, Policy>()
  readonly #open = new Map<number, Set<string>>()

  constructor (document: MergeableDocument, layer: 'resourcePolicy' | 'identityPolicies') {
    const policy = compilePolicy('existing', document)
    this.#policy = { ...policy, statements: policy.statements.filter((statement) => statement.effect === 'Deny') }
    this.#layer = layer
  }

  get isEmpty (): boolean {
    return this.#policy.statements.length === 0
  }

  /** Whether a condition or a variable is about one of these (lower-case) keys. */
  mentions (keys: readonly string[]): boolean {
    return this.#policy.statements.some(({ contextKeys }) => contextKeys.some((key) => keys.includes(key)))
  }

  /**
   * The positions of the statements that deny this call in whatever context Personalize may make it.
   * What depends on unknown context for one call depends on it for every call of its kind, and to find that out is
   * dear:
   * a request may ask for thousands of calls, so such a statement is tried once and then left out.
   */
  denialsOf (call: PersonalizeCall): number[] {
    return this.denialsOfRequest(personalizeRequest(call), `${call.principal.type} ${call.via} ${call.action}`)
  }

  /** The same of any request. `kind`: of the calls that depend on the same unknown context. */
  denialsOfRequest (request: AuthorizationRequest, kind: string): number[] {
    const policy = this.#byKind.get(kind) ?? this.#policy
    const layer = { ...OPEN[this.#layer], policies: [...OPEN[this.#layer].policies, policy] }
    const { decision, matchedStatements, mayBeDetermining, missingContextValues } = authorize(request, {
      ...OPEN,
      [this.#layer]: layer
    })
    const denying = matchedStatements.filter(({ effect }) => effect === 'Deny').map(({ index }) => index)
    const open = mayBeDetermining.filter(({ effect }) => effect === 'Deny').map(({ index }) => index)
    // Of several that deny only together, none does so in every context.
    if (decision === 'explicitDeny') return denying.length > 0 ? denying : open
    if (open.length > 0)
      this.#byKind.set(kind, { ...policy, statements: policy.statements.filter(({ index }) => !open.includes(index)) })
    for (const index of open) {
      const keys = this.#open.get(index) ?? new Set()
      this.#open.set(index, keys)
      for (const key of missingContextValues) keys.add(key)
    }
    return []
  }

  /** The statements that depend on unknown context for one of the calls so far. */
  get openDenies (): OpenDeny[] {
    return this.#policy.statements.flatMap((statement) => {
      const keys = this.#open.get(statement.index)
      return keys === undefined ? [] : [{ statement, keys: [...keys] }]
    })
  }
}

/** A Deny that may defeat what a usage needs, with the condition keys that decide it. */
export interface OpenDeny {
  statement: CompiledStatement
  keys: readonly string[]
}

/** What has to work once the policy is in force: each usage on its keys, on any key where none was named. */
export interface Need {
  usage: ResolvedUsage
  /** Undefined where no key is used. */
  keys?: readonly ParsedKeyArn[]
  locations?: readonly ResolvedLocation[]
}

/** One permission to check on a key or a location, or where no key was named on every key that it may be. */
interface Access {
  caller: PersonalizeCaller
  action: string
  /** The same for what is one call. */
  identity: string
  /** Alternatives: only what denies all of them denies the access. */
  denialsBy: (denying: DenyingPolicy) => number[][]
}

function keyAccesses (
  { usage, keys }: Need,
  callers: readonly PersonalizeCaller[],
  existing: ExistingPolicy
): Access[] {
  if (keys === undefined) return []
  const alternatives =
    keys.length > 0
      ? keys.map((key) => ({ used: usageOfKey(usage, key.arn), keys: [key] }))
      : [{ used: usageOfKey(usage, NEW_KEY), keys: conceivableKeys(existing.document, usage) }]
  return alternatives.flatMap(({ used, keys }) => {
    const paths = requirementsFor(used, { crossAccount: false }).flatMap(({ principal, action, operations }) =>
      [...new Set(operations.map(viaOf))].map((via) => ({ principal, action, via }))
    )
    return callers.flatMap((caller) =>
      paths
        .filter(({ principal }) => principal === caller.type)
        .map(({ action, via }) => keyAccess(usage, caller, action, via, keys))
    )
  })
}

/**
 * Usages overlap: what is asked in several of them is one call. The Region of Personalize shows in the service's own
 * calls alone.
 */
function keyAccess (
  { accountId, partition, region }: ResolvedUsage,
  caller: PersonalizeCaller,
  action: string,
  via: Via,
  keys: readonly KeyPlace[]
): Access {
  const seen = caller.type === 'service' ? region : undefined
  return {
    caller,
    action,
    identity: JSON.stringify([caller, action, via, keys.map(({ arn }) => arn), accountId, seen]),
    denialsBy: (denying) =>
      keys.map((key) => denying.denialsOf({ principal: caller, action, key, via, accountId, region, partition }))
  }
}

function storageAccesses ({ usage, locations = [] }: Need, callers: readonly PersonalizeCaller[]): Access[] {
  const { accountId, partition, region } = usage
  return mergedLocations(locations).flatMap((location) =>
    callers.flatMap((caller) =>
      [...demandsAt(usage, location), ...metricDemands(usage)]
        .filter(({ principal }) => principal === caller.type)
        .map(({ action }) => {
          const identity = JSON.stringify([caller, action, location.bucket, location.prefix, accountId, region])
          const call = { principal: caller, action, location, bucketRegion: undefined, accountId, region, partition }
          return {
            caller,
            action,
            identity,
            denialsBy: (denying) => [storageDenials(denying, storageRequest(call), identity)]
          }
        })
    )
  )
}

/** A Deny that depends on the network of AWS from which the call comes is found open, too. */
function storageDenials (denying: DenyingPolicy, request: AuthorizationRequest, identity: string): number[] {
  const certain = denying.denialsOfRequest(request, identity)
  if (certain.length === 0 && denying.mentions(ADDRESS_KEYS))
    denying.denialsOfRequest(variantOf(request, 'anyNetwork'), `${identity} from any network`)
  return certain
}

interface Denial {
  actions: Set<string>
  principals: Set<string>
}

function denials (accesses: readonly Access[], denying: DenyingPolicy): Map<number, Denial> {
  const found = new Map<number, Denial>()
  const once = new Map(accesses.map((access) => [access.identity, access]))
  for (const { caller, action, denialsBy } of once.values()) {
    const onEach = denialsBy(denying)
    if (onEach.some((indexes) => indexes.length === 0)) continue
    for (const index of onEach.flat()) {
      const denial = found.get(index) ?? { actions: new Set(), principals: new Set() }
      found.set(index, denial)
      denial.actions.add(action)
      denial.principals.add(caller.type === 'role' ? caller.arn : SERVICE_PRINCIPAL)
    }
  }
  return found
}

function assertNotDenied (found: Map<number, Denial>, existing: ExistingPolicy): void {
  const statements = statementsOf(existing.document)
  const faults = [...found]
    .sort(([a], [b]) => a - b)
    .map(([index, { actions, principals }]): FieldError => {
      const sid = statements[index]?.['Sid']
      const name = typeof sid === 'string' ? `${index + 1} (${sid})` : index + 1
      return {
        pointer: statementPointer(existing, index),
        detail: `statement ${name} denies ${[...actions].join(', ')} to ${[...principals].join(', ')}`
      }
    })
  if (faults.length > 0)
    throw new ServiceError('EXISTING_POLICY_DENIES', faults.map(({ detail }) => detail).join('; '), faults)
}

/**
 * An IAM policy speaks of its role alone, but its Deny defeats what the key policy allows as well: all that the role
 * needs anywhere is asked.
 */
function callersOf (layer: 'resourcePolicy' | 'identityPolicies', usage: ResolvedUsage): PersonalizeCaller[] {
  const roles = usage.roles.map(({ arn }): PersonalizeCaller => ({ type: 'role', arn }))
  return layer === 'resourcePolicy' ? [{ type: 'service' }, ...roles] : roles
}

/**
 * A Deny that depends on unknown context is left, and returned: whether it defeats the access only a verification with
 * that context can say.
 */
export function assertNoDenies (
  layer: 'resourcePolicy' | 'identityPolicies',
  existing: ExistingPolicy,
  needs: readonly Need[]
): OpenDeny[] {
  const denying = new DenyingPolicy(existing.document, layer)
  if (denying.isEmpty) return []
  assertNotDenied(
    denials(
      needs.flatMap((need) => {
        const callers = callersOf(layer, need.usage)
        return [...keyAccesses(need, callers, existing), ...storageAccesses(need, callers)]
      }),
      denying
    ),
    existing
  )
  return denying.openDenies
}
