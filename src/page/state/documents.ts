import type { VerifyDocumentsRequest } from '../../../schemas/verification.js'
import type { Fault } from '../../errors.js'
import type { RemediationModel } from '../../formats/report-model.js'
import { isObject, parseJson } from '../../json/json.js'
import { capitalized, sortFaults } from './field-faults.js'
import { type FieldFaults, type UsageForm, usageOf } from './usage-form.js'

/** What was pasted to be checked, as it was pasted: policies, or what the AWS CLI printed. */
export interface Documents {
  keyPolicy: string
  /** The permissions policies of the role, one after the other. */
  rolePolicies: string
  trustPolicy: string
  permissionsBoundary: string
  grants: string
  metadata: string
}

export type DocumentName = keyof Documents

export const NO_DOCUMENTS: Documents = {
  keyPolicy: '',
  rolePolicies: '',
  trustPolicy: '',
  permissionsBoundary: '',
  grants: '',
  metadata: ''
}

export type DocumentFaults = Partial<Record<DocumentName, readonly string[]>>

/** What is not given yet. */
export function missingDocuments ({ keyPolicy }: Documents): DocumentFaults {
  return keyPolicy.trim() === '' ? { keyPolicy: ['Paste the key policy.'] } : {}
}

/**
 * The body of `POST /verify/documents`: the same documents for each key and each role of the usage. Policies go as
 * text, so that nothing that parsing would lose is lost.
 */
export function documentsBody (form: UsageForm, documents: Documents): VerifyDocumentsRequest {
  const { kmsKeyArns = [], ...usage } = usageOf(form)
  const optional = <T>(text: string, member: (text: string) => T): T | Record<string, never> =>
    text.trim() === '' ? {} : member(text)
  return {
    usage: { ...usage, kmsKeyArns },
    keys: kmsKeyArns.map((kmsKeyArn) => ({
      kmsKeyArn,
      keyPolicy: documents.keyPolicy,
      ...optional(documents.grants, (text) => ({ grants: jsonOf(text) })),
      ...optional(documents.metadata, (text) => ({ metadata: jsonOf(text) }))
    })),
    roles: usage.roleArns.map((roleArn) => ({
      roleArn,
      identityPolicies: splitDocuments(documents.rolePolicies).map(identityPolicy),
      ...optional(documents.trustPolicy, (trustPolicy) => ({ trustPolicy })),
      ...optional(documents.permissionsBoundary, (permissionsBoundary) => ({ permissionsBoundary }))
    }))
  }
}

/** Any JSON value; what is no JSON stays text, which the check of the body then refuses at its place. */
function jsonOf<T>(text: string): T
function jsonOf (text: string): unknown {
  return parseJson(text) ?? text
}

/** A policy under the name and of the kind that the output of the AWS CLI gives. */
function identityPolicy (text: string, index: number): VerifyDocumentsRequest['roles'][number]['identityPolicies'][number] {
  const output = parseJson(text)
  const { PolicyName: name, PolicyVersion: version } = isObject(output) ? output : {}
  return {
    name: typeof name === 'string' && name !== '' ? name : index === 0 ? 'pasted' : `pasted ${index + 1}`,
    ...(typeof name === 'string' ? { kind: 'inline' as const } : version === undefined ? {} : { kind: 'managed' as const }),
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
  const all = [keyPolicies, trustPolicies, rolePolicies]
  if (all.every(({ length }) => length === 0) || all.some(({ length }) => length > 1)) return undefined
  const text = (policies: ReadonlyArray<{ policy: unknown }>): string | undefined =>
    policies[0] === undefined ? undefined : JSON.stringify(policies[0].policy, null, 2)
  const [role] = rolePolicies
  return {
    ...documents,
    keyPolicy: text(keyPolicies) ?? documents.keyPolicy,
    trustPolicy: text(trustPolicies) ?? documents.trustPolicy,
    rolePolicies: role === undefined ? documents.rolePolicies : withRolePolicy(documents.rolePolicies, role)
  }
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

export interface CheckFaults {
  fields: FieldFaults
  documents: DocumentFaults
  others: readonly Fault[]
}

/** Each fault of a refused check at its field; the same fault for several keys or roles is shown once. */
export function sortCheckFaults (faults: readonly Fault[], form: UsageForm): CheckFaults {
  const documents: Partial<Record<DocumentName, string[]>> = {}
  const left: Fault[] = []
  for (const fault of faults) {
    const [pattern, name] = PLACES.find(([pattern]) => pattern.test(fault.pointer)) ?? []
    if (pattern === undefined || name === undefined) left.push(fault)
    else {
      const inside = fault.pointer.replace(pattern, '').replace(/^\/(\d+)(?:\/document)?/, (_, index: string) => `Document ${Number(index) + 1}`)
      const words = capitalized(`${inside.replace(/^\//, '')} ${fault.detail}`.trim())
      const text = /[.!?]$/.test(words) ? words : `${words}.`
      const texts = (documents[name] ??= [])
      if (!texts.includes(text)) texts.push(text)
    }
  }
  return { documents, ...sortFaults(left, form) }
}
