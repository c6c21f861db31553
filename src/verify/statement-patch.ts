import type { Remediation } from '../../schemas/verification.js'
import { asList, type JsonObject } from '../iam/json.js'
import type { Statement } from '../personalize/existing-policy.js'

type Patch = Remediation['keyPolicies'][number]['patch']

/**
 * The RFC 6902 operations that turn a document into one with these statements, each of which stands where it stood or is added at the end.
 * Statement by statement, as a person reads them; a general difference of documents costs time and stack with the size of what others wrote.
 */
export function statementPatch (document: JsonObject, statements: readonly Statement[]): Patch {
  const { Statement: present } = document
  if (present === undefined) return [{ op: 'add', path: '/Statement', value: statements }]
  const existing = asList(present)
  const differs = (statement: Statement, index: number): boolean => JSON.stringify(statement) !== JSON.stringify(existing[index])
  if (!Array.isArray(present)) return statements.length === 1 && !statements.some(differs) ? [] : [{ op: 'replace', path: '/Statement', value: statements }]
  return statements.flatMap((statement, index): Patch => {
    if (index >= existing.length) return [{ op: 'add', path: '/Statement/-', value: statement }]
    return differs(statement, index) ? [{ op: 'replace', path: `/Statement/${index}`, value: statement }] : []
  })
}
