import type { ActionSet } from './action.js'
import { actionsOf, type GrantMatch, type LayerName, type Match } from './matches.js'
import type { Caller } from './principal.js'
import { and, MAYBE, NO, YES } from './truth.js'
import { TruthVector } from './truth-vector.js'

/**
 * `key`: the key policy must allow, or delegate to IAM policies (a KMS key).
 * `trust`: the same of a role's trust policy.
 * `identityOrResource`: either kind of policy allows (AWS's ordinary rule).
 * `identityOnly`: the action has no resource policy (kms:ListKeys, an alias).
 * `retireGrant`: the grant decides (kms:RetireGrant).
 */
export type Rule = 'key' | 'trust' | 'identityOrResource' | 'identityOnly' | 'retireGrant'

/** Where the request stands: what of the table below applies to it. */
export interface Situation {
  caller: Caller
  /** Caller and resource belong to one account. */
  sameAccount: boolean
  /** Nothing crosses from one partition into another. */
  samePartition: boolean
  rule: Rule
  /** The layers that are there, those of some kinds by level; one that is not limits nothing. `incomplete`: some document could not be read. */
  layers: ReadonlyArray<{ name: LayerName, level: number, incomplete: boolean }>
  /** Some grants could not be read. */
  grantsIncomplete: boolean
  /** The actions that are asked about. */
  actions: ActionSet
}

const NEVER = new TruthVector()

/** What the layers say together, for each action. */
export interface Outcome { denied: TruthVector, permitted: TruthVector }

/** Puts together what the statements of all layers and the grants say. */
export function combine (tally: Tally, grants: readonly GrantMatch[], situation: Situation): Outcome {
  const grant = grantsGive(grants, tally, situation)
  return { denied: tally.denied, permitted: within(tally.levels, permitted(tally, grant, situation)) }
}

/**
 * The decision table.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 */
function permitted ({ named, identity, limits }: Tally, grant: TruthVector, { caller, sameAccount, samePartition, rule, actions }: Situation): TruthVector {
  if (!samePartition) return NEVER
  // A grant alone decides who may retire it.
  if (rule === 'retireGrant') return grant
  // Neither account nor IAM policies stand behind a service: the resource policy or a grant must name it.
  if (caller.kind === 'service') return rule === 'identityOnly' ? NEVER : named.direct.or(grant)
  // An unsigned request has no account; KMS takes none.
  if (caller.kind === 'anonymous') return rule === 'identityOrResource' ? named.direct : NEVER
  const byIdentity = within(limits, identity)
  // Nothing but IAM policies can speak of an action without resource policy.
  if (rule === 'identityOnly') return sameAccount ? byIdentity : NEVER
  // Another account: both sides must allow, and only some actions can cross at all.
  if (!sameAccount) return named.direct.or(named.role).or(named.account).and(byIdentity).and(TruthVector.of(rule === 'key' ? actions.crossAccount : actions.all, YES)).or(grant)
  // A role's ARN stands for its sessions, which boundary and session policy limit; a session, a user or everyone is beyond them.
  const byName = named.direct.or(within(limits, named.role))
  // A key or a role: named in its policy, or delegated by it to an IAM policy that allows.
  if (rule === 'key' || rule === 'trust') return byName.or(named.account.and(byIdentity)).or(grant)
  // Everything else: either side allows.
  return byName.or(byIdentity)
}

/** What the statements say, layer by layer; the same for all rules under which the same layers stand. */
export interface Tally {
  /** One explicit Deny, in whatever layer, is enough. */
  denied: TruthVector
  /** What the resource policy allows, by the way in which it names the caller. */
  named: { account: TruthVector, role: TruthVector, direct: TruthVector }
  identity: TruthVector
  /** What permissions boundary and session policy leave; undefined: they limit nothing. */
  limits: TruthVector | undefined
  /** What every level of SCPs and RCPs allows, from the organization's root to the account; undefined: there is none. */
  levels: TruthVector | undefined
}

function within (limits: TruthVector | undefined, vector: TruthVector): TruthVector {
  return limits === undefined ? vector : vector.and(limits)
}

/** Adds up what the statements of each layer say. A document that could not be read might allow or deny. */
export function tallyOf (matches: readonly Match[], { caller, layers, actions }: Situation): Tally {
  const { all } = actions
  const denied = new TruthVector()
  const lost = layers.some(({ name, incomplete }) => incomplete && name === 'resourcePolicy') ? MAYBE : NO
  const named = { account: TruthVector.of(all, lost), role: TruthVector.of(all, lost), direct: TruthVector.of(all, lost) }
  const others = layers.map(({ name, level, incomplete }) => ({ name, level, allowed: TruthVector.of(all, incomplete ? MAYBE : NO) }))
  if (layers.some(({ incomplete }) => incomplete)) denied.include(all, MAYBE)
  for (const { layer, level, statement, naming, applies } of matches) {
    const mask = actionsOf(statement, actions)
    const direct = and(naming.direct, applies)
    if (statement.effect === 'Deny') denied.include(mask, direct)
    else if (layer === 'resourcePolicy') {
      named.account.include(mask, and(naming.account, applies))
      named.role.include(mask, and(naming.role, applies))
      named.direct.include(mask, direct)
    } else for (const other of others) if (other.name === layer && other.level === level) other.allowed.include(mask, direct)
  }
  // The root user needs no IAM policy in its own account, and has none that could limit it.
  const tally: Tally = { denied, named, identity: caller.kind === 'root' ? TruthVector.of(all, YES) : NEVER, limits: undefined, levels: undefined }
  for (const { name, allowed } of others) {
    if (name === 'identityPolicies') tally.identity = allowed
    else if (name === 'permissionsBoundary' || name === 'sessionPolicy') tally.limits = within(tally.limits, allowed)
    else if (name !== 'resourcePolicy') tally.levels = within(tally.levels, allowed)
  }
  // A federated user has what its session policy takes over of its IAM user's policies: without one nothing.
  if (caller.kind === 'federated-user' && !layers.some(({ name }) => name === 'sessionPolicy')) tally.identity = NEVER
  return tally
}

/**
 * A grant to the caller needs no other allow; one to its account needs an IAM policy.
 * Whether a boundary or session policy that is silent limits a grant is not documented.
 */
function grantsGive (grants: readonly GrantMatch[], { identity, limits }: Tally, { actions: { all }, grantsIncomplete }: Situation): TruthVector {
  const lost = grantsIncomplete ? MAYBE : NO
  if (grants.length === 0 && lost === NO) return NEVER
  const direct = TruthVector.of(all, lost)
  const account = TruthVector.of(all, lost)
  for (const grant of grants) {
    direct.include(grant.mask, grant.direct)
    account.include(grant.mask, grant.account)
  }
  const limited = limits === undefined ? direct : direct.and(limits.or(TruthVector.of(all, MAYBE)))
  return limited.or(within(limits, account.and(identity)))
}
