import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Remediation } from '../../schemas/verification.js'
import { assess, type Assessment, type Evidence } from './assess.js'
import { refusedAsItStands, whatIsLeft } from './cannot-fix.js'
import { policyEvidence, type KeyEvidence, type RoleEvidence } from './evidence.js'
import { harmlessOf } from './harmless.js'
import { mendKeyPolicy, mendRolePolicy, mendTrustPolicy, ROLE_POLICY_NAME } from './mend.js'
import { oversized } from './oversized.js'

type Policies = Pick<Remediation, 'keyPolicies' | 'rolePolicies' | 'trustPolicies'>

/**
 * The change that makes the same request pass, judged again before it is handed out: a policy that would change nothing,
 * or that AWS would not take, is left out, and what still fails stands in `cannotFix`. Foreign statements stay as they are;
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
  return { ...mends, cannotFix: [...tooLarge, ...refused, ...refusedAsItStands(before.findings, mends), ...whatIsLeft(after, assessment)] }
}

/** The policies that make a difference, with what they come to. Judging is most of the work, so nothing is judged twice. */
function proven (wanted: Policies, evidence: Evidence, before: Assessment): { mends: Policies, after: Evidence, assessment: Assessment } {
  const count = ({ keyPolicies, rolePolicies, trustPolicies }: Policies): number => keyPolicies.length + rolePolicies.length + trustPolicies.length
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
    keys: evidence.keys.map((key) => withKeyPolicy(key, keyPolicies.find(({ kmsKeyArn }) => kmsKeyArn === key.name.arn)?.policy)),
    roles: evidence.roles.map((role) => withRolePolicies(role,
      rolePolicies.find(({ roleArn }) => roleArn === role.name.arn)?.policy,
      trustPolicies.find(({ roleArn }) => roleArn === role.name.arn)?.policy))
  }
}

/** Where a Deny or a limit decides, an Allow more makes no difference. */
function useful (mends: Policies, before: Assessment, { checked, trust }: Assessment): Policies {
  const outcomes = (checked: Assessment['checked']): Map<string, string> => {
    const words = new Map<string, string>()
    for (const { check: { kmsKeyArn, roleArn, action, via, documented, effective } } of checked) {
      for (const arn of [kmsKeyArn, roleArn ?? '']) words.set(arn, `${words.get(arn) ?? ''}${kmsKeyArn} ${roleArn} ${action} ${via} ${documented} ${effective}\n`)
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
function withRolePolicies (role: RoleEvidence, permissions: PolicyDocument | undefined, trust: PolicyDocument | undefined): RoleEvidence {
  const trusting = trust === undefined ? role : { ...role, trustPolicy: policyEvidence('trust', trust) }
  if (permissions === undefined) return trusting
  const others = role.identityPolicies.filter(({ kind, policy }) => kind !== 'inline' || policy.name !== ROLE_POLICY_NAME)
  const identityPolicies = [...others, { ...policyEvidence(ROLE_POLICY_NAME, permissions), kind: 'inline' as const }]
  return { ...trusting, identityPolicies, identityLayer: { policies: identityPolicies.map(({ policy }) => policy), complete: role.identityLayer.complete } }
}
