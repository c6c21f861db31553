import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { finding, type FindingCode, type FindingEvidence } from '../../findings/catalogue.js'
import { formatStatement, statementReference } from '../../findings/format.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import type { DocumentKind } from '../../iam/document/storable-rule.js'
import type { JsonObject } from '../../json/json.js'
import type { KeyEvidence, PolicyEvidence, RoleEvidence } from '../read/evidence.js'
import type { UnknownValue } from '../read/policy-source.js'

/** A policy, where it is. */
export interface StatementPlace {
  layer: string
  policy: Policy
  document: JsonObject | undefined
  where: { kmsKeyArn?: string; roleArn?: string; bucket?: string }
}

/** A policy of a key or a role, with what its findings depend on beside it. */
export interface PolicyPlace extends StatementPlace {
  layer: 'keyPolicy' | 'identityPolicies' | 'permissionsBoundary' | 'trustPolicy'
  kind: DocumentKind
  evidence: PolicyEvidence
  isProposed: boolean
  /** Values in it that are not known yet. */
  unknown?: readonly UnknownValue[] | undefined
  /** Of a key policy. */
  key?: KeyEvidence
  /** Of the other policies. */
  role?: RoleEvidence
}

/** All policies that were read of keys and roles, in this order. */
export function policyPlaces (keys: readonly KeyEvidence[], roles: readonly RoleEvidence[]): PolicyPlace[] {
  return [...keys.flatMap(ofKey), ...roles.flatMap(ofRole)]
}

function ofKey (key: KeyEvidence): PolicyPlace[] {
  const { name, keyPolicy: evidence, observed } = key
  if (evidence === undefined) return []
  const { policy, document } = evidence
  const [where, isProposed] = [{ kmsKeyArn: name.arn }, observed.isProposed === true]
  const unknown = observed.unknownInKeyPolicy
  return [{ layer: 'keyPolicy', kind: 'keyPolicy', policy, document, evidence, where, isProposed, unknown, key }]
}

function ofRole (role: RoleEvidence): PolicyPlace[] {
  const { identityPolicies, boundary, trustPolicy, observed } = role
  const { identityPolicies: { read }, permissionsBoundary } = observed
  const where = { roleArn: role.name.arn }
  const places = identityPolicies.map((evidence, index): PolicyPlace => {
    const { policy, document, isProposed = false } = evidence
    const kind = evidence.kind === 'attached' ? 'managedPolicy' : 'identityPolicy'
    const unknown = read[index]?.unknown
    return { layer: 'identityPolicies', kind, policy, document, evidence, where, isProposed, unknown, role }
  })
  const add = (
    layer: 'permissionsBoundary' | 'trustPolicy',
    evidence: PolicyEvidence | undefined,
    { isProposed = false, unknown }: { isProposed?: boolean | undefined; unknown?: readonly UnknownValue[] | undefined }
  ): void => {
    if (evidence === undefined) return
    const { policy, document } = evidence
    places.push({ layer, kind: layer, policy, document, evidence, where, isProposed, unknown, role })
  }
  add('permissionsBoundary', boundary, permissionsBoundary.state === 'read' ? permissionsBoundary.value : {})
  add('trustPolicy', trustPolicy, { isProposed: observed.isTrustProposed, unknown: observed.unknownInTrustPolicy })
  return places
}

/** A finding about one statement. */
export function reportStatement (
  code: FindingCode,
  { layer, policy, where }: StatementPlace,
  statement: Statement,
  evidence: Omit<FindingEvidence, 'statement'>
): Finding {
  const reference: StatementReference = statementReference(layer, policy.name, statement)
  return finding(code, {
    ...where,
    ...evidence,
    detail: `In ${formatStatement(reference)}: ${evidence.detail}`,
    why: evidence.detail,
    statement: reference
  })
}
