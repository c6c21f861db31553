import type { VerifyDocumentsBody } from '../../../schemas/verification.js'
import type { FieldError } from '../../errors.js'
import type { RemediationModel } from '../../formats/report-model.js'
import { isObject, parseJson } from '../../json/json.js'
import { capitalized, sortFaults } from './field-faults.js'
import { bucketsOf, entriesOf, type FieldFaults, type UsageForm, usageOf } from './usage-form.js'

/** What was pasted to be checked, as it was pasted: policies, or what the AWS CLI printed. */
export interface Documents {
  keyPolicy: string
  /** The permissions policies of the role, one after the other. */
  rolePolicies: string
  trustPolicy: string
  permissionsBoundary: string
  grants: string
  metadata: string
  /** By the name of the bucket. */
  buckets: Readonly<Record<string, BucketTexts>>
}

export type DocumentName = Exclude<keyof Documents, 'buckets'>

/** What was pasted of a bucket. Empty: not known. What the AWS CLI prints where there is none counts as none. */
export interface BucketTexts {
  policy: string
  encryption: string
}

export const NO_BUCKET_TEXTS: BucketTexts = { policy: '', encryption: '' }

/** The id of a field for the bucket at a place in the list of all. */
export type BucketField = `bucket-${number}-${keyof BucketTexts}`

export const NO_DOCUMENTS: Documents = {
  keyPolicy: '',
  rolePolicies: '',
  trustPolicy: '',
  permissionsBoundary: '',
  grants: '',
  metadata: '',
  buckets: {}
}

export type DocumentFaults = Partial<Record<DocumentName | BucketField, readonly string[]>>

/** Whether the use names a key, and so its policy is needed. With locations alone it need not. */
export function namesKey ({ keys, locations }: UsageForm): boolean {
  return entriesOf(keys).length > 0 || entriesOf(locations).length === 0
}

/** What is not given yet. */
export function missingDocuments (form: UsageForm, { keyPolicy }: Documents): DocumentFaults {
  return keyPolicy.trim() === '' && namesKey(form) ? { keyPolicy: ['Paste the key policy.'] } : {}
}

/**
 * The body of `POST /verify/documents`: the same documents for each key and each role of the usage. Policies go as
 * text, so that nothing that parsing would lose is lost.
 */
export function documentsBody (form: UsageForm, documents: Documents): VerifyDocumentsBody {
  const usage = usageOf(form)
  const { kmsKeyArns } = usage
  const buckets = bucketsOf(form)
  const optional = <T>(text: string, member: (text: string) => T): T | Record<string, never> =>
    text.trim() === '' ? {} : member(text)
  return {
    usage,
    ...(kmsKeyArns === undefined
      ? {}
      : {
        keys: kmsKeyArns.map((kmsKeyArn) => ({
          kmsKeyArn,
          keyPolicy: documents.keyPolicy,
          ...optional(documents.grants, (text) => ({ grants: jsonOf(text) })),
          ...optional(documents.metadata, (text) => ({ metadata: jsonOf(text) }))
        }))
      }),
    roles: usage.roleArns.map((roleArn) => ({
      roleArn,
      identityPolicies: splitDocuments(documents.rolePolicies).map(identityPolicy),
      ...optional(documents.trustPolicy, (trustPolicy) => ({ trustPolicy })),
      ...optional(documents.permissionsBoundary, (permissionsBoundary) => ({ permissionsBoundary }))
    })),
    ...(buckets.length === 0
      ? {}
      : {
        buckets: buckets.map((bucket) => {
          const { policy, encryption } = documents.buckets[bucket] ?? NO_BUCKET_TEXTS
          return {
            bucket,
            ...optional(policy, () => ({ policy: NO_POLICY.test(policy) ? null : policy })),
            ...optional(encryption, () => ({
              encryption: NO_ENCRYPTION.test(encryption) ? null : jsonOf<null>(encryption)
            }))
          }
        })
      })
  }
}

/** What the AWS CLI prints for a bucket that has none. */
const NO_POLICY = /^[^{]*(?:NoSuchBucketPolicy|The bucket policy does not exist)/
const NO_ENCRYPTION = /^[^{]*ServerSideEncryptionConfigurationNotFoundError/

/** Any JSON value; what is no JSON stays text, which the check of the body then refuses at its place. */
function jsonOf<T>(text: string): T
function jsonOf (text: string): unknown {
  return parseJson(text) ?? text
}

/** A policy under the name and of the kind that the output of the AWS CLI gives. */
function identityPolicy (
  text: string,
  index: number
): VerifyDocumentsBody['roles'][number]['identityPolicies'][number] {
  const output = parseJson(text)
  const { PolicyName: name, PolicyVersion: version } = isObject(output) ? output : {}
  return {
    name: typeof name === 'string' && name !== '' ? name : index === 0 ? 'pasted' : `pasted ${index + 1}`,
    ...(typeof name === 'string'
      ? { kind: 'inline' as const }
      : version === undefined
        ? {}
        : { kind: 'managed' as const }),
    document: text
  }
}

/** JSON objects that stand one after the other, or in one list, each as its own text; anything else is one text. */
export function splitDocuments (text: string): string[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const list = trimmed.startsWith('[') ? parseJson(trimmed) : undefined
  if (Array.isArray(list)) return list.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
  const documents: string[] = []
  let [depth, start] = [0, 0]
  for (const { 0: token, index } of trimmed.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{' && depth++ === 0) {
      // Something stands between two documents: then the whole is one text, and refused as such.
      if (!/^[\s,]*$/.test(trimmed.slice(start, index))) return [trimmed]
      start = index
    }
    if (token === '}' && --depth === 0) {
      documents.push(trimmed.slice(start, index + 1))
      start = index + 1
    }
  }
  return depth === 0 && trimmed.slice(start).trim() === '' && documents.length > 0 ? documents : [trimmed]
}

/**
 * The documents with the changes of a report in them, so that they can be checked again. Undefined where there is
 * nothing to change, or keys or roles need different documents.
 */
export function withChanges (documents: Documents, remediation: RemediationModel | undefined): Documents | undefined {
  if (remediation === undefined) return undefined
  const [keyPolicies, trustPolicies, rolePolicies] = [
    distinct(remediation.keyPolicies),
    distinct(remediation.trustPolicies),
    distinct(remediation.rolePolicies)
  ]
  const { bucketPolicies = [] } = remediation
  const all = [keyPolicies, trustPolicies, rolePolicies]
  if ([...all, bucketPolicies].every(({ length }) => length === 0) || all.some(({ length }) => length > 1))
    return undefined
  const text = (policies: ReadonlyArray<{ policy: unknown }>): string | undefined =>
    policies[0] === undefined ? undefined : JSON.stringify(policies[0].policy, null, 2)
  const [role] = rolePolicies
  return {
    ...documents,
    keyPolicy: text(keyPolicies) ?? documents.keyPolicy,
    trustPolicy: text(trustPolicies) ?? documents.trustPolicy,
    rolePolicies: role === undefined ? documents.rolePolicies : withRolePolicy(documents.rolePolicies, role),
    buckets: withBucketPolicies(documents.buckets, bucketPolicies)
  }
}

/** The texts of the buckets with these policies in them. */
export function withBucketPolicies (
  buckets: Documents['buckets'],
  policies: ReadonlyArray<{ bucket: string; policy: unknown }>
): Documents['buckets'] {
  const changed = policies.map(({ bucket, policy }): [string, BucketTexts] => [
    bucket,
    { ...(buckets[bucket] ?? NO_BUCKET_TEXTS), policy: JSON.stringify(policy, null, 2) }
  ])
  return { ...buckets, ...Object.fromEntries(changed) }
}

/** The changes that differ in their document. */
function distinct<T extends { policy: unknown }> (changes: readonly T[]): T[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change.policy), change])).values()]
}

/** A role policy takes the place of the one with its name, or comes after the others. */
function withRolePolicy (text: string, { policyName, policy }: { policyName: string; policy: unknown }): string {
  const policies = splitDocuments(text).map(identityPolicy)
  const changed = JSON.stringify({ PolicyName: policyName, PolicyDocument: policy }, null, 2)
  const texts = policies.map(({ name, document }) => (name === policyName ? changed : String(document)))
  return [...texts, ...(policies.some(({ name }) => name === policyName) ? [] : [changed])].join('\n')
}

const PLACES: ReadonlyArray<readonly [RegExp, DocumentName]> = [
  [/^\/keys\/\d+\/keyPolicy(?=\/|$)/, 'keyPolicy'],
  [/^\/keys\/\d+\/grants(?=\/|$)/, 'grants'],
  [/^\/keys\/\d+\/metadata(?=\/|$)/, 'metadata'],
  [/^\/roles\/\d+\/identityPolicies(?=\/|$)/, 'rolePolicies'],
  [/^\/roles\/\d+\/trustPolicy(?=\/|$)/, 'trustPolicy'],
  [/^\/roles\/\d+\/permissionsBoundary(?=\/|$)/, 'permissionsBoundary']
]

const BUCKET_PLACE = /^\/buckets\/(\d+)\/(policy|encryption)(?=\/|$)/

function placeOf (pointer: string): readonly [RegExp, DocumentName | BucketField] | undefined {
  const [, index, member] = BUCKET_PLACE.exec(pointer) ?? []
  if (index === undefined) return PLACES.find(([pattern]) => pattern.test(pointer))
  return [BUCKET_PLACE, `bucket-${Number(index)}-${member === 'policy' ? 'policy' : 'encryption'}`]
}

export interface CheckFaults {
  fields: FieldFaults
  documents: DocumentFaults
  others: readonly FieldError[]
}

/** Each fault of a refused check at its field; the same fault for several keys or roles is shown once. */
export function sortCheckFaults (faults: readonly FieldError[], form: UsageForm): CheckFaults {
  const documents: Partial<Record<DocumentName | BucketField, string[]>> = {}
  const left: FieldError[] = []
  for (const fault of faults) {
    const [pattern, name] = placeOf(fault.pointer) ?? []
    if (pattern === undefined || name === undefined) left.push(fault)
    else {
      const inside = fault.pointer
        .replace(pattern, '')
        .replace(/^\/(\d+)(?:\/document)?/, (_, index: string) => `Document ${Number(index) + 1}`)
      const words = capitalized(`${inside.replace(/^\//, '')} ${fault.detail}`.trim())
      const text = /[.!?]$/.test(words) ? words : `${words}.`
      const texts = (documents[name] ??= [])
      if (!texts.includes(text)) texts.push(text)
    }
  }
  return { documents, ...sortFaults(left, form) }
}
