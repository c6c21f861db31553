import type { BucketEncryption, OwnershipControls, PublicAccessBlock } from '../../schemas/bucket-answers.js'
import type { Grant, KeyMetadata } from '../../schemas/key-answers.js'
import type { Read, ReadFailure } from '../verify/read/policy-source.js'
import { knownPart, type PolicyPart } from './policy-part.js'

/** A key as it will be. `names`: what it can be named by, its address first. */
export interface PlannedKey {
  address: string
  arn: string
  /** The ARN stands for one that AWS decides when the key is created. */
  isPlaceholder: boolean
  names: readonly string[]
  policy: PolicyPart
  grants: Read<Grant[]>
  /** What is planned of its state and kind; not present where that is as usual. */
  metadata: Read<KeyMetadata>
  notes: readonly string[]
  /** What chooses the account in which it is created; undefined where its ARN is known. */
  credentials?: string | undefined
}

export interface PlannedPolicy {
  name: string
  kind: 'inline' | 'attached'
  arn?: string
  part: PolicyPart
}

export interface LostPolicy {
  name: string
  arn?: string
  why: string
  cause: ReadFailure
}

/** A role as it will be. */
export interface PlannedRole {
  address: string
  arn: string
  isPlaceholder: boolean
  names: readonly string[]
  trust: PolicyPart
  policies: readonly PlannedPolicy[]
  lost: readonly LostPolicy[]
  boundary: PlannedPolicy | LostPolicy | undefined
  notes: readonly string[]
  credentials?: string | undefined
}

/** A bucket as it will be. */
export interface PlannedBucket {
  address: string
  /** `arn:aws:s3:::` with its name, or with what stands for one that AWS makes up. */
  arn: string
  name: string
  isPlaceholder: boolean
  /** The plan gives a name that depends on values which are not known yet: it may be any. */
  mayHaveAnyName: boolean
  /** There is no such bucket after the apply, or the plan does not say it. */
  isRemoved?: true
  /** The plan has only the policy of it, which is at this address. */
  hasPolicyAlone?: true
  names: readonly string[]
  /** Undefined where the plan does not say in whose account it is created. */
  accountId: string | undefined
  region: Read<string>
  policy: PolicyPart
  encryption: Read<BucketEncryption>
  ownershipControls: Read<OwnershipControls>
  publicAccessBlock: Read<PublicAccessBlock>
  notes: readonly string[]
}

/** A dataset group names its key and its role itself, by what they are named by. */
export interface PlannedPair {
  address: string
  key: string | undefined
  role: string | undefined
}

/** A dataset names the location and the role of its import job, as far as they are known. */
export interface PlannedImport {
  address: string
  uri: string | undefined
  role: string | undefined
}

/** What a plan or template says about keys, roles and buckets. */
export interface Plan {
  /** `Terraform plan` or `CloudFormation template`, as messages name it. */
  source: string
  keys: readonly PlannedKey[]
  roles: readonly PlannedRole[]
  buckets: readonly PlannedBucket[]
  pairs: readonly PlannedPair[]
  imports: readonly PlannedImport[]
}

/** What the plan does not say itself. */
export interface PlanSettings {
  accountId?: string | undefined
  region?: string | undefined
  /** Values of template parameters. */
  parameters?: Readonly<Record<string, string>>
}

/** The plan cannot be used; the message says why and what to do. */
export class PlanError extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'PlanError'
  }
}

export function partitionOf (region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** Where the names begin that stand for what AWS makes up. */
export const NAME_TO_COME = /(?<=:key\/)0{8}-|not-created-yet-/

/** The ARN that stands for a key which is yet to be created: the same for an address, another for each. */
export function placeholderKeyArn (
  address: string,
  { accountId, region }: { accountId: string; region: string }
): string {
  return `arn:${partitionOf(region)}:kms:${region}:${accountId}:key/00000000-0000-0000-0000-${hash48(address)}`
}

/** The name that stands for one which AWS makes up. */
export function placeholderRoleName (address: string): string {
  return `not-created-yet-${hash48(address)}`
}

/** The same for a bucket, with what its name begins with, where that is known: at most 63 characters. */
export function placeholderBucketName (address: string, prefix = ''): string {
  return `${prefix}${placeholderRoleName(address).slice(0, Math.max(0, MAX_BUCKET_NAME - prefix.length))}`
}

const MAX_BUCKET_NAME = 63

/** 12 hexadecimal digits (FNV-1a, twice): short names for addresses, without a cryptographic module. */
function hash48 (text: string): string {
  let [low, high] = [0x811c9dc5, 0x01000193]
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    low = Math.imul(low ^ code, 0x01000193) >>> 0
    high = Math.imul(high ^ code, 0x85ebca6b) >>> 0
  }
  return `${low.toString(16).padStart(8, '0')}${(high & 0xffff).toString(16).padStart(4, '0')}`
}

/**
 * The key policy that AWS KMS gives a key that is created by its API without one.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function defaultKeyPolicy (accountId: string, region: string): PolicyPart {
  return knownPart({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partitionOf(region)}:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*'
      }
    ]
  })
}
