import type { Operation } from '../../../schemas/usage.js'
import type { Finding, Report } from '../../../schemas/verification.js'
import { finding } from '../../findings/catalogue.js'
import { formatList, formatStatement, statementReference } from '../../findings/format.js'
import { groupBy } from '../../group-by.js'
import { viaOf } from '../../personalize/kms-call.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { type BucketEvidence, hasUnresolvedKey, locationsOfDefault } from '../read/bucket-evidence.js'
import type { KeyEvidence, RoleEvidence } from '../read/evidence.js'
import type { NotEvaluated, OrganizationLayers, OrganizationContext, FailedRead } from '../read/organization.js'
import type { Read, UnknownValue } from '../read/policy-source.js'
import { remedyOfFailedRead } from './failed-read.js'

export function failedReadsOf ({
  keys,
  roles,
  buckets = [],
  around
}: {
  keys: readonly KeyEvidence[]
  roles: readonly RoleEvidence[]
  buckets?: readonly BucketEvidence[]
  around: OrganizationLayers
}): FailedRead[] {
  return [
    ...keys.flatMap(({ observed, name: { arn: kmsKeyArn } }) => [
      ...lost('keyMetadata', observed.metadata, { kmsKeyArn }),
      ...lost('keyPolicy', ofPresentKey(observed.metadata, observed.keyPolicy), { kmsKeyArn }),
      ...unknownValues('keyPolicy', observed.unknownInKeyPolicy, { kmsKeyArn }),
      ...lost('grants', ofPresentKey(observed.metadata, observed.grants), { kmsKeyArn }),
      ...lost('keyTags', observed.tags, { kmsKeyArn }),
      ...lost('keyAliases', observed.aliases, { kmsKeyArn })
    ]),
    ...roles.flatMap(({ observed, name: { arn: roleArn } }) => [
      ...lost('role', observed.role, { roleArn }),
      ...lost('trustPolicy', observed.trustPolicy, { roleArn }),
      ...unknownValues('trustPolicy', observed.unknownInTrustPolicy, { roleArn }),
      ...observed.identityPolicies.read.flatMap(({ name, unknown }) =>
        unknownValues('identityPolicies', unknown, { roleArn, name })
      ),
      ...boundaryUnknown(observed.permissionsBoundary).flatMap(({ name, unknown }) =>
        unknownValues('permissionsBoundary', unknown, { roleArn, name })
      ),
      ...lost('permissionsBoundary', observed.permissionsBoundary, { roleArn }),
      ...observed.identityPolicies.lost.map(({ name, why, cause }) => ({
        what: 'identityPolicies',
        name,
        why,
        cause,
        roleArn
      }))
    ]),
    ...buckets.flatMap(({ observed, bucket }) => [
      ...lost('bucketPolicy', observed.bucketPolicy, { bucket }),
      ...unknownValues('bucketPolicy', observed.unknownInBucketPolicy, { bucket }),
      ...lostBesides('bucketEncryption', observed.encryption, bucket),
      ...lostBesides('bucketRegion', observed.region, bucket),
      ...lostBesides('objectOwnership', observed.ownershipControls, bucket)
    ]),
    ...(around.organizationUnread ?? [])
  ]
}

/** What a request may leave out: an evaluation without it has its assumptions. */
function lostBesides (what: string, read: Read<unknown>, bucket: string): FailedRead[] {
  return lost(what, read, { bucket }).filter(({ cause }) => cause !== 'notGiven')
}

function lost (
  what: string,
  read: Read<unknown> | undefined,
  where: Pick<FailedRead, 'kmsKeyArn' | 'roleArn' | 'bucket'>
): FailedRead[] {
  return read?.state === 'notRead' ? [{ what, why: read.why, cause: read.cause, ...where }] : []
}

function boundaryUnknown (
  boundary: RoleEvidence['observed']['permissionsBoundary']
): Array<{ name: string; unknown?: readonly UnknownValue[] }> {
  return boundary.state === 'read' ? [boundary.value] : []
}

/** What of a planned document is decided only when it is applied. */
function unknownValues (
  what: string,
  values: readonly UnknownValue[] = [],
  where: Pick<FailedRead, 'kmsKeyArn' | 'roleArn' | 'bucket' | 'name'>
): FailedRead[] {
  return values.map(({ pointer, why }) => ({
    what,
    why: pointer === '' ? why : `${pointer}: ${why}`,
    cause: 'notKnown',
    ...where
  }))
}

/** Whether a key exists DescribeKey says; a part that is not found of a key that may well exist is just not read. */
function ofPresentKey (metadata: Read<unknown>, read: Read<unknown>): Read<unknown> {
  return read.state === 'notFound' && metadata.state !== 'notFound'
    ? { state: 'notRead', why: read.why, cause: 'other' }
    : read
}

/**
 * What the report says was not evaluated: what could not be read, and the organization's policies where the request
 * lacks them.
 */
export function notEvaluated (
  unread: readonly FailedRead[],
  around: OrganizationLayers & Pick<OrganizationContext, 'assumptions'>,
  operations: readonly Operation[]
): Report['notEvaluated'] {
  const missing = (what: 'serviceControlPolicies' | 'resourceControlPolicies'): NotEvaluated[] =>
    around[what] === undefined ? [{ what, why: 'The policies of the organization were not provided.' }] : []
  const ofOrganization = around.organizationNotEvaluated ?? [
    ...missing('serviceControlPolicies'),
    ...missing('resourceControlPolicies')
  ]
  const throughS3 = operations.filter((operation) => viaOf(operation) === 's3')
  const s3: NotEvaluated[] =
    throughS3.length === 0
      ? []
      : [
        {
          what: 's3',
          why:
              `${throughS3.join(', ')} also ${throughS3.length === 1 ? 'needs' : 'need'} access to Amazon S3: the ` +
              'bucket policy, the S3 permissions of the role and the encryption of the bucket were not checked.'
        }
      ]
  return [...unread.map(({ cause: _, ...rest }) => rest), ...(around.assumptions ?? []), ...ofOrganization, ...s3]
}

/** The keys of buckets that could not be looked up, so that none of their policies was evaluated. */
export function unresolvedKeysOf (buckets: readonly BucketEvidence[], usage: ResolvedUsage): Report['notEvaluated'] {
  return buckets.flatMap((evidence) => {
    const { bucket, region, encryption } = evidence
    if (!hasUnresolvedKey(evidence, usage) || locationsOfDefault(evidence, usage).length === 0) return []
    const reason = region === undefined ? 'the Region of the bucket is not known' : 'that names no key of KMS'
    const why = `The bucket encrypts with the key ${encryption?.keyId}; ${reason}, so its key policy was not checked.`
    return [{ what: 'bucketEncryption', why, bucket }]
  })
}

const OF_ACCESS_POINTS = /^s3:(dataaccesspoint|accesspointnetworkorigin)/

/**
 * Statements of bucket policies that leave it to access points, whose own policies are not read: a location names its
 * bucket, and a request to the bucket itself has none of these keys.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
 */
export function accessPointsOf (buckets: readonly BucketEvidence[]): Report['notEvaluated'] {
  return buckets.flatMap(({ bucket, bucketPolicy }) => {
    const statements = (bucketPolicy?.policy.statements ?? []).filter(({ contextKeys }) =>
      contextKeys.some((key) => OF_ACCESS_POINTS.test(key))
    )
    const names = statements.map((statement) => formatStatement(statementReference('bucketPolicy', bucket, statement)))
    return names.length === 0
      ? []
      : [
        {
          what: 'accessPoints',
          why:
              `${formatList(names)} is about access points. Their policies were not evaluated: the location names ` +
              'the bucket itself, and a request to the bucket has none of these keys.',
          bucket
        }
      ]
  })
}

/** How the failure of a read begins whose reader role could not be assumed (src/aws/errors.ts). */
const NOT_ASSUMED = /^\w+ was not asked: (.+)$/

/**
 * A finding for each read that failed, with all the parts that it cost, and one for each reader role that could not
 * be assumed, whatever was to be read with it. What the request left out is no failure.
 */
export function unreadFindings (unread: readonly FailedRead[]): Finding[] {
  const failed = unread
    .filter(({ cause }) => cause !== 'notGiven' && cause !== 'notKnown')
    .map((part) => ({ ...part, refusal: NOT_ASSUMED.exec(part.why)?.[1] }))
  return groupBy(failed, ({ refusal, why, kmsKeyArn, roleArn, bucket, accountId }) =>
    JSON.stringify(refusal === undefined ? [why, kmsKeyArn, roleArn, bucket, accountId] : refusal)
  ).map((parts) => {
    const [{ refusal, why, kmsKeyArn, roleArn, bucket, accountId }] = parts
    const names = formatList(parts.map(({ what, name }) => (name === undefined ? what : `${what} ${name}`)))
    if (refusal !== undefined) return refusedRole(parts, refusal)
    const where = kmsKeyArn ?? roleArn ?? bucket ?? (accountId === undefined ? 'the request' : `account ${accountId}`)
    return finding('NOT_READABLE', {
      detail: `${names} of ${where}: ${why}.`,
      why: `${names}: ${why}.`,
      remedy: remedyOfFailedRead(parts[0]),
      ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(bucket === undefined ? {} : { bucket })
    })
  })
}

function refusedRole (parts: readonly FailedRead[], refusal: string): Finding {
  const resources = [
    ...new Set(parts.flatMap(({ kmsKeyArn, roleArn, bucket }) => kmsKeyArn ?? roleArn ?? bucket ?? []))
  ]
  const why = `${refusal.charAt(0).toUpperCase()}${refusal.slice(1)}.`
  const result = finding('NOT_READABLE', {
    detail: `${why} Nothing was read of ${formatList(resources)}.`,
    why,
    remedy:
      'Let the service assume this reader role: its trust policy must name the principal that runs the service, and ' +
      'the service needs sts:AssumeRole on it. GET /policies/verifier returns the permissions that the role needs.'
  })
  const placeOf = ({
    kmsKeyArn,
    roleArn,
    bucket
  }: FailedRead): Pick<FailedRead, 'kmsKeyArn' | 'roleArn' | 'bucket'> => ({
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(bucket === undefined ? {} : { bucket })
  })
  const pairs = groupBy([...parts], (part) => JSON.stringify(placeOf(part))).map(([part]) => placeOf(part))
  return { ...result, pairs }
}
