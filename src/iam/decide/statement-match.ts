import type { Unsupported } from '../../json/json.js'
import { conditionsHold, type NoteUnknown } from '../condition/condition.js'
import { type Action, coversAction } from '../document/action.js'
import type { Policy, Statement } from '../document/policy-document.js'
import {
  BY_ATTACHMENT,
  type Caller,
  matchAllowPrincipal,
  matchDenyPrincipal,
  NO_MATCH,
  POSSIBLE_MATCH,
  type PrincipalMatch
} from '../document/principal.js'
import { resourceMatches, resourcePatternMatches } from '../document/resource.js'
import { type RequestContext, RESOURCE } from '../match/request-context.js'
import { and, MAYBE, NO, or, type Truth, truthOf, YES } from '../match/truth.js'
import { grantedBy, type GrantEntry, sessionsNamedBy } from './grant.js'
import type { LayerName } from './request.js'
import { callsInSession } from './session.js'

const NONE: readonly Unsupported[] = []

/**
 * The elements that a statement has, or lacks, and for which AWS refuses it in a policy of this kind. Such an Allow
 * does not count; such a Deny makes the decision unknown. A key policy, where KMS accepts almost everything, is not
 * checked here.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html#policies-grammar-notes
 */
export function disallowedElements (layer: LayerName, statement: Statement): readonly Unsupported[] {
  if (layer === 'resourcePolicy') return NONE
  // A resource control policy has a Principal, and it must be `*`.
  const isComplete = statement.resources !== undefined || statement.unresolved.has('Resource')
  const named = statement.principals !== undefined && layer !== 'resourceControlPolicies'
  if (!named && isComplete) return NONE
  const found: Unsupported[] = []
  if (named) found.push({ pointer: statement.pointer, what: 'a policy of this kind names no principal' })
  if (!isComplete) found.push({ pointer: statement.pointer, what: 'the statement has no Resource' })
  return found
}

/** Whether an Allow statement of a key policy names this caller itself, not its account. */
export function namesInAllow (statement: Statement, caller: Caller): boolean {
  if (statement.principals === undefined) return false
  const { role, direct } = matchAllowPrincipal(statement.principals, caller)
  return role !== NO || direct !== NO
}

/** A statement that matches caller and resource, and applies to the request, or may; its actions are not considered. */
export interface StatementMatch {
  layer: LayerName
  /** Level of an SCP or RCP, root first; 0 elsewhere. */
  level: number
  policy: Policy
  statement: Statement
  /** How it names the caller. */
  principal: PrincipalMatch
  /** Whether resource and conditions match. */
  applies: Truth
  /** Whether it applies to the caller at all, however it is named. */
  truth: Truth
  /** The unknown condition keys on which a *maybe* depends; empty for a *maybe* that no context could decide. */
  unknownKeys: readonly string[]
  /** Of a statement that names sessions of the role: their names, and how the others that it names are the caller. */
  sessions?: { names: readonly string[]; others: PrincipalMatch }
}

/** The facts of a request that statements are matched against; they hold for all actions. */
export interface RequestFacts {
  caller: Caller
  resourceArn: string
  /** The ARN is a pattern; the context says what is known of the resource. */
  isPattern: boolean
  context: RequestContext
  /** Caller and resource belong to one account. */
  sameAccount: boolean
  /** A request never reaches a resource of another partition. */
  samePartition: boolean
  /** Whether a permissions boundary is attached to the caller. */
  boundary: Truth
  /** Whether what is known of a (lower-case) condition key can differ from action to action. */
  dependsOnAction: (key: string) => boolean
  /** Whether a statement without `Resource` applies, as in a role's trust policy; in a key policy it has no effect. */
  withoutResource: boolean
}

const NO_KEYS: readonly string[] = []

/**
 * A document of a layer with the matches found so far: a statement is matched once, whatever actions are decided,
 * unless it mentions a key that depends on the action.
 */
export interface PlacedPolicy {
  layer: LayerName
  level: number
  policy: Policy
  /** By the statement's position, the unresolved ones last; null: does not apply. */
  matched: Array<StatementMatch | null | undefined>
}

/** Adds the statements of a document that cover the action and apply to the request, or may. */
export function findMatches (placed: PlacedPolicy, action: Action, facts: RequestFacts, found: StatementMatch[]): void {
  const { statements, unresolved } = placed.policy
  let position = 0
  for (const list of [statements, unresolved])
    for (const statement of list) {
      const match = concernsAction(statement, action) ? matchAt(placed, position, statement, facts) : null
      if (match !== null) found.push(match)
      position++
    }
}

function matchAt (
  placed: PlacedPolicy,
  position: number,
  statement: Statement,
  facts: RequestFacts
): StatementMatch | null {
  const known = placed.matched[position]
  if (known !== undefined) return known
  const match = matchStatement(placed, statement, facts)
  if (!statement.contextKeys.some(facts.dependsOnAction)) placed.matched[position] = match
  return match
}

function matchStatement (
  { layer, level, policy }: PlacedPolicy,
  statement: Statement,
  facts: RequestFacts
): StatementMatch | null {
  const sessions = namedSessions(layer, statement, facts)
  const principal = sessions === undefined ? matchPrincipal(layer, statement, facts) : POSSIBLE_MATCH
  if (principal === NO_MATCH) return null
  const match: StatementMatch = {
    layer,
    level,
    policy,
    statement,
    principal,
    applies: NO,
    truth: NO,
    unknownKeys: NO_KEYS
  }
  if (sessions !== undefined) match.sessions = sessions
  withTruth(match, facts)
  return match.truth === NO ? null : match
}

/** The sessions of a role that a statement names: which of its sessions the role calls in may not be known. */
function namedSessions (layer: LayerName, statement: Statement, facts: RequestFacts): StatementMatch['sessions'] {
  const { principals, defects, unresolved } = statement
  const { kind, sessionPrefix } = facts.caller
  const isNamed = (name: string): boolean => name.startsWith(sessionPrefix)
  if (layer !== 'resourcePolicy' || kind !== 'role' || principals === undefined || principals.inverted) return undefined
  if (defects.has('Principal') || unresolved.has('Principal') || !principals.aws.some(isNamed)) return undefined
  const without = { ...principals, aws: principals.aws.filter((name) => !isNamed(name)) }
  return {
    names: principals.aws.filter(isNamed).map((name) => name.slice(sessionPrefix.length)),
    others: matchPrincipal(layer, { ...statement, principals: without }, facts)
  }
}

/** How a statement names the caller if the session counts in which it calls. */
function inSession (
  { names, others }: NonNullable<StatementMatch['sessions']>,
  context: RequestContext,
  note: NoteUnknown
): PrincipalMatch {
  return { ...others, direct: or(others.direct, callsInSession(names, context, note)) }
}

/** The same statements, those left that still apply, in a context where unknown keys have values. */
export function rematch (matches: readonly StatementMatch[], facts: RequestFacts): StatementMatch[] {
  const found: StatementMatch[] = []
  for (const match of matches) {
    const again = match.unknownKeys.length === 0 ? match : withTruth({ ...match }, facts)
    if (again.truth !== NO) found.push(again)
  }
  return found
}

/** Compares resource and conditions of a statement with the request. */
function withTruth (match: StatementMatch, facts: RequestFacts): StatementMatch {
  let noted: string[] | undefined
  const note = (key: string): void => {
    ;(noted ??= []).push(key)
  }
  if (match.sessions !== undefined) match.principal = inSession(match.sessions, facts.context, note)
  const { account, role, direct } = match.principal
  match.applies = statementApplies(match.layer, match.statement, facts, note)
  match.truth = and(or(account, or(role, direct)), match.applies)
  match.unknownKeys = noted ?? NO_KEYS
  return match
}

/** Whether the action is among those of the statement. What is not understood allows nothing, and may deny anything. */
function concernsAction ({ effect, defects, unresolved, actions }: Statement, action: Action): boolean {
  if (defects.size > 0) {
    if (effect === 'Allow') return false
    if (defects.has('Action')) return true
  }
  if (unresolved.has('Action')) return true
  return actions !== undefined && coversAction(actions, action)
}

/** Whether resource and conditions match; for a statement with something not understood this is a *maybe* at most. */
function statementApplies (layer: LayerName, statement: Statement, facts: RequestFacts, note: NoteUnknown): Truth {
  const { defects, unresolved } = statement
  const isOpen = defects.has('Resource') || unresolved.has('Resource')
  const resource = or(matchResource(layer, statement, facts, note), isOpen ? MAYBE : NO)
  if (resource === NO) return NO
  // A Deny is not narrowed: a request that nothing allows stays an implicit deny.
  const conditions = conditionsHold(statement.conditions, facts.context, note, statement.effect === 'Allow')
  return and(and(resource, conditions), defects.size + unresolved.size > 0 ? MAYBE : YES)
}

/** KMS accepts a statement without `Resource`, and it has no effect; in any other policy the element must be there. */
function matchResource (layer: LayerName, statement: Statement, facts: RequestFacts, note: NoteUnknown): Truth {
  const { resources } = statement
  if (resources !== undefined) {
    const incomplete = incompleteArnsIn(layer, statement)
    const requested = facts.isPattern ? facts.context.lookup(RESOURCE) : undefined
    if (requested?.state === 'unknown')
      return resourcePatternMatches(resources, facts.resourceArn, facts.context, note, incomplete)
    const arn = requested?.state === 'known' ? (requested.values[0] ?? '') : facts.resourceArn
    return resourceMatches(resources, arn, facts.context, note, incomplete)
  }
  return truthOf(layer !== 'resourcePolicy' || facts.withoutResource)
}

/**
 * An incomplete ARN is completed in identity-based policies alone. Elsewhere it is no ARN of any resource; where that
 * would widen what is allowed, or take away a Deny of another kind of policy, it stays open.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function incompleteArnsIn (layer: LayerName, { effect, resources }: Statement): Truth {
  if (layer === 'identityPolicies') return YES
  if (resources?.inverted === true) return MAYBE
  return effect === 'Allow' || layer === 'resourcePolicy' ? NO : MAYBE
}

function matchPrincipal (layer: LayerName, statement: Statement, { caller, boundary }: RequestFacts): PrincipalMatch {
  const { principals, effect } = statement
  if (layer !== 'resourcePolicy') {
    if (disallowedElements(layer, statement).length === 0) return BY_ATTACHMENT
    return effect === 'Allow' ? NO_MATCH : POSSIBLE_MATCH
  }
  if (statement.defects.has('Principal') || statement.unresolved.has('Principal')) return POSSIBLE_MATCH
  if (principals === undefined) return NO_MATCH
  if (effect === 'Allow') return matchAllowPrincipal(principals, caller)
  const denied = matchDenyPrincipal(principals, caller, boundary)
  return denied === NO ? NO_MATCH : denied === YES ? BY_ATTACHMENT : POSSIBLE_MATCH
}

/** A grant that gives the caller the action, or may. */
export interface GrantMatch {
  grant: GrantEntry
  /** Position in the list of grants. */
  index: number
  direct: Truth
  account: Truth
  unknownKeys: readonly string[]
  /** The sessions of the role that the grant names. */
  sessions: readonly string[]
}

/** The grants that give the caller the (lower-case) action on the key, or may. */
export function matchGrants (grants: readonly GrantEntry[], action: string, facts: RequestFacts): GrantMatch[] {
  const found: GrantMatch[] = []
  grants.forEach((grant, index) => {
    const match = matchGrant(grant, index, action, facts)
    if (match !== undefined) found.push(match)
  })
  return found
}

export function rematchGrants (matches: readonly GrantMatch[], action: string, facts: RequestFacts): GrantMatch[] {
  return matches
    .map(({ grant, index }) => matchGrant(grant, index, action, facts))
    .filter((match) => match !== undefined)
}

function matchGrant (grant: GrantEntry, index: number, action: string, facts: RequestFacts): GrantMatch | undefined {
  const unknownKeys: string[] = []
  const note = (key: string): void => {
    unknownKeys.push(key)
  }
  const { direct, account } = grantedBy(grant, facts.caller, action, facts.resourceArn, facts.context, note)
  if (direct === NO && account === NO) return undefined
  return { grant, index, direct, account, unknownKeys, sessions: sessionsNamedBy(grant, facts.caller) }
}
