import type { PolicyDocument } from '../../../schemas/policy-document.js'
import { lastPart } from '../../formats/names.js'
import { groupBy } from '../../group-by.js'
import {
  DEFAULT_TRUST_POLICY_CHARACTERS,
  MAX_BUCKET_POLICY_BYTES,
  MAX_KEY_POLICY_BYTES,
  MAX_MANAGED_POLICY_CHARACTERS
} from '../../iam/document/storable-size.js'
import { utf8Bytes } from '../../json/utf8.js'
import type { WrittenPolicies } from '../engine/generation.js'

export const POLICY_KINDS = ['key', 'role', 'trust', 'bucket'] as const
export type PolicyKind = (typeof POLICY_KINDS)[number]

export const TAB_TITLES: Readonly<Record<PolicyKind, string>> = {
  key: 'Key policy',
  role: 'IAM policy of the role',
  trust: 'Trust policy',
  bucket: 'Bucket policy'
}

export interface StatementNote {
  reason: string
  source: string
}

export interface StatementCard {
  statement: Readonly<Record<string, unknown>>
  /** Undefined for a statement that was there before. */
  note: StatementNote | undefined
}

/** One document, and the keys, roles or buckets that it is for. */
export interface PolicyChoice {
  /** ARNs, or names of buckets; none for a key that is yet to be created. */
  arns: readonly string[]
  /** Null where no policy is needed. */
  policy: PolicyDocument | null
  cards: readonly StatementCard[]
}

export type PolicyTabs = Readonly<Record<PolicyKind, readonly PolicyChoice[]>>

interface Written {
  arn: string | undefined
  policy: PolicyDocument | null
  statements: ReadonlyArray<StatementNote & { sid: string }>
}

const TRUST_NOTE: StatementNote & { sid: string } = {
  sid: 'AllowPersonalizeAssumeRole',
  reason:
    'Allows Amazon Personalize to assume the role, and only on behalf of resources of your account: the two ' +
    'conditions prevent that somebody else has the service use it (confused deputy).',
  source: 'https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html'
}

/** The documents of each tab; keys and roles with equal documents share one. */
export function policyTabs ({
  keyPolicies,
  rolePolicies,
  trustPolicies,
  bucketPolicies = []
}: WrittenPolicies): PolicyTabs {
  return {
    key: choices(keyPolicies.map(({ kmsKeyArn, ...written }) => ({ ...written, arn: kmsKeyArn }))),
    role: choices(rolePolicies.map(({ roleArn, ...written }) => ({ ...written, arn: roleArn }))),
    trust: choices(trustPolicies.map(({ roleArn, policy }) => ({ arn: roleArn, policy, statements: [TRUST_NOTE] }))),
    bucket: choices(bucketPolicies.map(({ bucket, ...written }) => ({ ...written, arn: bucket })))
  }
}

function choices (written: readonly Written[]): PolicyChoice[] {
  return groupBy(written, ({ policy }) => JSON.stringify(policy)).map((group) => {
    const [{ policy, statements }] = group
    const notes = new Map(statements.map(({ sid, reason, source }) => [sid, { reason, source }]))
    return {
      arns: group.flatMap(({ arn }) => arn ?? []),
      policy,
      cards: (policy?.Statement ?? []).map((statement) => ({ statement, note: notes.get(String(statement['Sid'])) }))
    }
  })
}

/** What a document is for, in few words: the name of the key or role, and how many more. */
export function choiceName ({ arns: [first, ...others] }: PolicyChoice): string {
  if (first === undefined) return 'a new key'
  return others.length === 0 ? lastPart(first) : `${lastPart(first)} and ${others.length} more`
}

/** KMS and Amazon S3 count the bytes of the text that is sent; IAM does not count white space. */
const MAX_BYTES: Readonly<Partial<Record<PolicyKind, number>>> = {
  key: MAX_KEY_POLICY_BYTES,
  bucket: MAX_BUCKET_POLICY_BYTES
}

/** The text of a document to copy: indented, unless only the compact text is within the limit of its service. */
export function documentText (kind: PolicyKind, policy: PolicyDocument): string {
  const text = `${JSON.stringify(policy, null, 2)}\n`
  return utf8Bytes(text) <= (MAX_BYTES[kind] ?? MAX_KEY_POLICY_BYTES) ? text : JSON.stringify(policy)
}

/** The size of a document as AWS counts it, beside its limit. */
export function sizeWords (kind: PolicyKind, policy: PolicyDocument): string {
  const count = (size: number): string => size.toLocaleString('en-US')
  const bytes = MAX_BYTES[kind]
  if (bytes !== undefined) return `${count(utf8Bytes(documentText(kind, policy)))} of ${count(bytes)} bytes`
  const limit = kind === 'role' ? MAX_MANAGED_POLICY_CHARACTERS : DEFAULT_TRUST_POLICY_CHARACTERS
  return `${count(JSON.stringify(policy).replace(/\s/g, '').length)} of ${count(limit)} characters`
}
