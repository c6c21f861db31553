import type { Remediation } from '../../schemas/verification.js'
import { MAX_KEY_POLICY_BYTES, policyBytes } from '../policies/limits.js'
import type { LeftToDo } from './cannot-fix.js'
import type { RoleEvidence } from './evidence.js'
import { ROLE_POLICY_NAME } from './mend.js'

/** All inline policies of a role together, white space not counted. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_CHARACTERS = 10_240

const characters = (document: unknown): number => JSON.stringify(document).replace(/\s/g, '').length

/** Policies that AWS would refuse for their size: handing them out would mend nothing. */
export function oversized ({ keyPolicies, rolePolicies }: Pick<Remediation, 'keyPolicies' | 'rolePolicies'>, roles: readonly RoleEvidence[]): LeftToDo[] {
  const ofKeys = keyPolicies.map(({ kmsKeyArn, policy }) => ({ kmsKeyArn, bytes: policyBytes(policy, 0) })).filter(({ bytes }) => bytes > MAX_KEY_POLICY_BYTES)
  const ofRoles = rolePolicies.map(({ roleArn, policy }) => {
    const others = roles.flatMap(({ name, identityPolicies }) => name.arn === roleArn ? identityPolicies : [])
      .filter(({ kind, policy: { name } }) => kind === 'inline' && name !== ROLE_POLICY_NAME)
    return { roleArn, count: [policy, ...others.map(({ document }) => document ?? {})].map(characters).reduce((sum, count) => sum + count, 0) }
  }).filter(({ count }) => count > MAX_INLINE_CHARACTERS)
  return [
    ...ofKeys.map(({ kmsKeyArn, bytes }) => ({ code: 'POLICY_TOO_LARGE', kmsKeyArn, detail: `With the statements that are missing the key policy would have ${bytes} bytes; KMS takes ${MAX_KEY_POLICY_BYTES}.`, remedy: 'Shorten the key policy, then verify again.' })),
    ...ofRoles.map(({ roleArn, count }) => ({ code: 'POLICY_TOO_LARGE', roleArn, detail: `With the policy that is missing the inline policies of the role would have ${count} characters; IAM takes ${MAX_INLINE_CHARACTERS}.`, remedy: 'Move inline policies of the role to managed policies, then verify again.' }))
  ]
}
