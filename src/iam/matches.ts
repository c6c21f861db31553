import type { ActionMask, ActionSet, NamedAction } from './action.js'
import { conditionsHold, type NoteUnknown } from './condition-truth.js'
import { givenBy, type GrantEntry } from './grant.js'
import { misfits } from './misfits.js'
import type { Policy, Statement } from './policy-document.js'
import { NAMED_BY_ATTACHMENT, NOBODY, PERHAPS, namedByAllow, namedByDeny, type Caller, type Naming } from './principal.js'
import type { RequestContext } from './request-context.js'
import { resourceMatches } from './resource.js'
import { and, MAYBE, NO, or, truthOf, YES, type Truth } from './truth.js'

/** The kinds of policy that take part in a decision. */
export type LayerName = 'resourcePolicy' | 'identityPolicies' | 'permissionsBoundary' | 'sessionPolicy' | 'serviceControlPolicies' | 'resourceControlPolicies' | 'grants'

/** The documents of one layer. `complete: false`: some could not be read, and any of them might allow or deny. */
export interface Layer { policies: readonly Policy[], complete: boolean }

/** A statement that names caller and resource, and applies to the request, or may; which actions it is about is not looked at. */
export interface Match {
  layer: LayerName
  /** Level of an SCP or RCP, root first; 0 elsewhere. */
  level: number
  policy: Policy
  statement: Statement
  /** How it names the caller. */
  naming: Naming
  /** Whether resource and conditions fit. */
  applies: Truth
  /** Whether it applies to the caller at all, however it is named. */
  truth: Truth
  /** The unknown condition keys that a *maybe* hangs on; empty for a *maybe* that no context could settle. */
  unknownKeys: readonly string[]
}

/** What a statement is held against, but for the actions. */
export interface Question {
  caller: Caller
  resourceArn: string
  context: RequestContext
  /** Whether a permissions boundary is attached to the caller. */
  boundary: Truth
  /** Whether a statement without `Resource` applies, as in a role's trust policy; in a key policy it is inert. */
  withoutResource: boolean
}

const NO_KEYS: readonly string[] = []

/** A document in its place, with what was found so far: statements are looked at once, whatever actions are asked about. */
export interface PlacedPolicy {
  layer: LayerName
  level: number
  policy: Policy
  /** By the statement's place in the document; null: does not apply. */
  looked: Array<Match | null | undefined>
}

/** Adds the statements of a document that are about some of the actions and apply to the question, or may. */
export function findMatches (placed: PlacedPolicy, actions: ActionSet, question: Question, found: Match[]): void {
  const { looked } = placed
  let place = -1
  for (const statement of placed.policy.statements) {
    place++
    const mask = actionsOf(statement, actions)
    if (mask.low === 0 && mask.high === 0) continue
    let match = looked[place]
    if (match === undefined) looked[place] = match = matchOf(placed, statement, question)
    if (match !== null) found.push(match)
  }
}

function matchOf ({ layer, level, policy }: PlacedPolicy, statement: Statement, question: Question): Match | null {
  const naming = namingOf(layer, statement, question)
  if (naming === NOBODY) return null
  const match = withTruth({ layer, level, policy, statement, naming, applies: NO, truth: NO, unknownKeys: NO_KEYS }, question)
  return match.truth === NO ? null : match
}

/** The same statements in a context where unknown keys have been decided. */
export function matchAgain (matches: readonly Match[], question: Question): Match[] {
  return matches.map((match) => match.unknownKeys.length === 0 ? match : withTruth({ ...match }, question))
}

/** Holds resource and conditions of a statement against the question. */
function withTruth (match: Match, question: Question): Match {
  let noted: string[] | undefined
  const note = (key: string): void => { (noted ??= []).push(key) }
  match.applies = statementApplies(match.layer, match.statement, question, note)
  match.truth = and(or(match.naming.account, or(match.naming.role, match.naming.direct)), match.applies)
  match.unknownKeys = noted ?? NO_KEYS
  return match
}

const NO_ACTIONS: ActionMask = { low: 0, high: 0 }

/** The actions, of those asked about, that a statement names. */
export function actionsOf ({ effect, defects, actions }: Statement, asked: ActionSet): ActionMask {
  // What is not understood allows nothing, and may deny anything.
  if (defects.size > 0 && effect === 'Allow') return NO_ACTIONS
  if (defects.size > 0 && defects.has('Action')) return asked.all
  return actions === undefined ? NO_ACTIONS : asked.select(actions)
}

/** Whether resource and conditions fit. What holds something not understood cannot be told to fit, nor not to. */
function statementApplies (layer: LayerName, statement: Statement, question: Question, note: NoteUnknown): Truth {
  const { defects } = statement
  const resource = or(resourceFits(layer, statement, question, note), defects.has('Resource') ? MAYBE : NO)
  if (resource === NO) return NO
  return and(and(resource, conditionsHold(statement.conditions, question.context, note)), defects.size > 0 ? MAYBE : YES)
}

/** KMS accepts a statement without `Resource`, and it has no effect; in any other policy it is a misfit. */
function resourceFits (layer: LayerName, statement: Statement, question: Question, note: NoteUnknown): Truth {
  if (statement.resources !== undefined) return resourceMatches(statement.resources, question.resourceArn, question.context, note)
  return truthOf(layer !== 'resourcePolicy' || question.withoutResource)
}

function namingOf (layer: LayerName, statement: Statement, question: Question): Naming {
  const { principals, effect } = statement
  if (layer !== 'resourcePolicy') return misfits(layer, statement).length === 0 ? NAMED_BY_ATTACHMENT : effect === 'Allow' ? NOBODY : PERHAPS
  if (statement.defects.has('Principal')) return PERHAPS
  if (principals === undefined) return NOBODY
  if (effect === 'Allow') return namedByAllow(principals, question.caller)
  const reached = namedByDeny(principals, question.caller, question.boundary)
  return reached === NO ? NOBODY : reached === YES ? NAMED_BY_ATTACHMENT : PERHAPS
}

/** A grant that gives the caller an action, or may. */
export interface GrantMatch { grant: GrantEntry, index: number, action: string, mask: ActionMask, direct: Truth, account: Truth, unknownKeys: readonly string[] }

/** The grants that give the caller one of these actions (lower-case) on the key, or may. */
export function grantMatches (grants: readonly GrantEntry[], actions: readonly NamedAction[], question: Question): GrantMatch[] {
  const { caller, resourceArn, context } = question
  return grants.flatMap((grant, index) => actions.flatMap(({ name, mask }) => {
    const unknownKeys: string[] = []
    const given = givenBy(grant, caller, name, resourceArn, context, (key) => { unknownKeys.push(key) })
    return given.direct === NO && given.account === NO ? [] : [{ grant, index, action: name, mask, ...given, unknownKeys }]
  }))
}
