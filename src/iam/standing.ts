import { parseArn } from './arn.js'
import type { PlacedLayer } from './decision-table.js'
import type { PlacedPolicy, RequestFacts } from './matches.js'
import { parseCaller, type Caller } from './principal.js'
import type { Layer, LayerName, Policies, RequestWithoutAction } from './request.js'
import { MAYBE, NO, YES, type Truth } from './truth.js'

/** The policies that apply to a caller, with the facts of its request; the same for every action. */
export interface ApplicablePolicies {
  request: RequestWithoutAction
  policies: Policies
  facts: RequestFacts
  layers: readonly PlacedLayer[]
}

export function collectApplicable (request: RequestWithoutAction, policies: Policies): ApplicablePolicies {
  const { arn, accountId } = request.resource
  const caller = parseCaller(request.principal)
  return {
    request,
    policies,
    facts: {
      caller,
      resourceArn: arn,
      context: request.context,
      sameAccount: caller.accountId === accountId,
      samePartition: caller.partition === '' || (parseArn(arn)?.partition ?? caller.partition) === caller.partition,
      boundary: boundaryOf(policies),
      withoutResource: request.withoutResource === true
    },
    layers: layersFor(caller, policies)
  }
}

/** The layers that bind this caller. */
function layersFor (caller: Caller, policies: Policies): PlacedLayer[] {
  const layers: PlacedLayer[] = []
  const withoutIdentity = caller.kind === 'service' || caller.kind === 'anonymous'
  place(layers, 'resourcePolicy', policies.resourcePolicy)
  if (!withoutIdentity && caller.kind !== 'root') {
    place(layers, 'identityPolicies', policies.identityPolicies)
    place(layers, 'permissionsBoundary', policies.permissionsBoundary)
    place(layers, 'sessionPolicy', policies.sessionPolicy)
  }
  if (caller.serviceLinked) return layers
  // SCPs bind neither service principals nor service-linked roles; RCPs bind service principals too.
  if (!withoutIdentity) policies.serviceControlPolicies?.forEach((layer, level) => { place(layers, 'serviceControlPolicies', layer, level) })
  policies.resourceControlPolicies?.forEach((layer, level) => { place(layers, 'resourceControlPolicies', layer, level) })
  return layers
}

function place (layers: PlacedLayer[], name: LayerName, layer: Layer | undefined, level = 0): void {
  if (layer === undefined) return
  const policies = layer.policies.map((policy): PlacedPolicy =>
    ({ layer: name, level, policy, matched: Array<undefined>(policy.statements.length) }))
  layers.push({ name, level, incomplete: !layer.complete || layer.policies.some((policy) => policy.opaque), policies })
}

/** Whether the caller has a permissions boundary: *maybe* where it could not be read. */
function boundaryOf (policies: Policies): Truth {
  const boundary = policies.permissionsBoundary
  if (boundary === undefined) return NO
  return boundary.complete || boundary.policies.length > 0 ? YES : MAYBE
}
