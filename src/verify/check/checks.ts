import type { Check } from '../../../schemas/verification.js'
import { authorize, type Decision } from '../../iam/authorize.js'
import type { AuthorizationRequest, Policies } from '../../iam/decide/request.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { type Template, templateKeys } from '../../iam/match/policy-variable.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { type PersonalizeCaller, personalizeRequests, type Via, viaOf } from '../../personalize/kms-call.js'
import { type Demand, demandsOf, type PolicyKind } from '../../personalize/requirements.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { type KeyEvidence, layerOf, type RoleEvidence } from '../read/evidence.js'
import { levelsFor, type OrganizationLayers, type Surroundings } from '../read/organization.js'
import { checkEvidence } from './decision-evidence.js'

/** A key and a principal, with the policies that all questions about the two are put to. */
export interface Stage {
  key: KeyEvidence
  /** Undefined for the service principal. */
  role: RoleEvidence | undefined
  policies: Policies
  keyPolicyAlone: Policies
  identityAlone: Policies
  /** Whether a policy mentions the path on which a call comes; where none does, every path is decided alike. */
  hangsOnPath: boolean
}

export function stageOf (key: KeyEvidence, role: RoleEvidence | undefined, policies: Policies): Stage {
  const {
    resourcePolicy,
    identityPolicies,
    permissionsBoundary,
    serviceControlPolicies = [],
    resourceControlPolicies = []
  } = policies
  const layers = [
    resourcePolicy,
    identityPolicies,
    permissionsBoundary,
    ...serviceControlPolicies,
    ...resourceControlPolicies
  ]
  return {
    key,
    role,
    policies,
    keyPolicyAlone: resourcePolicy === undefined ? {} : { resourcePolicy },
    identityAlone: identityPolicies === undefined ? {} : { identityPolicies },
    hangsOnPath: layers.some((layer) => layer?.policies.some(mentionsPath) === true)
  }
}

const PATH_KEYS = new Set([
  'kms:viaservice',
  'aws:viaawsservice',
  'aws:calledvia',
  'aws:calledviafirst',
  'aws:calledvialast'
])
const known = new WeakMap<Policy, boolean>()

function mentionsPath (policy: Policy): boolean {
  const found = known.get(policy) ?? policy.statements.some(statementMentionsPath)
  known.set(policy, found)
  return found
}

function statementMentionsPath ({ conditions, resources }: Statement): boolean {
  const inTemplate = (template: Template): boolean => templateKeys(template).some((key) => PATH_KEYS.has(key))
  return (
    conditions.some(
      ({ key, values }) =>
        PATH_KEYS.has(key) || values.some((value) => 'template' in value && inTemplate(value.template))
    ) || resources?.values.some((value) => 'template' in value && inTemplate(value.template)) === true
  )
}

/** What one policy by itself says: that it grants, that it does not, that it denies, or that this is open. */
export type Granted = 'yes' | 'no' | 'denied' | 'maybe'
const GRANTED = {
  allowed: 'yes',
  implicitDeny: 'no',
  explicitDeny: 'denied',
  conditional: 'maybe',
  unknown: 'maybe'
} as const satisfies Record<Decision['decision'], Granted>

/**
 * Whether one policy by itself holds what the page demands of it: the key policy by naming the principal, not by
 * delegating
 * to IAM; the role's policies by allowing the action on the key.
 */
export function grantedIn (
  place: PolicyKind,
  request: AuthorizationRequest,
  stage: Stage,
  effective: Decision
): Granted {
  const { role, keyPolicyAlone, identityAlone } = stage
  if (role === undefined && isKeyPolicyAlone(stage.policies)) return GRANTED[effective.decision]
  // Judged as if the key were the role's own: what crossing accounts takes beside is asked of the IAM policy.
  const asOwn =
    role === undefined ? request : { ...request, resource: { ...request.resource, accountId: role.name.accountId } }
  const decision =
    place === 'keyPolicy'
      ? authorize(asOwn, keyPolicyAlone)
      : authorize({ ...asOwn, rule: 'identity-or-resource' }, identityAlone)
  return GRANTED[decision.decision]
}

/** Of a service principal, then, everything is decided by the key policy: the question has been answered already. */
function isKeyPolicyAlone ({ grants, resourceControlPolicies }: Policies): boolean {
  return resourceControlPolicies === undefined && grants?.complete === true && grants.entries.length === 0
}

/** Every policy that the page names has to grant it. */
export function documentedBy (granted: readonly Granted[]): Check['documented'] {
  if (granted.includes('no') || granted.includes('denied')) return 'fail'
  return granted.includes('maybe') ? 'indeterminate' : 'pass'
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

/**
 * Every check of one key: the service principal's, then each role's. What was checked before with the same evidence
 * is not checked again.
 */
export function checkKey (
  usage: ResolvedUsage,
  key: KeyEvidence,
  roles: readonly RoleEvidence[],
  around: Surroundings,
  before: readonly CheckedAccess[] = []
): CheckedAccess[] {
  const own = demandsOf(usage, { crossAccount: false })
  const of = (demands: readonly Demand[], principal: Demand['principal']): Demand[] =>
    demands.filter((demand) => demand.principal === principal)
  const foreign = roles.some(({ name }) => name.accountId !== key.name.accountId)
    ? demandsOf(usage, { crossAccount: true })
    : own
  const ofRoles = { own: of(own, 'role'), foreign: of(foreign, 'role') }
  const known = new Map<RoleEvidence | undefined, CheckedAccess[]>()
  for (const access of before)
    if (access.key === key) known.set(access.role, [...(known.get(access.role) ?? []), access])
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
  const paths = (['direct', 's3'] as const).filter((via) =>
    demand.operations.some((operation) => viaOf(operation) === via)
  )
  const checked = (stage.hangsOnPath ? paths : paths.slice(0, 1)).map((via) =>
    checkPath(demand, via, requests[via](demand.action), stage)
  )
  const [first, second] = checked
  if (first === undefined) return []
  const same =
    second === undefined ||
    (first.check.effective === second.check.effective && first.check.documented === second.check.documented)
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
  const {
    resourcePolicy,
    identityPolicies,
    permissionsBoundary,
    grants,
    serviceControlPolicies = [],
    resourceControlPolicies = []
  } = policies
  return [
    resourcePolicy,
    identityPolicies,
    permissionsBoundary,
    grants,
    ...serviceControlPolicies,
    ...resourceControlPolicies
  ].some((layer) => layer?.complete === false)
}

function layersOf (decision: Decision, given: Policies): Check['layers'] {
  const { resourcePolicy, sessionPolicy, ...layers } = decision.layers
  const evaluated = <T>(levels: unknown, word: T): T | 'notEvaluated' =>
    levels === undefined && word === 'notPresent' ? 'notEvaluated' : word
  return {
    ...layers,
    keyPolicy: resourcePolicy,
    serviceControlPolicies: evaluated(given.serviceControlPolicies, layers.serviceControlPolicies),
    resourceControlPolicies: evaluated(given.resourceControlPolicies, layers.resourceControlPolicies)
  }
}
