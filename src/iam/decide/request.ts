import type { Policy } from '../document/policy-document.js'
import type { Principal } from '../document/principal.js'
import type { ContextByAction, RequestContext } from '../match/request-context.js'
import type { GrantEntry } from './grant.js'

/** The kinds of policy that take part in a decision. */
export type LayerName =
  | 'resourcePolicy'
  | 'identityPolicies'
  | 'permissionsBoundary'
  | 'sessionPolicy'
  | 'serviceControlPolicies'
  | 'resourceControlPolicies'
  | 'grants'

/** A layer that can be evaluated by itself. */
export type SingleLayer = 'resourcePolicy' | 'identityPolicies'

/** The documents of one layer. `complete: false`: some could not be read, and any of them might allow or deny. */
export interface Layer {
  policies: readonly Policy[]
  complete: boolean
}

/** A request of one principal on one resource, without the action. */
export interface RequestWithoutAction {
  principal: Principal
  /**
   * `isPattern`: the ARN is a wildcard pattern, such as all objects under a prefix. Which resource is requested is then
   * as unknown as a condition key: a decision holds for each of them, or depends on `Resource`.
   */
  resource: { arn: string; accountId: string; isPattern?: boolean }
  /** One for all actions, or one for each action where some keys exist on some actions only. */
  context: RequestContext | ContextByAction
  /** `kms-key` (default): the key policy must allow or delegate. `identity-or-resource`: AWS's ordinary rule. */
  rule?: 'kms-key' | 'identity-or-resource'
  /** Statements of the resource policy apply without a `Resource`, as in a role's trust policy. */
  withoutResource?: boolean
}

/** A request for an authorization decision: may this principal perform this action on that resource? */
export interface AuthorizationRequest extends RequestWithoutAction {
  /** Of any AWS service; not case-sensitive. */
  action: string
  context: RequestContext
}

/** All policies that take part. A layer that is left out does not exist. */
export interface Policies {
  /** The key policy, for a KMS key. */
  readonly resourcePolicy?: Layer
  readonly identityPolicies?: Layer
  readonly permissionsBoundary?: Layer
  readonly sessionPolicy?: Layer
  /** One layer for each level, the organization's root first. */
  readonly serviceControlPolicies?: readonly Layer[]
  readonly resourceControlPolicies?: readonly Layer[]
  readonly grants?: { entries: readonly GrantEntry[]; complete: boolean }
}

/** The documents of all layers, those of each level of an organization's policies as well. */
export function layersOfPolicies ({
  resourcePolicy,
  identityPolicies,
  permissionsBoundary,
  sessionPolicy,
  serviceControlPolicies = [],
  resourceControlPolicies = []
}: Policies): Layer[] {
  const single = [resourcePolicy, identityPolicies, permissionsBoundary, sessionPolicy]
  return [...single, ...serviceControlPolicies, ...resourceControlPolicies].filter((layer) => layer !== undefined)
}
