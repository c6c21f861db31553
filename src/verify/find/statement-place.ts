import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { finding, type FindingCode, type FindingEvidence } from '../../findings/catalogue.js'
import { formatStatement, statementReference } from '../../findings/format.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import type { JsonObject } from '../../json/json.js'

/** A policy, where it is. */
export interface StatementPlace {
  layer: string
  policy: Policy
  document: JsonObject | undefined
  where: { kmsKeyArn?: string; roleArn?: string; bucket?: string }
}

/** A finding about one statement. */
export function reportStatement (
  code: FindingCode,
  place: StatementPlace,
  statement: Statement,
  evidence: Omit<FindingEvidence, 'statement'>
): Finding {
  const reference = placeOf(place, statement)
  return finding(code, {
    ...place.where,
    ...evidence,
    detail: `In ${formatStatement(reference)}: ${evidence.detail}`,
    why: evidence.detail,
    statement: reference
  })
}

function placeOf ({ layer, policy }: StatementPlace, statement: Statement): StatementReference {
  return statementReference(layer, policy.name, statement)
}
