import type { Operation } from '../../../schemas/usage.js'
import type { Check, Finding, StatementReference } from '../../../schemas/verification.js'
import { finding, type FindingCode, type FindingEvidence } from '../../findings/catalogue.js'
import type { Gap } from './near-statement.js'

/** Why one access fails, is open or is fragile. Accesses of the same cause make one finding. */
export interface CauseOf<Access> {
  access: Access
  code: FindingCode
  severity?: Finding['severity']
  statements?: StatementReference[]
  left?: number
  remedy?: string
  /** With the statements that come near, where nothing allows it. */
  why: (accesses: readonly Access[]) => string | Gap
}

type AnyAccess = { check: Pick<Check, 'roleArn' | 'principal' | 'action' | 'operations'> }

/** The finding for accesses of one cause. `where`: what the sentence says of the place, after the actions. */
export function findingOfCauses<Access extends AnyAccess> (
  causes: readonly [CauseOf<Access>, ...Array<CauseOf<Access>>],
  place: { kmsKeyArn: string } | { bucket: string },
  where = ''
): Finding {
  const [{ access, code, statements = [], left = 0, remedy, why: reasonFor }] = causes
  const { roleArn, principal } = access.check
  const accesses = causes.map(({ access }) => access)
  const severities = causes.flatMap(({ severity }) => severity ?? [])
  const severity = severities.includes('error') ? 'error' : severities[0]
  const actions = [...new Set(accesses.map(({ check }) => check.action))]
  const done = new Set<Operation>()
  for (const { check } of accesses) for (const operation of check.operations) done.add(operation)
  const operations = [...done]
  const reason = reasonFor(accesses)
  const { text: why, statements: near } = typeof reason === 'string' ? { text: reason, statements: [] } : reason
  const evidence: FindingEvidence = {
    detail: `${principal.id}, ${actions.join(', ')}${where} (for ${operations.join(', ')}): ${why}.`,
    why: `${why.charAt(0).toUpperCase()}${why.slice(1)}.`,
    ...place
  }
  if (roleArn !== undefined) evidence.roleArn = roleArn
  evidence.principal = principal
  evidence.actions = actions
  evidence.operations = operations
  if (severity !== undefined) evidence.severity = severity
  if (remedy !== undefined) evidence.remedy = remedy
  const [statement] = statements
  if (statement !== undefined) Object.assign(evidence, { statement, statements, left })
  else if (near.length > 0) evidence.statements = near
  return finding(code, evidence)
}
