import {
  DEFAULT_TRUST_POLICY_CHARACTERS,
  MAX_BUCKET_POLICY_BYTES,
  MAX_INLINE_POLICIES_CHARACTERS,
  MAX_TRUST_POLICY_CHARACTERS,
  policyCharacters
} from '../../iam/document/storable-size.js'
import type { Finding } from '../../../schemas/verification.js'
import { formatList, truncate } from '../../findings/format.js'
import { lastSegment } from '../../iam/match/arn.js'
import type { Policy } from '../../iam/document/policy-document.js'
import { storageFaults } from '../../iam/document/storable.js'
import type { StorageFault } from '../../iam/document/storable-rule.js'
import { locksOut } from '../../policies/lockout.js'
import { MAX_KEY_POLICY_BYTES, policyBytes } from '../../policies/limits.js'
import type { Evidence } from '../assess.js'
import { hasPolicyInForce, type KeyEvidence, type RoleEvidence } from '../read/evidence.js'
import type { BucketPolicyFix } from './bucket-changes.js'
import { type ManualStep, WHO } from './manual-step.js'
import { type KeyPolicyFix, type PolicyFixes, ROLE_POLICY_NAME, type RolePolicyFix, type TrustPolicyFix } from './policy-changes.js'

/** A change that AWS would not accept. `of`: which policy of the role, if not both. */
export interface RejectedChange extends ManualStep {
  of?: 'permissions' | 'trust'
}

/**
 * The changes that KMS or IAM would refuse, with the reason and who can act: returning them would fix nothing.
 * `findings`: those about the evidence.
 */
export function rejectedChanges (
  { keyPolicies, rolePolicies, trustPolicies, bucketPolicies }: PolicyFixes,
  { keys, roles, around }: Evidence,
  findings: readonly Finding[]
): RejectedChange[] {
  const roleFor = (arn: string): RoleEvidence | undefined => roles.find(({ name }) => name.arn === arn)
  const changed = new Set([...rolePolicies, ...trustPolicies].map(({ roleArn }) => roleArn))
  return [
    ...keyPolicies.flatMap((fix) => {
      const key = keys.find(({ name }) => name.arn === fix.kmsKeyArn)
      const isLocked = findings.some(
        ({ code, kmsKeyArn }) => code === 'KEY_LOCKOUT' && kmsKeyArn === fix.kmsKeyArn
      )
      return key === undefined ? [] : keyRejection(fix, { key, isLocked }, around.now !== undefined).slice(0, 1)
    }),
    ...bucketPolicies.flatMap((fix) => bucketRejection(fix, around.now !== undefined).slice(0, 1)),
    ...[...changed].flatMap(unchangeableRole),
    ...rolePolicies.flatMap((fix) => tooLargeInline(fix, roleFor(fix.roleArn))),
    ...trustPolicies.flatMap((fix) => [
      ...tooLargeTrust(fix, roleFor(fix.roleArn)),
      ...invalidTrust(fix, around.now !== undefined)
    ])
  ]
}

/** A key as it was found, and whether no principal can change its policy. */
interface KeyBefore {
  key: KeyEvidence
  isLocked: boolean
}

/** The first reason counts. `isLive`: AWS has stored the policy, whatever it contains. */
function keyRejection (
  { kmsKeyArn, policy, evidence }: KeyPolicyFix,
  { key, isLocked }: KeyBefore,
  isLive: boolean
): RejectedChange[] {
  const found: RejectedChange[] = []
  if (key.metadata?.KeyManager === 'AWS')
    found.push({
      code: 'KEY_AWS_MANAGED',
      kmsKeyArn,
      detail: 'The policy of an AWS managed key cannot be changed.',
      remedy: 'Use a customer-managed key.',
      who: WHO.team
    })
  found.push(...lockoutRejection(kmsKeyArn, evidence.policy, { key, isLocked }, isLive))
  const invalid = invalidElements(evidence.storageFaults('keyPolicy'), isLive)
  if (invalid !== undefined)
    found.push({
      ...invalid,
      kmsKeyArn,
      detail: `KMS rejects the key policy as long as it contains ${invalid.detail}.`,
      who: WHO.keyAdministrator
    })
  const bytes = evidence.length * 3 > MAX_KEY_POLICY_BYTES ? policyBytes(policy, 0) : 0
  if (bytes > MAX_KEY_POLICY_BYTES)
    found.push({
      code: 'POLICY_TOO_LARGE',
      kmsKeyArn,
      detail: `With the missing statements the key policy has ${bytes} bytes; KMS accepts ${MAX_KEY_POLICY_BYTES}.`,
      remedy: 'Shorten the key policy, then verify again.',
      who: WHO.keyAdministrator
    })
  return found
}

/**
 * A policy in force that no principal may change keeps the change from being applied; of one that is about to be put,
 * KMS refuses the changed one, too, if no principal could change it again.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#prevent-unmanageable-key
 */
function lockoutRejection (
  kmsKeyArn: string,
  policy: Policy,
  { key, isLocked }: KeyBefore,
  isLive: boolean
): RejectedChange[] {
  const { partition, accountId } = key.name
  const target = { partition, accountId, keys: [[key.name]] }
  const common = { code: 'KEY_LOCKOUT', kmsKeyArn }
  // An empty document stands for a policy that is yet to be written.
  const isEmpty = !isLive && key.keyPolicy?.policy.statements.length === 0
  if (isEmpty || !hasPolicyInForce(key))
    return locksOut(policy, target)
      ? [
        {
          ...common,
          detail:
            `KMS refuses a key policy that lets no principal of account ${accountId} put another one, unless the ` +
            'request sets BypassPolicyLockoutSafetyCheck.',
          remedy: 'Allow kms:PutKeyPolicy for the account root or an administrator, then verify again.',
          who: WHO.keyAdministrator
        }
      ]
      : []
  return isLocked
    ? [
      {
        ...common,
        detail: `No principal of account ${accountId} may put another key policy, so the change cannot be applied.`,
        remedy: 'Ask AWS Support to restore access to the key, then verify again.',
        who: WHO.support
      }
    ]
    : []
}

/**
 * What AWS refuses of a document that a change leaves as it is. Of a policy in force only the principals: the rest is
 * stored. The unique id of a deleted principal has a finding of its own.
 */
function invalidElements (
  all: readonly StorageFault[],
  isLive: boolean
): Pick<RejectedChange, 'code' | 'detail' | 'remedy'> | undefined {
  const faults = all.filter(({ pointer }) => pointer.startsWith('/Statement'))
  const principals = faults.filter(({ pointer }) => /^\/Statement(?:\/\d+)?\/(?:Not)?Principal/.test(pointer))
  const listed = (found: typeof faults): string =>
    formatList(found.map(({ pointer, value, rule }) => `${pointer}: ${truncate(value)} (${rule})`), '; ')
  if (principals.length > 0)
    return {
      code: 'INVALID_PRINCIPAL',
      detail: listed(principals),
      remedy: 'Correct or remove the principal, then verify again.'
    }
  if (isLive || faults.length === 0) return undefined
  return { code: 'NOT_STORABLE', detail: listed(faults), remedy: 'Correct these elements, then verify again.' }
}

/**
 * Roles that IAM lets no one but AWS change.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
 */
function unchangeableRole (roleArn: string): RejectedChange[] {
  if (roleArn.includes(':role/aws-service-role/'))
    return [
      {
        code: 'ROLE_NOT_CHANGEABLE',
        roleArn,
        detail: 'The role is a service-linked role: only the AWS service that it belongs to can change it.',
        remedy: 'Pass Amazon Personalize a role of your own.',
        who: WHO.team
      }
    ]
  if (roleArn.includes(':role/aws-reserved/') || lastSegment(roleArn).startsWith('AWSReservedSSO_'))
    return [
      {
        code: 'ROLE_NOT_CHANGEABLE',
        roleArn,
        detail: 'The role belongs to a permission set of IAM Identity Center: IAM rejects changes to it.',
        remedy: 'Pass Amazon Personalize a role of your own; the role of a permission set is meant for people.',
        who: WHO.team
      }
    ]
  return []
}

function bucketRejection (fix: BucketPolicyFix, isLive: boolean): RejectedChange[] {
  const { bucket, policy } = fix
  const invalid = invalidElements(storageFaults('bucketPolicy', policy), isLive)
  const who = WHO.bucketOwner
  return [
    ...(invalid === undefined
      ? []
      : [
        {
          ...invalid,
          bucket,
          detail: `Amazon S3 rejects the bucket policy as long as it contains ${invalid.detail}.`,
          who
        }
      ]),
    ...tooLargeBucketPolicy(fix)
  ]
}

function tooLargeBucketPolicy ({ bucket, policy }: BucketPolicyFix): RejectedChange[] {
  const bytes = policyBytes(policy, 0)
  return bytes <= MAX_BUCKET_POLICY_BYTES
    ? []
    : [
      {
        code: 'POLICY_TOO_LARGE',
        bucket,
        detail:
            `With the missing statements the bucket policy has ${bytes} bytes; Amazon S3 accepts ` +
            `${MAX_BUCKET_POLICY_BYTES}.`,
        remedy: 'Shorten the bucket policy, then verify again.',
        who: WHO.bucketOwner
      }
    ]
}

function tooLargeInline ({ roleArn, evidence }: RolePolicyFix, role: RoleEvidence | undefined): RejectedChange[] {
  const others = (role?.identityPolicies ?? []).filter(
    ({ kind, policy: { name } }) => kind === 'inline' && name !== ROLE_POLICY_NAME
  )
  const inline = [evidence, ...others]
  // Of most roles the white space, which IAM does not count, need not be left out.
  if (inline.reduce((sum, { length }) => sum + length, 0) <= MAX_INLINE_POLICIES_CHARACTERS) return []
  const count = inline.reduce((sum, { document }) => sum + policyCharacters(document ?? {}), 0)
  return count <= MAX_INLINE_POLICIES_CHARACTERS
    ? []
    : [
      {
        code: 'POLICY_TOO_LARGE',
        of: 'permissions',
        roleArn,
        detail:
            `With the missing policy the inline policies of the role have ${count} characters; IAM accepts ` +
            `${MAX_INLINE_POLICIES_CHARACTERS}.`,
        remedy: 'Move inline policies of the role to managed policies, then verify again.',
        who: WHO.iamAdministrator
      }
    ]
}

function invalidTrust ({ roleArn, evidence }: TrustPolicyFix, isLive: boolean): RejectedChange[] {
  const invalid = invalidElements(evidence.storageFaults('trustPolicy'), isLive)
  return invalid === undefined
    ? []
    : [
      {
        ...invalid,
        of: 'trust',
        roleArn,
        detail: `IAM rejects the trust policy as long as it contains ${invalid.detail}.`,
        who: WHO.iamAdministrator
      }
    ]
}

/** A trust policy that is larger than the default already shows that the quota was raised. */
function tooLargeTrust ({ roleArn, policy }: TrustPolicyFix, role: RoleEvidence | undefined): RejectedChange[] {
  const isRaised = policyCharacters(role?.trustPolicy?.document ?? {}) > DEFAULT_TRUST_POLICY_CHARACTERS
  const limit = isRaised ? MAX_TRUST_POLICY_CHARACTERS : DEFAULT_TRUST_POLICY_CHARACTERS
  const count = policyCharacters(policy)
  return count <= limit
    ? []
    : [
      {
        code: 'POLICY_TOO_LARGE',
        of: 'trust',
        roleArn,
        detail: `With the missing statement the trust policy has ${count} characters; IAM accepts ${limit}.`,
        remedy: 'Shorten the trust policy, or raise the quota "Role trust policy length", then verify again.',
        who: WHO.iamAdministrator
      }
    ]
}
