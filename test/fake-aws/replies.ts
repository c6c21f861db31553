import { organizationsReply } from './organizations.js'
import { pageOf } from './pages.js'
import { personalizeReply } from './personalize.js'
import { s3Reply } from './s3.js'
import { stsReply } from './sts.js'
import { exceptionReply, isJson, jsonReply, xml, xmlReply, type FakeCall, type Reply } from './wire.js'
import type { FakeRole, FakeWorld } from './world.js'

/**
 * AWS takes a signature for five minutes:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const SIGNATURE_LASTS_MS = 300_000

const REPLIES = { kms: kmsReply, iam: iamReply, sts: stsReply, organizations: organizationsReply, personalize: personalizeReply, s3: s3Reply }

export function answerFromWorld (world: FakeWorld, call: FakeCall): Reply {
  if (Math.abs(call.signedAt - Date.now() - world.clockAheadMs) > SIGNATURE_LASTS_MS) {
    return exceptionReply(
      call,
      isJson(call) ? 400 : 403,
      isJson(call) ? 'InvalidSignatureException' : 'SignatureDoesNotMatch'
    )
  }
  return (
    REPLIES[call.service](world, call) ??
    (isJson(call) ? exceptionReply(call, 400, 'NotFoundException') : exceptionReply(call, 404, 'NoSuchEntity'))
  )
}

/** GetKeyPolicy and ListGrants know keys only: an alias is no valid KeyId for them. */
function kmsReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  const asked = String(call.input.KeyId)
  const arn = call.operation === 'DescribeKey' ? (world.aliases[asked] ?? asked) : asked
  const key = world.keys[arn]
  if (key === undefined) return undefined
  switch (call.operation) {
    case 'DescribeKey':
      return jsonReply({ KeyMetadata: { ...describe(arn), ...key.metadata } })
    case 'GetKeyPolicy':
      return jsonReply({ Policy: key.policy, PolicyName: 'default' })
    case 'ListGrants': {
      const page = pageOf(world, key.grants ?? [], call.input.Marker)
      return jsonReply({ Grants: page.items, Truncated: page.next !== undefined, NextMarker: page.next })
    }
    case 'ListResourceTags': {
      const tags = Object.entries(key.tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
      const page = pageOf(world, tags, call.input.Marker)
      return jsonReply({ Tags: page.items, Truncated: page.next !== undefined, NextMarker: page.next })
    }
    case 'ListAliases': {
      const page = pageOf(world, aliasesOf(world, arn), call.input.Marker)
      return jsonReply({ Aliases: page.items, Truncated: page.next !== undefined, NextMarker: page.next })
    }
    default:
      return exceptionReply(call, 400, 'UnknownOperationException')
  }
}

function aliasesOf ({ aliases }: FakeWorld, keyArn: string): Array<Record<string, string>> {
  return Object.entries(aliases)
    .filter(([, target]) => target === keyArn)
    .map(([AliasArn]) => ({
      AliasArn,
      AliasName: AliasArn.slice(AliasArn.lastIndexOf(':') + 1),
      TargetKeyId: keyArn.slice(keyArn.indexOf('/') + 1)
    }))
}

function describe (arn: string): Record<string, unknown> {
  const [, , , , account = '', resource = ''] = arn.split(':')
  return {
    Arn: arn,
    AWSAccountId: account,
    KeyId: resource.replace('key/', ''),
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Enabled: true,
    Origin: 'AWS_KMS',
    MultiRegion: false,
    CreationDate: 1.7e9
  }
}

function iamReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  if (call.operation === 'GetPolicy' || call.operation === 'GetPolicyVersion') return managedReply(world, call)
  const role = world.roles[String(call.input.RoleName)]
  // A call looks into the account of its credentials; the roles of the tests are all there unless STS gave the
  // credentials.
  if (role === undefined || (call.accountId !== undefined && !role.arn.includes(`::${call.accountId}:`)))
    return undefined
  switch (call.operation) {
    case 'GetRole':
      return xmlReply(call.operation, roleXml(String(call.input.RoleName), role))
    case 'ListRolePolicies':
      return listReply(
        world,
        call,
        'PolicyNames',
        Object.keys(role.inline ?? {}).map((name) => xml({ member: name }))
      )
    case 'ListAttachedRolePolicies':
      return listReply(
        world,
        call,
        'AttachedPolicies',
        (role.attached ?? []).map((arn) => `<member>${xml({ PolicyName: nameOf(arn), PolicyArn: arn })}</member>`)
      )
    case 'GetRolePolicy': {
      const document = role.inline?.[String(call.input.PolicyName)]
      return document === undefined
        ? undefined
        : xmlReply(
          call.operation,
          xml({
            RoleName: String(call.input.RoleName),
            PolicyName: String(call.input.PolicyName),
            PolicyDocument: encodeURIComponent(document)
          })
        )
    }
    default:
      return exceptionReply(call, 400, 'InvalidAction')
  }
}

function roleXml (name: string, role: FakeRole): string {
  const path = role.arn.slice(role.arn.indexOf(':role/') + ':role'.length, role.arn.lastIndexOf('/') + 1)
  const boundary =
    role.boundary === undefined
      ? ''
      : `<PermissionsBoundary>${xml({ PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.boundary })}</PermissionsBoundary>`
  return `<Role>${xml({
    Path: path,
    Arn: role.arn,
    RoleName: name,
    RoleId: role.roleId ?? 'AROADBQP57FF2AEXAMPLE',
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    CreateDate: '2012-05-08T23:34:01Z'
  })}${tagsXml(role)}${boundary}</Role>`
}

function tagsXml ({ tags = {} }: FakeRole): string {
  const members = Object.entries(tags).map(([Key, Value]) => `<member>${xml({ Key, Value })}</member>`)
  return members.length === 0 ? '' : `<Tags>${members.join('')}</Tags>`
}

function managedReply (world: FakeWorld, call: FakeCall): Reply | undefined {
  const arn = String(call.input.PolicyArn)
  const document = world.managedPolicies[arn]
  if (document === undefined) return undefined
  if (call.operation === 'GetPolicy')
    return xmlReply(
      call.operation,
      `<Policy>${xml({ PolicyName: nameOf(arn), Arn: arn, PolicyId: world.policyId, DefaultVersionId: world.policyVersion, IsAttachable: true })}</Policy>`
    )
  return xmlReply(
    call.operation,
    `<PolicyVersion>${xml({ Document: encodeURIComponent(document), VersionId: String(call.input.VersionId), IsDefaultVersion: true })}</PolicyVersion>`
  )
}

function listReply (world: FakeWorld, call: FakeCall, name: string, members: string[]): Reply {
  const page = pageOf(world, members, call.input.Marker)
  return xmlReply(
    call.operation,
    `<${name}>${page.items.join('')}</${name}>` + xml({ IsTruncated: page.next !== undefined, Marker: page.next })
  )
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
