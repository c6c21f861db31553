import type { ObservedPolicy, ObservedRole, Read } from '../verify/policy-source.js'
import type { CallFailure } from './errors.js'
import type { IamReads } from './iam-reads.js'

type IdentityPolicies = ObservedRole['identityPolicies']

/** The inline and attached policies of a role; a list that broke off is itself an entry of `lost`. */
export async function readIdentityPolicies (roleArn: string, reads: IamReads): Promise<IdentityPolicies> {
  const kinds = await Promise.all([readInline(roleArn, reads), readAttached(roleArn, reads)])
  return { read: kinds.flatMap((kind) => kind.read), lost: kinds.flatMap((kind) => kind.lost) }
}

async function readInline (roleArn: string, reads: IamReads): Promise<IdentityPolicies> {
  const { items, failure } = await reads.inlinePolicyNames(roleArn)
  const policies = await Promise.all(items.map(async (name) => {
    const document = await reads.inlinePolicy(roleArn, name)
    return { name, policy: document.state === 'read' ? { state: 'read' as const, value: { name, document: document.value } } : document }
  }))
  return collect('inline', policies, 'inline policies', failure)
}

async function readAttached (roleArn: string, reads: IamReads): Promise<IdentityPolicies> {
  const { items, failure } = await reads.attachedPolicies(roleArn)
  const policies = await Promise.all(items.map(async ({ PolicyName, PolicyArn }) => {
    const name = PolicyName ?? PolicyArn ?? 'attached policy'
    return PolicyArn === undefined ? { name, policy: withoutArn } : { name, arn: PolicyArn, policy: await reads.managedPolicy(PolicyArn) }
  }))
  return collect('attached', policies, 'attached policies', failure)
}

const withoutArn: Read<never> = { state: 'notRead', why: 'ListAttachedRolePolicies failed: a policy came without an ARN', cause: 'malformedAnswer' }

function collect (
  kind: 'inline' | 'attached', policies: ReadonlyArray<{ name: string, arn?: string, policy: Read<ObservedPolicy> }>, list: string, failure: CallFailure | undefined
): IdentityPolicies {
  const found: IdentityPolicies = { read: [], lost: [] }
  for (const { policy, ...names } of policies) {
    if (policy.state === 'read') found.read.push({ ...policy.value, kind })
    else if (policy.state === 'notRead') found.lost.push({ ...names, why: policy.why, cause: policy.cause })
  }
  if (failure !== undefined) found.lost.push({ name: list, why: failure.why, cause: failure.cause })
  return found
}
