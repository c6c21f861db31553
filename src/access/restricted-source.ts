import type {
  BucketOptions,
  ObservedBucket,
  ObservedKey,
  ObservedRole,
  OrganizationPolicies,
  PolicySource,
  Read,
  RequestOptions
} from '../verify/read/policy-source.js'
import type { Access } from './access-table.js'

export const UNSEEN = 'it does not exist, or the caller may not verify it'
/** One answer for both, so that no caller learns what exists outside its entries. */
const unseen: Read<never> = { state: 'notFound', why: UNSEEN }
const hiddenPolicy = { why: UNSEEN, cause: 'accessDenied' } as const
const hiddenOrganization: Read<never> = {
  state: 'notRead',
  why: 'the caller may not verify this account',
  cause: 'accessDenied'
}

/**
 * A source that tells a caller only of what it may verify: what the request names, and what is met on the way (the
 * key behind an alias, the boundary and the attached policies of a role, the organization of an account).
 */
export function restricted (source: PolicySource, access: Access): PolicySource {
  const { readOrganizationPolicies, readBucket, cachedReads } = source
  const hidden = new Set<string>()
  const seenBuckets = new Set<string>()
  let tellsOfOrganizations = false
  return {
    async readKey (keyArn, signal) {
      const key = access.mayRead(keyArn) ? seenKey(await source.readKey(keyArn, signal), access) : unseenKey(keyArn)
      if (key.metadata === unseen) hidden.add(keyArn)
      return key
    },
    async readRole (roleArn, signal) {
      const role = access.mayRead(roleArn)
        ? seenRole(await source.readRole(roleArn, signal), access)
        : unseenRole(roleArn)
      // A cached response of GetRole may be that of a role of the same name at another path.
      if (role.role === unseen) hidden.add(roleArn)
      return role
    },
    ...(readOrganizationPolicies === undefined
      ? {}
      : {
        async readOrganizationPolicies (account, signal): Promise<OrganizationPolicies> {
          if (!access.mayReadAccount(account.accountId))
            return { serviceControlPolicies: hiddenOrganization, resourceControlPolicies: hiddenOrganization }
          tellsOfOrganizations = true
          return await readOrganizationPolicies.call(source, account, signal)
        }
      }),
    ...(readBucket === undefined ? {} : { readBucket: bucketsOf(readBucket.bind(source), access, seenBuckets) }),
    ...restrictedAttributes(source, access),
    // What is kept of an organization stands under its own ids.
    cachedReads: () =>
      (cachedReads?.call(source) ?? []).filter(({ arn }) =>
        arn.startsWith('arn:')
          ? seenBuckets.has(arn) || (access.mayRead(arn) && !hidden.has(arn))
          : tellsOfOrganizations
      ),
    forRequest: (options?: RequestOptions) =>
      restricted(source.forRequest?.({ ...options, proveRolesFirst: true }) ?? source, access)
  }
}

/** Reads the buckets that a caller may verify, and notes them; any other is as if there were no such bucket. */
function bucketsOf (
  read: NonNullable<PolicySource['readBucket']>,
  access: Access,
  seen: Set<string>
): NonNullable<PolicySource['readBucket']> {
  return async (bucket, options, signal) => {
    const arn = bucketArn(bucket, options)
    if (!access.mayRead(arn, options.accountId)) return unseenBucket(bucket, options)
    const observed = await read(bucket, options, signal)
    if (observed.bucketPolicy.state === 'notFound') return unseenBucket(bucket, options)
    seen.add(arn)
    return observed
  }
}

function restrictedAttributes (
  source: PolicySource,
  access: Access
): Pick<PolicySource, 'readKeyTags' | 'readKeyAliases'> {
  const { readKeyTags, readKeyAliases } = source
  return {
    ...(readKeyTags === undefined ? {} : { readKeyTags: attributesOfKey(readKeyTags.bind(source), access) }),
    ...(readKeyAliases === undefined ? {} : { readKeyAliases: attributesOfKey(readKeyAliases.bind(source), access) })
  }
}

/** Reads an attribute of the keys that a caller may verify; of any other it is as if there were no such key. */
function attributesOfKey<T> (
  read: (keyArn: string, signal: AbortSignal) => Promise<Read<T>>,
  access: Access
): (keyArn: string, signal: AbortSignal) => Promise<Read<T>> {
  return async (keyArn, signal) => (access.mayRead(keyArn) ? await read(keyArn, signal) : unseen)
}

function unseenKey (requestedArn: string): ObservedKey {
  return { requestedArn, kmsKeyArn: requestedArn, metadata: unseen, keyPolicy: unseen, grants: unseen }
}

function seenKey (observed: ObservedKey, access: Access): ObservedKey {
  const isMissing = [observed.metadata, observed.keyPolicy].some(({ state }) => state === 'notFound')
  return isMissing || !access.mayRead(observed.kmsKeyArn) ? unseenKey(observed.requestedArn) : observed
}

function bucketArn (bucket: string, { partition = 'aws' }: BucketOptions): string {
  return `arn:${partition}:s3:::${bucket}`
}

function unseenBucket (bucket: string, { accountId, samplePrefixes = [] }: BucketOptions): ObservedBucket {
  return {
    bucket,
    ...(accountId === undefined ? {} : { accountId }),
    region: unseen,
    bucketPolicy: unseen,
    encryption: unseen,
    ownershipControls: unseen,
    publicAccessBlock: unseen,
    ...(samplePrefixes.length === 0
      ? {}
      : { sampleObjects: samplePrefixes.map((prefix) => ({ prefix, object: unseen })) })
  }
}

function unseenRole (roleArn: string): ObservedRole {
  return {
    roleArn,
    role: unseen,
    trustPolicy: unseen,
    identityPolicies: { read: [], lost: [] },
    permissionsBoundary: unseen
  }
}

function seenRole (observed: ObservedRole, access: Access): ObservedRole {
  if (observed.role.state === 'notFound') return unseenRole(observed.roleArn)
  const {
    identityPolicies: { read, lost },
    permissionsBoundary: boundary,
    boundaryArn
  } = observed
  const isHidden = ({ arn }: { arn?: string | undefined }): boolean => arn !== undefined && !access.mayRead(arn)
  // One that could not be read as well as one that was: why it could not would tell whether it is there. So would its
  // place among the others.
  const hidden = [...read, ...lost]
    .filter(isHidden)
    .map(({ name }) => name)
    .sort()
    .map((name) => ({ name, ...hiddenPolicy }))
  // A source may name the boundary in one of two places.
  const isBoundaryHidden = isHidden({ arn: boundaryArn }) || (boundary.state === 'read' && isHidden(boundary.value))
  return {
    ...observed,
    identityPolicies: {
      read: read.filter((policy) => !isHidden(policy)),
      lost: [...lost.filter((policy) => !isHidden(policy)), ...hidden]
    },
    permissionsBoundary: isBoundaryHidden ? { state: 'notRead', ...hiddenPolicy } : boundary
  }
}
