import type { Condition } from './condition.js'
import { layerWord, overall, type DecisionWord, type LayerWord } from './decision.js'
import { constraintsOf, type GrantEntry } from './grant.js'
import type { GrantMatch, LayerName, Match } from './matches.js'
import type { Statement } from './policy-document.js'
import type { Look } from './plan.js'
import type { Settled } from './settle.js'
import { NO, or, YES } from './truth.js'

/** A statement (or a grant) by its place. */
export interface StatementPlace { policy: LayerName, name: string, sid?: string, index: number, effect: 'Allow' | 'Deny', level?: number }

/** What an open statement asks of a key of which nothing is known. */
export interface OpenCondition { key: string, needs: string, effect: 'Allow' | 'Deny', statement: StatementPlace }

/** The statements that decided in every case that is left open, and those that decide in some of the cases. */
export function decidingPlaces (settled: Settled): { must: StatementPlace[], may: StatementPlace[] } {
  const must: StatementPlace[] = []
  const may: StatementPlace[] = []
  const certain = settled.looks.map(certainIn)
  const tell = (what: Statement | GrantEntry, place: StatementPlace): void => {
    if (certain.every((found) => found.has(what))) must.push(place)
    else may.push(place)
  }
  for (const match of relevantMatches(settled)) tell(match.statement, placeOf(match))
  for (const match of relevantGrants(settled)) tell(match.grant, grantPlace(match))
  return { must, may }
}

/** The statements and grants that apply for certain. */
function certainIn ({ matches, grants }: Look): Set<Statement | GrantEntry> {
  return new Set<Statement | GrantEntry>([
    ...matches.filter(({ truth }) => truth === YES).map(({ statement }) => statement),
    ...grants.filter(({ direct, account }) => or(direct, account) === YES).map(({ grant }) => grant)
  ])
}

/** Denies where a Deny decided or may decide; the allowing statements of every layer where they did. */
function relevantMatches (settled: Settled): readonly Match[] {
  if (settled.word === 'implicitDeny') return []
  const matches = everyMatch(settled)
  if (settled.word === 'explicitDeny') return matches.filter((match) => match.statement.effect === 'Deny')
  const { sameAccount, rule } = settled.plan.situation
  const byName = (match: Match): boolean => match.naming.role !== NO || match.naming.direct !== NO
  // Where the key policy names a caller of its own account, neither delegation nor IAM policies decide.
  const named = sameAccount && rule !== 'identityOrResource' && settled.looks.every((look) => look.matches.some((match) =>
    match.layer === 'resourcePolicy' && match.statement.effect === 'Allow' && byName(match) && match.truth === YES))
  return named ? matches.filter((match) => match.statement.effect === 'Deny' || (match.layer !== 'identityPolicies' && (match.layer !== 'resourcePolicy' || byName(match)))) : matches
}

function everyMatch ({ looks }: Settled): readonly Match[] {
  const [only] = looks
  return looks.length === 1 && only !== undefined
    ? only.matches
    : [...new Map(looks.flatMap((look) => look.matches).map((match) => [match.statement, match])).values()]
}

function relevantGrants ({ word, looks }: Settled): GrantMatch[] {
  if (word === 'explicitDeny' || word === 'implicitDeny') return []
  return [...new Map(looks.flatMap((look) => look.grants).map((match) => [match.grant, match])).values()]
}

function placeOf ({ statement, layer, level, policy }: Match): StatementPlace {
  const { sid, index, effect } = statement
  const levelled = layer === 'serviceControlPolicies' || layer === 'resourceControlPolicies'
  return { policy: layer, name: policy.name, ...(sid === undefined ? {} : { sid }), index, effect, ...(levelled ? { level } : {}) }
}

function grantPlace ({ grant, index }: GrantMatch): StatementPlace {
  return { policy: 'grants', name: grant.GrantId ?? `grant ${index}`, index, effect: 'Allow' }
}

/** What the open statements ask of the keys on which the decision hangs. */
export function openConditions (settled: Settled): OpenCondition[] {
  const keys = new Set(settled.keys)
  const { must } = decidingPlaces(settled)
  const isOpen = (place: StatementPlace): boolean => !must.some((other) => other.policy === place.policy && other.name === place.name && other.index === place.index && other.level === place.level)
  const asks = (conditions: readonly Condition[], place: StatementPlace): OpenCondition[] => isOpen(place)
    ? conditions.filter(({ key }) => keys.has(key)).map((condition) => ({ key: condition.keyName, needs: `${condition.operatorName} ${condition.values.map(({ text }) => text).join(', ')}`, effect: place.effect, statement: place }))
    : []
  if (keys.size === 0) return []
  return [
    ...relevantMatches(settled).flatMap((match) => asks(match.statement.conditions, placeOf(match))),
    ...relevantGrants(settled).flatMap((match) => asks(constraintsOf(match.grant, match.action), grantPlace(match)))
  ]
}

/** What each layer decides by itself. */
export function layerWords (settled: Settled): Record<LayerName, LayerWord> {
  return {
    resourcePolicy: layerWordOf('resourcePolicy', settled),
    identityPolicies: layerWordOf('identityPolicies', settled),
    permissionsBoundary: layerWordOf('permissionsBoundary', settled),
    sessionPolicy: layerWordOf('sessionPolicy', settled),
    serviceControlPolicies: layerWordOf('serviceControlPolicies', settled),
    resourceControlPolicies: layerWordOf('resourceControlPolicies', settled),
    grants: layerWordOf('grants', settled)
  }
}

function layerWordOf (layer: LayerName, settled: Settled): LayerWord {
  const { plan, looks, left } = settled
  const { caller, rule, grantsIncomplete } = plan.situation
  const present = layer === 'grants' ? plan.grants.length > 0 || grantsIncomplete : plan.layers.some(({ name }) => name === layer)
  if (present) return overall(looks.map((look): DecisionWord => layerWord(layer, look, plan) ?? left))
  const withoutIdentity = caller.kind === 'service' || caller.kind === 'anonymous' || caller.kind === 'root'
  const binds = layer === 'resourcePolicy' ? rule !== 'identityOnly' : layer === 'resourceControlPolicies' || layer === 'grants' || !withoutIdentity
  return binds ? 'notPresent' : 'notApplicable'
}
