import type { Action } from '../document/action.js'
import { and, MAYBE, NO, or, type Truth, YES } from '../match/truth.js'
import type { GrantEntry } from './grant.js'
import type { LayerName } from './request.js'
import type { GrantMatch, PlacedPolicy, RequestFacts, StatementMatch } from './statement-match.js'

/**
 * `key`: the key policy must allow, or delegate to IAM policies (a KMS key).
 * `trust`: the same of a role's trust policy.
 * `identityOrResource`: either kind of policy allows (AWS's ordinary rule).
 * `identityOnly`: the action has no resource policy (kms:ListKeys, an alias).
 * `retireGrant`: the grant decides (kms:RetireGrant).
 */
export type Rule = 'key' | 'trust' | 'identityOrResource' | 'identityOnly' | 'retireGrant'

/** A layer that binds the caller. */
export interface PlacedLayer {
  name: LayerName
  level: number
  /** Some document could not be read, or not all of it. */
  incomplete: boolean
  policies: readonly PlacedPolicy[]
}

/** The evaluation of one action: which statements and grants apply. */
export interface Evaluation {
  action: Action
  rule: Rule
  facts: RequestFacts
  /** The layers that take part under the rule. */
  layers: readonly PlacedLayer[]
  /** Some grants could not be read. */
  grantsIncomplete: boolean
  /** The grants that take part under the rule. */
  grantEntries: readonly GrantEntry[]
  matches: readonly StatementMatch[]
  grants: readonly GrantMatch[]
}

/** Whether a statement denies, and whether what must allow allows. */
export interface Outcome {
  denied: Truth
  permitted: Truth
}

/** The results of the layers, before the table combines them. */
interface LayerResults {
  /** One explicit Deny, in whatever layer, is enough. */
  denied: Truth
  /** What the resource policy allows, by the way in which it names the caller. */
  account: Truth
  role: Truth
  direct: Truth
  identity: Truth
  /** What permissions boundary and session policy leave; *yes* where there is none. */
  limits: Truth
  /**
   * What every level of SCPs and RCPs allows, from the organization's root to the account; *yes* where there is none.
   */
  levels: Truth
}

/** Combines the statements of all layers and the grants. */
export function decideOutcome (evaluation: Evaluation): Outcome {
  const results = layerResults(evaluation)
  return { denied: results.denied, permitted: and(results.levels, permitted(results, evaluation)) }
}

/**
 * The decision table.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 */
function permitted (results: LayerResults, evaluation: Evaluation): Truth {
  const {
    action,
    rule,
    facts: { caller, sameAccount, samePartition }
  } = evaluation
  const { account, role, direct, identity, limits } = results
  if (!samePartition) return NO
  const byGrant = grantResult(results, evaluation)
  // A grant alone decides who may retire it.
  if (rule === 'retireGrant') return byGrant
  // A service has neither an account nor IAM policies: the resource policy or a grant must name it.
  if (caller.kind === 'service') return rule === 'identityOnly' ? NO : or(direct, byGrant)
  // An unsigned request has no account; KMS accepts none.
  if (caller.kind === 'anonymous') return rule === 'identityOrResource' ? direct : NO
  const byIdentity = and(limits, identity)
  // Only IAM policies can allow an action without resource policy.
  if (rule === 'identityOnly') return sameAccount ? byIdentity : NO
  // Another account: both sides must allow, and only some KMS actions work across accounts at all.
  if (!sameAccount) {
    const bothSides = and(or(or(direct, role), account), byIdentity)
    return or(rule === 'key' && !action.worksAcrossAccounts ? NO : bothSides, byGrant)
  }
  // A role's ARN stands for its sessions, which boundary and session policy limit; not so a session, a user or
  // everyone.
  const byName = or(direct, and(limits, role))
  // A key or a role: named in its policy, or delegated by it to an IAM policy that allows.
  if (rule === 'key' || rule === 'trust') return or(or(byName, and(account, byIdentity)), byGrant)
  // Everything else: either side allows.
  return or(byName, byIdentity)
}

/** Combines the statements of each layer. A document that could not be read might allow or deny. */
function layerResults ({ matches, layers, facts: { caller } }: Evaluation): LayerResults {
  const results: LayerResults = {
    denied: NO,
    account: NO,
    role: NO,
    direct: NO,
    identity: NO,
    limits: YES,
    levels: YES
  }
  for (const { name, incomplete } of layers) {
    if (!incomplete) continue
    results.denied = MAYBE
    if (name === 'resourcePolicy') results.account = results.role = results.direct = MAYBE
  }
  for (const {
    layer,
    statement,
    principal: { account, role, direct },
    applies
  } of matches) {
    if (statement.effect === 'Deny') results.denied = or(results.denied, and(direct, applies))
    else if (layer === 'resourcePolicy') {
      results.account = or(results.account, and(account, applies))
      results.role = or(results.role, and(role, applies))
      results.direct = or(results.direct, and(direct, applies))
    }
  }
  // The root user needs no IAM policy in its own account, and has none that could limit it.
  if (caller.kind === 'root') results.identity = YES
  for (const layer of layers) {
    const { name } = layer
    if (name === 'resourcePolicy') continue
    const allowed = allowedIn(layer, matches)
    if (name === 'identityPolicies') results.identity = allowed
    else if (name === 'permissionsBoundary' || name === 'sessionPolicy') results.limits = and(results.limits, allowed)
    else results.levels = and(results.levels, allowed)
  }
  // A federated user has the part of its IAM user's policies that its session policy repeats: without one nothing.
  if (caller.kind === 'federated-user' && !layers.some(({ name }) => name === 'sessionPolicy')) results.identity = NO
  return results
}

function allowedIn ({ name, level, incomplete }: PlacedLayer, matches: readonly StatementMatch[]): Truth {
  let allowed: Truth = incomplete ? MAYBE : NO
  for (const match of matches) {
    if (match.layer !== name || match.level !== level || match.statement.effect !== 'Allow') continue
    allowed = or(allowed, and(match.principal.direct, match.applies))
  }
  return allowed
}

/**
 * A grant to the caller needs no other allow; one to its account needs an IAM policy.
 * Whether a boundary or session policy that does not mention the action limits a grant is not documented.
 */
function grantResult ({ identity, limits }: LayerResults, { grants, grantsIncomplete }: Evaluation): Truth {
  let direct: Truth = grantsIncomplete ? MAYBE : NO
  let account: Truth = direct
  for (const grant of grants) {
    direct = or(direct, grant.direct)
    account = or(account, grant.account)
  }
  return or(and(direct, or(limits, MAYBE)), and(limits, and(account, identity)))
}

export type DecisionWord = 'allowed' | 'explicitDeny' | 'implicitDeny' | 'conditional' | 'unknown'

/** The decision, or undefined where it depends on something that is not known. */
export function decisionFor ({ denied, permitted }: Outcome): DecisionWord | undefined {
  // An explicit Deny beats every allow.
  if (denied === YES) return 'explicitDeny'
  // Nothing allows; whether something also denies changes nothing.
  if (permitted === NO) return 'implicitDeny'
  // Allowed for certain, and for certain not denied.
  return permitted === YES && denied === NO ? 'allowed' : undefined
}

/** What holds under all assignments. `unknown` under one of them is `unknown` for all: it might be the real one. */
export function overallDecision (decisions: readonly DecisionWord[]): DecisionWord {
  if (decisions.includes('unknown')) return 'unknown'
  const [one, ...others] = new Set(decisions)
  if (one !== undefined && others.length === 0) return one
  return decisions.includes('allowed') ? 'conditional' : 'implicitDeny'
}
