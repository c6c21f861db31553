import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Operation } from '../../schemas/usage.js'
import type { ParsedKeyArn } from '../personalize/identifiers.js'
import type { OpenDeny } from './existing-denies.js'
import { ALL_DEMANDED_ACTIONS, type RequiredPermission, inCatalogueOrder, type PolicyKind } from '../personalize/requirements.js'

/** The fixed Sids by which a merge finds our statements again; several of one kind are numbered from 2. */
export const SIDS = {
  delegation: 'EnableIAMPolicies',
  service: 'AllowPersonalizeService',
  role: 'AllowPersonalizeRole',
  keyUse: 'AllowPersonalizeKeyUse'
} as const

/** The same for Amazon S3 and Amazon CloudWatch, in bucket policies and in the IAM policy of a role. */
export const S3_SIDS = {
  service: {
    joint: 'AllowPersonalizeServiceBucket',
    list: 'AllowPersonalizeServiceList',
    read: 'AllowPersonalizeServiceRead',
    write: 'AllowPersonalizeServiceWrite'
  },
  role: {
    joint: 'AllowPersonalizeRoleBucket',
    list: 'AllowPersonalizeRoleList',
    read: 'AllowPersonalizeRoleRead',
    write: 'AllowPersonalizeRoleWrite',
    metrics: 'AllowPersonalizeRoleMetrics'
  }
} as const

/** Which Sids are those of Amazon S3 and CloudWatch. */
export const S3_FAMILIES: readonly string[] = Object.values(S3_SIDS).flatMap((sids) => Object.values(sids))

export type OwnStatement = {
  Sid: string
  Effect: 'Allow'
  Principal?: { AWS: string | string[] } | { Service: string }
  Action: string | string[]
  Resource: string | string[]
  Condition?: Record<string, Record<string, string>>
}

/** A statement of ours and, for who asks, why it is there. */
export interface ExplainedStatement {
  statement: OwnStatement
  why: () => Explanation
}

export interface Explanation {
  operations: Operation[]
  reason: string
  source: string
}

/** A document with the explanation of our statements in it. */
export interface ExplainedPolicy {
  policy: PolicyDocument
  statements: ExplainedStatement[]
  /** Of the policy that ours were merged into. */
  openDenies?: readonly OpenDeny[]
}

/** `AllowPersonalizeRole`, `AllowPersonalizeRole2`, … */
export function numbered (sid: string, index: number): string {
  return index === 0 ? sid : `${sid}${index + 1}`
}

/** Why a statement that grants these demands is there. */
export function explain (statement: OwnStatement, demands: readonly RequiredPermission[], policy: PolicyKind): ExplainedStatement {
  return {
    statement,
    why: () => {
      const reasons = new Set<string>()
      let source: string | undefined
      for (const { rows } of demands)
        for (const row of rows) {
          if (row.policy !== policy) continue
          reasons.add(row.reason)
          source ??= row.source
        }
      return { operations: operationsOf(demands), reason: [...reasons].join(' '), source: source ?? '' }
    }
  }
}

/** The actions of several demands, in the catalogue's order and each once. */
export function actionsOf (demands: readonly RequiredPermission[]): string[] {
  return ALL_DEMANDED_ACTIONS.filter((action) => demands.some((demand) => demand.action === action))
}

export function operationsOf (demands: readonly RequiredPermission[]): Operation[] {
  const operations = new Set<Operation>()
  for (const demand of demands) for (const operation of demand.operations) operations.add(operation)
  return inCatalogueOrder(operations)
}

/** What all members of a group demand. */
export function demandsOf (
  group: ReadonlyArray<{ demands: readonly RequiredPermission[] }>
): readonly RequiredPermission[] {
  const [first] = group
  // Nearly every group has one member.
  return first !== undefined && group.length === 1 ? first.demands : group.flatMap(({ demands }) => demands)
}

/** The keys that one document is for: all of one account, for the document names one account root. */
export interface KeyPolicyTarget {
  partition: string
  accountId: string
  keys: readonly ParsedKeyArn[]
}
