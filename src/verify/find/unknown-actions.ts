import type { Finding } from '../../../schemas/verification.js'
import { formatList } from '../../findings/format.js'
import { actionTest, KMS_ACTIONS, kmsActionPosition } from '../../iam/document/action.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { REQUIRED_ACTIONS } from '../../personalize/requirements.js'
import { actionsAsWritten } from '../read/evidence.js'
import { editDistance } from './edit-distance.js'
import { type StatementPlace, reportStatement } from './statement-place.js'

/** Actions that AWS KMS does not have, with the one that was probably meant. */
export function unknownActions (place: StatementPlace, statement: Statement): Finding[] {
  const unknown = actionsAsWritten(place.document, statement).filter(
    (name) =>
      kmsActionPosition(name) === undefined && name.toLowerCase().startsWith('kms:') && !namesSomething(name)
  )
  return unknown.length === 0
    ? []
    : [
      reportStatement('UNKNOWN_ACTION', place, statement, {
        detail: `AWS KMS has no ${formatList(unknown)}.${suggestions(unknown)}`,
        actions: unknown
      })
    ]
}

/** The nearest action of KMS, where it differs in a few letters or in the order of its words. */
function suggestions (unknown: readonly string[]): string {
  const near = unknown.flatMap(similarActions)
  return near.length === 0 ? '' : ` Did you mean ${formatList(near, ' or ')}?`
}

/** kms:ReEncrypt is an operation of KMS that takes two permissions. */
function similarActions (name: string): string[] {
  if (name.toLowerCase() === 'kms:reencrypt') return ['kms:ReEncryptFrom', 'kms:ReEncryptTo']
  return [nearestAction(name) ?? REQUIRED_ACTIONS.find((action) => wordsOf(action) === wordsOf(name)) ?? []].flat()
}

/** The words of a name in alphabetical order: kms:KeyDescribe has those of kms:DescribeKey. */
function wordsOf (name: string): string {
  return (name.slice(0, MAX_ACTION_CHARACTERS).match(/[A-Z][a-z]*/g) ?? []).sort().join(' ')
}

function nearestAction (name: string): string | undefined {
  // What a policy says may be long; no action is.
  if (name.length > MAX_ACTION_CHARACTERS) return undefined
  const distances = REQUIRED_ACTIONS.map((action) => ({
    action,
    distance: editDistance(name.toLowerCase(), action.toLowerCase())
  }))
  const [nearest] = distances.sort((a, b) => a.distance - b.distance)
  return nearest !== undefined && nearest.distance <= MAX_EDITS ? nearest.action : undefined
}

const MAX_ACTION_CHARACTERS = 64
const MAX_EDITS = 4

function namesSomething (name: string): boolean {
  return name === 'kms:*' || KMS_ACTIONS.some(actionTest(name.toLowerCase()))
}
