import { parseArn } from './arn.js'
import type { AuthorizationRequest, Policies } from './authorize.js'
import type { Rule } from './decision-table.js'
import type { Layer, LayerName, PlacedPolicy, Question } from './matches.js'
import { callerOf, type Caller } from './principal.js'
import { MAYBE, NO, YES, type Truth } from './truth.js'

/** A layer that binds the caller, with its documents in their place. */
export interface PlacedLayer {
  name: LayerName
  level: number
  /** Some document could not be read, or not all of it. */
  incomplete: boolean
  policies: readonly PlacedPolicy[]
}

/** Where a request stands, but for its action: what one principal, resource and context find in the policies. */
export interface Standing {
  policies: Policies
  caller: Caller
  /** The account of the resource. */
  accountId: string
  /** Caller and resource belong to one account. */
  sameAccount: boolean
  /** Nothing crosses from one partition into another. */
  samePartition: boolean
  layers: readonly PlacedLayer[]
  question: Question
}

type Asked = Omit<AuthorizationRequest, 'action'>

/** Whoever asks about one action mostly asks about the next, so the last standing is kept; it holds no more than the asker's own policies. */
let last: Standing | undefined

/** The standing of a request; what has been found there for one action serves the others. */
export function standingOf (request: Asked, policies: Policies): Standing {
  if (last === undefined || last.policies !== policies || !isOf(request, last)) last = stand(request, policies)
  return last
}

function isOf ({ principal, resource, context, withoutResource }: Asked, { caller, accountId, question }: Standing): boolean {
  return context === question.context && principal.kind === caller.kind && principal.value === caller.value &&
    resource.arn === question.resourceArn && resource.accountId === accountId && (withoutResource === true) === question.withoutResource
}

function stand (request: Asked, policies: Policies): Standing {
  const { arn, accountId } = request.resource
  const caller = callerOf(request.principal)
  return {
    policies,
    caller,
    accountId,
    sameAccount: caller.accountId === accountId,
    samePartition: caller.partition === '' || (parseArn(arn)?.partition ?? caller.partition) === caller.partition,
    layers: layersFor(caller, policies),
    question: { caller, resourceArn: arn, context: request.context, boundary: boundaryOf(policies), withoutResource: request.withoutResource === true }
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
  // SCPs bind neither service principals nor service-linked roles; RCPs bind service principals too.
  if (!withoutIdentity && !caller.serviceLinked) policies.serviceControlPolicies?.forEach((layer, level) => { place(layers, 'serviceControlPolicies', layer, level) })
  if (!caller.serviceLinked) policies.resourceControlPolicies?.forEach((layer, level) => { place(layers, 'resourceControlPolicies', layer, level) })
  return layers
}

function place (layers: PlacedLayer[], name: LayerName, layer: Layer | undefined, level = 0): void {
  if (layer === undefined) return
  const policies = layer.policies.map((policy): PlacedPolicy => ({ layer: name, level, policy, looked: Array<undefined>(policy.statements.length) }))
  layers.push({ name, level, incomplete: !layer.complete || layer.policies.some((policy) => policy.opaque), policies })
}

/** Of these layers, those that take part under the rule: no resource policy where there is none, and RCPs do not reach kms:RetireGrant. */
export function layersUnder (rule: Rule, layers: readonly PlacedLayer[]): readonly PlacedLayer[] {
  const apart = rule === 'identityOnly' ? 'resourcePolicy' : rule === 'retireGrant' ? 'resourceControlPolicies' : undefined
  return apart === undefined || !layers.some(({ name }) => name === apart) ? layers : layers.filter(({ name }) => name !== apart)
}

/** Whether the caller has a permissions boundary: not to be told where one could not be looked for. */
function boundaryOf (policies: Policies): Truth {
  const boundary = policies.permissionsBoundary
  if (boundary === undefined) return NO
  return boundary.complete || boundary.policies.length > 0 ? YES : MAYBE
}
