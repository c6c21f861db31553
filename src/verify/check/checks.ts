import type { Check } from '../../../schemas/verification.js'
import { type Decision, prepare, type PreparedEvaluation } from '../../iam/authorize.js'
import { type AuthorizationRequest, type Layer, layersOfPolicies, type Policies } from '../../iam/decide/request.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { type Template, templateKeys } from '../../iam/match/policy-variable.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { type Via, viaOf } from '../../personalize/kms-call.js'
import { type RequiredPermission, requirementsFor } from '../../personalize/requirements.js'
import { type ResolvedUsage, usageOfKey } from '../../personalize/usage.js'
import { type KeyEvidence, layerOf, type RoleEvidence } from '../read/evidence.js'
import { levelsFor, type OrganizationLayers, type OrganizationContext } from '../read/organization.js'
import { byPath, type Calls, callsOf } from './calls.js'
import { documentedBy, type Granted, GRANTED } from './documented.js'
import { checkEvidence, layersOf } from './decision-evidence.js'
import type { CheckedTrust } from './trust.js'

/** A key and a principal, with the policies that all questions about the two are put to. */
interface CheckInput {
  key: KeyEvidence
  /** Undefined for the service principal. */
  role: RoleEvidence | undefined
  calls: Calls
  policies: Policies
  /** Whether a policy mentions the path on which a call comes; where none does, every path is decided alike. */
  dependsOnPath: boolean
}

function checkInputOf (input: Omit<CheckInput, 'dependsOnPath'>): CheckInput {
  const mentionsPath = ({ statements, unresolved }: Policy): boolean =>
    statements.some(statementMentionsPath) || unresolved.some(statementMentionsPath)
  const dependsOnPath = layersOfPolicies(input.policies).some((layer) => layer.policies.some(mentionsPath))
  return { ...input, dependsOnPath }
}

const PATH_KEYS = new Set([
  'kms:encryptioncontext:aws:s3:arn',
  'kms:viaservice',
  'aws:viaawsservice',
  'aws:calledvia',
  'aws:calledviafirst',
  'aws:calledvialast'
])

function statementMentionsPath ({ conditions, resources }: Statement): boolean {
  const inTemplate = (template: Template): boolean => templateKeys(template).some((key) => PATH_KEYS.has(key))
  return (
    conditions.some(
      ({ key, values }) =>
        PATH_KEYS.has(key) || values.some((value) => 'template' in value && inTemplate(value.template))
    ) || resources?.values.some((value) => 'template' in value && inTemplate(value.template)) === true
  )
}

/** The policies that may have to grant the use of a key. */
type KeyPlace = Check['requiredIn'][number]

/**
 * Whether one policy by itself holds what the page requires of it: the key policy by naming the principal, not by
 * delegating to IAM; the role's policies by allowing the action on the key.
 */
function grantedIn (
  place: KeyPlace,
  action: string,
  evaluation: PreparedEvaluation,
  { role, policies }: CheckInput,
  effective: Decision
): Granted {
  if (role === undefined && isKeyPolicyAlone(policies)) return GRANTED[effective.decision]
  // Evaluated as if the key were the role's own: what crossing accounts takes beside is required of the IAM policy.
  const layer = place === 'keyPolicy' ? 'resourcePolicy' : 'identityPolicies'
  return GRANTED[evaluation.alone(layer).decide(action).decision]
}

/** Of a service principal, then, everything is decided by the key policy: the question has been answered already. */
function isKeyPolicyAlone ({ grants, resourceControlPolicies }: Policies): boolean {
  return resourceControlPolicies === undefined && grants?.complete === true && grants.entries.length === 0
}

/** A check with what lies behind it, of which the report tells a part. */
export interface CheckedAccess {
  check: Check
  request: AuthorizationRequest
  policies: Policies
  decision: Decision
  key: KeyEvidence
  role: RoleEvidence | undefined
  calls: Calls
  /** What each policy of `requiredIn` says by itself. */
  granted: Readonly<Partial<Record<KeyPlace, Granted>>>
}

/**
 * Every check of one key: the service principal's, then each role's. What was checked before with the same evidence
 * is not checked again.
 */
export function checkKey (
  usage: ResolvedUsage,
  key: KeyEvidence,
  trust: readonly CheckedTrust[],
  around: OrganizationContext,
  before: readonly CheckedAccess[] = []
): CheckedAccess[] {
  const roles = trust.map(({ role }) => role)
  const used = usageOfKey(usage, key.name.arn)
  const scope = used.direction === undefined ? {} : { direction: used.direction }
  const own = requirementsFor(used, { ...scope, crossAccount: false })
  const of = (
    demands: readonly RequiredPermission[],
    principal: RequiredPermission['principal']
  ): RequiredPermission[] => demands.filter((demand) => demand.principal === principal)
  const foreign = roles.some(({ name }) => name.accountId !== key.name.accountId)
    ? requirementsFor(used, { ...scope, crossAccount: true })
    : own
  const ofRoles = { own: of(own, 'role'), foreign: of(foreign, 'role') }
  const known = new Map(
    before.flatMap((access) => (access.key.observed === key.observed ? [[access.role?.observed, access]] : []))
  )
  const check = (trusted: CheckedTrust | undefined, demands: readonly RequiredPermission[]): CheckedAccess[] => {
    const role = trusted?.role
    const earlier = known.get(role?.observed)
    if (earlier?.key === key && earlier.role === role)
      return before.filter((access) => access.key === key && access.role === role)
    const calls =
      earlier?.calls.sessionTags === trusted?.sessionTags && earlier !== undefined
        ? earlier.calls
        : callsOf(usage, { key, role }, around, trusted?.sessionTags)
    const stage = checkInputOf({ key, role, calls, policies: policiesFor(key, role, around) })
    const paths = pathsOf(stage)
    return demands.flatMap((demand) => checkDemand(demand, paths, stage))
  }
  return [
    ...check(undefined, of(own, 'service')),
    ...trust.flatMap((trusted) =>
      check(trusted, trusted.role.name.accountId === key.name.accountId ? ofRoles.own : ofRoles.foreign)
    )
  ]
}

interface Prepared {
  request: ReturnType<Calls['on']>['request']
  evaluation: PreparedEvaluation
}

/** What is read is decrypted; the other actions are for what is written. */
const READING = 'kms:Decrypt'

/** The calls on one path, and the policies that decide them. */
interface Path extends Prepared {
  /** The same for objects that were written while the bucket had another setting; left out where it is the same. */
  ofOlderObjects?: Prepared
  /** What a check says of its decision, and nothing yet of an action; actions that are decided alike share it. */
  common: (decision: Decision) => Check
}

function pathsOf ({ key, role, calls, policies }: CheckInput): (via: Via) => Path {
  return byPath((via) => {
    const { request, ofOlderObjects: older } = calls.on(via)
    const prepared = (of: typeof request): Prepared => ({ request: of, evaluation: prepare(of, policies) })
    const known = new Map<Decision, Check>()
    const common = (decision: Decision): Check => {
      const check = known.get(decision) ?? commonCheck({ key, role, policies }, via, decision)
      known.set(decision, check)
      return check
    }
    return { ...prepared(request), ...(older === undefined ? {} : { ofOlderObjects: prepared(older) }), common }
  })
}

/**
 * The members in the order of a report. One literal that does not begin with a spread: the checks are copies of it,
 * and V8 copies such an object several times faster.
 */
function commonCheck (
  { key, role, policies }: Pick<CheckInput, 'key' | 'role' | 'policies'>,
  via: Via,
  decision: Decision
): Check {
  return {
    kmsKeyArn: key.name.arn,
    ...(role === undefined ? {} : { roleArn: role.name.arn }),
    principal: role === undefined ? { type: 'service', id: SERVICE_PRINCIPAL } : { type: 'role', id: role.name.arn },
    action: '',
    operations: [],
    via,
    documented: 'pass',
    requiredIn: [],
    missingFrom: [],
    effective: decision.decision,
    layers: layersOf(decision, policies),
    ...checkEvidence(decision)
  }
}

/** One requirement on every path by which its operations reach the key; paths with the same result are one check. */
function checkDemand (demand: RequiredPermission, paths: (via: Via) => Path, stage: CheckInput): CheckedAccess[] {
  const { operations } = demand
  const [one, other] = (['direct', 's3'] as const).filter((via) => operations.some((name) => viaOf(name) === via))
  if (one === undefined) return []
  const first = checkPath(demand, paths(one), stage)
  if (other === undefined || !stage.dependsOnPath) return [first]
  const second = checkPath(demand, paths(other), stage)
  const isSame =
    first.check.effective === second.check.effective && first.check.documented === second.check.documented
  return isSame ? [first] : [first, second].map(ofPath)
}

/** A check that says something of one path alone. */
function ofPath (access: CheckedAccess): CheckedAccess {
  const { operations, via } = access.check
  return { ...access, check: { ...access.check, operations: operations.filter((name) => viaOf(name) === via) } }
}

/**
 * By the current setting of the buckets; what is read has to be allowed for older objects as well, which may have been
 * written with another one.
 */
function decisionOn (
  action: string,
  { request, evaluation, ofOlderObjects }: Path
): Prepared & { decision: Decision } {
  const decision = evaluation.decide(action)
  if (ofOlderObjects === undefined || action !== READING || decision.decision !== 'allowed')
    return { request, evaluation, decision }
  return { ...ofOlderObjects, decision: ofOlderObjects.evaluation.decide(action) }
}

function checkPath (
  demand: RequiredPermission,
  path: Path,
  stage: CheckInput
): CheckedAccess {
  const { key, role, calls, policies } = stage
  const { action } = demand
  const requiredIn = demand.requiredIn.filter((place) => place !== 'bucketPolicy')
  const { request, evaluation, decision } = decisionOn(action, path)
  const granted: Partial<Record<KeyPlace, Granted>> = {}
  for (const place of requiredIn) granted[place] = grantedIn(place, action, evaluation, stage, decision)
  const check: Check = {
    ...path.common(decision),
    action,
    operations: [...demand.operations],
    documented: documentedBy(Object.values(granted)),
    requiredIn,
    missingFrom: requiredIn.filter((place) => granted[place] === 'no' || granted[place] === 'denied')
  }
  const { principal, resource, context } = request
  const single = { principal, resource, action, context: context.forAction(action) }
  return { check, request: single, policies, decision, key, role, calls, granted }
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

/** Whether anything that takes part in the decision was not read, or is not known yet. */
export function hasUnreadLayer ({ policies }: Pick<CheckedAccess, 'policies'>): boolean {
  const isOpen = ({ opaque, unresolved }: Policy): boolean => opaque || unresolved.length > 0
  const isUnread = (layer: Layer): boolean => !layer.complete || layer.policies.some(isOpen)
  return policies.grants?.complete === false || layersOfPolicies(policies).some(isUnread)
}
