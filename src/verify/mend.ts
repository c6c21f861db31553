import type { Check, Remediation } from '../../schemas/verification.js'
import { accountRootArn } from '../iam/arn.js'
import { readExistingPolicy, statementsOf, type MergeableDocument } from '../personalize/existing-policy.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { keyNeedOf, personalizeKeyStatements } from '../policies/key-statements.js'
import { mergeStatements } from '../policies/merge.js'
import { personalizeRoleStatements, roleNeedsOf } from '../policies/role-statements.js'
import { numbered } from '../policies/statement.js'
import { trustPolicy } from '../policies/trust-policy.js'
import type { KeyEvidence, PolicyEvidence, RoleEvidence } from './evidence.js'
import { assumeRoleDecision } from './role-findings.js'
import { statementPatch } from './statement-patch.js'

/** The inline policy that a role is given, beside what it has. */
export const ROLE_POLICY_NAME = 'PersonalizeKmsAccess'

/** Whether a statement in this policy is what a check lacks. What is denied explicitly no statement can allow. */
function lacks (check: Check, place: 'keyPolicy' | 'iamPolicy'): boolean {
  if (check.effective === 'explicitDeny') return false
  const layer = place === 'keyPolicy' ? check.layers.keyPolicy : check.layers.identityPolicies
  return check.missingFrom.includes(place) || ((check.effective !== 'allowed' || check.documented !== 'pass') && check.requiredIn.includes(place) && layer !== 'allowed')
}

/** A policy that can be merged into: as it was read, or undefined where it was not, or AWS would not take it back. */
function mergeable (evidence: PolicyEvidence | undefined): MergeableDocument | undefined {
  if (evidence?.document === undefined) return undefined
  const reading = readExistingPolicy(evidence.document, '')
  return 'existing' in reading ? reading.existing.document : undefined
}

/** Adds the statements that the failing checks of this key lack; undefined where none does, or the policy was not read. */
export function mendKeyPolicy (usage: ResolvedUsage, key: KeyEvidence, checks: readonly Check[]): Remediation['keyPolicies'][number] | undefined {
  const document = mergeable(key.keyPolicy)
  const failing = checks.filter((check) => check.kmsKeyArn === key.name.arn && lacks(check, 'keyPolicy'))
  if (document === undefined || failing.length === 0) return undefined
  const need = keyNeedOf({ ...usage, roles: usage.roles.filter(({ arn }) => failing.some(({ roleArn }) => roleArn === arn)) })
  const service = failing.some(({ roleArn }) => roleArn === undefined)
  const wanted = personalizeKeyStatements([{ ...need, demands: need.demands.filter(({ principal }) => principal === 'role' || service) }]).map(({ statement }) => statement)
  const policy = { ...document, Statement: mergeStatements(statementsOf(document), wanted, { onSidConflict: 'rename', rootArn: accountRootArn(key.name.partition, key.name.accountId) }) }
  const patch = statementPatch(document, policy.Statement)
  return patch.length === 0 ? undefined : { kmsKeyArn: key.name.arn, policy, patch }
}

/** An inline policy with what the role lacks, on the keys of the usage. */
export function mendRolePolicy (usage: ResolvedUsage, role: RoleEvidence, checks: readonly Check[]): Remediation['rolePolicies'][number] | undefined {
  const failing = checks.some((check) => check.roleArn === role.name.arn && lacks(check, 'iamPolicy'))
  // Among what was not read could be the very policy that would be overwritten.
  if (!failing || role.observed.role.state === 'notFound' || role.observed.identityPolicies.lost.length > 0) return undefined
  const named = usage.keys.filter(({ kind }) => kind === 'key')
  if (named.length === 0) return undefined
  const wanted = personalizeRoleStatements(roleNeedsOf({ ...usage, keys: named, accountId: role.name.accountId })).map(({ statement }) => statement)
  const present = role.identityPolicies.find(({ kind, policy }) => kind === 'inline' && policy.name === ROLE_POLICY_NAME)
  const document = present === undefined ? { Version: '2012-10-17', Statement: [] } : mergeable(present)
  if (document === undefined || wanted.length === 0) return undefined
  return { roleArn: role.name.arn, policyName: ROLE_POLICY_NAME, policy: { ...document, Statement: mergeStatements(statementsOf(document), wanted, { onSidConflict: 'rename' }) } }
}

/** The trust policy with a statement for Personalize, where it has none that works. */
export function mendTrustPolicy (usage: ResolvedUsage, role: RoleEvidence): Remediation['trustPolicies'][number] | undefined {
  const document = mergeable(role.trustPolicy)
  const decision = assumeRoleDecision(usage, role)?.decision
  if (document === undefined || (decision !== 'implicitDeny' && decision !== 'conditional')) return undefined
  const existing = statementsOf(document)
  const [wanted] = trustPolicy([usage]).Statement
  const sids = new Set(existing.map((statement) => statement['Sid']))
  const base = String(wanted?.['Sid'])
  let sid = base
  for (let index = 1; sids.has(sid); index++) sid = numbered(base, index)
  return { roleArn: role.name.arn, policy: { ...document, Statement: [...existing, { ...wanted, Sid: sid }] } }
}
