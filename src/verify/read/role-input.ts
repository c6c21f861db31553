import type { PolicyInput } from '../../../schemas/policy-document.js'
import type { FieldError } from '../../errors.js'
import { roleOfOutput } from '../../iam/document/policy-input.js'
import { lastSegment } from '../../iam/match/arn.js'

interface RoleInput {
  roleArn: string
  identityPolicies?: ReadonlyArray<{ document: PolicyInput }>
  trustPolicy?: PolicyInput
}

/** The output of `get-role` or `get-role-policy` about another role would be evaluated in place of this one's. */
export function roleInputFaults (
  { roleArn, identityPolicies = [], trustPolicy }: RoleInput,
  pointer: string
): FieldError[] {
  const faultOf = (document: PolicyInput, at: string): FieldError[] => {
    const output = roleOfOutput(document)
    const isSame = output === undefined || output.role === roleArn || output.role === lastSegment(roleArn)
    return isSame
      ? []
      : [{ pointer: `${at}${output.pointer}`, detail: `is of ${output.role}, not of the role ${roleArn}` }]
  }
  return [
    ...identityPolicies.flatMap(({ document }, i) => faultOf(document, `${pointer}/identityPolicies/${i}/document`)),
    ...(trustPolicy === undefined ? [] : faultOf(trustPolicy, `${pointer}/trustPolicy`))
  ]
}
