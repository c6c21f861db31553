import type { JsonObject } from '../../json/json.js'
import { utf8Bytes } from '../../json/utf8.js'
import type { DocumentKind, StorageFault } from './storable-rule.js'

/** https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
export const MAX_KEY_POLICY_BYTES = 32_768
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html */
export const MAX_BUCKET_POLICY_BYTES = 20_480
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_MANAGED_POLICY_CHARACTERS = 6_144
export const MAX_INLINE_POLICIES_CHARACTERS = 10_240
/** The default of the quota is 2,048; on request AWS raises it to this. */
export const MAX_TRUST_POLICY_CHARACTERS = 8_192
export const DEFAULT_TRUST_POLICY_CHARACTERS = 2_048
const MAX_ORGANIZATION_POLICY_CHARACTERS = 5_120

const KMS_LIMITS = 'https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html'
const S3_BUCKET_POLICY = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html'
export const IAM_QUOTAS = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html'
const ORGANIZATIONS_QUOTAS = 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html'

/** KMS counts every byte, white space as well: `indent` is that of the text that is sent. */
export function policyBytes (document: JsonObject, indent: number): number {
  return utf8Bytes(JSON.stringify(document, undefined, indent))
}

/** IAM does not count white space. */
export function policyCharacters (document: JsonObject): number {
  return withoutWhiteSpace(JSON.stringify(document))
}

function withoutWhiteSpace (text: string): number {
  return text.replace(/\s/g, '').length
}

interface Limit {
  max: number
  /** The size, in `unit`, of a document that is this JSON text. */
  sizeOf: (text: string) => number
  /** The most units that one character of the text can count for. */
  perCharacter: number
  unit: string
  what: string
  source: string
}

const bytes = { sizeOf: (text: string) => utf8Bytes(text), perCharacter: 3, unit: 'bytes' }
const characters = {
  sizeOf: withoutWhiteSpace,
  perCharacter: 1,
  unit: 'characters without white space',
  source: IAM_QUOTAS
}
const inline = { ...characters, max: MAX_INLINE_POLICIES_CHARACTERS, what: 'the inline policies of a role together' }
const managed = { ...characters, max: MAX_MANAGED_POLICY_CHARACTERS, what: 'a managed policy' }
const ofOrganization = {
  max: MAX_ORGANIZATION_POLICY_CHARACTERS,
  sizeOf: (text: string) => text.length,
  perCharacter: 1,
  unit: 'characters',
  source: ORGANIZATIONS_QUOTAS
}

const LIMITS: Readonly<Record<DocumentKind, Limit>> = {
  keyPolicy: { ...bytes, max: MAX_KEY_POLICY_BYTES, what: 'a key policy', source: KMS_LIMITS },
  bucketPolicy: { ...bytes, max: MAX_BUCKET_POLICY_BYTES, what: 'a bucket policy', source: S3_BUCKET_POLICY },
  inlinePolicy: inline,
  // Where it is not known which of the two it is, only the larger limit is certain.
  identityPolicy: inline,
  managedPolicy: managed,
  permissionsBoundary: managed,
  trustPolicy: {
    ...characters,
    max: MAX_TRUST_POLICY_CHARACTERS,
    what: `a trust policy (${count(DEFAULT_TRUST_POLICY_CHARACTERS)} unless the quota was raised)`
  },
  serviceControlPolicy: { ...ofOrganization, what: 'a service control policy' },
  resourceControlPolicy: { ...ofOrganization, what: 'a resource control policy' }
}

/** `32,768`. Not by `toLocaleString`: the data of locales takes some 15 ms to load, at every start. */
function count (number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function fault (size: number, { max, unit, what, source }: Limit): StorageFault[] {
  return size <= max
    ? []
    : [
      {
        pointer: '',
        value: `${count(size)} ${unit}`,
        rule: `${what} must not have more than ${count(max)} ${unit}`,
        source,
        isSize: true
      }
    ]
}

/** Whether the document is larger than AWS stores, however it is laid out. `length`: that of its compact text. */
export function sizeFaults (
  kind: DocumentKind,
  document: JsonObject,
  length = JSON.stringify(document).length
): StorageFault[] {
  const limit = LIMITS[kind]
  // Counting takes longer than the comparison that makes it needless for nearly every document.
  return length * limit.perCharacter <= limit.max ? [] : fault(limit.sizeOf(JSON.stringify(document)), limit)
}

/** Whether several inline policies of a role, each small enough, are together larger than IAM stores. */
export function inlineSizeFaults (documents: readonly JsonObject[]): StorageFault[] {
  const sizes = documents.map(policyCharacters)
  if (sizes.some((size) => size > inline.max)) return []
  return fault(
    sizes.reduce((sum, size) => sum + size, 0),
    inline
  )
}
