import { parseCaller } from '../iam/principal.js'
import type { CheckedAccess } from './checks.js'
import { nearMisses } from './near-misses.js'
import { clipped, toldList } from './told.js'

const actionsOf = (accesses: readonly CheckedAccess[]): string[] => accesses.map(({ check }) => check.action)

/** In a word why AWS denies it: what each policy has to say. The findings about the single policies go into it. */
export function bothShortfalls ([access]: readonly CheckedAccess[]): string {
  if (access === undefined) return 'no policy allows it'
  const { check, role } = access
  const byKey = check.missingFrom.includes('keyPolicy') ? ofKeyPolicy(access) : 'the key policy names the role'
  const byRole = check.layers.identityPolicies === 'allowed' ? 'its IAM policies allow it' : ofRole(role?.identityPolicies.map(({ policy }) => policy.name) ?? [])
  return `AWS would deny it: ${byKey}, ${byRole}`
}

/** What the key policy lacks for these accesses of one principal, with the statements that come near. */
export function keyPolicyShortfall (accesses: readonly CheckedAccess[]): string {
  const [access] = accesses
  const policy = access?.key.keyPolicy?.policy
  if (access === undefined || policy === undefined) return 'the key policy was not read'
  const { key, request } = access
  const near = nearMisses(policy, parseCaller(request.principal), { actions: actionsOf(accesses), keyArn: key.name.arn, layer: 'keyPolicy' })
  return withNear(ofKeyPolicy(access), near)
}

/** The same for the IAM policies of the role. */
export function identityShortfall (accesses: readonly CheckedAccess[]): string {
  const [access] = accesses
  if (access?.role === undefined) return 'it has no IAM policies'
  const { key, role: { identityPolicies } } = access
  const near = identityPolicies.flatMap(({ policy }) => nearMisses(policy, undefined, { actions: actionsOf(accesses), keyArn: key.name.arn, layer: 'identityPolicies' }))
  return withNear(ofRole(identityPolicies.map(({ policy }) => policy.name)), near)
}

/** The same for the permissions boundary of the role. */
export function boundaryShortfall (accesses: readonly CheckedAccess[]): string {
  const [access] = accesses
  const policy = access?.role?.boundary?.policy
  if (access === undefined || policy === undefined) return 'its permissions boundary was not read'
  const near = nearMisses(policy, undefined, { actions: actionsOf(accesses), keyArn: access.key.name.arn, layer: 'permissionsBoundary' })
  return withNear(`no statement of its permissions boundary (${clipped(policy.name)}) allows it`, near)
}

function ofKeyPolicy ({ check, role }: CheckedAccess): string {
  return role !== undefined && check.layers.keyPolicy === 'allowed' ? 'the key policy leaves it to IAM policies' : 'no statement of the key policy allows it'
}

function ofRole (names: readonly string[]): string {
  return names.length === 0 ? 'the role has no IAM policy' : `no IAM policy of the role allows it on this key (read: ${toldList(names)})`
}

function withNear (text: string, near: readonly string[]): string {
  return near.length === 0 ? text : `${text}: ${toldList(near, '; ')}`
}
