import type { JsonObject } from '../../json/json.js'

/** What a policy document is for: AWS refuses other things in each. */
export type DocumentKind =
  | 'keyPolicy'
  | 'bucketPolicy'
  | 'inlinePolicy'
  | 'managedPolicy'
  | 'identityPolicy'
  | 'trustPolicy'
  | 'permissionsBoundary'
  | 'serviceControlPolicy'
  | 'resourceControlPolicy'

/** A reason for which AWS refuses to store a document. */
export interface StorageFault {
  /** JSON pointer (RFC 6901) into the document. */
  pointer: string
  /** What is written there, as a report shows it. */
  value: string
  rule: string
  /** The AWS page with the rule. */
  source: string
  /** The document is too large. */
  isSize?: true
}

/** A value of a statement, and where it is in the statement. */
export interface StoredValue {
  at: string
  value: unknown
}

/** A name in `Principal` or `NotPrincipal`. */
export interface PrincipalPlace extends StoredValue {
  type: string
}

/** The values of one condition; `key` is in lower case. */
export interface ConditionPlace extends StoredValue {
  operator: string
  key: string
}

/** What several rules look at, taken from a statement once. */
export interface StatementParts {
  principals: readonly PrincipalPlace[]
  /** Those under `AWS` that are text, but no AWS principal. */
  notAws: ReadonlyArray<StoredValue & { value: string }>
  conditions: readonly ConditionPlace[]
}

/** One reason for which AWS refuses a statement in documents of these kinds. */
export interface StatementRule {
  kinds: readonly DocumentKind[]
  rule: string
  source: string
  find: (statement: JsonObject, parts: StatementParts) => readonly StoredValue[]
}

export const ATTACHED_IN_IAM = ['inlinePolicy', 'managedPolicy', 'identityPolicy', 'permissionsBoundary'] as const
export const IN_IAM = [...ATTACHED_IN_IAM, 'trustPolicy'] as const
export const IN_ORGANIZATIONS = ['serviceControlPolicy', 'resourceControlPolicy'] as const
export const EVERY_KIND: readonly DocumentKind[] = ['keyPolicy', 'bucketPolicy', ...IN_IAM, ...IN_ORGANIZATIONS]
