import type { PolicyDocument } from '../../../schemas/policy-document.js'
import { ROLE_POLICY_NAME } from '../../personalize/identifiers.js'

/**
 * In a policy, the ARN of the key that does not exist yet: each form writes its reference to the key that it creates.
 * Compared by identity, so that no text of a caller can be taken for it.
 */
export const NEW_KEY_ARN = Object.freeze({ arnOf: 'the new key' })

/** Why a statement of the policy is there. */
export interface StatementReason {
  sid: string
  operations?: readonly string[]
  reason: string
  source: string
}

export interface PolicyWarning {
  code: string
  title: string
  detail: string
  source?: string
  kmsKeyArn?: string
  roleArn?: string
  bucket?: string
}

type Document = PolicyDocument | Readonly<Record<string, unknown>>

interface PolicyModel {
  policy: Document
  statements?: readonly StatementReason[]
  warning?: string
}

/**
 * The policies to deploy. The answer of `POST /policies` and the remediation of a report are assignable to it. A key
 * policy without `kmsKeyArn`, or with `arn:…:key/*`, is for a key that does not exist yet; a role without a policy
 * needs none.
 */
export interface PoliciesModel {
  keyPolicies?: ReadonlyArray<PolicyModel & { kmsKeyArn?: string }>
  rolePolicies?: ReadonlyArray<
    Omit<PolicyModel, 'policy'> & { roleArn: string; policyName?: string; policy: Document | null }
  >
  trustPolicies?: ReadonlyArray<PolicyModel & { roleArn: string }>
  bucketPolicies?: ReadonlyArray<PolicyModel & { bucket: string }>
  warnings?: readonly PolicyWarning[]
  /** What no policy can fix. */
  cannotFix?: ReadonlyArray<{ code: string; detail?: string }>
}

export type PolicyKind = 'key' | 'role' | 'trust' | 'bucket'

/** One policy and the resource that it belongs to. */
export interface PolicyEntry {
  kind: PolicyKind
  /** The ARN of the key or role, or the name of the bucket; undefined for a key that does not exist yet. */
  target: string | undefined
  policyName: string
  policy: Document
  statements: readonly StatementReason[]
  warning: string | undefined
}

/** Every policy of the model in the order in which it can be deployed: roles first, for policies name them. */
export function policyEntries (model: PoliciesModel): PolicyEntry[] {
  const { keyPolicies = [], rolePolicies = [], trustPolicies = [], bucketPolicies = [] } = model
  return [
    ...trustPolicies.map((trust) => entry('trust', trust.roleArn, trust)),
    ...keyPolicies.map((key) =>
      entry('key', key.kmsKeyArn?.endsWith(':key/*') === true ? undefined : key.kmsKeyArn, key)
    ),
    ...rolePolicies.flatMap(({ policy, ...role }) =>
      policy === null ? [] : [{ ...entry('role', role.roleArn, { ...role, policy }), ...named(role.policyName) }]
    ),
    ...bucketPolicies.map((bucket) => entry('bucket', bucket.bucket, bucket))
  ]
}

function entry (kind: PolicyKind, target: string | undefined, model: PolicyModel): PolicyEntry {
  const { policy, statements = [], warning } = model
  return { kind, target, policyName: ROLE_POLICY_NAME, policy, statements, warning }
}

const named = (policyName: string | undefined): { policyName?: string } =>
  policyName === undefined ? {} : { policyName }

/** The reason of each statement that has one, by the statement itself. */
export function reasonsOf ({ policy, statements }: PolicyEntry): Map<unknown, StatementReason> {
  const bySid = new Map(statements.map((reason) => [reason.sid, reason]))
  const list: unknown = policy['Statement']
  const reasons = new Map<unknown, StatementReason>()
  for (const statement of Array.isArray(list) ? list : []) {
    const reason = bySid.get(String(Object(statement).Sid))
    if (reason !== undefined) reasons.set(statement, reason)
  }
  return reasons
}
