import type { Condition } from './condition/condition.js'
import {
  decisionFor,
  type DecisionWord,
  type Evaluation,
  layerResults,
  overallDecision,
  type Part,
  type PlacedLayer,
  waysToAllow
} from './decide/decision-table.js'
import { constraintsOf, type GrantEntry } from './decide/grant.js'
import type { LayerName } from './decide/request.js'
import { SESSION_KEY } from './decide/session.js'
import type { GrantMatch, StatementMatch } from './decide/statement-match.js'
import type { Statement } from './document/policy-document.js'
import { RESOURCE } from './match/request-context.js'
import { and, MAYBE, NO, or, type Truth, YES } from './match/truth.js'
import { hasUndocumented, outcomesOf, type PartialEvaluation } from './unknown-keys/partial-evaluation.js'

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
  const { matches, grants } = decidingIn(result)
  for (const match of matches) add(match.statement, locationOf(match))
  for (const match of grants) add(match.grant, grantLocation(match))
  return { always, sometimes }
}

/** The statements and grants that apply for certain. */
function certainIn ({ matches, grants }: Evaluation): Set<Statement | GrantEntry> {
  const certain = new Set<Statement | GrantEntry>()
  for (const { truth, statement } of matches) if (truth === YES) certain.add(statement)
  for (const { direct, account, grant } of grants) if (or(direct, account) === YES) certain.add(grant)
  return certain
}

/** What takes part in a decision: the Denies that may decide, and all that the ways to allow are made of. */
interface Deciding {
  matches: readonly StatementMatch[]
  grants: readonly GrantMatch[]
}

const NOTHING: Deciding = { matches: [], grants: [] }

/** Denies where a Deny decided or may decide; the parts of every way to allow that decided or may decide. */
function decidingIn ({ decision, outcomes }: PartialEvaluation): Deciding {
  if (decision === 'implicitDeny') return NOTHING
  const matches = new Map<Statement, StatementMatch>()
  const grants = new Map<GrantEntry, GrantMatch>()
  for (const outcome of outcomes) {
    const parts = decision === 'explicitDeny' ? undefined : partsOf(outcome)
    for (const match of outcome.matches)
      if (match.statement.effect === 'Deny' || (parts !== undefined && takesPart(match, parts)))
        matches.set(match.statement, match)
    for (const match of parts === undefined ? [] : outcome.grants)
      if (isPart(parts, 'grantToCaller', match.direct) || isPart(parts, 'grantToAccount', match.account))
        grants.set(match.grant, match)
  }
  return { matches: [...matches.values()], grants: [...grants.values()] }
}

/**
 * What the ways to allow are made of: of those that hold for certain where there are any, else of those that may.
 * Where the key policy names a caller of its own account, delegation to IAM policies does not decide.
 */
function partsOf (outcome: Evaluation): ReadonlyMap<Part, Truth> {
  const ways = waysToAllow(layerResults(outcome), outcome)
  const certain = ways.filter(({ truth }) => truth === YES)
  const named = certain.some(({ parts: [first] }) => first === 'direct' || first === 'role')
  const parts = new Map<Part, Truth>()
  for (const way of certain.length > 0 ? certain : ways.filter(({ truth }) => truth === MAYBE)) {
    if (named && way.parts[0] === 'account') continue
    for (const part of way.parts) parts.set(part, or(parts.get(part) ?? NO, way.truth))
  }
  return parts
}

/** Whether something with this truth is a part of what decided: under a way that is certain it must be certain. */
function isPart (parts: ReadonlyMap<Part, Truth> | undefined, part: Part, truth: Truth): boolean {
  return truth !== NO && truth >= (parts?.get(part) ?? Infinity)
}

function takesPart ({ layer, principal, applies }: StatementMatch, parts: ReadonlyMap<Part, Truth>): boolean {
  switch (layer) {
    case 'resourcePolicy':
      return (['direct', 'role', 'account'] as const).some((part) =>
        isPart(parts, part, and(principal[part], applies))
      )
    case 'identityPolicies':
      return parts.has('identity')
    case 'permissionsBoundary':
    case 'sessionPolicy':
      return parts.has('limits')
    default:
      return true
  }
}

function locationOf ({ statement, layer, level, policy }: StatementMatch): StatementLocation {
  const { sid, index, effect } = statement
  const location: StatementLocation =
    sid === undefined
      ? { policy: layer, name: policy.name, index, effect }
      : { policy: layer, name: policy.name, sid, index, effect }
  if (layer === 'serviceControlPolicies' || layer === 'resourceControlPolicies') location.level = level
  return location
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
  const { matches, grants } = decidingIn(result)
  const ofResources = matches.filter(({ statement }) => keys.has(RESOURCE) && hasOpenResource(result, statement))
  const isOfSession = keys.has(SESSION_KEY)
  return [
    ...ofResources.flatMap(openResource),
    ...(isOfSession ? matches.flatMap(openSession) : []),
    ...(isOfSession ? grants.flatMap(openGrantee) : []),
    ...matches.flatMap((match) => open(match.statement.conditions, locationOf(match))),
    ...grants.flatMap((match) =>
      open(constraintsOf(match.grant, result.evaluation.action.name), grantLocation(match))
    )
  ]
}

function hasOpenResource ({ evaluation }: PartialEvaluation, statement: StatementMatch['statement']): boolean {
  return evaluation.matches.some((match) => match.statement === statement && match.unknownKeys.includes(RESOURCE))
}

function openResource (match: StatementMatch): OpenCondition[] {
  const { resources, effect } = match.statement
  if (resources === undefined) return []
  const texts = resources.values.map(({ text }) => text)
  const needs = `${resources.inverted ? 'NotResource' : RESOURCE} ${texts.join(', ')}`
  return [{ key: RESOURCE, needs, effect, statement: locationOf(match) }]
}

function openSession (match: StatementMatch): OpenCondition[] {
  const { sessions, statement } = match
  if (sessions === undefined) return []
  const needs = `Principal with the session ${sessions.names.join(', ')}`
  return [{ key: SESSION_KEY, needs, effect: statement.effect, statement: locationOf(match) }]
}

function openGrantee (match: GrantMatch): OpenCondition[] {
  if (match.sessions.length === 0) return []
  const needs = `GranteePrincipal with the session ${match.sessions.join(', ')}`
  return [{ key: SESSION_KEY, needs, effect: 'Allow', statement: grantLocation(match) }]
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

function explainLayer (layer: LayerName, result: PartialEvaluation): LayerWord {
  const {
    facts: { caller },
    rule,
    layers,
    grantEntries,
    grantsIncomplete
  } = result.evaluation
  const levels = layers.filter(({ name }) => name === layer)
  if (layer === 'grants' ? grantEntries.length > 0 || grantsIncomplete : levels.length > 0)
    return decideLayer(layer, levels, result)
  const withoutIdentity = caller.kind === 'service' || caller.kind === 'anonymous' || caller.kind === 'root'
  const binds =
    layer === 'resourcePolicy'
      ? rule !== 'identityOnly'
      : layer === 'resourceControlPolicies' || layer === 'grants' || !withoutIdentity
  return binds ? 'notPresent' : 'notApplicable'
}

/**
 * What a layer with documents decides. `unknown` is what was not read, not understood or is not documented; what
 * depends on condition keys alone is `conditional`, also where another layer settled the request.
 */
function decideLayer (
  layer: LayerName,
  levels: readonly PlacedLayer[],
  { evaluation, outcomes }: PartialEvaluation
): DecisionWord {
  const decide = (outcome: Evaluation): DecisionWord | undefined =>
    layer === 'grants' ? decideGrants(outcome) : decideLevels(levels, outcome)
  const words = outcomes.map(decide)
  const [only] = words
  if (only !== undefined && words.length === 1) return only
  const isOpen = words.includes(undefined) && outcomes.includes(evaluation)
  if (!isOpen) return overallDecision(words.map((word) => word ?? 'unknown'))
  const own = layer === 'grants' ? grantsAlone(evaluation) : layerAlone(layer, levels, evaluation)
  const ownOutcomes = outcomesOf(own)
  if (ownOutcomes === undefined) return hasUndocumented(own) ? 'unknown' : 'conditional'
  return overallDecision(ownOutcomes.map((outcome) => decide(outcome) ?? 'unknown'))
}

function layerAlone (layer: LayerName, layers: readonly PlacedLayer[], evaluation: Evaluation): Evaluation {
  const matches = evaluation.matches.filter((match) => match.layer === layer)
  return { ...evaluation, layers, matches, grants: [], grantEntries: [], grantsIncomplete: false }
}

function grantsAlone (evaluation: Evaluation): Evaluation {
  return { ...evaluation, layers: [], matches: [] }
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
