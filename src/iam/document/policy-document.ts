import { asList, describe, isObject, type JsonObject, pointerSegment, type Unsupported } from '../../json/json.js'
import { type Condition, parseConditions } from '../condition/condition.js'
import { templateKeys } from '../match/policy-variable.js'
import { type ActionElement, parseActions } from './action.js'
import { parsePrincipals, type PrincipalElement } from './principal.js'
import { parseResources, type ResourceElement } from './resource.js'

/** The parts of a statement that decide whether it applies; `Statement` stands for the statement as a whole. */
export type Element = 'Principal' | 'Action' | 'Resource' | 'Condition' | 'Statement'

/** A statement, parsed once. */
export interface Statement {
  /** Position in the document, from 0. */
  index: number
  pointer: string
  sid: string | undefined
  effect: 'Allow' | 'Deny'
  principals: PrincipalElement | undefined
  actions: ActionElement | undefined
  resources: ResourceElement | undefined
  conditions: readonly Condition[]
  /** The (lower-case) condition keys that conditions and policy variables mention; some perhaps twice. */
  contextKeys: readonly string[]
  /**
   * The elements that hold something not understood: such an Allow does not count, such a Deny makes the answer
   * unknown.
   */
  defects: ReadonlySet<Element>
  /**
   * The elements whose values are not known yet, as in a plan; `Statement`: whether it is there at all. Such a
   * statement may apply, whatever its effect.
   */
  unresolved: ReadonlySet<Element>
}

/** A policy document, parsed once; whatever JSON stood there, all that was not understood is in `unsupported`. */
export interface Policy {
  name: string
  statements: readonly Statement[]
  /** The statements of which something is not known yet; they keep their `index` in the document. */
  unresolved: readonly Statement[]
  unsupported: readonly Unsupported[]
  /** Something outside the statements was not understood, which might have denied. */
  opaque: boolean
}

const TOP_LEVEL = new Set(['Version', 'Id', 'Statement'])
const ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition'
])
/** More is of no use; a document may hold tens of thousands of faults. */
export const MAX_REPORTED = 1_000
const WITH_VARIABLES = '2012-10-17'
const WITHOUT_VARIABLES = '2008-10-17'
const SOUND: ReadonlySet<Element> = new Set()
const NO_CONDITIONS: readonly Condition[] = []
const NO_KEYS: readonly string[] = []
const NO_STATEMENTS: readonly Statement[] = []
const NO_VALUES: ResourceElement['values'] = []
const UNREADABLE: ReadonlySet<Element> = new Set(['Principal', 'Action', 'Resource', 'Condition', 'Statement'])
/** One set for all statements with a fault in one part: a hostile document has tens of thousands of them. */
const ONLY: Readonly<Record<Element, ReadonlySet<Element>>> = {
  Principal: new Set(['Principal']),
  Action: new Set(['Action']),
  Resource: new Set(['Resource']),
  Condition: new Set(['Condition']),
  Statement: new Set(['Statement'])
}

/**
 * Reads a policy document. Never throws: what is not understood is listed with its JSON pointer.
 * `unknownAt`: pointers to values below `/Statement/{index}` that are not known yet.
 * `compiled`: statements that were compiled before from the very same objects, at the same place of such a document.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compilePolicy (
  name: string,
  document: unknown,
  unknownAt: readonly string[] = [],
  compiled?: ReadonlyMap<unknown, Statement>
): Policy {
  const unsupported: Unsupported[] = []
  const report = (fault: Unsupported): void => {
    if (unsupported.length < MAX_REPORTED) unsupported.push(fault)
  }
  if (!isObject(document)) {
    report({ pointer: '', what: 'the policy is not a JSON object' })
    return { name, statements: [], unresolved: [], unsupported, opaque: true }
  }
  for (const member of Object.keys(document)) {
    if (!TOP_LEVEL.has(member))
      report({ pointer: `/${pointerSegment(member)}`, what: `unknown policy element ${member}` })
  }
  const version = document['Version']
  if (version !== undefined && version !== WITH_VARIABLES && version !== WITHOUT_VARIABLES)
    report({ pointer: '/Version', what: `unknown policy version ${describe(version)}` })
  if (document['Statement'] === undefined) report({ pointer: '/Statement', what: 'the policy has no Statement' })
  const opaque = unsupported.some((fault) => fault.pointer !== '/Statement')
  const list = Array.isArray(document['Statement'])
  const unknown = unresolvedElements(unknownAt)
  const all = (document['Statement'] === undefined ? [] : asList(document['Statement'])).map((statement, index) => {
    const unresolved = unknown.get(index) ?? SOUND
    const same = compiled?.get(statement)
    if (same?.index === index) return same
    return parseStatement(
      unresolved.size === 0 ? statement : withoutElements(statement, unresolved),
      { index, pointer: list ? `/Statement/${index}` : '/Statement', unresolved },
      version === WITH_VARIABLES,
      opaque,
      report
    )
  })
  if (unknown.size === 0) return { name, statements: all, unresolved: NO_STATEMENTS, unsupported, opaque }
  return {
    name,
    statements: all.filter(({ unresolved }) => unresolved.size === 0),
    unresolved: all.filter(({ unresolved }) => unresolved.size > 0),
    unsupported,
    opaque
  }
}

/** The unknown elements of each statement, by its index. */
function unresolvedElements (pointers: readonly string[]): ReadonlyMap<number, ReadonlySet<Element>> {
  const found = new Map<number, Set<Element>>()
  for (const pointer of pointers) {
    const [, , index, member = ''] = pointer.split('/')
    const element = member.replace(/^Not/, '')
    const elements = found.get(Number(index)) ?? new Set()
    found.set(Number(index), elements.add(isElement(element) ? element : 'Statement'))
  }
  return found
}

function isElement (name: string): name is Element {
  return Object.hasOwn(ONLY, name)
}

/** The known elements: what stands in the place of the others means nothing. */
function withoutElements (statement: unknown, unresolved: ReadonlySet<Element>): unknown {
  if (!isObject(statement)) return statement
  return Object.fromEntries(
    Object.entries(statement).filter(
      ([name]) => ![...unresolved].some((each) => name === each || name === `Not${each}`)
    )
  )
}

function parseStatement (
  element: unknown,
  place: Pick<Statement, 'index' | 'pointer' | 'unresolved'>,
  variables: boolean,
  inOpaque: boolean,
  report: (fault: Unsupported) => void
): Statement {
  const { index, pointer, unresolved } = place
  if (!isObject(element)) {
    report({ pointer, what: 'the statement is not an object' })
    return unreadableStatement(place)
  }
  let defects = inOpaque ? ONLY.Statement : SOUND
  const faultIn: FaultIn = (part, found) => {
    if (!defects.has(part)) defects = defects.size === 0 ? ONLY[part] : new Set([...defects, part])
    report(found)
  }
  checkElements(element, pointer, faultIn)
  const { Sid: sid, Condition: condition } = element
  // One function for all parts: a document has many statements, and few have a fault.
  let part: Element = 'Principal'
  const fault = (found: Unsupported): void => faultIn(part, found)
  const principals = parseEither(element, 'Principal', (value, inverted, name) =>
    parsePrincipals(value, inverted, `${pointer}/${name}`, report, fault)
  )
  part = 'Action'
  const actions = parseEither(element, 'Action', (value, inverted, name) =>
    parseActions(value, inverted, `${pointer}/${name}`, fault)
  )
  part = 'Resource'
  const resources = parseEither(element, 'Resource', (value, inverted, name) =>
    parseResources(value, inverted, variables, `${pointer}/${name}`, fault)
  )
  part = 'Condition'
  const conditions =
    condition === undefined ? NO_CONDITIONS : parseConditions(condition, variables, `${pointer}/Condition`, fault)
  return {
    index,
    pointer,
    unresolved,
    sid: typeof sid === 'string' ? sid : undefined,
    effect: element['Effect'] === 'Allow' ? 'Allow' : 'Deny',
    principals,
    actions,
    resources,
    conditions,
    contextKeys: contextKeysOf(conditions, resources),
    defects
  }
}

/** An element or, where it is absent, its `Not…` form; undefined where there is neither. */
function parseEither<T> (
  statement: JsonObject,
  name: 'Principal' | 'Action' | 'Resource',
  parse: (value: unknown, inverted: boolean, name: string) => T
): T | undefined {
  const value = statement[name]
  if (value !== undefined) return parse(value, false, name)
  const inverted = statement[`Not${name}`]
  return inverted === undefined ? undefined : parse(inverted, true, `Not${name}`)
}

function unreadableStatement (place: Pick<Statement, 'index' | 'pointer' | 'unresolved'>): Statement {
  return {
    ...place,
    sid: undefined,
    effect: 'Deny',
    principals: undefined,
    actions: undefined,
    resources: undefined,
    conditions: NO_CONDITIONS,
    contextKeys: NO_KEYS,
    defects: UNREADABLE
  }
}

/** The condition keys that a statement mentions, in conditions or in policy variables. */
function contextKeysOf (conditions: readonly Condition[], resources: ResourceElement | undefined): readonly string[] {
  let keys: string[] | undefined
  for (const { key, values } of conditions) {
    ;(keys ??= []).push(key)
    for (const value of values)
      if ('template' in value) for (const name of templateKeys(value.template)) keys.push(name)
  }
  for (const value of resources?.values ?? NO_VALUES)
    if ('template' in value) for (const name of templateKeys(value.template)) (keys ??= []).push(name)
  return keys ?? NO_KEYS
}

/** Called with what was not understood, and in which part of the statement. */
type FaultIn = (part: Element, found: Unsupported) => void

function checkElements (element: JsonObject, pointer: string, faultIn: FaultIn): void {
  const fault = (found: Unsupported): void => {
    faultIn('Statement', found)
  }
  for (const member of Object.keys(element)) {
    if (!ELEMENTS.has(member))
      fault({ pointer: `${pointer}/${pointerSegment(member)}`, what: `unknown statement element ${member}` })
  }
  const {
    Effect: effect,
    Sid: sid,
    NotPrincipal: notPrincipal,
    NotAction: notAction,
    NotResource: notResource
  } = element
  const both = (name: Element): void => {
    faultIn(name, { pointer, what: `${name} and Not${name} in one statement` })
  }
  if (notPrincipal !== undefined && element['Principal'] !== undefined) both('Principal')
  if (notAction !== undefined && element['Action'] !== undefined) both('Action')
  if (notResource !== undefined && element['Resource'] !== undefined) both('Resource')
  if (effect !== 'Allow' && effect !== 'Deny')
    fault({ pointer: `${pointer}/Effect`, what: 'Effect is neither Allow nor Deny' })
  if (effect === 'Allow' && notPrincipal !== undefined)
    fault({ pointer: `${pointer}/NotPrincipal`, what: 'NotPrincipal with Allow is not supported' })
  if (sid !== undefined && typeof sid !== 'string') fault({ pointer: `${pointer}/Sid`, what: 'Sid is not a string' })
}
