import type { Check, StatementReference } from '../../schemas/verification.js'
import { authorize, type AuthorizationRequest, type Decision, type Layer, type Policies, type StatementPlace } from '../iam/authorize.js'
import { demandsOf, type Demand, type PolicyKind } from '../personalize/access.js'
import { personalizeRequest, viaOf, type KnownKeys, type PersonalizeCaller, type Via } from '../personalize/request.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { layerOf, type KeyEvidence, type RoleEvidence } from './evidence.js'

/** Policies that bind whole accounts, and what the asker knows of the requests. */
export interface Surroundings {
  serviceControlPolicies?: readonly Layer[]
  resourceControlPolicies?: readonly Layer[]
  /** Condition keys that the asker knows, for each of Personalize's two identities and without saying which. */
  context: { role: KnownKeys, service: KnownKeys, both: KnownKeys }
  /** When AWS was read; undefined where the answer must not depend on the time. */
  now: Date | undefined
}

/** A check with what lies behind it, of which the report tells a part. */
export interface CheckedAccess {
  check: Check
  request: AuthorizationRequest
  policies: Policies
  decision: Decision
  key: KeyEvidence
  role: RoleEvidence | undefined
  /** Of `missingFrom`, the policies that do not merely lack an Allow, but deny. */
  deniedIn: PolicyKind[]
}

/** Every check of one key: the service principal's, then each role's. */
export function checkKey (usage: ResolvedUsage, key: KeyEvidence, roles: readonly RoleEvidence[], around: Surroundings): CheckedAccess[] {
  const ofService = demandsOf(usage, { crossAccount: false }).filter((demand) => demand.principal === 'service')
  const service = ofService.flatMap((demand) => checkDemand(usage, demand, key, undefined, around))
  const byRole = roles.flatMap((role) => demandsOf(usage, { crossAccount: role.name.accountId !== key.name.accountId })
    .filter((demand) => demand.principal === 'role')
    .flatMap((demand) => checkDemand(usage, demand, key, role, around)))
  return [...service, ...byRole]
}

/** One demand on every path by which its operations reach the key; paths that come to the same are one check. */
function checkDemand (usage: ResolvedUsage, demand: Demand, key: KeyEvidence, role: RoleEvidence | undefined, around: Surroundings): CheckedAccess[] {
  const paths = (['direct', 's3'] as const).filter((via) => demand.operations.some((operation) => viaOf(operation) === via))
  const checked = paths.map((via) => checkPath(usage, demand, via, key, role, around))
  const [first, second] = checked
  if (first === undefined || second === undefined) return checked
  const same = first.check.effective === second.check.effective && first.check.documented === second.check.documented
  return same ? [{ ...first, check: { ...first.check, operations: demand.operations } }] : checked
}

function checkPath (usage: ResolvedUsage, demand: Demand, via: Via, key: KeyEvidence, role: RoleEvidence | undefined, around: Surroundings): CheckedAccess {
  const caller: PersonalizeCaller = role === undefined ? { type: 'service' } : { type: 'role', arn: role.name.arn }
  const policies = policiesFor(key, role, around)
  const request = personalizeRequest({
    principal: caller,
    action: demand.action,
    key: key.name,
    via,
    accountId: usage.accountId,
    region: usage.region,
    partition: usage.partition,
    observed: { ...(key.metadata === undefined ? {} : { metadata: key.metadata }), ...(around.now === undefined ? {} : { now: around.now }), context: around.context[caller.type], sharedContext: around.context.both }
  })
  const decision = authorize(request, policies)
  const granted = demand.requiredIn.map((place) => ({ place, granted: grantedIn(place, request, policies, role) }))
  const check: Check = {
    kmsKeyArn: key.name.arn,
    ...(role === undefined ? {} : { roleArn: role.name.arn }),
    principal: role === undefined ? { type: 'service', id: SERVICE_PRINCIPAL } : { type: 'role', id: role.name.arn },
    action: demand.action,
    operations: demand.operations.filter((operation) => viaOf(operation) === via),
    via,
    documented: documentedBy(granted.map(({ granted }) => granted)),
    requiredIn: demand.requiredIn,
    missingFrom: granted.flatMap(({ place, granted }) => granted === 'no' || granted === 'denied' ? [place] : []),
    effective: decision.decision,
    layers: layersOf(decision, around),
    matchedStatements: decision.matchedStatements.map(referenceTo),
    missingContextValues: decision.missingContextValues,
    ...(decision.conditions.length === 0 ? {} : { conditions: decision.conditions.map((condition) => ({ ...condition, statement: referenceTo(condition.statement) })) }),
    // Where the decision hangs on it; the finding MALFORMED_POLICY tells all of it once.
    ...(decision.decision !== 'unknown' || decision.unsupported.length === 0 ? {} : { unsupported: decision.unsupported.map((found) => ({ ...found, policy: policyWord(found.policy) })) })
  }
  return { check, request, policies, decision, key, role, deniedIn: granted.flatMap(({ place, granted }) => granted === 'denied' ? [place] : []) }
}

/** All policies that take part in a decision about this principal and key. */
export function policiesFor (key: KeyEvidence, role: RoleEvidence | undefined, around: Surroundings): Policies {
  return {
    resourcePolicy: layerOf(key.keyPolicy),
    ...(role === undefined ? {} : { identityPolicies: role.identityLayer }),
    ...(role?.boundaryLayer === undefined ? {} : { permissionsBoundary: role.boundaryLayer }),
    ...(around.serviceControlPolicies === undefined ? {} : { serviceControlPolicies: around.serviceControlPolicies }),
    ...(around.resourceControlPolicies === undefined ? {} : { resourceControlPolicies: around.resourceControlPolicies }),
    grants: key.grants
  }
}

/**
 * Whether one policy by itself holds what the page demands of it: the key policy by naming the principal, not by delegating
 * to IAM; the role's policies by allowing the action on the key.
 */
function grantedIn (place: PolicyKind, request: AuthorizationRequest, policies: Policies, role: RoleEvidence | undefined): Granted {
  // Judged as if the key were the role's own: what crossing accounts takes beside is asked of the IAM policy.
  const asOwn = role === undefined ? request : { ...request, resource: { ...request.resource, accountId: role.name.accountId } }
  const word = place === 'keyPolicy'
    ? authorize(asOwn, policies.resourcePolicy === undefined ? {} : { resourcePolicy: policies.resourcePolicy }).decision
    : authorize({ ...asOwn, rule: 'identity-or-resource' }, policies.identityPolicies === undefined ? {} : { identityPolicies: policies.identityPolicies }).decision
  return GRANTED[word]
}

type Granted = 'yes' | 'no' | 'denied' | 'maybe'
const GRANTED = { allowed: 'yes', implicitDeny: 'no', explicitDeny: 'denied', conditional: 'maybe', unknown: 'maybe' } as const satisfies Record<Decision['decision'], Granted>

/** Every policy that the page names has to grant it. */
function documentedBy (granted: readonly Granted[]): Check['documented'] {
  if (granted.includes('no') || granted.includes('denied')) return 'fail'
  return granted.includes('maybe') ? 'indeterminate' : 'pass'
}

/** Whether anything that takes part in the decision was not read. */
export function hasUnreadLayer ({ policies: { resourcePolicy, identityPolicies, permissionsBoundary, grants } }: Pick<CheckedAccess, 'policies'>): boolean {
  return [resourcePolicy, identityPolicies, permissionsBoundary, grants].some((layer) => layer?.complete === false)
}

/** The engine knows resource policies; here that is the key policy. */
function policyWord (layer: string): string {
  return layer === 'resourcePolicy' ? 'keyPolicy' : layer
}

/** A statement as the report names it. */
export function referenceTo ({ policy, ...place }: StatementPlace): StatementReference {
  return { policy: policyWord(policy), ...place }
}

function layersOf (decision: Decision, around: Surroundings): Check['layers'] {
  const { resourcePolicy, sessionPolicy, ...layers } = decision.layers
  const evaluated = <T>(given: unknown, word: T): T | 'notEvaluated' => given === undefined && word === 'notPresent' ? 'notEvaluated' : word
  return {
    ...layers,
    keyPolicy: resourcePolicy,
    serviceControlPolicies: evaluated(around.serviceControlPolicies, layers.serviceControlPolicies),
    resourceControlPolicies: evaluated(around.resourceControlPolicies, layers.resourceControlPolicies)
  }
}
