import { asList, describe, type Unsupported } from './json.js'
import { KMS_ACTIONS, kmsActionPosition, worksAcrossAccounts } from './kms-actions.js'
import { hasWildcard, matches, wildcardPattern, type Pattern } from './wildcard.js'

/** A set of KMS actions as bits. */
export interface ActionMask { low: number, high: number }

/** `Action` or `NotAction`: lower-case names and patterns. */
export interface ActionElement {
  inverted: boolean
  every: boolean
  /** The KMS actions that are among the names, or that `kms:*` covers. */
  kmsNames: ActionMask
  names: readonly string[]
  patterns: readonly Pattern[]
}

/** An action of any service. */
export interface Action {
  /** Lower-case. */
  name: string
  /** Its bit, for an action of KMS. */
  mask: ActionMask | undefined
  /** Whether a principal of another account can be allowed this KMS action at all. */
  worksAcrossAccounts: boolean
}

interface KmsAction extends Action { mask: ActionMask }

const NO_ACTION: ActionMask = { low: 0, high: 0 }
const bit = (position: number): ActionMask => position < 32 ? { low: 1 << position, high: 0 } : { low: 0, high: 1 << (position - 32) }
const union = (masks: readonly ActionMask[]): ActionMask =>
  masks.reduce((all, mask) => ({ low: all.low | mask.low, high: all.high | mask.high }), NO_ACTION)
const EACH_KMS_ACTION: readonly KmsAction[] = KMS_ACTIONS.map((name, position) =>
  ({ name, mask: bit(position), worksAcrossAccounts: worksAcrossAccounts(name) }))
const ALL_KMS_ACTIONS = union(EACH_KMS_ACTION.map(({ mask }) => mask))

/**
 * Reads `Action` or `NotAction`. A name is `service:Action` or `*`; wildcards stand in the action alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
export function parseActions (
  element: unknown, inverted: boolean, pointer: string, report: (fault: Unsupported) => void
): ActionElement {
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
      if (text === 'kms:*') ({ low, high } = ALL_KMS_ACTIONS)
    }
  }
  const kmsNames = { low, high }
  // An empty NotAction would match everything; that AWS reads it so is not documented.
  if (inverted && !every && names.length + patterns.length === 0) report({ pointer, what: 'NotAction names no action' })
  return { inverted, every, kmsNames, names, patterns }
}

/** A KMS action, however it is spelled. */
function namedKmsAction (text: string): KmsAction | undefined {
  return EACH_KMS_ACTION[kmsActionPosition(text) ?? kmsActionPosition(text.toLowerCase()) ?? -1]
}

function isActionName (text: string): boolean {
  return text === '*' || text === '*:*' || /^[a-z0-9-]+:[^:\s]+$/.test(text)
}

/** An action of any service; action names are not case-sensitive. */
export function parseAction (name: string): Action {
  return namedKmsAction(name) ?? { name: name.toLowerCase(), mask: undefined, worksAcrossAccounts: false }
}

/** Whether an element covers the action: `NotAction` covers those that it does not name. */
export function coversAction (element: ActionElement, { name, mask }: Action): boolean {
  const named = mask === undefined
    ? element.names.includes(name)
    : (element.kmsNames.low & mask.low) !== 0 || (element.kmsNames.high & mask.high) !== 0
  return (element.every || named || matchesAny(element.patterns, name)) !== element.inverted
}

function matchesAny (patterns: readonly Pattern[], name: string): boolean {
  for (const pattern of patterns) if (matches(pattern, name)) return true
  return false
}

/** All KMS actions that an element covers. */
export function coveredKmsActions (element: ActionElement): ActionMask {
  return union(EACH_KMS_ACTION.filter((action) => coversAction(element, action)).map(({ mask }) => mask))
}

/** The KMS actions among these names. */
export function kmsActionMask (names: readonly string[]): ActionMask {
  return union(names.map((name) => parseAction(name).mask ?? NO_ACTION))
}
