import { everyKmsAction, oneAction, type ActionMask, type ActionSet } from './action.js'
import type { AuthorizationRequest, Policies } from './authorize.js'
import { combine, tallyOf, type Outcome, type Rule, type Situation, type Tally } from './decision-table.js'
import { isKmsAliasAction, isKmsKeyless } from './kms-actions.js'
import { findMatches, grantMatches, matchAgain, type GrantMatch, type Match, type Question } from './matches.js'
import type { RequestContext } from './request-context.js'
import { layersUnder, standingOf, type PlacedLayer, type Standing } from './standing.js'
import { NO } from './truth.js'

const RETIRE_GRANT = 'kms:retiregrant'
const ALIAS_ARN = /^arn:(?:[^:]*:){4}alias\//

/** A request with the policies that bind its caller: all that does not change with the context. */
export interface Plan {
  situation: Situation
  question: Question
  grants: NonNullable<Policies['grants']>['entries']
  layers: readonly PlacedLayer[]
}

/** Everything that one look at the policies finds. */
export interface Look { matches: readonly Match[], grants: readonly GrantMatch[], outcome: Outcome }

/** How an action is to be decided. */
export function planFor (request: AuthorizationRequest, policies: Policies): Plan {
  return planUnder(ruleFor(request.action.toLowerCase(), request, policies), oneAction(request.action), standingOf(request, policies), policies)
}

function planUnder (rule: Rule, actions: ActionSet, standing: Standing, policies: Policies): Plan {
  const layers = layersUnder(rule, standing.layers)
  const grants = rule === 'key' || rule === 'retireGrant' ? policies.grants : undefined
  const { caller, sameAccount, samePartition, question } = standing
  return { situation: { caller, sameAccount, samePartition, rule, layers, grantsIncomplete: grants?.complete === false, actions }, grants: grants?.entries ?? NO_GRANTS, layers, question }
}

const NO_GRANTS: Plan['grants'] = []

/** KMS actions that stand under one rule whatever is asked: the name of one of them, and the bits of all. */
const GROUPS: ReadonlyArray<{ name: string, mask: ActionMask }> = ((): Array<{ name: string, mask: ActionMask }> => {
  const kinds = new Map<string, { name: string, mask: ActionMask }>()
  for (const { name, mask } of everyKmsAction().each) {
    const kind = isKmsKeyless(name) ? 'keyless' : isKmsAliasAction(name) ? 'alias' : name === RETIRE_GRANT ? name : 'key'
    const group = kinds.get(kind)
    kinds.set(kind, { name, mask: { low: mask.low | (group?.mask.low ?? 0), high: mask.high | (group?.mask.high ?? 0) } })
  }
  return [...kinds.values()]
})()

/** Looks at all KMS actions at once, and combines once for each of the rules under which some of them stand: one outcome for all actions of a mask. */
export function lookAtEveryAction (request: Omit<AuthorizationRequest, 'action'>, policies: Policies): ReadonlyArray<{ mask: ActionMask, outcome: Outcome }> {
  const standing = standingOf(request, policies)
  const every = everyKmsAction()
  const matches: Match[] = []
  for (const { policies: placed } of standing.layers) for (const policy of placed) findMatches(policy, every, standing.question, matches)
  const done: Array<{ situation: Situation, tally: Tally, outcome: Outcome }> = []
  return GROUPS.map(({ name, mask }) => {
    const rule = ruleFor(name, request, policies)
    const same = done.find(({ situation }) => situation.rule === rule)
    if (same !== undefined) return { mask, outcome: same.outcome }
    const plan = planUnder(rule, every, standing, policies)
    const { situation, layers } = plan
    const tally = done.find((other) => other.situation.layers === layers)?.tally ??
      tallyOf(layers === standing.layers ? matches : matches.filter(({ layer }) => layers.some((entry) => entry.name === layer)), situation)
    const outcome = combine(tally, grantsIn(plan, plan.question), situation)
    done.push({ situation, tally, outcome })
    return { mask, outcome }
  })
}

/** Looks at all policies once. */
export function lookAt (plan: Plan): Look {
  const matches: Match[] = []
  for (const { policies } of plan.layers) for (const policy of policies) findMatches(policy, plan.situation.actions, plan.question, matches)
  return combined(plan, matches, grantsIn(plan, plan.question))
}

/** Looks again in a context where unknown keys have been decided. */
export function lookAgain (plan: Plan, look: Look, context: RequestContext): Look {
  const question = { ...plan.question, context }
  const matches = matchAgain(look.matches, question).filter(({ truth }) => truth !== NO)
  return combined(plan, matches, look.grants.length === 0 ? [] : grantsIn(plan, question))
}

function grantsIn (plan: Plan, question: Question): readonly GrantMatch[] {
  return plan.grants.length === 0 ? [] : grantMatches(plan.grants, plan.situation.actions.each, question)
}

function combined (plan: Plan, matches: readonly Match[], grants: readonly GrantMatch[]): Look {
  return { matches, grants, outcome: combine(tallyOf(matches, plan.situation), grants, plan.situation) }
}

/** Actions without key, and those on an alias, have no key policy; who may retire a grant, the grant says. */
function ruleFor (action: string, request: Omit<AuthorizationRequest, 'action'>, policies: Policies): Rule {
  if (request.rule === 'identity-or-resource') return request.withoutResource === true && policies.resourcePolicy !== undefined ? 'trust' : 'identityOrResource'
  if (isKmsKeyless(action) || (isKmsAliasAction(action) && ALIAS_ARN.test(request.resource.arn))) return 'identityOnly'
  return action === RETIRE_GRANT ? 'retireGrant' : 'key'
}
