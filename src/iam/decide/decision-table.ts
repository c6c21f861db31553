import type { Action } from '../document/action.js'
import type { Caller } from '../document/principal.js'
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
export interface LayerResults {
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

/** What takes part in one way of allowing a request. */
export type Part = 'account' | 'role' | 'direct' | 'identity' | 'limits' | 'grantToCaller' | 'grantToAccount'

/** One way in which a request can be allowed: all of its parts are needed, any one way is enough. */
export interface Way {
  truth: Truth
  parts: readonly Part[]
}

function permitted (results: LayerResults, evaluation: Evaluation): Truth {
  let allowed: Truth = NO
  for (const { truth } of waysToAllow(results, evaluation)) allowed = or(allowed, truth)
  return allowed
}

const DIRECT = ['direct'] as const
const ROLE = ['role', 'limits'] as const
const IDENTITY = ['identity', 'limits'] as const
const DELEGATED = ['account', 'identity', 'limits'] as const
const BOTH_SIDES = ['direct', 'role', 'account', 'identity', 'limits'] as const
const GRANT_TO_CALLER = ['grantToCaller'] as const
const GRANT_TO_ACCOUNT = ['grantToAccount', 'identity', 'limits'] as const
const NO_WAYS: readonly Way[] = []

/**
 * The decision table: every way in which resource policy, identity-based policies and grants can allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 */
export function waysToAllow (results: LayerResults, evaluation: Evaluation): readonly Way[] {
  const {
    action,
    rule,
    facts: { caller, sameAccount, samePartition }
  } = evaluation
  const { account, role, direct, identity, limits } = results
  if (!samePartition) return NO_WAYS
  const byGrant = grantWays(results, evaluation)
  // A grant alone decides who may retire it.
  if (rule === 'retireGrant') return byGrant
  const byDirect: Way = { truth: direct, parts: DIRECT }
  // A service has neither an account nor IAM policies: the resource policy or a grant must name it.
  if (caller.kind === 'service') return rule === 'identityOnly' ? NO_WAYS : [byDirect, ...byGrant]
  // An unsigned request has no account; KMS accepts none.
  if (caller.kind === 'anonymous') return rule === 'identityOrResource' ? [byDirect] : NO_WAYS
  const byIdentity: Way = { truth: and(limits, identity), parts: IDENTITY }
  // Only IAM policies can allow an action without resource policy.
  if (rule === 'identityOnly') return sameAccount ? [byIdentity] : NO_WAYS
  // Another account: both sides must allow, and only some KMS actions work across accounts at all.
  if (!sameAccount) {
    if (rule === 'key' && !action.worksAcrossAccounts) return byGrant
    return [{ truth: and(or(or(direct, role), account), byIdentity.truth), parts: BOTH_SIDES }, ...byGrant]
  }
  // A role's ARN stands for its sessions, which boundary and session policy limit; not so a session, a user or
  // everyone.
  const byRole: Way = { truth: and(limits, role), parts: ROLE }
  // A key or a role: named in its policy, or delegated by it to an IAM policy that allows.
  if (rule === 'key' || rule === 'trust')
    return [byDirect, byRole, { truth: and(account, byIdentity.truth), parts: DELEGATED }, ...byGrant]
  // Everything else: either side allows.
  return [byDirect, byRole, byIdentity]
}

/** Combines the statements of each layer. A document that could not be read might allow or deny. */
export function layerResults ({ matches, layers, facts: { caller } }: Evaluation): LayerResults {
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
    if (statement.effect === 'Deny')
      results.denied = or(results.denied, and(bindingOf(layer, caller), and(direct, applies)))
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
    else results.levels = and(results.levels, caller.serviceLinked === MAYBE ? or(allowed, MAYBE) : allowed)
  }
  // A federated user has the part of its IAM user's policies that its session policy repeats: without one nothing.
  if (caller.kind === 'federated-user' && !layers.some(({ name }) => name === 'sessionPolicy')) results.identity = NO
  return results
}

/** Whether a layer binds the caller: SCPs and RCPs do not bind what may be a service-linked role. */
function bindingOf (layer: LayerName, { serviceLinked }: Caller): Truth {
  const organization = layer === 'serviceControlPolicies' || layer === 'resourceControlPolicies'
  return organization && serviceLinked === MAYBE ? MAYBE : YES
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
function grantWays ({ identity, limits }: LayerResults, { grants, grantsIncomplete }: Evaluation): readonly Way[] {
  if (grants.length === 0 && !grantsIncomplete) return NO_WAYS
  let direct: Truth = grantsIncomplete ? MAYBE : NO
  let account: Truth = direct
  for (const grant of grants) {
    direct = or(direct, grant.direct)
    account = or(account, grant.account)
  }
  return [
    { truth: and(direct, or(limits, MAYBE)), parts: GRANT_TO_CALLER },
    { truth: and(limits, and(account, identity)), parts: GRANT_TO_ACCOUNT }
  ]
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
