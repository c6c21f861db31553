import { everyKmsAction, oneAction, type ActionSet } from './action.js'
import { parseArn } from './arn.js'
import type { AuthorizationRequest, Policies } from './authorize.js'
import { combine, type Outcome, type Rule, type Situation } from './decision-table.js'
import { isKmsAliasAction, isKmsKeyless } from './kms-actions.js'
import { findMatches, grantMatches, matchAgain, type GrantMatch, type Layer, type LayerName, type Match, type Question } from './matches.js'
import { callerOf, type Caller } from './principal.js'
import type { RequestContext } from './request-context.js'
import { MAYBE, NO, YES, type Truth } from './truth.js'

const RETIRE_GRANT = 'kms:retiregrant'

/** A request with the policies that bind its caller: all that does not change with the context. */
export interface Plan {
  situation: Situation
  question: Question
  grants: NonNullable<Policies['grants']>['entries']
  layers: ReadonlyArray<{ name: LayerName, level: number, layer: Layer }>
}

/** Everything that one look at the policies finds. */
export interface Look { matches: readonly Match[], grants: readonly GrantMatch[], outcome: Outcome }

/** How an action is to be decided, and others that stand under the same rule. */
export function planFor (request: AuthorizationRequest, policies: Policies, actions: ActionSet = oneAction(request.action)): Plan {
  return planUnder(ruleFor(request.action.toLowerCase(), request, policies), actions, request, policies)
}

/** The KMS actions in groups that stand under one rule whatever is asked. */
const GROUPS: ReadonlyArray<ActionSet['each']> = ((): Array<ActionSet['each']> => {
  const { each } = everyKmsAction()
  const apart = (name: string): boolean => isKmsKeyless(name) || isKmsAliasAction(name) || name === RETIRE_GRANT
  return [
    each.filter(({ name }) => !apart(name)),
    each.filter(({ name }) => isKmsAliasAction(name)),
    each.filter(({ name }) => isKmsKeyless(name)),
    each.filter(({ name }) => name === RETIRE_GRANT)
  ]
})()

/** Looks at all KMS actions at once: once for each of the rules under which some of them stand. */
export function lookAtEveryAction (request: Omit<AuthorizationRequest, 'action'>, policies: Policies): Array<{ each: ActionSet['each'], outcome: Outcome }> {
  const every = everyKmsAction()
  const plans = GROUPS.map((each) => planUnder(ruleFor(each[0]?.name ?? '', request, policies), { all: every.all, crossAccount: every.crossAccount, select: every.select, each }, request, policies))
  // Every layer binds under the rule of most actions; what was found there serves the others.
  const widest = plans.reduce((wide, plan) => plan.layers.length > wide.layers.length ? plan : wide)
  const { matches } = lookAt(widest)
  return plans.map((plan) => {
    const binding = plan === widest ? matches : matches.filter(({ layer }) => plan.layers.some(({ name }) => name === layer))
    return { each: plan.question.actions.each, outcome: combined(plan, binding, grantsIn(plan, plan.question)).outcome }
  })
}

function planUnder (rule: Rule, actions: ActionSet, request: Omit<AuthorizationRequest, 'action'>, policies: Policies): Plan {
  const caller = callerOf(request.principal)
  const resource = parseArn(request.resource.arn)
  const layers = layersFor(caller, policies, rule)
  const grants = rule === 'key' || rule === 'retireGrant' ? policies.grants : undefined
  return {
    situation: {
      caller,
      sameAccount: caller.accountId === request.resource.accountId,
      samePartition: caller.partition === '' || resource === undefined || resource.partition === caller.partition,
      rule,
      crossAccount: actions.crossAccount,
      all: actions.all,
      incomplete: incompleteOf(layers, grants?.complete === false),
      layers
    },
    grants: grants?.entries ?? [],
    layers,
    question: { caller, actions, resourceArn: request.resource.arn, context: request.context, boundary: boundaryOf(policies), withoutResource: request.withoutResource === true }
  }
}

/** Looks at all policies once. */
export function lookAt (plan: Plan, context: RequestContext = plan.question.context): Look {
  const question: Question = context === plan.question.context ? plan.question : { ...plan.question, context }
  const matches: Match[] = []
  for (const { name, level, layer } of plan.layers) {
    for (const policy of layer.policies) findMatches(name, level, policy, question, matches)
  }
  return combined(plan, matches, grantsIn(plan, question))
}

/** Looks again in a context where unknown keys have been decided. */
export function lookAgain (plan: Plan, look: Look, context: RequestContext): Look {
  const question = { ...plan.question, context }
  const matches = matchAgain(look.matches, question).filter(({ truth }) => truth !== NO)
  return combined(plan, matches, look.grants.length === 0 ? [] : grantsIn(plan, question))
}

function grantsIn (plan: Plan, question: Question): readonly GrantMatch[] {
  return plan.grants.length === 0 ? [] : grantMatches(plan.grants, question.actions.each, question)
}

function combined (plan: Plan, matches: readonly Match[], grants: readonly GrantMatch[]): Look {
  return { matches, grants, outcome: combine(matches, grants, plan.situation) }
}

/** Actions without key, and those on an alias, have no key policy; who may retire a grant, the grant says. */
function ruleFor (action: string, request: Omit<AuthorizationRequest, 'action'>, policies: Policies): Rule {
  if (request.rule === 'identity-or-resource') return request.withoutResource === true && policies.resourcePolicy !== undefined ? 'trust' : 'identityOrResource'
  if (isKmsKeyless(action) || (isKmsAliasAction(action) && parseArn(request.resource.arn)?.resource.startsWith('alias/') === true)) return 'identityOnly'
  return action === RETIRE_GRANT ? 'retireGrant' : 'key'
}

/** The layers that bind this caller. */
function layersFor (caller: Caller, policies: Policies, rule: Rule): Plan['layers'] {
  const layers: Array<Plan['layers'][number]> = []
  const add = (name: LayerName, layer: Layer | undefined, level = 0): void => { if (layer !== undefined) layers.push({ name, level, layer }) }
  const withoutIdentity = caller.kind === 'service' || caller.kind === 'anonymous'
  if (rule !== 'identityOnly') add('resourcePolicy', policies.resourcePolicy)
  if (!withoutIdentity && caller.kind !== 'root') {
    add('identityPolicies', policies.identityPolicies)
    add('permissionsBoundary', policies.permissionsBoundary)
    add('sessionPolicy', policies.sessionPolicy)
  }
  // SCPs bind neither service principals nor service-linked roles; RCPs bind service principals too, but do not reach kms:RetireGrant.
  if (!withoutIdentity && !caller.serviceLinked) policies.serviceControlPolicies?.forEach((layer, level) => add('serviceControlPolicies', layer, level))
  if (!caller.serviceLinked && rule !== 'retireGrant') policies.resourceControlPolicies?.forEach((layer, level) => add('resourceControlPolicies', layer, level))
  return layers
}

const NONE: ReadonlySet<LayerName> = new Set()

/** The layers of which some document could not be read. */
function incompleteOf (layers: Plan['layers'], grantsIncomplete: boolean): ReadonlySet<LayerName> {
  let incomplete: Set<LayerName> | undefined
  for (const { name, layer } of layers) {
    if (!layer.complete || layer.policies.some((policy) => policy.opaque)) (incomplete ??= new Set()).add(name)
  }
  if (grantsIncomplete) (incomplete ??= new Set()).add('grants')
  return incomplete ?? NONE
}

/** Whether the caller has a permissions boundary: not to be told where one could not be looked for. */
function boundaryOf (policies: Policies): Truth {
  const boundary = policies.permissionsBoundary
  if (boundary === undefined) return NO
  return boundary.complete || boundary.policies.length > 0 ? YES : MAYBE
}
