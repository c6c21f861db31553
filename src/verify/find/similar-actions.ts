import { kmsActionPosition } from '../../iam/document/action.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { REQUIRED_ACTIONS } from '../../personalize/requirements.js'
import { editDistance } from './edit-distance.js'

const MAX_ACTION_CHARACTERS = 64
const MAX_EDITS = 4

/**
 * The actions of KMS that a name which KMS does not have was probably meant to be: it differs in a few letters or in
 * the order of its words. Names of actions are compared without case.
 */
export function similarActions (name: string): string[] {
  const text = name.toLowerCase()
  // What a policy says may be long; no action is.
  if (text.length > MAX_ACTION_CHARACTERS) return []
  // It is an operation of KMS that takes two permissions.
  if (text === 'kms:reencrypt') return ['kms:ReEncryptFrom', 'kms:ReEncryptTo']
  return [nearestAction(text) ?? REQUIRED_ACTIONS.find((action) => hasWordsOf(text, action)) ?? []].flat()
}

/** Whether an Allow statement names one of these actions by a name that KMS does not have. */
export function misspellsOneOf ({ actions: element }: Statement, actions: readonly string[]): boolean {
  if (element === undefined || element.inverted) return false
  return element.names
    .filter((name) => name.startsWith('kms:') && kmsActionPosition(name) === undefined)
    .slice(0, MAX_COMPARED_NAMES)
    .some((name) => similarActions(name).some((action) => actions.includes(action)))
}

/** A statement with more unknown names is about something else; each takes time. */
const MAX_COMPARED_NAMES = 20

/** kms:KeyDescribe has the words of kms:DescribeKey. */
function hasWordsOf (text: string, action: string): boolean {
  const words = action.match(/[A-Z][a-z]*/g) ?? []
  return text.length === action.length && words.every((word) => text.includes(word.toLowerCase()))
}

function nearestAction (text: string): string | undefined {
  const distances = REQUIRED_ACTIONS.map((action) => ({ action, distance: editDistance(text, action.toLowerCase()) }))
  const [nearest] = distances.sort((a, b) => a.distance - b.distance)
  return nearest !== undefined && nearest.distance <= MAX_EDITS ? nearest.action : undefined
}
