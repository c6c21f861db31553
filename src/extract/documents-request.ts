import type { BucketDocuments } from '../../schemas/bucket.js'
import type { VerifyDocumentsRequest } from '../../schemas/verification.js'
import type { ObservedBucket, ObservedRole, Read } from '../verify/read/policy-source.js'
import type { PlannedDocuments } from '../verify/verify-planned.js'

/**
 * The same as the body of POST /verify/documents; undefined where something is not known yet, which such a request
 * cannot say. Nothing else of the plan is in it.
 */
export function documentsRequest (planned: PlannedDocuments): VerifyDocumentsRequest | undefined {
  const { usage, keys, roles, buckets = [] } = planned
  const request: VerifyDocumentsRequest = { usage, keys: [], roles: [] }
  for (const { requestedArn, kmsKeyArn, keyPolicy, unknownInKeyPolicy = [], grants, metadata } of keys) {
    const document = documentOf(keyPolicy, unknownInKeyPolicy)
    // Which key an alias names such a request cannot say, either.
    const isOpen = grants.state === 'notRead' || metadata.state === 'notRead'
    if (document === undefined || isOpen || requestedArn !== kmsKeyArn) return undefined
    request.keys.push({
      kmsKeyArn,
      keyPolicy: document,
      ...(grants.state === 'read' ? { grants: grants.value } : {}),
      ...(metadata.state === 'read' ? { metadata: metadata.value } : {})
    })
  }
  for (const role of roles) {
    const documents = roleDocuments(role)
    if (documents === undefined) return undefined
    request.roles.push(documents)
  }
  const ofBuckets = buckets.map(bucketDocuments)
  if (ofBuckets.some((documents) => documents === undefined)) return undefined
  return ofBuckets.length === 0 ? request : { ...request, buckets: ofBuckets.flatMap((documents) => documents ?? []) }
}

type Document = VerifyDocumentsRequest['keys'][number]['keyPolicy']

function documentOf (read: Read<unknown>, unknown: readonly unknown[] = []): Document | undefined {
  return read.state === 'read' && unknown.length === 0 && isDocument(read.value) ? read.value : undefined
}

function isDocument (value: unknown): value is Document {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
}

function roleDocuments (role: ObservedRole): VerifyDocumentsRequest['roles'][number] | undefined {
  const { roleArn, trustPolicy, unknownInTrustPolicy, identityPolicies, permissionsBoundary: boundary } = role
  const trust = documentOf(trustPolicy, unknownInTrustPolicy)
  const policies = identityPolicies.read.flatMap(({ name, kind, document, unknown = [] }) =>
    unknown.length === 0 && isDocument(document)
      ? [{ name, kind: kind === 'inline' ? ('inline' as const) : ('managed' as const), document }]
      : []
  )
  const isComplete = identityPolicies.lost.length === 0 && policies.length === identityPolicies.read.length
  if (trust === undefined || !isComplete || boundary.state === 'notRead') return undefined
  const limit =
    boundary.state === 'read'
      ? documentOf({ state: 'read', value: boundary.value.document }, boundary.value.unknown)
      : undefined
  if (boundary.state === 'read' && limit === undefined) return undefined
  return {
    roleArn,
    identityPolicies: policies,
    trustPolicy: trust,
    ...(limit === undefined ? {} : { permissionsBoundary: limit })
  }
}

/** Undefined where something is not known yet; what the plan does not contain is left out. */
function bucketDocuments (observed: ObservedBucket): BucketDocuments | undefined {
  const { bucket, region, bucketPolicy, unknownInBucketPolicy, ...configuration } = observed
  const { encryption, ownershipControls, publicAccessBlock } = configuration
  const isOpen = [region, encryption, ownershipControls, publicAccessBlock].some(
    (read) => read.state === 'notRead' && read.cause !== 'notGiven'
  )
  const policy = bucketPolicy.state === 'notPresent' ? null : documentOf(bucketPolicy, unknownInBucketPolicy)
  if (isOpen || policy === undefined) return undefined
  const members = { encryption, ownershipControls, publicAccessBlock }
  return {
    bucket,
    policy,
    ...(region.state === 'read' ? { region: region.value } : {}),
    ...Object.fromEntries(Object.entries(members).flatMap(([name, read]) => given<unknown>(name, read)))
  }
}

function given<T> (name: string, read: Read<T>): Array<[name: string, value: T | null]> {
  if (read.state === 'notPresent') return [[name, null]]
  return read.state === 'read' ? [[name, read.value]] : []
}
