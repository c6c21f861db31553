import type { AttachedPolicy } from '@aws-sdk/client-iam'
import { lastSegment } from '../iam/arn.js'
import type { ObservedPolicy, Read } from '../verify/policy-source.js'
import { failed, type Outcome } from './call.js'
import type { IamOperations } from './iam-operations.js'
import { memo } from './memo.js'
import type { Place, Scope } from './operation.js'
import { readPages, type Listed } from './pages.js'
import { decodePolicyText } from './policy-text.js'
import type { PolicyVersions } from './policy-versions.js'

/** What GetRole tells of a role. */
export interface RoleItself { arn: string, roleId: string | undefined, trustPolicy: string | undefined, boundaryArn: string | undefined }

/**
 * IAM's reads for one request: each is made once, whatever asks for it (a policy attached to two roles, or attached and a
 * boundary). Roles are asked for by the name in their ARN.
 */
export interface IamReads {
  role (roleArn: string): Promise<Outcome<RoleItself>>
  inlinePolicyNames (roleArn: string): Promise<Listed<string>>
  inlinePolicy (roleArn: string, policyName: string): Promise<Read<string>>
  attachedPolicies (roleArn: string): Promise<Listed<AttachedPolicy>>
  managedPolicy (policyArn: string): Promise<Read<ObservedPolicy>>
}

export function iamReads (iam: IamOperations, versions: PolicyVersions, place: Place, scope: Scope): IamReads {
  return {
    role: memo((roleArn) => readRoleItself(iam, place, roleArn, scope)),
    inlinePolicyNames: memo((roleArn) => readPages('ListRolePolicies',
      (Marker) => iam.listRolePolicies(place, roleArn, { RoleName: lastSegment(roleArn), Marker }, scope),
      ({ PolicyNames, IsTruncated, Marker }) => ({ items: PolicyNames, truncated: IsTruncated === true, marker: Marker }))),
    async inlinePolicy (roleArn, PolicyName) {
      const outcome = await iam.getRolePolicy(place, roleArn, { RoleName: lastSegment(roleArn), PolicyName }, scope)
      return outcome.ok ? documentOf('GetRolePolicy', outcome.value.PolicyDocument) : failed(outcome)
    },
    attachedPolicies: memo((roleArn) => readPages('ListAttachedRolePolicies',
      (Marker) => iam.listAttachedRolePolicies(place, roleArn, { RoleName: lastSegment(roleArn), Marker }, scope),
      ({ AttachedPolicies, IsTruncated, Marker }) => ({ items: AttachedPolicies, truncated: IsTruncated === true, marker: Marker }))),
    managedPolicy: memo((policyArn) => readManagedPolicy(iam, versions, place, policyArn, scope))
  }
}

async function readRoleItself (iam: IamOperations, place: Place, roleArn: string, scope: Scope): Promise<Outcome<RoleItself>> {
  const outcome = await iam.getRole(place, roleArn, { RoleName: lastSegment(roleArn) }, scope)
  if (!outcome.ok) return outcome
  const role = outcome.value.Role
  if (role?.Arn === undefined) return { ok: false, ...empty('GetRole'), missing: false }
  const boundaryArn = role.PermissionsBoundary?.PermissionsBoundaryArn
  return { ok: true, value: { arn: role.Arn, roleId: role.RoleId, trustPolicy: role.AssumeRolePolicyDocument, boundaryArn } }
}

async function readManagedPolicy (iam: IamOperations, versions: PolicyVersions, place: Place, PolicyArn: string, scope: Scope): Promise<Read<ObservedPolicy>> {
  const policy = await iam.getPolicy(place, PolicyArn, { PolicyArn }, scope)
  if (!policy.ok) return failed(policy)
  const { DefaultVersionId: VersionId, PolicyId, PolicyName } = policy.value.Policy ?? {}
  if (VersionId === undefined) return empty('GetPolicy')
  const document = await versions.read({ arn: PolicyArn, policyId: PolicyId, versionId: VersionId }, async () => {
    const version = await iam.getPolicyVersion(place, PolicyArn, { PolicyArn, VersionId }, scope)
    return version.ok ? documentOf('GetPolicyVersion', version.value.PolicyVersion?.Document) : failed(version)
  })
  if (document.state !== 'read') return document
  return { state: 'read', value: { name: PolicyName ?? lastSegment(PolicyArn), arn: PolicyArn, document: document.value } }
}

type DocumentRead = Exclude<Read<string>, { state: 'notPresent' | 'notFound' }>

/** A policy's text as a read: IAM has no policy without a document, so an empty answer is a broken one. */
export function documentOf (operation: string, text: string | undefined): DocumentRead {
  return text === undefined || text === '' ? empty(operation) : { state: 'read', value: decodePolicyText(text) }
}

function empty (operation: string): { state: 'notRead', why: string, cause: 'malformedAnswer' } {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}
