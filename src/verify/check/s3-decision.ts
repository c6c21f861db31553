import { type Decision, prepare, type PreparedEvaluation } from '../../iam/authorize.js'
import { type AuthorizationRequest, layersOfPolicies, type Policies } from '../../iam/decide/request.js'
import { RESOURCE } from '../../iam/match/request-context.js'
import { ADDRESS_KEYS, type ConnectionChange, variantOf, VERSION_KEYS } from '../../personalize/s3-call.js'

/** All policies, or one of them alone. */
type Part = (evaluation: PreparedEvaluation) => PreparedEvaluation

/**
 * Decides by all policies, or by one of them alone; where they look at the connection, for each that is possible. The
 * version of TLS is one of two. The address that is assumed of AWS is in no range of a customer's, and the call comes
 * through no VPC, so that a denial by either is certain; but of a range of AWS's own, or of any VPC at all, it is not
 * known whether the call comes from it: what is allowed must be so from every network of AWS.
 */
export function decider (
  questions: readonly AuthorizationRequest[],
  policies: Policies,
  action: string
): (part: Part) => Decision {
  const { dependsOnNetwork, dependsOnVersion } = dependenciesOf(policies)
  const prepared = (requests: readonly AuthorizationRequest[]): PreparedEvaluation[] =>
    requests.map((request) => prepare(request, policies))
  const asAssumed = prepared(questions)
  const decideIn = (evaluations: readonly PreparedEvaluation[], part: Part): Decision =>
    decisive(evaluations.map((evaluation) => part(evaluation).decide(action)))
  return (part) => {
    const assumed = decideIn(asAssumed, part)
    if (dependsOnVersion && decideIn(prepared(changed(questions, 'latestTls')), part).decision !== assumed.decision)
      return decideIn(prepared(changed(questions, 'anyTls')), part)
    if (!dependsOnNetwork || assumed.decision !== 'allowed') return assumed
    const requests = dependsOnVersion ? changed(questions, 'anyTls') : questions
    return decideIn(prepared(changed(requests, 'anyNetwork')), part)
  }
}

/** All requests that a decision by these policies may be made on. */
export function possibleRequests (
  questions: readonly AuthorizationRequest[],
  policies: Policies
): AuthorizationRequest[] {
  const { dependsOnNetwork, dependsOnVersion } = dependenciesOf(policies)
  const ofVersions = dependsOnVersion ? [...questions, ...changed(questions, 'anyTls')] : [...questions]
  return dependsOnNetwork ? [...ofVersions, ...changed(ofVersions, 'anyNetwork')] : ofVersions
}

function changed (requests: readonly AuthorizationRequest[], change: ConnectionChange): AuthorizationRequest[] {
  return requests.map((request) => variantOf(request, change))
}

/** Which parts of the connection a condition or a variable in any of the policies is about. */
function dependenciesOf (policies: Policies): { dependsOnNetwork: boolean; dependsOnVersion: boolean } {
  const layers = layersOfPolicies(policies)
  const isMentioned = (keys: readonly string[]): boolean =>
    layers.some((layer) =>
      layer.policies.some(({ statements, unresolved }) =>
        [...statements, ...unresolved].some(({ contextKeys }) => contextKeys.some((key) => keys.includes(key)))
      )
    )
  return { dependsOnNetwork: isMentioned(ADDRESS_KEYS), dependsOnVersion: isMentioned(VERSION_KEYS) }
}

/**
 * The decision on every object of the prefix. Where that depends on the object, and everything that the location can be
 * meant for is denied, it is denied: nothing is left but siblings.
 */
function decisive ([all, ...meant]: readonly Decision[]): Decision {
  if (all === undefined) throw new Error('a location without a question')
  if (all.decision !== 'conditional' || !all.missingContextValues.includes(RESOURCE)) return all
  const implicit = meant.find(({ decision }) => decision === 'implicitDeny')
  const isDenied = meant.every(({ decision }) => decision === 'implicitDeny' || decision === 'explicitDeny')
  return isDenied ? (implicit ?? meant[0] ?? all) : all
}
