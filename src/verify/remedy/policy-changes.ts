import type { Check, Remediation } from '../../../schemas/verification.js'
import { accountRootArn } from '../../iam/match/arn.js'
import { ROLE_POLICY_NAME } from '../../personalize/identifiers.js'
import { type ResolvedUsage, usageOfKey } from '../../personalize/usage.js'
import { statementsOf } from '../../policies/existing-policy.js'
import { keyNeedOf, personalizeKeyStatements } from '../../policies/key-policy.js'
import { locksOut } from '../../policies/lockout.js'
import { mergeStatements } from '../../policies/merge.js'
import { personalizeRoleStatements, roleNeedsOf } from '../../policies/role-policy.js'
import { numbered, type OwnStatement } from '../../policies/statement.js'
import { trustPolicy } from '../../policies/trust-policy.js'
import type { CheckedAccess } from '../check/checks.js'
import type { CheckedS3Access } from '../check/s3-checks.js'
import type { CheckedTrust } from '../check/trust.js'
import {
  hasPolicyInForce,
  type KeyEvidence,
  type PolicyEvidence,
  policyEvidence,
  type RoleEvidence
} from '../read/evidence.js'
import { type BucketPolicyFix, statementsOnBuckets } from './bucket-changes.js'
import { isOpen, mergeable, statementPatch } from './mergeable.js'

export { ROLE_POLICY_NAME }

/** A changed policy, compiled, before it is known what the change repairs. */
type Changed<T> = T & { evidence: PolicyEvidence }
export type KeyPolicyFix = Changed<Pick<Remediation['keyPolicies'][number], 'kmsKeyArn' | 'policy' | 'patch'>>
export type RolePolicyFix = Changed<Pick<Remediation['rolePolicies'][number], 'roleArn' | 'policyName' | 'policy'>>
export type TrustPolicyFix = Changed<Pick<Remediation['trustPolicies'][number], 'roleArn' | 'policy'>>
export interface PolicyFixes {
  keyPolicies: KeyPolicyFix[]
  rolePolicies: RolePolicyFix[]
  trustPolicies: TrustPolicyFix[]
  bucketPolicies: BucketPolicyFix[]
}

/**
 * Whether a statement in this policy is what a check lacks: where the page demands it, and the policy by itself does
 * not surely grant it.
 * That a key policy leaves it to IAM policies is not enough. What is denied explicitly no statement can allow.
 */
function lacks ({ check, granted }: CheckedAccess, place: Check['requiredIn'][number]): boolean {
  return check.effective !== 'explicitDeny' && check.requiredIn.includes(place) && granted[place] !== 'yes'
}

/**
 * Adds the statements that the failing accesses of this key lack; undefined where none does, or the policy was not
 * read.
 */
export function fixKeyPolicy (
  usage: ResolvedUsage,
  key: KeyEvidence,
  checked: readonly CheckedAccess[]
): KeyPolicyFix | undefined {
  const document = mergeable(key.keyPolicy)
  // KMS refuses a key policy that names a role which does not exist.
  const failing = checked.filter(
    (access) => access.key === key && access.role?.observed.role.state !== 'notFound' && lacks(access, 'keyPolicy')
  )
  if (document === undefined || failing.length === 0) return undefined
  const roles = new Set(failing.map(({ check }) => check.roleArn))
  const need = keyNeedOf({ ...usageOfKey(usage, key.name.arn), roles: usage.roles.filter(({ arn }) => roles.has(arn)) })
  const rootArn = accountRootArn(key.name.partition, key.name.accountId)
  const existing = statementsOf(document)
  const delegation = usage.delegateToIam && (existing.length === 0 || isRefusedForLockout(key)) ? { rootArn } : {}
  const wanted = personalizeKeyStatements(
    [{ ...need, demands: need.demands.filter(({ principal }) => principal === 'role' || roles.has(undefined)) }],
    delegation
  ).map(({ statement }) => statement)
  const policy = { ...document, Statement: mergeStatements(existing, wanted, { onSidConflict: 'rename', rootArn }) }
  const patch = statementPatch(key.keyPolicy?.document ?? {}, policy.Statement)
  return patch.length === 0
    ? undefined
    : { kmsKeyArn: key.name.arn, policy, patch, evidence: policyEvidence('default', policy, [], key.keyPolicy) }
}

/**
 * Whether KMS refuses to store the key policy, as no principal of the account could change it again (unless
 * BypassPolicyLockoutSafetyCheck is set): then a change adds the statement that a new key policy has.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
 */
export function isRefusedForLockout (key: KeyEvidence): boolean {
  const { partition, accountId } = key.name
  return (
    !hasPolicyInForce(key) &&
    key.keyPolicy?.document !== undefined &&
    locksOut(key.keyPolicy.policy, { partition, accountId, keys: [[key.name]] })
  )
}

/** An inline policy with what the role lacks, on those keys and in those locations of the usage that exist. */
export function fixRolePolicy (
  usage: ResolvedUsage,
  role: RoleEvidence,
  { checked, checkedLocations }: Checks
): RolePolicyFix | undefined {
  // Among what was not read could be the very policy that would be overwritten.
  if (
    role.observed.role.state === 'notFound' ||
    role.observed.identityPolicies.lost.length > 0 ||
    role.identityPolicies.some(isOpen)
  )
    return undefined
  const wanted = [...statementsOnKeys(usage, role, checked), ...statementsOnBuckets(usage, role, checkedLocations)]
  const ours = role.identityPolicies.find(({ kind, policy }) => kind === 'inline' && policy.name === ROLE_POLICY_NAME)
  const document = ours === undefined ? { Version: '2012-10-17', Statement: [] } : mergeable(ours)
  if (document === undefined || wanted.length === 0) return undefined
  const policy = {
    ...document,
    Statement: mergeStatements(statementsOf(document), wanted, { onSidConflict: 'rename' })
  }
  return {
    roleArn: role.name.arn,
    policyName: ROLE_POLICY_NAME,
    policy,
    evidence: policyEvidence(ROLE_POLICY_NAME, policy, [], ours)
  }
}

/** What was checked of the keys and of the locations of a usage. */
interface Checks {
  checked: readonly CheckedAccess[]
  checkedLocations: readonly CheckedS3Access[]
}

function statementsOnKeys (
  usage: ResolvedUsage,
  role: RoleEvidence,
  checked: readonly CheckedAccess[]
): OwnStatement[] {
  const onKeys = checked.filter((access) => access.role === role && access.key.observed.metadata.state !== 'notFound')
  if (!onKeys.some((access) => lacks(access, 'iamPolicy'))) return []
  const present = new Set(onKeys.map(({ key }) => key.name.arn))
  const keys = usage.keys.filter(({ arn, kind }) => kind === 'key' && present.has(arn))
  if (keys.length === 0) return []
  return personalizeRoleStatements(roleNeedsOf({ ...usage, keys, accountId: role.name.accountId })).map(
    ({ statement }) => statement
  )
}

/** The trust policy with a statement for Personalize, where it has none that works. */
export function fixTrustPolicy (
  usage: ResolvedUsage,
  { role, decision: checked }: CheckedTrust
): TrustPolicyFix | undefined {
  const document = mergeable(role.trustPolicy)
  const decision = checked?.decision
  // A condition that may hold is a restriction of the team's: it is left to a person.
  if (document === undefined || decision !== 'implicitDeny') return undefined
  const existing = statementsOf(document)
  const [wanted] = trustPolicy([usage]).Statement
  const sids = new Set(existing.map((statement) => statement['Sid']))
  const base = String(wanted?.['Sid'])
  let sid = base
  for (let index = 1; sids.has(sid); index++) sid = numbered(base, index)
  const policy = { ...document, Statement: [...existing, { ...wanted, Sid: sid }] }
  return { roleArn: role.name.arn, policy, evidence: policyEvidence('trust', policy, [], role.trustPolicy) }
}
