import { parseActions, type ActionElement } from './action.js'
import { parseConditions, type Condition } from './condition.js'
import { asList, describe, isObject, pointerSegment, type JsonObject, type Unsupported } from './json.js'
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
  /** The elements that hold something not understood: such an Allow does not count, such a Deny makes the answer unknown. */
  defects: ReadonlySet<Element>
}

/** A policy document, parsed once; whatever JSON stood there, all that was not understood is in `unsupported`. */
export interface Policy {
  name: string
  statements: readonly Statement[]
  unsupported: readonly Unsupported[]
  /** Something outside the statements was not understood, which might have denied. */
  opaque: boolean
}

const TOP_LEVEL = new Set(['Version', 'Id', 'Statement'])
const INVERTED = [['Principal', 'NotPrincipal'], ['Action', 'NotAction'], ['Resource', 'NotResource']] as const
const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'])
/** Nobody reads more; a document may hold tens of thousands of faults. */
export const MOST_REPORTED = 1_000
const WITH_VARIABLES = '2012-10-17'
const WITHOUT_VARIABLES = '2008-10-17'
const SOUND: ReadonlySet<Element> = new Set()
const NO_CONDITIONS: readonly Condition[] = []
const UNREADABLE: ReadonlySet<Element> = new Set(['Principal', 'Action', 'Resource', 'Condition', 'Statement'])

/**
 * Reads a policy document. Never throws: what is not understood is listed with its JSON pointer.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compilePolicy (name: string, document: unknown): Policy {
  const unsupported: Unsupported[] = []
  const report = (fault: Unsupported): void => { if (unsupported.length < MOST_REPORTED) unsupported.push(fault) }
  if (!isObject(document)) {
    report({ pointer: '', what: 'the policy is not a JSON object' })
    return { name, statements: [], unsupported, opaque: true }
  }
  for (const member of Object.keys(document)) {
    if (!TOP_LEVEL.has(member)) report({ pointer: `/${pointerSegment(member)}`, what: `unknown policy element ${member}` })
  }
  const version = document['Version']
  if (version !== undefined && version !== WITH_VARIABLES && version !== WITHOUT_VARIABLES) report({ pointer: '/Version', what: `unknown policy version ${describe(version)}` })
  if (document['Statement'] === undefined) report({ pointer: '/Statement', what: 'the policy has no Statement' })
  const opaque = unsupported.some((fault) => fault.pointer !== '/Statement')
  const list = Array.isArray(document['Statement'])
  const statements = (document['Statement'] === undefined ? [] : asList(document['Statement'])).map((statement, index) =>
    parseStatement(statement, index, version === WITH_VARIABLES, list ? `/Statement/${index}` : '/Statement', opaque, report))
  return { name, statements, unsupported, opaque }
}

function parseStatement (element: unknown, index: number, variables: boolean, pointer: string, inOpaque: boolean, report: (fault: Unsupported) => void): Statement {
  if (!isObject(element)) {
    report({ pointer, what: 'the statement is not an object' })
    return { index, pointer, sid: undefined, effect: 'Deny', principals: undefined, actions: undefined, resources: undefined, conditions: [], defects: UNREADABLE }
  }
  const defects = new Set<Element>(inOpaque ? ['Statement'] : [])
  const faultIn: FaultIn = (part, found) => {
    defects.add(part)
    report(found)
  }
  checkElements(element, pointer, faultIn)
  const sid = element['Sid']
  const pick = <T>(name: Element, parse: (value: unknown, inverted: boolean, at: string, fault: (found: Unsupported) => void) => T): T | undefined => {
    const inverted = element[name] === undefined
    const member = inverted ? `Not${name}` : name
    return element[member] === undefined ? undefined : parse(element[member], inverted, `${pointer}/${member}`, (found) => { faultIn(name, found) })
  }
  return {
    index,
    pointer,
    sid: typeof sid === 'string' ? sid : undefined,
    effect: element['Effect'] === 'Allow' ? 'Allow' : 'Deny',
    principals: pick('Principal', (value, inverted, at, fault) => parsePrincipals(value, inverted, at, report, fault)),
    actions: pick('Action', (value, inverted, at, fault) => parseActions(value, inverted, at, fault)),
    resources: pick('Resource', (value, inverted, at, fault) => parseResources(value, inverted, variables, at, fault)),
    conditions: element['Condition'] === undefined ? NO_CONDITIONS : parseConditions(element['Condition'], variables, `${pointer}/Condition`, (found) => { faultIn('Condition', found) }),
    // Last: the parsers above have told by now what they did not understand.
    defects: defects.size === 0 ? SOUND : defects
  }
}

/** Told what was not understood, and in which part of the statement. */
type FaultIn = (part: Element, found: Unsupported) => void

function checkElements (element: JsonObject, pointer: string, faultIn: FaultIn): void {
  const fault = (found: Unsupported): void => { faultIn('Statement', found) }
  for (const member of Object.keys(element)) {
    if (!ELEMENTS.has(member)) fault({ pointer: `${pointer}/${pointerSegment(member)}`, what: `unknown statement element ${member}` })
  }
  for (const [name, inverted] of INVERTED) {
    if (element[name] !== undefined && element[inverted] !== undefined) faultIn(name, { pointer, what: `${name} and ${inverted} in one statement` })
  }
  if (element['Effect'] !== 'Allow' && element['Effect'] !== 'Deny') fault({ pointer: `${pointer}/Effect`, what: 'Effect is neither Allow nor Deny' })
  if (element['Effect'] === 'Allow' && element['NotPrincipal'] !== undefined) fault({ pointer: `${pointer}/NotPrincipal`, what: 'NotPrincipal with Allow is not supported' })
  if (element['Sid'] !== undefined && typeof element['Sid'] !== 'string') fault({ pointer: `${pointer}/Sid`, what: 'Sid is not a string' })
}
