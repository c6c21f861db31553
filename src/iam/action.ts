import { asList, describe, type Unsupported } from './json.js'
import { KMS_ACTIONS, kmsActionPosition, worksAcrossAccounts } from './kms-actions.js'
import { hasWildcard, matches, wildcardPattern, type Pattern } from './wildcard.js'

/** A set of actions as bits: one for each KMS action, or the first bit alone for any other single action. */
export interface ActionMask { low: number, high: number }

/** `Action` or `NotAction`: lower-case names and patterns. */
export interface ActionElement {
  inverted: boolean
  every: boolean
  /** The KMS actions that are among the names, or that `kms:*` takes in. */
  kmsNames: ActionMask
  names: readonly string[]
  patterns: readonly Pattern[]
  /** Which KMS actions it matches; made when first asked for. */
  kms?: ActionMask
}

const NO_ACTION: ActionMask = { low: 0, high: 0 }
const bit = (position: number): ActionMask => position < 32 ? { low: 1 << position, high: 0 } : { low: 0, high: 1 << (position - 32) }
const union = (masks: readonly ActionMask[]): ActionMask => masks.reduce((all, mask) => ({ low: all.low | mask.low, high: all.high | mask.high }), NO_ACTION)
const EACH_KMS_ACTION: readonly NamedAction[] = KMS_ACTIONS.map((name, position) => ({ name, mask: bit(position) }))
const EVERY_KMS_ACTION = union(EACH_KMS_ACTION.map(({ mask }) => mask))
const CROSS_ACCOUNT = union(EACH_KMS_ACTION.filter(({ name }) => worksAcrossAccounts(name)).map(({ mask }) => mask))

/**
 * Reads `Action` or `NotAction`. A name is `service:Action` or `*`; wildcards stand in the action alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
export function parseActions (element: unknown, inverted: boolean, pointer: string, report: (fault: Unsupported) => void): ActionElement {
  const names: string[] = []
  const patterns: Pattern[] = []
  let every = false
  let low = 0
  let high = 0
  for (const value of asList(element)) {
    const known = typeof value === 'string' ? namedKmsAction(value) : undefined
    const text = typeof value === 'string' ? known?.name ?? value.toLowerCase() : undefined
    if (known !== undefined) {
      names.push(known.name)
      low |= known.mask.low
      high |= known.mask.high
    } else if (text === undefined || !isActionName(text)) report({ pointer, what: `${describe(value)} is no action` })
    else if (text === '*' || text === '*:*') every = true
    else if (!hasWildcard(text)) names.push(text)
    else {
      patterns.push(wildcardPattern(text))
      if (text === 'kms:*') ({ low, high } = EVERY_KMS_ACTION)
    }
  }
  const kmsNames = { low, high }
  // An empty NotAction would match everything; nobody says that AWS takes it so.
  if (inverted && !every && names.length + patterns.length === 0) report({ pointer, what: 'NotAction names no action' })
  return { inverted, every, kmsNames, names, patterns }
}

/** A KMS action, however it is spelled. */
function namedKmsAction (text: string): NamedAction | undefined {
  return EACH_KMS_ACTION[positionOf(text) ?? -1]
}

function positionOf (action: string): number | undefined {
  return kmsActionPosition(action) ?? kmsActionPosition(action.toLowerCase())
}

function isActionName (text: string): boolean {
  return text === '*' || text === '*:*' || /^[a-z0-9-]+:[^:\s]+$/.test(text)
}

/** An action, lower-case, with its bit in the masks. */
export interface NamedAction { name: string, mask: ActionMask }

/** The actions that a question is about, and how to tell which of them an element matches. */
export interface ActionSet {
  all: ActionMask
  /** The actions one by one, lower-case, each with its bit. */
  each: readonly NamedAction[]
  /** Those that can be given to another account at all. */
  crossAccount: ActionMask
  select: (element: ActionElement) => ActionMask
}

const includes = (mask: ActionMask, other: ActionMask): boolean => (mask.low & other.low) !== 0 || (mask.high & other.high) !== 0

const ONE_KMS_ACTION: readonly ActionSet[] = EACH_KMS_ACTION.map((action): ActionSet => ({
  all: action.mask,
  each: [action],
  crossAccount: worksAcrossAccounts(action.name) ? action.mask : NO_ACTION,
  select: (element) => (element.every || includes(element.kmsNames, action.mask) || matchesAny(element.patterns, action.name)) !== element.inverted ? action.mask : NO_ACTION
}))

function matchesAny (patterns: readonly Pattern[], name: string): boolean {
  for (const pattern of patterns) if (matches(pattern, name)) return true
  return false
}

/** One action, of any service; action names are not case-sensitive. */
export function oneAction (action: string): ActionSet {
  return ONE_KMS_ACTION[positionOf(action) ?? -1] ?? otherAction(action.toLowerCase())
}

function otherAction (name: string): ActionSet {
  const all = bit(0)
  return {
    all,
    each: [{ name, mask: all }],
    crossAccount: NO_ACTION,
    select: (element) => (element.every || element.names.includes(name) || matchesAny(element.patterns, name)) !== element.inverted ? all : NO_ACTION
  }
}

const EVERY_ACTION: ActionSet = {
  all: EVERY_KMS_ACTION,
  each: EACH_KMS_ACTION,
  crossAccount: CROSS_ACCOUNT,
  select: (element) => element.kms ??= kmsMask(element)
}

/** Every KMS action at once. */
export function everyKmsAction (): ActionSet {
  return EVERY_ACTION
}

function kmsMask (element: ActionElement): ActionMask {
  const matched = EACH_KMS_ACTION.filter(({ name }) => element.patterns.some((pattern) => matches(pattern, name)))
  const { low, high } = element.every ? EVERY_KMS_ACTION : union([element.kmsNames, ...matched.map(({ mask }) => mask)])
  return element.inverted ? { low: EVERY_KMS_ACTION.low & ~low, high: EVERY_KMS_ACTION.high & ~high } : { low, high }
}
