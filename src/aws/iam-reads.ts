import {
  GetPolicyCommand, GetPolicyVersionCommand, GetRoleCommand, GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand, ListRolePoliciesCommand, type AttachedPolicy, type IAMClient
} from '@aws-sdk/client-iam'
import { lastSegment } from '../iam/arn.js'
import type { ObservedPolicy, Read } from '../verify/policy-source.js'
import { failed, type Call, type Outcome } from './call.js'
import { memo } from './memo.js'
import { readPages, type Listed } from './pages.js'
import { decodePolicyText } from './policy-text.js'

/** What GetRole tells of a role. */
export interface RoleItself { arn: string, roleId: string | undefined, trustPolicy: string | undefined, boundaryArn: string | undefined }

/** IAM's reads for one request: each is made once, whatever asks for it (a policy attached to two roles, or attached and a boundary). */
export interface IamReads {
  role (roleName: string): Promise<Outcome<RoleItself>>
  inlinePolicyNames (roleName: string): Promise<Listed<string>>
  inlinePolicy (roleName: string, policyName: string): Promise<Read<string>>
  attachedPolicies (roleName: string): Promise<Listed<AttachedPolicy>>
  managedPolicy (policyArn: string): Promise<Read<ObservedPolicy>>
}

export function iamReads (client: IAMClient, call: Call, signal: AbortSignal): IamReads {
  return {
    role: memo((RoleName) => readRoleItself(client, call, RoleName, signal)),
    inlinePolicyNames: memo((RoleName) => readPages(call, 'ListRolePolicies', async (Marker, abortSignal) => {
      const page = await client.send(new ListRolePoliciesCommand({ RoleName, Marker }), { abortSignal })
      return { items: page.PolicyNames, truncated: page.IsTruncated === true, marker: page.Marker }
    }, signal)),
    async inlinePolicy (RoleName, PolicyName) {
      const command = new GetRolePolicyCommand({ RoleName, PolicyName })
      const outcome = await call('GetRolePolicy', (abortSignal) => client.send(command, { abortSignal }), signal)
      return outcome.ok ? documentOf('GetRolePolicy', outcome.value.PolicyDocument) : failed(outcome)
    },
    attachedPolicies: memo((RoleName) => readPages(call, 'ListAttachedRolePolicies', async (Marker, abortSignal) => {
      const page = await client.send(new ListAttachedRolePoliciesCommand({ RoleName, Marker }), { abortSignal })
      return { items: page.AttachedPolicies, truncated: page.IsTruncated === true, marker: page.Marker }
    }, signal)),
    managedPolicy: memo((policyArn) => readManagedPolicy(client, call, policyArn, signal))
  }
}

async function readRoleItself (client: IAMClient, call: Call, RoleName: string, signal: AbortSignal): Promise<Outcome<RoleItself>> {
  const outcome = await call('GetRole', (abortSignal) => client.send(new GetRoleCommand({ RoleName }), { abortSignal }), signal)
  if (!outcome.ok) return outcome
  const role = outcome.value.Role
  if (role?.Arn === undefined) return { ok: false, ...empty('GetRole'), missing: false }
  const boundaryArn = role.PermissionsBoundary?.PermissionsBoundaryArn
  return { ok: true, value: { arn: role.Arn, roleId: role.RoleId, trustPolicy: role.AssumeRolePolicyDocument, boundaryArn } }
}

async function readManagedPolicy (client: IAMClient, call: Call, PolicyArn: string, signal: AbortSignal): Promise<Read<ObservedPolicy>> {
  const policy = await call('GetPolicy', (abortSignal) => client.send(new GetPolicyCommand({ PolicyArn }), { abortSignal }), signal)
  if (!policy.ok) return failed(policy)
  const VersionId = policy.value.Policy?.DefaultVersionId
  if (VersionId === undefined) return empty('GetPolicy')
  const command = new GetPolicyVersionCommand({ PolicyArn, VersionId })
  const version = await call('GetPolicyVersion', (abortSignal) => client.send(command, { abortSignal }), signal)
  if (!version.ok) return failed(version)
  const document = documentOf('GetPolicyVersion', version.value.PolicyVersion?.Document)
  if (document.state !== 'read') return document
  return { state: 'read', value: { name: policy.value.Policy?.PolicyName ?? lastSegment(PolicyArn), arn: PolicyArn, document: document.value } }
}

/** A policy's text as a read: IAM has no policy without a document, so an empty answer is a broken one. */
export function documentOf (operation: string, text: string | undefined): Exclude<Read<string>, { state: 'notPresent' | 'notFound' }> {
  return text === undefined || text === '' ? empty(operation) : { state: 'read', value: decodePolicyText(text) }
}

function empty (operation: string): { state: 'notRead', why: string, cause: 'malformedAnswer' } {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}
