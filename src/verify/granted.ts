import type { Check } from '../../schemas/verification.js'
import { authorize, type AuthorizationRequest, type Decision, type Policies } from '../iam/authorize.js'
import type { PolicyKind } from '../personalize/access.js'
import type { Stage } from './stage.js'

/** What one policy by itself says: that it grants, that it does not, that it denies, or that this is open. */
export type Granted = 'yes' | 'no' | 'denied' | 'maybe'
const GRANTED = { allowed: 'yes', implicitDeny: 'no', explicitDeny: 'denied', conditional: 'maybe', unknown: 'maybe' } as const satisfies Record<Decision['decision'], Granted>

/**
 * Whether one policy by itself holds what the page demands of it: the key policy by naming the principal, not by delegating
 * to IAM; the role's policies by allowing the action on the key.
 */
export function grantedIn (place: PolicyKind, request: AuthorizationRequest, stage: Stage, effective: Decision): Granted {
  const { role, keyPolicyAlone, identityAlone } = stage
  if (role === undefined && isKeyPolicyAlone(stage.policies)) return GRANTED[effective.decision]
  // Judged as if the key were the role's own: what crossing accounts takes beside is asked of the IAM policy.
  const asOwn = role === undefined ? request : { ...request, resource: { ...request.resource, accountId: role.name.accountId } }
  const decision = place === 'keyPolicy' ? authorize(asOwn, keyPolicyAlone) : authorize({ ...asOwn, rule: 'identity-or-resource' }, identityAlone)
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
