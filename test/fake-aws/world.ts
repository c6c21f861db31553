import { exceptionReply, jsonReply, xml, xmlReply, type FakeCall, type Reply } from './wire.js'

export interface FakeKey { policy: string, metadata?: Record<string, unknown>, grants?: Array<Record<string, unknown>> }
export interface FakeRole {
  arn: string
  roleId?: string
  trustPolicy: string
  inline?: Record<string, string>
  attached?: string[]
  boundary?: string
}

/** What the fake's KMS and IAM hold. `pageSize` is for every list; `emptyPages` are sent before the first item. */
export interface FakeWorld {
  keys: Record<string, FakeKey>
  aliases: Record<string, string>
  roles: Record<string, FakeRole>
  managedPolicies: Record<string, string>
  pageSize: number
  emptyPages: number
}

export const emptyWorld = (): FakeWorld => ({ keys: {}, aliases: {}, roles: {}, managedPolicies: {}, pageSize: 100, emptyPages: 0 })

export function answerFromWorld (world: FakeWorld, call: FakeCall): Reply {
  const reply = call.service === 'kms' ? kmsReply(world, call) : iamReply(world, call)
  return reply ?? (call.service === 'kms' ? exceptionReply(call, 400, 'NotFoundException') : exceptionReply(call, 404, 'NoSuchEntity'))
}

/** GetKeyPolicy and ListGrants know keys only: an alias is no valid KeyId for them. */
function kmsReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  const asked = String(call.input.KeyId)
  const arn = call.operation === 'DescribeKey' ? world.aliases[asked] ?? asked : asked
  const key = world.keys[arn]
  if (key === undefined) return undefined
  switch (call.operation) {
    case 'DescribeKey': return jsonReply({ KeyMetadata: { ...describe(arn), ...key.metadata } })
    case 'GetKeyPolicy': return jsonReply({ Policy: key.policy, PolicyName: 'default' })
    case 'ListGrants': {
      const page = pageOf(world, key.grants ?? [], call.input.Marker)
      return jsonReply({ Grants: page.items, Truncated: page.next !== undefined, NextMarker: page.next })
    }
    default: return exceptionReply(call, 400, 'UnknownOperationException')
  }
}

function describe (arn: string): Record<string, unknown> {
  const [,,,, account = '', resource = ''] = arn.split(':')
  return {
    Arn: arn, AWSAccountId: account, KeyId: resource.replace('key/', ''), KeyManager: 'CUSTOMER', KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT', KeyState: 'Enabled', Enabled: true, Origin: 'AWS_KMS', MultiRegion: false, CreationDate: 1.7e9
  }
}

function iamReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  if (call.operation === 'GetPolicy' || call.operation === 'GetPolicyVersion') return managedReply(world, call)
  const role = world.roles[String(call.input.RoleName)]
  if (role === undefined) return undefined
  switch (call.operation) {
    case 'GetRole': return xmlReply(call.operation, roleXml(String(call.input.RoleName), role))
    case 'ListRolePolicies':
      return listReply(world, call, 'PolicyNames', Object.keys(role.inline ?? {}).map((name) => xml({ member: name })))
    case 'ListAttachedRolePolicies':
      return listReply(world, call, 'AttachedPolicies', (role.attached ?? []).map((arn) => `<member>${xml({ PolicyName: nameOf(arn), PolicyArn: arn })}</member>`))
    case 'GetRolePolicy': {
      const document = role.inline?.[String(call.input.PolicyName)]
      return document === undefined
        ? undefined
        : xmlReply(call.operation, xml({ RoleName: String(call.input.RoleName), PolicyName: String(call.input.PolicyName), PolicyDocument: encodeURIComponent(document) }))
    }
    default: return exceptionReply(call, 400, 'InvalidAction')
  }
}

function roleXml (name: string, role: FakeRole): string {
  const path = role.arn.slice(role.arn.indexOf(':role/') + ':role'.length, role.arn.lastIndexOf('/') + 1)
  const boundary = role.boundary === undefined
    ? ''
    : `<PermissionsBoundary>${xml({ PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.boundary })}</PermissionsBoundary>`
  return `<Role>${xml({
    Path: path, Arn: role.arn, RoleName: name, RoleId: role.roleId ?? 'AROADBQP57FF2AEXAMPLE',
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy), CreateDate: '2012-05-08T23:34:01Z'
  })}${boundary}</Role>`
}

function managedReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  const arn = String(call.input.PolicyArn)
  const document = world.managedPolicies[arn]
  if (document === undefined) return undefined
  if (call.operation === 'GetPolicy') return xmlReply(call.operation, `<Policy>${xml({ PolicyName: nameOf(arn), Arn: arn, DefaultVersionId: 'v3', IsAttachable: true })}</Policy>`)
  return xmlReply(call.operation, `<PolicyVersion>${xml({ Document: encodeURIComponent(document), VersionId: String(call.input.VersionId), IsDefaultVersion: true })}</PolicyVersion>`)
}

function listReply (world: FakeWorld, call: FakeCall, name: string, members: string[]): Reply {
  const page = pageOf(world, members, call.input.Marker)
  return xmlReply(call.operation, `<${name}>${page.items.join('')}</${name}>` + xml({ IsTruncated: page.next !== undefined, Marker: page.next }))
}

function pageOf<T> (world: FakeWorld, all: T[], marker: unknown): { items: T[], next: string | undefined } {
  const page = marker === undefined ? 0 : Number(String(marker).replace('page-', ''))
  const start = (page - world.emptyPages) * world.pageSize
  const end = start + world.pageSize
  return { items: start < 0 ? [] : all.slice(start, end), next: end < all.length || page < world.emptyPages ? `page-${page + 1}` : undefined }
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
