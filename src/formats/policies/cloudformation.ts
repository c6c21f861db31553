import { isObject, type JsonObject } from '../../json/json.js'
import type { PolicyEntry } from './model.js'
import { entryLines, placeOf } from './notes.js'
import { keyIdOf, roleNameOf, rolePathOf, uniqueNames } from './resource-names.js'

/** A resource of a template that sets one policy, and the property that has it. */
export interface CloudFormationResource {
  logicalId: string
  type: string
  properties: JsonObject
  policyProperty: string
  /** Whether the resource is kept when it leaves the stack: a key or a role that other things depend on. */
  isRetained: boolean
  entry: PolicyEntry
  /** Lines of the comment above it. */
  notes: readonly string[]
}

/** The logical id of the one key that is created here. */
export const NEW_KEY = 'NewKey'

/** The resource of each policy. Logical ids are unique. */
export function cloudFormationResources (entries: readonly PolicyEntry[]): CloudFormationResource[] {
  const unique = uniqueNames()
  const roleIds = new Map<string, string>()
  return entries.map((entry) => {
    const logicalId = unique(logicalIdOf(entry))
    if (entry.kind === 'trust') roleIds.set(entry.target ?? '', logicalId)
    const place = placeOf(entry)
    return {
      ...resourceOf(entry, roleIds.get(entry.target ?? '')),
      logicalId,
      isRetained: entry.kind === 'key' || entry.kind === 'trust',
      entry,
      notes: [
        ...entryLines(entry),
        ...ownerLines(entry),
        ...replacedTexts(entry.policy),
        ...(place === undefined ? [] : [`Stack: ${place}.`])
      ]
    }
  })
}

function logicalIdOf ({ kind, target }: PolicyEntry): string {
  if (target === undefined) return NEW_KEY
  const [prefix, name] = {
    key: ['Key', keyIdOf(target)],
    role: ['RolePolicy', roleNameOf(target)],
    trust: ['Role', roleNameOf(target)],
    bucket: ['BucketPolicy', target]
  }[kind]
  return `${prefix}${name?.replace(/[^A-Za-z0-9]/g, '')}`
}

type Shape = Pick<CloudFormationResource, 'type' | 'properties' | 'policyProperty'>

function resourceOf ({ kind, target, policyName }: PolicyEntry, roleId: string | undefined): Shape {
  switch (kind) {
    case 'key': {
    // Of a multi-Region key CloudFormation would otherwise create another one: the property cannot be changed.
      const isMultiRegion = target !== undefined && keyIdOf(target).startsWith('mrk-')
      const isNew = target === undefined
      return {
        type: 'AWS::KMS::Key',
        properties: {
          ...(isNew ? { Description: 'Amazon Personalize', EnableKeyRotation: true } : {}),
          ...(isMultiRegion ? { MultiRegion: true } : {})
        },
        policyProperty: 'KeyPolicy'
      }
    }
    case 'role':
      return {
        type: 'AWS::IAM::RolePolicy',
        properties: {
          PolicyName: policyName,
          RoleName: roleId === undefined ? roleNameOf(target ?? '') : { Ref: roleId }
        },
        policyProperty: 'PolicyDocument'
      }
    case 'trust':
      return {
        type: 'AWS::IAM::Role',
        properties: { RoleName: roleNameOf(target ?? ''), Path: rolePathOf(target ?? '') },
        policyProperty: 'AssumeRolePolicyDocument'
      }
    case 'bucket':
      return { type: 'AWS::S3::BucketPolicy', properties: { Bucket: target }, policyProperty: 'PolicyDocument' }
  }
}

/**
 * What CloudFormation cannot express: it has no type for the policy of a key, or the trust policy of a role, that
 * exists. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html
 */
function ownerLines ({ kind, target }: PolicyEntry): string[] {
  if (kind === 'key' && target !== undefined) {
    return [
      'CloudFormation cannot set the policy of a key that is in no stack. Copy KeyPolicy to the AWS::KMS::Key of the ' +
        `stack that has the key. If none has it, import the key (KeyId ${keyIdOf(target)}) with its present policy ` +
        'and its other properties, then update the stack with this KeyPolicy.',
      'Do not create a stack with this resource: that creates another key.',
      ...(keyIdOf(target).startsWith('mrk-')
        ? ['If the key is a replica of a multi-Region key, its type is AWS::KMS::ReplicaKey.']
        : [])
    ]
  }
  if (kind === 'trust') {
    return [
      'CloudFormation cannot set the trust policy of a role that is in no stack. Copy ' +
      'AssumeRolePolicyDocument to the ' +
        'AWS::IAM::Role of the stack that has the role, and write the name of the role where this resource is ' +
        `referred to. Or import the role (RoleName ${roleNameOf(target ?? '')}) with its present properties first.`
    ]
  }
  return kind === 'bucket' ? ['A bucket has one policy: no other AWS::S3::BucketPolicy may be for it.'] : []
}

/** CloudFormation replaces these texts wherever they are, and has no escape for them. */
function replacedTexts (policy: unknown): string[] {
  const found = new Set<string>()
  collectReplaced(policy, found)
  return [...found].map((text) => `CloudFormation does not keep ${text} as it is: set this policy in another form.`)
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
function collectReplaced (value: unknown, found: Set<string>): void {
  if (typeof value === 'string' && value.includes('{{resolve:')) found.add('a text with "{{resolve:"')
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    if (isObject(value) && /^(?:Ref|Fn::.*)$/s.test(name)) found.add('a member with the name of a function (Ref, Fn::)')
    collectReplaced(member, found)
  }
}
