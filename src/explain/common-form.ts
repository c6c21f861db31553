import { ALL_DEMANDED_ACTIONS } from '../personalize/requirements.js'
import type { CauseCode } from './causes.js'
import type { Denial, DenialLayer } from './denial.js'
import type { RankedCause, Recognized } from './forms.js'

type ByEffect = Readonly<Record<'explicitDeny' | 'implicitDeny', CauseCode>>

const CAUSES_OF_LAYERS: Readonly<Record<DenialLayer, ByEffect>> = {
  identityPolicies: { explicitDeny: 'IDENTITY_POLICY_DENIES', implicitDeny: 'IDENTITY_POLICY_MISSES' },
  keyPolicy: { explicitDeny: 'KEY_POLICY_DENIES', implicitDeny: 'KEY_POLICY_MISSES_PERSONALIZE' },
  bucketPolicy: { explicitDeny: 'BUCKET_POLICY_DENIES', implicitDeny: 'BUCKET_POLICY_MISSES_CALLER' },
  trustPolicy: { explicitDeny: 'TRUST_POLICY_DENIES', implicitDeny: 'ROLE_NOT_ASSUMABLE' },
  resourcePolicy: { explicitDeny: 'RESOURCE_POLICY_DENIES', implicitDeny: 'RESOURCE_POLICY_MISSES' },
  permissionsBoundary: { explicitDeny: 'BOUNDARY_DENIES', implicitDeny: 'BOUNDARY_MISSES' },
  sessionPolicies: { explicitDeny: 'SESSION_POLICY_DENIES', implicitDeny: 'SESSION_POLICY_MISSES' },
  serviceControlPolicies: { explicitDeny: 'SCP_DENIES', implicitDeny: 'SCP_MISSES' },
  resourceControlPolicies: { explicitDeny: 'RCP_DENIES', implicitDeny: 'RCP_MISSES' },
  vpcEndpointPolicies: { explicitDeny: 'VPC_ENDPOINT_POLICY', implicitDeny: 'VPC_ENDPOINT_POLICY' }
}

/** "User: … is not authorized to perform: …": the action and the layer determine the causes. */
export function commonForm (denial: Denial, action: string): Recognized {
  const { effect, layer, through, encodedMessage } = denial
  const byLayer =
    layer === undefined || effect === undefined
      ? []
      : [
        layerCause(denial, action, layer, effect),
        ...(through === undefined ? [] : [CAUSES_OF_LAYERS[through][effect]])
      ]
  const decided = byLayer.map((code): RankedCause => [code, 'stated'])
  const isUnnamedDeny = effect === 'explicitDeny' && layer === undefined
  const others = isUnnamedDeny ? deniesOf(denial, action) : othersOf(denial, action, decided.length > 0)
  return {
    form: 'notAuthorized',
    says: headlineOf(denial, action),
    isPermission: true,
    causes: distinct([
      ...(effect === 'explicitDeny' ? [...decided, ...others] : [...ownerOf(action), ...decided, ...others]),
      ...(encodedMessage === undefined ? [] : [['ENCODED', 'possible'] as const])
    ])
  }
}

function layerCause (
  { principal }: Denial,
  action: string,
  layer: DenialLayer,
  effect: 'explicitDeny' | 'implicitDeny'
): CauseCode {
  const isMissing = effect === 'implicitDeny'
  if (isMissing && layer === 'bucketPolicy' && principal?.type === 'service') return 'BUCKET_POLICY_MISSES_SERVICE'
  if (isMissing && layer === 'keyPolicy' && principal?.type === 'root') return 'KEY_POLICY_MISSES_ACCOUNT'
  if (isMissing && layer === 'identityPolicies' && principal?.type === 'role' && isDemanded(action))
    return action.startsWith('kms:') ? 'ROLE_POLICY_MISSES_KMS' : 'ROLE_POLICY_MISSES_S3'
  return CAUSES_OF_LAYERS[layer][effect]
}

const isDemanded = (action: string): boolean =>
  ALL_DEMANDED_ACTIONS.includes(action) && !action.startsWith('cloudwatch:')

/** Actions that are those of the caller of Amazon Personalize, or of no one whom Amazon Personalize concerns. */
function ownerOf (action: string): RankedCause[] {
  const lower = action.toLowerCase()
  if (lower === 'iam:passrole') return [['CALLER_MAY_NOT_PASS_ROLE', 'stated']]
  if (lower.startsWith('personalize:')) return [['CALLER_MAY_NOT_CALL_PERSONALIZE', 'stated']]
  if (lower === 'sts:assumerole' || ALL_DEMANDED_ACTIONS.includes(action)) return []
  return [['NOT_NEEDED_BY_PERSONALIZE', 'likely']]
}

/** The policies of which one has the Deny, where the text does not say which. */
function deniesOf ({ principal }: Denial, action: string): RankedCause[] {
  const ofCaller: RankedCause[] = principal?.type === 'service' ? [] : [['IDENTITY_POLICY_DENIES', 'likely']]
  if (action.startsWith('kms:'))
    return [['KEY_POLICY_DENIES', 'likely'], ...ofCaller, ['ORGANIZATION_DENIES', 'possible']]
  if (action.startsWith('s3:'))
    return [['BUCKET_POLICY_DENIES', 'likely'], ...ofCaller, ['ORGANIZATION_DENIES', 'possible']]
  if (action === 'sts:AssumeRole') return [['TRUST_POLICY_DENIES', 'likely'], ...ofCaller, ['SCP_DENIES', 'possible']]
  return [...ofCaller, ['BOUNDARY_DENIES', 'possible'], ['SCP_DENIES', 'possible']]
}

/** What also fits: AWS names one layer even where several deny, and the other side may grant the access instead. */
function othersOf (denial: Denial, action: string, isDecided: boolean): RankedCause[] {
  // No Allow lifts a Deny.
  if (denial.effect === 'explicitDeny') return []
  const rank = isDecided ? 'possible' : 'likely'
  if (action === 'sts:AssumeRole') return [['ROLE_NOT_ASSUMABLE', rank]]
  if (action === 'iam:PassRole' || !isDemanded(action)) return isDecided ? [] : [['IDENTITY_POLICY_MISSES', 'likely']]
  return action.startsWith('kms:') ? othersOfKey(denial, rank) : othersOfBucket(denial, action, rank)
}

function othersOfKey ({ principal, layer }: Denial, rank: RankedCause[1]): RankedCause[] {
  return [
    [principal?.type === 'root' ? 'KEY_POLICY_MISSES_ACCOUNT' : 'KEY_POLICY_MISSES_PERSONALIZE', rank],
    ...(hasNoPolicies(principal) ? [] : ([['ROLE_POLICY_MISSES_KMS', rank]] as const)),
    ...(layer === 'identityPolicies' ? [] : ([['KEY_ELSEWHERE', 'possible']] as const))
  ]
}

function othersOfBucket ({ principal }: Denial, action: string, rank: RankedCause[1]): RankedCause[] {
  const path: RankedCause[] = action === 's3:GetObject' ? [['PATH_WRONG', 'possible']] : []
  if (principal?.type === 'service') return [['BUCKET_POLICY_MISSES_SERVICE', rank], ...path]
  const ofRole: RankedCause[] = hasNoPolicies(principal) ? [] : [['ROLE_POLICY_MISSES_S3', rank]]
  return [...ofRole, ['BUCKET_POLICY_MISSES_CALLER', 'possible'], ...path]
}

/** No IAM policy allows anything to a service, or to the root user of an account, who needs none. */
function hasNoPolicies (principal: Denial['principal']): boolean {
  return principal?.type === 'service' || principal?.type === 'root'
}

function distinct (causes: readonly RankedCause[]): RankedCause[] {
  return causes.filter(([code], index) => causes.findIndex(([other]) => other === code) === index)
}

const LAYER_WORDS: Readonly<Record<DenialLayer, string>> = {
  identityPolicies: 'identity-based policy',
  keyPolicy: 'key policy',
  bucketPolicy: 'bucket policy',
  trustPolicy: 'trust policy',
  resourcePolicy: 'resource-based policy',
  permissionsBoundary: 'permissions boundary',
  sessionPolicies: 'session policy',
  serviceControlPolicies: 'service control policy',
  resourceControlPolicies: 'resource control policy',
  vpcEndpointPolicies: 'VPC endpoint policy'
}

function headlineOf ({ principal, effect, layer }: Denial, action: string): string {
  const who =
    principal === undefined
      ? 'The caller'
      : principal.roleName === undefined
        ? principal.id
        : `The role ${principal.roleName}`
  const what = `${who} may not perform ${action}`
  if (layer === undefined)
    return effect === 'explicitDeny'
      ? `${what}: a Deny. The text does not say in which policy.`
      : `${what}. The text names no policy.`
  const name = LAYER_WORDS[layer]
  return effect === 'explicitDeny'
    ? `${what}: a Deny in the ${name}.`
    : `${what}: no ${name} allows it.`
}
