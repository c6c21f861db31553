import type { Remediation } from '../../../schemas/verification.js'
import { isTooLarge, MAX_POLICY_INPUT_BYTES } from '../../iam/document/policy-input.js'
import { asList, type JsonObject } from '../../json/json.js'
import { isMergeable, type MergeableDocument, type Statement } from '../../policies/existing-policy.js'
import type { PolicyEvidence } from '../read/evidence.js'

type Patch = Remediation['keyPolicies'][number]['patch']

/**
 * The RFC 6902 operations that turn a document into one with these statements, each of which stands where it stood or
 * is added at the end.
 * Statement by statement, as a person reads them; a general difference of documents costs time and stack with the
 * size of what others wrote.
 */
export function statementPatch (document: JsonObject, statements: readonly Statement[]): Patch {
  const { Statement: present } = document
  if (present === undefined) return [{ op: 'add', path: '/Statement', value: statements }]
  const existing = asList(present)
  const differs = (statement: Statement, index: number): boolean =>
    statement !== existing[index] && JSON.stringify(statement) !== JSON.stringify(existing[index])
  if (!Array.isArray(present))
    return statements.length === 1 && !statements.some(differs)
      ? []
      : [{ op: 'replace', path: '/Statement', value: statements }]
  return statements.flatMap((statement, index): Patch => {
    if (index >= existing.length) return [{ op: 'add', path: '/Statement/-', value: statement }]
    return differs(statement, index) ? [{ op: 'replace', path: `/Statement/${index}`, value: statement }] : []
  })
}

/** Whether a part of it is not known yet. */
export const isOpen = ({ policy }: PolicyEvidence): boolean =>
  policy.unresolved.length > 0 || (policy.opaque && policy.unsupported.length === 0)

/**
 * A policy that can be merged into: as it was read, with an empty list where it has no statements at all, or
 * undefined where it was not, or AWS would not take it back.
 */
export function mergeable (evidence: PolicyEvidence | undefined): MergeableDocument | undefined {
  if (evidence?.document === undefined || isOpen(evidence)) return undefined
  // A character has three bytes at most.
  if (evidence.length * 3 > MAX_POLICY_INPUT_BYTES && isTooLarge(evidence.document)) return undefined
  const { document } = evidence
  const complete = document['Statement'] === undefined ? { ...document, Statement: [] } : document
  return isMergeable(complete) ? complete : undefined
}
