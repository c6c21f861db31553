import type { Finding } from '../../../schemas/verification.js'
import { formatList } from '../../findings/format.js'
import { actionTest, KMS_ACTIONS, kmsActionPosition } from '../../iam/document/action.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { actionsAsWritten } from '../read/evidence.js'
import { similarActions } from './similar-actions.js'
import { type StatementPlace, reportStatement } from './statement-place.js'

/** Actions that AWS KMS does not have, with the one that was probably meant. */
export function unknownActions (place: StatementPlace, statement: Statement): Finding[] {
  const unknown = actionsAsWritten(place.document, statement).filter(
    (name) =>
      kmsActionPosition(name) === undefined && name.toLowerCase().startsWith('kms:') && !namesSomething(name)
  )
  if (unknown.length === 0) return []
  const similar = [...new Set(unknown.flatMap(similarActions))]
  const suggestion = similar.length === 0 ? '' : ` Did you mean ${formatList(similar, ' or ')}?`
  return [
    reportStatement('UNKNOWN_ACTION', place, statement, {
      detail: `AWS KMS has no ${formatList(unknown)}.${suggestion}`,
      actions: unknown,
      ...(similar.length === 0 ? {} : { suggestedActions: similar }),
      ...(unknown.length === 1 && similar.length === 1 ? { remedy: `Write ${similar.join('')} in its place.` } : {})
    })
  ]
}

function namesSomething (name: string): boolean {
  return name === 'kms:*' || KMS_ACTIONS.some(actionTest(name.toLowerCase()))
}
