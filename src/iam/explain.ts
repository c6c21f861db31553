import type { Condition } from './condition/condition.js'
import {
  decisionFor,
  type DecisionWord,
  type Evaluation,
  overallDecision,
  type PlacedLayer
} from './decide/decision-table.js'
import { constraintsOf, type GrantEntry } from './decide/grant.js'
import type { LayerName } from './decide/request.js'
import type { GrantMatch, StatementMatch } from './decide/statement-match.js'
import type { Statement } from './document/policy-document.js'
import { and, MAYBE, NO, or, type Truth, YES } from './match/truth.js'
import type { PartialEvaluation } from './unknown-keys/partial-evaluation.js'

/** `notPresent`: there is no such policy. `notApplicable`: it does not bind this kind of caller or action. */
export type LayerWord = DecisionWord | 'notPresent' | 'notApplicable'

/** The location of a statement or a grant. */
export interface StatementLocation {
  policy: LayerName
  name: string
  sid?: string
  index: number
  effect: 'Allow' | 'Deny'
  level?: number
}

/** The condition of an open statement on a key that is unknown. */
export interface OpenCondition {
  key: string
  needs: string
  effect: 'Allow' | 'Deny'
  statement: StatementLocation
}

/** The statements that decided, whatever values the unknown keys have, and those that decide for some values. */
export function findDecidingStatements (result: PartialEvaluation): {
  always: StatementLocation[]
  sometimes: StatementLocation[]
} {
  const always: StatementLocation[] = []
  const sometimes: StatementLocation[] = []
  const certain = result.outcomes.map(certainIn)
  const add = (source: Statement | GrantEntry, location: StatementLocation): void => {
    if (certain.every((found) => found.has(source))) always.push(location)
    else sometimes.push(location)
  }
  for (const match of relevantMatches(result)) add(match.statement, locationOf(match))
  for (const match of relevantGrants(result)) add(match.grant, grantLocation(match))
  return { always, sometimes }
}

/** The statements and grants that apply for certain. */
function certainIn ({ matches, grants }: Evaluation): Set<Statement | GrantEntry> {
  const certain = new Set<Statement | GrantEntry>()
  for (const { truth, statement } of matches) if (truth === YES) certain.add(statement)
  for (const { direct, account, grant } of grants) if (or(direct, account) === YES) certain.add(grant)
  return certain
}

/** Denies where a Deny decided or may decide; the allowing statements of every layer where they did. */
function relevantMatches (result: PartialEvaluation): readonly StatementMatch[] {
  if (result.decision === 'implicitDeny') return []
  const matches = allMatches(result)
  if (result.decision === 'explicitDeny') return matches.filter((match) => match.statement.effect === 'Deny')
  const {
    rule,
    facts: { sameAccount }
  } = result.evaluation
  const byName = ({ principal: { role, direct } }: StatementMatch): boolean => role !== NO || direct !== NO
  // Where the key policy names a caller of its own account, neither delegation nor IAM policies decide.
  const named =
    sameAccount &&
    rule !== 'identityOrResource' &&
    result.outcomes.every(({ matches }) =>
      matches.some(
        (match) =>
          match.layer === 'resourcePolicy' && match.statement.effect === 'Allow' && byName(match) && match.truth === YES
      )
    )
  if (!named) return matches
  return matches.filter(
    (match) =>
      match.statement.effect === 'Deny' ||
      (match.layer !== 'identityPolicies' && (match.layer !== 'resourcePolicy' || byName(match)))
  )
}

function allMatches ({ outcomes }: PartialEvaluation): readonly StatementMatch[] {
  const [only] = outcomes
  if (outcomes.length === 1 && only !== undefined) return only.matches
  return [...new Map(outcomes.flatMap(({ matches }) => matches).map((match) => [match.statement, match])).values()]
}

function relevantGrants ({ decision, outcomes }: PartialEvaluation): GrantMatch[] {
  if (decision === 'explicitDeny' || decision === 'implicitDeny') return []
  return [...new Map(outcomes.flatMap(({ grants }) => grants).map((match) => [match.grant, match])).values()]
}

function locationOf ({ statement, layer, level, policy }: StatementMatch): StatementLocation {
  const { sid, index, effect } = statement
  const levelled = layer === 'serviceControlPolicies' || layer === 'resourceControlPolicies'
  return {
    policy: layer,
    name: policy.name,
    ...(sid === undefined ? {} : { sid }),
    index,
    effect,
    ...(levelled ? { level } : {})
  }
}

function grantLocation ({ grant, index }: GrantMatch): StatementLocation {
  return { policy: 'grants', name: grant.GrantId ?? `grant ${index}`, index, effect: 'Allow' }
}

function isSameLocation (a: StatementLocation, b: StatementLocation): boolean {
  return a.policy === b.policy && a.name === b.name && a.index === b.index && a.level === b.level
}

/** The conditions of the open statements on the keys on which the decision depends. */
export function findOpenConditions (result: PartialEvaluation): OpenCondition[] {
  const keys = new Set(result.keys)
  if (keys.size === 0) return []
  const { always } = findDecidingStatements(result)
  const open = (conditions: readonly Condition[], statement: StatementLocation): OpenCondition[] => {
    if (always.some((location) => isSameLocation(location, statement))) return []
    return conditions
      .filter(({ key }) => keys.has(key))
      .map(({ keyName, operatorName, values }) => ({
        key: keyName,
        needs: `${operatorName} ${values.map(({ text }) => text).join(', ')}`,
        effect: statement.effect,
        statement
      }))
  }
  return [
    ...relevantMatches(result).flatMap((match) => open(match.statement.conditions, locationOf(match))),
    ...relevantGrants(result).flatMap((match) =>
      open(constraintsOf(match.grant, result.evaluation.action.name), grantLocation(match))
    )
  ]
}

/** What each layer decides by itself. */
export function explainLayers (result: PartialEvaluation): Record<LayerName, LayerWord> {
  return {
    resourcePolicy: explainLayer('resourcePolicy', result),
    identityPolicies: explainLayer('identityPolicies', result),
    permissionsBoundary: explainLayer('permissionsBoundary', result),
    sessionPolicy: explainLayer('sessionPolicy', result),
    serviceControlPolicies: explainLayer('serviceControlPolicies', result),
    resourceControlPolicies: explainLayer('resourceControlPolicies', result),
    grants: explainLayer('grants', result)
  }
}

function explainLayer (layer: LayerName, { evaluation, outcomes, undecided }: PartialEvaluation): LayerWord {
  const {
    facts: { caller },
    rule,
    layers,
    grantEntries,
    grantsIncomplete
  } = evaluation
  const levels = layers.filter(({ name }) => name === layer)
  if (layer === 'grants' ? grantEntries.length > 0 || grantsIncomplete : levels.length > 0) {
    return overallDecision(
      outcomes.map(
        (outcome) => (layer === 'grants' ? decideGrants(outcome) : decideLevels(levels, outcome)) ?? undecided
      )
    )
  }
  const withoutIdentity = caller.kind === 'service' || caller.kind === 'anonymous' || caller.kind === 'root'
  const binds =
    layer === 'resourcePolicy'
      ? rule !== 'identityOnly'
      : layer === 'resourceControlPolicies' || layer === 'grants' || !withoutIdentity
  return binds ? 'notPresent' : 'notApplicable'
}

function decideGrants ({ grants, grantsIncomplete }: Evaluation): DecisionWord | undefined {
  let permitted: Truth = grantsIncomplete ? MAYBE : NO
  for (const { direct, account } of grants) permitted = or(permitted, or(direct, account))
  return decisionFor({ denied: NO, permitted })
}

/** Every level of a layer must allow, and none deny, in whatever way the caller is named. */
function decideLevels (levels: readonly PlacedLayer[], { matches }: Evaluation): DecisionWord | undefined {
  let denied: Truth = NO
  let permitted: Truth = YES
  for (const { name, level, incomplete } of levels) {
    // A document that was not read might allow as well as deny.
    let allowed: Truth = incomplete ? MAYBE : NO
    if (incomplete) denied = or(denied, MAYBE)
    for (const match of matches) {
      if (match.layer !== name || match.level !== level) continue
      if (match.statement.effect === 'Deny') denied = or(denied, match.truth)
      else allowed = or(allowed, match.truth)
    }
    permitted = and(permitted, allowed)
  }
  return decisionFor({ denied, permitted })
}
