import { isKmsAliasAction, isKmsKeyless, parseAction } from '../document/action.js'
import { type Caller, parseCaller } from '../document/principal.js'
import { parseArn } from '../match/arn.js'
import { RequestContext, RESOURCE } from '../match/request-context.js'
import { MAYBE, NO, type Truth, YES } from '../match/truth.js'
import type { Evaluation, PlacedLayer, Rule } from './decision-table.js'
import type { Layer, LayerName, Policies, RequestWithoutAction, SingleLayer } from './request.js'
import {
  findMatches,
  matchGrants,
  type PlacedPolicy,
  rematch,
  rematchGrants,
  type RequestFacts,
  type StatementMatch
} from './statement-match.js'

/** The policies that apply to a caller, with the facts of its request; the same for every action. */
export interface ApplicablePolicies {
  request: RequestWithoutAction
  policies: Policies
  facts: RequestFacts
  layers: readonly PlacedLayer[]
}

/** Stands for the context until the action is known. */
const NO_CONTEXT = new RequestContext([])
const never = (): boolean => false

export function collectApplicable (request: RequestWithoutAction, policies: Policies): ApplicablePolicies {
  const { arn, accountId, isPattern = false } = request.resource
  const caller = parseCaller(request.principal)
  return {
    request,
    policies,
    facts: {
      caller,
      resourceArn: arn,
      isPattern,
      context: request.context instanceof RequestContext ? withResource(request.context, request) : NO_CONTEXT,
      dependsOnAction: request.context instanceof RequestContext ? never : request.context.dependsOnAction,
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
  if (caller.serviceLinked === YES) return layers
  // SCPs bind neither service principals nor service-linked roles; RCPs bind service principals too.
  if (!withoutIdentity)
    policies.serviceControlPolicies?.forEach((layer, level) => {
      place(layers, 'serviceControlPolicies', layer, level)
    })
  policies.resourceControlPolicies?.forEach((layer, level) => {
    place(layers, 'resourceControlPolicies', layer, level)
  })
  return layers
}

function place (layers: PlacedLayer[], name: LayerName, layer: Layer | undefined, level = 0): void {
  if (layer === undefined) return
  const policies = layer.policies.map((policy): PlacedPolicy => ({
    layer: name,
    level,
    policy,
    matched: Array<undefined>(policy.statements.length + policy.unresolved.length)
  }))
  layers.push({ name, level, incomplete: !layer.complete || layer.policies.some((policy) => policy.opaque), policies })
}

/** Whether the caller has a permissions boundary: *maybe* where it could not be read. */
function boundaryOf (policies: Policies): Truth {
  const boundary = policies.permissionsBoundary
  if (boundary === undefined) return NO
  return boundary.complete || boundary.policies.length > 0 ? YES : MAYBE
}

const RETIRE_GRANT = 'kms:retiregrant'
const ALIAS_ARN = /^arn:(?:[^:]*:){4}alias\//
const NO_GRANTS: NonNullable<Policies['grants']> = { entries: [], complete: true }

/** Finds the statements and grants that apply to one action. */
export function evaluate (
  { request, policies, facts: shared, layers: all }: ApplicablePolicies,
  actionName: string
): Evaluation {
  const action = parseAction(actionName)
  const facts = factsFor(shared, request, actionName)
  const rule = ruleFor(action.name, request, policies)
  const layers = layersUnder(rule, all)
  const grants = (rule === 'key' || rule === 'retireGrant' ? policies.grants : undefined) ?? NO_GRANTS
  const matches: StatementMatch[] = []
  for (const layer of layers) for (const policy of layer.policies) findMatches(policy, action, facts, matches)
  return {
    action,
    rule,
    facts,
    layers,
    grantsIncomplete: !grants.complete,
    grantEntries: grants.entries,
    matches,
    grants: grants.entries.length === 0 ? [] : matchGrants(grants.entries, action.name, facts)
  }
}

/** The facts with the context of one action. */
function factsFor (facts: RequestFacts, request: RequestWithoutAction, action: string): RequestFacts {
  const { context } = request
  return context instanceof RequestContext
    ? facts
    : { ...facts, context: withResource(context.forAction(action), request) }
}

/** A resource of which only a pattern is known is one more unknown of the context. */
function withResource (
  context: RequestContext,
  { resource: { arn, isPattern } }: RequestWithoutAction
): RequestContext {
  return isPattern === true
    ? context.with(new Map([[RESOURCE, { state: 'unknown', mayBeAbsent: false, like: [arn] }]]))
    : context
}

/** The policies of one layer by themselves, as if caller and resource belonged to one account. */
export function collectAlone (
  { request, policies, facts, layers }: ApplicablePolicies,
  layer: SingleLayer
): ApplicablePolicies {
  const given = policies[layer]
  const alone = given === undefined ? {} : { [layer]: given }
  const rule = layer === 'identityPolicies' ? 'identity-or-resource' : request.rule
  const asOwn: RequestWithoutAction = { ...request, ...(rule === undefined ? {} : { rule }) }
  const own: RequestFacts = { ...facts, sameAccount: facts.caller.accountId !== '', boundary: NO }
  // A boundary changes whom a Deny with NotPrincipal reaches; without one the statements match as they did.
  const kept = facts.boundary === NO ? layers.filter(({ name }) => name === layer) : layersFor(facts.caller, alone)
  return { request: asOwn, policies: alone, facts: own, layers: kept }
}

/** The same evaluation in a context where unknown keys have values. */
export function reevaluate (evaluation: Evaluation, context: RequestContext): Evaluation {
  const facts = { ...evaluation.facts, context }
  const { action, matches, grants } = evaluation
  return { ...evaluation, facts, matches: rematch(matches, facts), grants: rematchGrants(grants, action.name, facts) }
}

/**
 * The layers that take part under the rule: no resource policy where there is none, and RCPs do not apply to
 * kms:RetireGrant.
 */
function layersUnder (rule: Rule, layers: readonly PlacedLayer[]): readonly PlacedLayer[] {
  const excluded =
    rule === 'identityOnly' ? 'resourcePolicy' : rule === 'retireGrant' ? 'resourceControlPolicies' : undefined
  return excluded === undefined ? layers : layers.filter(({ name }) => name !== excluded)
}

/** Actions without key, and those on an alias, have no key policy; who may retire a grant depends on the grant. */
function ruleFor (action: string, request: RequestWithoutAction, policies: Policies): Rule {
  if (request.rule === 'identity-or-resource') {
    return request.withoutResource === true && policies.resourcePolicy !== undefined ? 'trust' : 'identityOrResource'
  }
  if (isKmsKeyless(action) || (isKmsAliasAction(action) && ALIAS_ARN.test(request.resource.arn))) return 'identityOnly'
  return action === RETIRE_GRANT ? 'retireGrant' : 'key'
}
