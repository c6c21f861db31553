import type { PolicyDocument } from '../../../schemas/policy-document.js'
import type { Finding, Remediation } from '../../../schemas/verification.js'
import { FINDINGS } from '../../findings/catalogue.js'
import { assess, type Assessment, type Evidence, worse } from '../assess.js'
import { unreadOf } from '../find/not-evaluated.js'
import { type KeyEvidence, policyEvidence, type RoleEvidence } from '../read/evidence.js'
import { harmlessOf, type LeftToDo, oversized } from './change-safety.js'
import { mendKeyPolicy, mendRolePolicy, mendTrustPolicy, ROLE_POLICY_NAME } from './policy-changes.js'

/** What leaves a decision open, though it breaks nothing for certain. */
const OPEN = new Set(['ACCESS_DEPENDS_ON_CONDITION', 'NOT_DOCUMENTED', 'MALFORMED_POLICY', 'KEY_STATE_UNKNOWN'])

/**
 * What no policy of ours mends: whatever keeps the request from passing once everything is applied, and what a person
 * has to do.
 */
export function whatIsLeft (after: Evidence, { verdicts, findings }: Assessment): LeftToDo[] {
  if (worse(verdicts.documented, verdicts.effective) === 'pass') return []
  const counts = ({ code, severity }: Finding): boolean =>
    severity === 'error' || code.endsWith('_INCOMPLETE') || code === 'SERVICE_PRINCIPAL_NOT_ALLOWED' || OPEN.has(code)
  const left = findings.filter(counts).map(asLeft)
  const unread = unreadOf(after).map(({ what, why, cause, ...where }) => ({
    code: 'NOT_READABLE',
    detail: `${what}: ${why}`,
    remedy: cause === 'notGiven' ? `Pass ${what} in the request.` : FINDINGS.NOT_READABLE.remedy,
    ...where
  }))
  return [...left, ...unread]
}

/**
 * KMS refuses a key policy that names a principal which does not exist, whoever wrote the statement: a person has to
 * take it out first.
 */
export function refusedAsItStands (
  findings: readonly Finding[],
  { keyPolicies }: Pick<Remediation, 'keyPolicies'>
): LeftToDo[] {
  return findings
    .filter(
      ({ code, kmsKeyArn }) => code === 'STALE_PRINCIPAL' && keyPolicies.some((mend) => mend.kmsKeyArn === kmsKeyArn)
    )
    .map(asLeft)
}

function asLeft ({ code, detail, remedy, kmsKeyArn, roleArn }: Finding): LeftToDo {
  return {
    code,
    detail,
    remedy,
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(roleArn === undefined ? {} : { roleArn })
  }
}

type Policies = Pick<Remediation, 'keyPolicies' | 'rolePolicies' | 'trustPolicies'>

/**
 * The change that makes the same request pass, judged again before it is handed out: a policy that would change
 * nothing,
 * or that AWS would not take, is left out, and what still fails stands in `cannotFix`. Foreign statements stay as
 * they are;
 * a policy that was not read is not written.
 */
export function remediationFor (evidence: Evidence, before: Assessment): Remediation {
  const { usage, keys, roles } = evidence
  const { checked } = before
  const wanted: Policies = {
    keyPolicies: keys.flatMap((key) => mendKeyPolicy(usage, key, checked) ?? []),
    rolePolicies: roles.flatMap((role) => mendRolePolicy(usage, role, checked) ?? []),
    trustPolicies: before.trust.flatMap((check) => mendTrustPolicy(usage, check) ?? [])
  }
  const tooLarge = oversized(wanted, roles)
  const fitting: Policies = {
    ...wanted,
    keyPolicies: wanted.keyPolicies.filter(({ kmsKeyArn }) => !tooLarge.some((fault) => fault.kmsKeyArn === kmsKeyArn)),
    rolePolicies: wanted.rolePolicies.filter(({ roleArn }) => !tooLarge.some((fault) => fault.roleArn === roleArn))
  }
  const { policies, refused } = harmlessOf(fitting, evidence)
  const { mends, after, assessment } = proven(policies, evidence, before)
  return {
    ...mends,
    cannotFix: [...tooLarge, ...refused, ...refusedAsItStands(before.findings, mends), ...whatIsLeft(after, assessment)]
  }
}

/**
 * The policies that make a difference, with what they come to. Judging is most of the work, so nothing is judged
 * twice.
 */
function proven (
  wanted: Policies,
  evidence: Evidence,
  before: Assessment
): { mends: Policies; after: Evidence; assessment: Assessment } {
  const count = ({ keyPolicies, rolePolicies, trustPolicies }: Policies): number =>
    keyPolicies.length + rolePolicies.length + trustPolicies.length
  if (count(wanted) === 0) return { mends: wanted, after: evidence, assessment: before }
  const after = applied(evidence, wanted)
  const assessment = assess(after, before)
  const mends = useful(wanted, before, assessment)
  // What made no difference makes none by being left out.
  return { mends, after, assessment }
}

/** The evidence as it would be with these policies in force. */
function applied (evidence: Evidence, { keyPolicies, rolePolicies, trustPolicies }: Policies): Evidence {
  return {
    ...evidence,
    keys: evidence.keys.map((key) =>
      withKeyPolicy(key, keyPolicies.find(({ kmsKeyArn }) => kmsKeyArn === key.name.arn)?.policy)
    ),
    roles: evidence.roles.map((role) =>
      withRolePolicies(
        role,
        rolePolicies.find(({ roleArn }) => roleArn === role.name.arn)?.policy,
        trustPolicies.find(({ roleArn }) => roleArn === role.name.arn)?.policy
      )
    )
  }
}

/** Where a Deny or a limit decides, an Allow more makes no difference. */
function useful (mends: Policies, before: Assessment, { checked, trust }: Assessment): Policies {
  const outcomes = (checked: Assessment['checked']): Map<string, string> => {
    const words = new Map<string, string>()
    for (const {
      check: { kmsKeyArn, roleArn, action, via, documented, effective }
    } of checked) {
      for (const arn of [kmsKeyArn, roleArn ?? ''])
        words.set(arn, `${words.get(arn) ?? ''}${kmsKeyArn} ${roleArn} ${action} ${via} ${documented} ${effective}\n`)
    }
    return words
  }
  const [old, now] = [outcomes(before.checked), outcomes(checked)]
  const changes = (arn: string): boolean => old.get(arn) !== now.get(arn)
  const trusted = trust.filter(({ decision }) => decision?.decision === 'allowed').map(({ role }) => role.name.arn)
  return {
    keyPolicies: mends.keyPolicies.filter(({ kmsKeyArn }) => changes(kmsKeyArn)),
    rolePolicies: mends.rolePolicies.filter(({ roleArn }) => changes(roleArn)),
    trustPolicies: mends.trustPolicies.filter(({ roleArn }) => trusted.includes(roleArn))
  }
}

function withKeyPolicy (key: KeyEvidence, policy: PolicyDocument | undefined): KeyEvidence {
  return policy === undefined ? key : { ...key, keyPolicy: policyEvidence('default', policy) }
}

/** The same role where nothing is changed, so that nobody has to judge it again. */
function withRolePolicies (
  role: RoleEvidence,
  permissions: PolicyDocument | undefined,
  trust: PolicyDocument | undefined
): RoleEvidence {
  const trusting = trust === undefined ? role : { ...role, trustPolicy: policyEvidence('trust', trust) }
  if (permissions === undefined) return trusting
  const others = role.identityPolicies.filter(
    ({ kind, policy }) => kind !== 'inline' || policy.name !== ROLE_POLICY_NAME
  )
  const identityPolicies = [...others, { ...policyEvidence(ROLE_POLICY_NAME, permissions), kind: 'inline' as const }]
  return {
    ...trusting,
    identityPolicies,
    identityLayer: { policies: identityPolicies.map(({ policy }) => policy), complete: role.identityLayer.complete }
  }
}
