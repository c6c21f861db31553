import type { Check } from '../../schemas/verification.js'
import { authorize, type AuthorizationRequest, type Decision, type Policies } from '../iam/authorize.js'
import { demandsOf, type Demand, type PolicyKind } from '../personalize/access.js'
import { personalizeRequests, viaOf, type KnownKeys, type PersonalizeCaller, type Via } from '../personalize/request.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { checkEvidence } from './check-evidence.js'
import { layerOf, type KeyEvidence, type RoleEvidence } from './evidence.js'
import { documentedBy, grantedIn, type Granted } from './granted.js'
import { levelsFor, type AccountLevels } from './organization-policies.js'
import { stageOf, type Stage } from './stage.js'
import type { NotEvaluated, Unread } from './unread.js'

/** Policies that bind whole accounts: service control policies the roles in them, resource control policies the keys. */
export interface OrganizationLayers {
  serviceControlPolicies?: readonly AccountLevels[]
  resourceControlPolicies?: readonly AccountLevels[]
  /** What of them was not read, so that what they decide is unknown. */
  organizationUnread?: readonly Unread[]
  /** Which of them are out of sight, and so left out of the judgement. */
  organizationNotEvaluated?: readonly NotEvaluated[]
}

/** What binds whole accounts, and what the asker knows of the requests. */
export interface Surroundings extends OrganizationLayers {
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
  /** What each policy of `requiredIn` says by itself. */
  granted: ReadonlyMap<PolicyKind, Granted>
}

/** Every check of one key: the service principal's, then each role's. What was checked before with the same evidence is not checked again. */
export function checkKey (usage: ResolvedUsage, key: KeyEvidence, roles: readonly RoleEvidence[], around: Surroundings, before: readonly CheckedAccess[] = []): CheckedAccess[] {
  const own = demandsOf(usage, { crossAccount: false })
  const of = (demands: readonly Demand[], principal: Demand['principal']): Demand[] => demands.filter((demand) => demand.principal === principal)
  const foreign = roles.some(({ name }) => name.accountId !== key.name.accountId) ? demandsOf(usage, { crossAccount: true }) : own
  const ofRoles = { own: of(own, 'role'), foreign: of(foreign, 'role') }
  const known = new Map<RoleEvidence | undefined, CheckedAccess[]>()
  for (const access of before) if (access.key === key) known.set(access.role, [...known.get(access.role) ?? [], access])
  const check = (role: RoleEvidence | undefined, demands: readonly Demand[]): CheckedAccess[] => {
    const same = known.get(role)
    if (same !== undefined) return same
    const stage = stageOf(key, role, policiesFor(key, role, around))
    const requests = requestsOf(usage, stage, around)
    return demands.flatMap((demand) => checkDemand(demand, requests, stage))
  }
  return [
    ...check(undefined, of(own, 'service')),
    ...roles.flatMap((role) => check(role, role.name.accountId === key.name.accountId ? ofRoles.own : ofRoles.foreign))
  ]
}

type Requests = Record<Via, (action: string) => AuthorizationRequest>

/** What the calls of one principal to one key look like, on each path. */
function requestsOf (usage: ResolvedUsage, { key, role }: Stage, { now, context }: Surroundings): Requests {
  const principal: PersonalizeCaller = role === undefined ? { type: 'service' } : { type: 'role', arn: role.name.arn }
  const { accountId, region, partition } = usage
  const observed = {
    ...(key.metadata === undefined ? {} : { metadata: key.metadata }),
    ...(now === undefined ? {} : { now }),
    context: context[principal.type],
    sharedContext: context.both
  }
  const call = { principal, key: key.name, accountId, region, partition, observed }
  return { direct: personalizeRequests({ ...call, via: 'direct' }), s3: personalizeRequests({ ...call, via: 's3' }) }
}

/** One demand on every path by which its operations reach the key; paths with the same result are one check. */
function checkDemand (demand: Demand, requests: Requests, stage: Stage): CheckedAccess[] {
  const paths = (['direct', 's3'] as const).filter((via) => demand.operations.some((operation) => viaOf(operation) === via))
  const checked = (stage.hangsOnPath ? paths : paths.slice(0, 1)).map((via) => checkPath(demand, via, requests[via](demand.action), stage))
  const [first, second] = checked
  if (first === undefined) return []
  const same = second === undefined || (first.check.effective === second.check.effective && first.check.documented === second.check.documented)
  return same ? [{ ...first, check: { ...first.check, operations: [...demand.operations] } }] : checked
}

function checkPath (demand: Demand, via: Via, request: AuthorizationRequest, stage: Stage): CheckedAccess {
  const { key, role, policies } = stage
  const decision = authorize(request, policies)
  const granted = new Map(demand.requiredIn.map((place) => [place, grantedIn(place, request, stage, decision)]))
  const check: Check = {
    kmsKeyArn: key.name.arn,
    ...(role === undefined ? {} : { roleArn: role.name.arn }),
    principal: role === undefined ? { type: 'service', id: SERVICE_PRINCIPAL } : { type: 'role', id: role.name.arn },
    action: demand.action,
    operations: demand.operations.filter((operation) => viaOf(operation) === via),
    via,
    documented: documentedBy([...granted.values()]),
    requiredIn: [...demand.requiredIn],
    missingFrom: demand.requiredIn.filter((place) => granted.get(place) === 'no' || granted.get(place) === 'denied'),
    effective: decision.decision,
    layers: layersOf(decision, policies),
    ...checkEvidence(decision)
  }
  return { check, request, policies, decision, key, role, granted }
}

/** All policies that take part in a decision about this principal and key. */
export function policiesFor (key: KeyEvidence, role: RoleEvidence | undefined, around: OrganizationLayers): Policies {
  const scps = role === undefined ? undefined : levelsFor(around.serviceControlPolicies, role.name.accountId)
  const rcps = levelsFor(around.resourceControlPolicies, key.name.accountId)
  return {
    resourcePolicy: layerOf(key.keyPolicy),
    ...(role === undefined ? {} : { identityPolicies: role.identityLayer }),
    ...(role?.boundaryLayer === undefined ? {} : { permissionsBoundary: role.boundaryLayer }),
    ...(scps === undefined ? {} : { serviceControlPolicies: scps }),
    ...(rcps === undefined ? {} : { resourceControlPolicies: rcps }),
    grants: key.grants
  }
}

/** Whether anything that takes part in the decision was not read. */
export function hasUnreadLayer ({ policies }: Pick<CheckedAccess, 'policies'>): boolean {
  const { resourcePolicy, identityPolicies, permissionsBoundary, grants, serviceControlPolicies = [], resourceControlPolicies = [] } = policies
  return [resourcePolicy, identityPolicies, permissionsBoundary, grants, ...serviceControlPolicies, ...resourceControlPolicies].some((layer) => layer?.complete === false)
}

function layersOf (decision: Decision, given: Policies): Check['layers'] {
  const { resourcePolicy, sessionPolicy, ...layers } = decision.layers
  const evaluated = <T>(levels: unknown, word: T): T | 'notEvaluated' => levels === undefined && word === 'notPresent' ? 'notEvaluated' : word
  return {
    ...layers,
    keyPolicy: resourcePolicy,
    serviceControlPolicies: evaluated(given.serviceControlPolicies, layers.serviceControlPolicies),
    resourceControlPolicies: evaluated(given.resourceControlPolicies, layers.resourceControlPolicies)
  }
}
