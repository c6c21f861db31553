import { parseAction } from './action.js'
import type { Evaluation, PlacedLayer, Rule } from './decision-table.js'
import { isKmsAliasAction, isKmsKeyless } from './kms-actions.js'
import { findMatches, matchGrants, rematch, rematchGrants, type StatementMatch } from './matches.js'
import type { RequestContext } from './request-context.js'
import type { Policies, RequestWithoutAction } from './request.js'
import type { ApplicablePolicies } from './standing.js'

const RETIRE_GRANT = 'kms:retiregrant'
const ALIAS_ARN = /^arn:(?:[^:]*:){4}alias\//
const NO_GRANTS: NonNullable<Policies['grants']> = { entries: [], complete: true }

/** Finds the statements and grants that apply to one action. */
export function evaluate ({ request, policies, facts, layers: all }: ApplicablePolicies, actionName: string): Evaluation {
  const action = parseAction(actionName)
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

/** The same evaluation in a context where unknown keys have values. */
export function reevaluate (evaluation: Evaluation, context: RequestContext): Evaluation {
  const facts = { ...evaluation.facts, context }
  const { action, matches, grants } = evaluation
  return { ...evaluation, facts, matches: rematch(matches, facts), grants: rematchGrants(grants, action.name, facts) }
}

/** The layers that take part under the rule: no resource policy where there is none, and RCPs do not apply to kms:RetireGrant. */
function layersUnder (rule: Rule, layers: readonly PlacedLayer[]): readonly PlacedLayer[] {
  const excluded = rule === 'identityOnly' ? 'resourcePolicy' : rule === 'retireGrant' ? 'resourceControlPolicies' : undefined
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
