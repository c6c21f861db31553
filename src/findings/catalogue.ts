import { hash } from 'node:crypto'
import type { Finding, StatementReference } from '../../schemas/verification.js'
import { ACCESS_FINDINGS } from './access-findings.js'
import { omittedCounts, takeFirst, truncate } from './format.js'
import { RESOURCE_FINDINGS } from './resource-findings.js'
import { S3_FINDINGS } from './s3-findings.js'
import { STATEMENT_FINDINGS } from './statement-findings.js'

/** The finding catalogue: every code that a report or a generation can return, with its remedy and its AWS page. */
export const FINDINGS = { ...ACCESS_FINDINGS, ...RESOURCE_FINDINGS, ...STATEMENT_FINDINGS, ...S3_FINDINGS } as const

export type FindingCode = keyof typeof FINDINGS

/** The evidence of a finding. */
export interface FindingEvidence extends Pick<
  Finding,
  | 'narrowerStatement'
  | 'suggestedActions'
  | 'replacementStatement'
  | 'kmsKeyArn'
  | 'roleArn'
  | 'bucket'
  | 'principal'
  | 'actions'
  | 'operations'
> {
  /** The whole text: who, what and why. */
  detail: string
  /** The reason alone; by default the whole text. */
  why?: string
  severity?: Finding['severity']
  /** Replaces the remedy of the catalogue where the situation needs another one. */
  remedy?: string
  statement?: StatementReference
  statements?: StatementReference[]
  /** How many statements there are beyond those. */
  left?: number
}

const MAX_DETAIL_CHARACTERS = 2_000

/** A finding of the catalogue with its evidence. */
export function finding (code: FindingCode, evidence: FindingEvidence): Finding {
  const kind = FINDINGS[code]
  const { detail, why = detail, actions, statements, left = 0, severity, remedy, ...where } = evidence
  const result: Finding = {
    id: findingId(code, evidence),
    code,
    severity: severity ?? kind.severity,
    title: kind.title,
    detail: truncate(detail, MAX_DETAIL_CHARACTERS),
    why: truncate(why, MAX_DETAIL_CHARACTERS),
    remedy: remedy ?? kind.remedy,
    source: kind.source,
    ...where
  }
  const listed = { actions: takeFirst(actions ?? []), statements: takeFirst(statements ?? []) }
  if (actions !== undefined) result.actions = listed.actions.listed.map((name) => truncate(name))
  if (statements !== undefined) result.statements = listed.statements.listed
  const { omitted } = omittedCounts({ actions: listed.actions.left, statements: listed.statements.left + left })
  if (omitted !== undefined) result.omitted = omitted
  return result
}

/** Made of where the cause is, not of texts or lists, which change while the cause stays. */
function findingId (code: FindingCode, { kmsKeyArn, roleArn, bucket, principal, statement }: FindingEvidence): string {
  const place = statement && [statement.policy, statement.name, statement.sid ?? statement.index]
  const parts = [kmsKeyArn, roleArn, principal?.type, place, ...(bucket === undefined ? [] : [bucket])]
  return `${code}-${hash('sha256', JSON.stringify(parts)).slice(0, 8)}`
}

/** The same findings, each with an id of its own: several causes of one kind in one place are numbered. */
export function withUniqueIds (findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>()
  return findings.map((finding) => {
    const count = (counts.get(finding.id) ?? 0) + 1
    counts.set(finding.id, count)
    return count === 1 ? finding : { ...finding, id: `${finding.id}.${count}` }
  })
}
