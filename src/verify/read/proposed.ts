import type { ProposedDocuments, VerifyRequest } from '../../../schemas/live.js'
import type { PolicyInput } from '../../../schemas/policy-document.js'
import { type FieldError, ServiceError } from '../../errors.js'
import { faultOfOtherOutput, isTooLarge, MAX_POLICY_INPUT_BYTES } from '../../iam/document/policy-input.js'
import { isObject, pointerSegment } from '../../json/json.js'
import { parseS3Uri } from '../../personalize/locations.js'
import { roleInputFaults } from './role-input.js'
import type { ObservedBucket, ObservedKey, ObservedRole } from './policy-source.js'

/** Throws where proposed documents or context name no key or role of the usage, or a document is too large. */
export function assertFitsUsage ({ usage, proposed = {}, context = {} }: VerifyRequest): void {
  const { keys = [], roles = [], buckets = [] } = proposed
  const named = (usage.locations ?? []).flatMap(({ uri }) => parseS3Uri(uri)?.bucket ?? [])
  const faults = [
    ...unknownArns(
      buckets.map(({ bucket }, i) => ({ arn: bucket, pointer: `/proposed/buckets/${i}/bucket` })),
      named
    ),
    ...unknownArns(
      keys.map(({ kmsKeyArn }, i) => ({ arn: kmsKeyArn, pointer: `/proposed/keys/${i}/kmsKeyArn` })),
      usage.kmsKeyArns ?? []
    ),
    ...unknownArns(
      roles.map(({ roleArn }, i) => ({ arn: roleArn, pointer: `/proposed/roles/${i}/roleArn` })),
      usage.roleArns
    ),
    ...roles.flatMap((role, i) => roleInputFaults(role, `/proposed/roles/${i}`)),
    ...roles.flatMap(({ identityPolicies = [] }, i) =>
      repeatedNames(identityPolicies, `/proposed/roles/${i}/identityPolicies`)
    ),
    ...contextFaults(context, usage)
  ]
  if (faults.length > 0)
    throw new ServiceError('INCONSISTENT_USAGE', 'the proposed documents or the context do not fit the usage', faults)
  const large = documentsOf(proposed)
    .filter(({ document }) => isTooLarge(document))
    .map(({ pointer }) => ({ pointer, detail: `is larger than ${MAX_POLICY_INPUT_BYTES} bytes` }))
  if (large.length > 0)
    throw new ServiceError('LIMIT_EXCEEDED', `a policy document may have ${MAX_POLICY_INPUT_BYTES} bytes`, large)
  const others = documentsOf(proposed).flatMap(({ pointer, document }) => {
    const detail = faultOfOtherOutput(document)
    return detail === undefined ? [] : [{ pointer, detail }]
  })
  if (others.length > 0)
    throw new ServiceError('INCONSISTENT_USAGE', 'not every proposed document contains a policy', others)
}

/** The keys and roles that a context names and the usage does not, and condition keys that it gives twice. */
export function contextFaults (
  context: NonNullable<VerifyRequest['context']>,
  usage: Pick<VerifyRequest['usage'], 'kmsKeyArns' | 'roleArns'>
): FieldError[] {
  const named = (member: 'keys' | 'roles'): Array<{ arn: string; pointer: string }> => {
    const entries = Object.entries(context).flatMap(([name, value]) => (name === member ? [value] : []))
    return entries.flatMap((value) =>
      typeof value === 'object' && !Array.isArray(value)
        ? Object.keys(value).map((arn) => ({
          arn,
          pointer: `/context/${member}/${pointerSegment(arn)}`
        }))
        : []
    )
  }
  const faultsOf = (entries: ReturnType<typeof named>, arns: readonly string[]): FieldError[] =>
    entries.flatMap(({ arn, pointer }) => (arns.includes(arn) ? [] : [{ pointer, detail: 'is not in the usage' }]))
  return [
    ...faultsOf(named('keys'), usage.kmsKeyArns ?? []),
    ...faultsOf(named('roles'), usage.roleArns),
    ...repeatedKeys(context, '/context')
  ]
}

/**
 * Condition keys that one object gives in two spellings: their names are not case-sensitive.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
 */
function repeatedKeys (object: object, pointer: string): FieldError[] {
  const names = Object.keys(object)
  const first = new Map<string, string>()
  for (const name of names) if (!first.has(name.toLowerCase())) first.set(name.toLowerCase(), name)
  return Object.entries(object).flatMap(([name, value]: [string, unknown]) => {
    const at = `${pointer}/${pointerSegment(name)}`
    const isSame = first.get(name.toLowerCase()) !== name && !isObject(value)
    const detail = `is the same condition key as ${first.get(name.toLowerCase())}: names are not case-sensitive`
    return [...(isSame ? [{ pointer: at, detail }] : []), ...(isObject(value) ? repeatedKeys(value, at) : [])]
  })
}

/** A role has one inline policy of a name; what is not inline is not looked at. */
export function repeatedNames<T extends { name: string }> (
  policies: readonly T[],
  pointer: string,
  isInline: (policy: T) => boolean = () => true
): FieldError[] {
  const known = new Set<string>()
  return policies.flatMap((policy, i) => {
    if (!isInline(policy)) return []
    if (known.has(policy.name)) return [{ pointer: `${pointer}/${i}/name`, detail: 'is given twice' }]
    known.add(policy.name)
    return []
  })
}

function unknownArns (
  entries: ReadonlyArray<{ arn: string; pointer: string }>,
  known: readonly string[]
): FieldError[] {
  const arns = entries.map(({ arn }) => arn)
  return entries.flatMap(({ arn, pointer }, i) => {
    if (!known.includes(arn)) return [{ pointer, detail: 'is not in the usage' }]
    return arns.indexOf(arn) < i ? [{ pointer, detail: 'is given twice' }] : []
  })
}

function documentsOf ({
  keys = [],
  roles = [],
  buckets = []
}: ProposedDocuments): Array<{ pointer: string; document: PolicyInput }> {
  const present = (pointer: string, document: PolicyInput | undefined): ReturnType<typeof documentsOf> =>
    document === undefined ? [] : [{ pointer, document }]
  return [
    ...keys.map(({ keyPolicy }, i) => ({ pointer: `/proposed/keys/${i}/keyPolicy`, document: keyPolicy })),
    ...buckets.map(({ policy }, i) => ({ pointer: `/proposed/buckets/${i}/policy`, document: policy })),
    ...roles.flatMap(({ identityPolicies = [], permissionsBoundary, trustPolicy }, i) => [
      ...identityPolicies.map(({ document }, j) => ({
        pointer: `/proposed/roles/${i}/identityPolicies/${j}/document`,
        document
      })),
      ...present(`/proposed/roles/${i}/permissionsBoundary`, permissionsBoundary),
      ...present(`/proposed/roles/${i}/trustPolicy`, trustPolicy)
    ])
  ]
}

/**
 * The key as it would be with the proposed key policy. `same`: the key as it was read under each reference that the
 * usage has for it: what is proposed for its alias is proposed for its ARN. Throws where they have different policies.
 */
export function withProposedKey (
  key: ObservedKey,
  { keys = [] }: ProposedDocuments,
  same: readonly ObservedKey[] = [key]
): ObservedKey {
  const references = same.map(({ requestedArn }) => requestedArn)
  const proposed = keys.flatMap(({ kmsKeyArn, keyPolicy }, i) =>
    references.includes(kmsKeyArn) ? [{ kmsKeyArn, keyPolicy, text: JSON.stringify(keyPolicy), i }] : []
  )
  const [first] = proposed
  if (first === undefined) return key
  const faults = proposed
    .filter(({ text }) => text !== first.text)
    .map(({ i }) => ({
      pointer: `/proposed/keys/${i}/keyPolicy`,
      detail: `differs from /proposed/keys/${first.i}/keyPolicy, which is for the same key ${key.kmsKeyArn}`
    }))
  if (faults.length > 0)
    throw new ServiceError('INCONSISTENT_USAGE', 'two key policies are proposed for one key', faults)
  return { ...key, keyPolicy: { state: 'read', value: first.keyPolicy }, isProposed: true }
}

/** The bucket as it would be with the proposed bucket policy. */
export function withProposedBucket (bucket: ObservedBucket, { buckets = [] }: ProposedDocuments): ObservedBucket {
  const document = buckets.find((each) => each.bucket === bucket.bucket)?.policy
  return document === undefined
    ? bucket
    : { ...bucket, bucketPolicy: { state: 'read', value: document }, isProposed: true }
}

/** The role as it would be: an inline policy takes the place of the one with its name, or is added. */
export function withProposedRole (role: ObservedRole, { roles = [] }: ProposedDocuments): ObservedRole {
  const proposed = roles.find(({ roleArn }) => roleArn === role.roleArn)
  if (proposed === undefined) return role
  const { identityPolicies = [], trustPolicy, permissionsBoundary } = proposed
  const names = new Set(identityPolicies.map(({ name }) => name))
  return {
    ...role,
    ...(trustPolicy === undefined ? {} : { trustPolicy: { state: 'read', value: trustPolicy }, isTrustProposed: true }),
    ...(permissionsBoundary === undefined
      ? {}
      : {
        permissionsBoundary: {
          state: 'read',
          value: { name: 'permissionsBoundary', document: permissionsBoundary, isProposed: true }
        }
      }),
    identityPolicies: {
      read: [
        // Together with the others of the role a proposed inline policy may be larger than IAM stores.
        ...role.identityPolicies.read
          .filter(({ kind, name }) => kind !== 'inline' || !names.has(name))
          .map((policy) => (policy.kind === 'inline' ? { ...policy, isInline: true } : policy)),
        ...identityPolicies.map((policy) => ({ ...policy, kind: 'inline' as const, isInline: true, isProposed: true }))
      ],
      lost: role.identityPolicies.lost.filter(({ name, arn }) => arn !== undefined || !names.has(name))
    }
  }
}
