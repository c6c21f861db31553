/**
 * The report as the renderers read it. Every report of the service is assignable to it. Members that an older report
 * does not have are optional: a form leaves out what it is not given, and computes no verdict of its own.
 */
export interface ReportModel {
  verdict: Verdict
  verdicts: { documented: Verdict; effective: Verdict }
  summary?: ReportSummary
  observedAt?: string
  /** Of a dataset group: its jobs that failed. */
  failures?: readonly FailureModel[]
  /** Of a dataset group: what it uses, each verified by itself. */
  uses?: readonly UseModel[]
  findings: readonly FindingModel[]
  remediation?: RemediationModel
  /** Absent where only the summary of the report was requested. */
  checks?: readonly CheckModel[]
  s3Checks?: readonly CheckModel[]
  notEvaluated: ReadonlyArray<{ what: string; why: string }>
}

export type Verdict = 'pass' | 'fail' | 'indeterminate'
export type Severity = 'error' | 'warning' | 'note'
export type Decision = 'allowed' | 'explicitDeny' | 'implicitDeny' | 'conditional' | 'unknown'
export type Pair = { kmsKeyArn?: string; roleArn?: string; bucket?: string }

export interface ReportSummary {
  headline?: string
  counts?: Record<Severity, number>
  pairs?: ReadonlyArray<Pair & { verdict: Verdict }>
  buckets?: ReadonlyArray<Pair & { verdict: Verdict }>
}

/** A job that failed, with what its reason means by the report. */
export interface FailureModel {
  operation: string
  arn: string
  status: string
  failureReason?: string
  causes: ReadonlyArray<{ code: string; title: string; status: string; statements: readonly unknown[] }>
}

/** An operation and a role that were verified by themselves, and the jobs, or the group, they are of. */
export interface UseModel {
  verdict: Verdict
  operations: readonly string[]
  roles: readonly string[]
  /** ARNs of keys, and URIs of locations in Amazon S3. */
  resources: readonly string[]
  /** ARNs. */
  jobs: readonly string[]
}

export interface StatementModel {
  policy: string
  name: string
  sid?: string
  index: number
  effect: 'Allow' | 'Deny'
}

export interface CheckModel {
  kmsKeyArn?: string
  /** Of a check of Amazon S3, in place of the key. */
  bucket?: string
  /** What the keys of the objects begin with. */
  prefix?: string
  roleArn?: string
  principal: { type: string; id: string }
  action: string
  operations?: readonly string[]
  via?: string
  documented: Verdict | 'notRequired'
  missingFrom: readonly string[]
  requiredIn?: readonly string[]
  effective: Decision
  /** The decision of each layer, by its name (`keyPolicy`, `bucketPolicy`, `identityPolicies`, …). */
  layers: Readonly<Record<string, string>>
  matchedStatements?: readonly StatementModel[]
  missingContextValues?: readonly string[]
  conditions?: ReadonlyArray<{ key: string; needs: string; effect: string; statement: StatementModel }>
  unsupported?: ReadonlyArray<{ policy: string; name: string; pointer: string; what: string }>
}

export interface FindingModel {
  id?: string
  code: string
  severity: Severity
  title: string
  detail: string
  remedy: string
  source: string
  principal?: string | { type: string; id: string }
  operations?: readonly string[]
  /** The reason alone, without the principal and the actions. */
  why?: string
  causedBy?: readonly string[]
  pairs?: readonly Pair[]
  kmsKeyArn?: string
  roleArn?: string
  bucket?: string
  actions?: readonly string[]
  statement?: StatementModel
  statements?: readonly StatementModel[]
  narrowerStatement?: Readonly<Record<string, unknown>>
  replacementStatement?: Readonly<Record<string, unknown>>
}

export interface PolicyChangeModel {
  policy: Readonly<Record<string, unknown>>
  /** The document that AWS has now, as it was read; null where there is none. */
  before?: unknown
  patch?: ReadonlyArray<{ op: string; path: string; value?: unknown }>
  repairs?: readonly string[]
  relaxes?: readonly StatementModel[]
  commands?: readonly string[]
}

export interface RemediationModel {
  keyPolicies: ReadonlyArray<PolicyChangeModel & { kmsKeyArn: string }>
  rolePolicies: ReadonlyArray<PolicyChangeModel & { roleArn: string; policyName: string }>
  trustPolicies: ReadonlyArray<PolicyChangeModel & { roleArn: string }>
  bucketPolicies?: ReadonlyArray<PolicyChangeModel & { bucket: string }>
  cannotFix: readonly CannotFixModel[]
}

export interface CannotFixModel extends Pair {
  code: string
  detail?: string
  findingId?: string
  who?: string
  remedy?: string
  commands?: readonly string[]
  /** The document that the commands read, and the same as it was read. */
  policy?: Readonly<Record<string, unknown>>
  before?: unknown
}
