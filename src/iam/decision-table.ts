import type { ActionMask } from './action.js'
import type { GrantMatch, LayerName, Match } from './matches.js'
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
  /** The layers that are there; one that is not limits nothing. */
  layers: ReadonlyArray<{ name: LayerName, level: number }>
  /** Layers of which some document could not be read. */
  incomplete: ReadonlySet<LayerName>
  /** Which of the actions can be given to another account at all. */
  crossAccount: ActionMask
  all: ActionMask
}

/** What the layers say together, for each action. */
export interface Outcome { denied: TruthVector, permitted: TruthVector }

/**
 * The decision table.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 */
export function combine (matches: readonly Match[], grants: readonly GrantMatch[], situation: Situation): Outcome {
  const { caller, sameAccount, rule, all } = situation
  const always = TruthVector.of(all, YES)
  const never = new TruthVector()
  const { denied, named, identity, limits, levels } = tally(matches, situation)
  const grant = grantsGive(grants, identity, limits, situation)
  // A role's ARN stands for its sessions, which boundary and session policy limit; a session, a user or everyone is beyond them.
  const byName = named.direct.or(named.role.and(limits))
  const byAnyName = named.direct.or(named.role).or(named.account)
  const byIdentity = identity.and(limits)

  const permitted = ((): TruthVector => {
    if (!situation.samePartition) return never
    // A grant alone decides who may retire it.
    if (rule === 'retireGrant') return grant
    // Neither account nor IAM policies stand behind a service: the resource policy or a grant must name it.
    if (caller.kind === 'service') return rule === 'identityOnly' ? never : named.direct.or(grant)
    // An unsigned request has no account; KMS takes none.
    if (caller.kind === 'anonymous') return rule === 'identityOrResource' ? named.direct : never
    // Nothing but IAM policies can speak of an action without resource policy.
    if (rule === 'identityOnly') return sameAccount ? byIdentity : never
    // Another account: both sides must allow, and only some actions can cross at all.
    if (!sameAccount) return byAnyName.and(byIdentity).and(rule === 'key' ? TruthVector.of(situation.crossAccount, YES) : always).or(grant)
    // A key or a role: named in its policy, or delegated by it to an IAM policy that allows.
    if (rule === 'key' || rule === 'trust') return byName.or(named.account.and(byIdentity)).or(grant)
    // Everything else: either side allows.
    return byName.or(byIdentity)
  })()
  return { denied, permitted: permitted.and(levels) }
}

interface Tally {
  /** One explicit Deny, in whatever layer, is enough. */
  denied: TruthVector
  /** What the resource policy allows, by the way in which it names the caller. */
  named: { account: TruthVector, role: TruthVector, direct: TruthVector }
  identity: TruthVector
  /** What permissions boundary and session policy leave. */
  limits: TruthVector
  /** What every level of SCPs and RCPs allows, from the organization's root to the account. */
  levels: TruthVector
}

/** Adds up what the statements of each layer say. A document that could not be read might allow or deny. */
function tally (matches: readonly Match[], { caller, layers, incomplete, all }: Situation): Tally {
  const denied = new TruthVector()
  const lost = incomplete.has('resourcePolicy') ? MAYBE : NO
  const named = { account: TruthVector.of(all, lost), role: TruthVector.of(all, lost), direct: TruthVector.of(all, lost) }
  const allowed = layers.map(({ name }) => TruthVector.of(all, incomplete.has(name) ? MAYBE : NO))
  for (const name of incomplete) if (name !== 'grants') denied.include(all, MAYBE)
  for (const { layer, level, statement, mask, naming, applies } of matches) {
    const direct = and(naming.direct, applies)
    if (statement.effect === 'Deny') denied.include(mask, direct)
    else if (layer === 'resourcePolicy') {
      named.account.include(mask, and(naming.account, applies))
      named.role.include(mask, and(naming.role, applies))
      named.direct.include(mask, direct)
    } else allowed[layers.findIndex((entry) => entry.name === layer && entry.level === level)]?.include(mask, direct)
  }
  // The root user needs no IAM policy in its own account, and has none that could limit it.
  const result: Tally = { denied, named, identity: TruthVector.of(all, caller.kind === 'root' ? YES : NO), limits: TruthVector.of(all, YES), levels: TruthVector.of(all, YES) }
  for (const [i, { name }] of layers.entries()) {
    const vector = allowed[i]
    if (vector === undefined || name === 'resourcePolicy') continue
    if (name === 'identityPolicies') result.identity = vector
    else if (name === 'permissionsBoundary' || name === 'sessionPolicy') result.limits = result.limits.and(vector)
    else result.levels = result.levels.and(vector)
  }
  return result
}

/**
 * A grant to the caller needs no other allow; one to its account needs an IAM policy.
 * Whether a boundary or session policy that is silent limits a grant is not documented.
 */
function grantsGive (grants: readonly GrantMatch[], identity: TruthVector, limits: TruthVector, { all, incomplete }: Situation): TruthVector {
  const lost = incomplete.has('grants') ? MAYBE : NO
  if (grants.length === 0 && lost === NO) return new TruthVector()
  const direct = TruthVector.of(all, lost)
  const account = TruthVector.of(all, lost)
  for (const grant of grants) {
    direct.include(grant.mask, grant.direct)
    account.include(grant.mask, grant.account)
  }
  return direct.and(limits.or(TruthVector.of(all, MAYBE))).or(account.and(identity).and(limits))
}
