import type { Remediation } from '../../../schemas/verification.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { statementsOf } from '../../policies/existing-policy.js'
import { mergeStatements } from '../../policies/merge.js'
import { bucketStatements, type LocationNeed, roleStorageStatements } from '../../policies/s3-statements.js'
import type { OwnStatement } from '../../policies/statement.js'
import type { CheckedS3Access, S3Place } from '../check/s3-checks.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import type { RoleEvidence } from '../read/evidence.js'
import { mergeable, statementPatch } from './mergeable.js'

/** A changed bucket policy, before it is known what the change repairs. */
export type BucketPolicyFix = Pick<NonNullable<Remediation['bucketPolicies']>[number], 'bucket' | 'policy' | 'patch'>

/**
 * Whether a statement in this policy is what a check lacks. What is denied explicitly no statement can allow, and
 * what depends on a condition or on the object is left to a person.
 */
function lacks ({ check, granted }: CheckedS3Access, place: S3Place): boolean {
  return check.effective !== 'explicitDeny' && check.requiredIn.includes(place) && granted[place] !== 'yes'
}

/** The statements that the failing accesses lack, for these of the roles. */
function needOf (usage: ResolvedUsage, failing: readonly CheckedS3Access[]): LocationNeed {
  const roles = new Set(failing.map(({ check }) => check.roleArn))
  return {
    usage: { ...usage, roles: usage.roles.filter(({ arn }) => roles.has(arn)) },
    // The account is that of the bucket as it was read.
    locations: usage.locations
      .filter((location) => failing.some((access) => access.bucket.bucket === location.bucket))
      .map((location) => ({ ...location, accountId: accountOf(location.bucket, failing) ?? location.accountId })),
    isOpen: ({ principal }, { bucket, prefix }) =>
      failing.some(
        ({ check }) => check.principal.type === principal && check.bucket === bucket && check.prefix === prefix
      )
  }
}

function accountOf (bucket: string, failing: readonly CheckedS3Access[]): string | undefined {
  return failing.find((access) => access.bucket.bucket === bucket)?.bucket.accountId
}

/** What the role's IAM policy lacks for the locations, and for the metrics. */
export function statementsOnBuckets (
  usage: ResolvedUsage,
  role: RoleEvidence,
  checked: readonly CheckedS3Access[]
): OwnStatement[] {
  const failing = checked.filter((access) => access.role === role && lacks(access, 'iamPolicy'))
  if (failing.length === 0) return []
  const ofS3 = failing.filter(({ check }) => check.action.startsWith('s3:'))
  return roleStorageStatements([needOf(usage, ofS3)], () => ofS3.length < failing.length).map(
    ({ statement }) => statement
  )
}

/** Adds the statements that the failing accesses of this bucket lack; undefined where the policy was not read. */
export function fixBucketPolicy (
  usage: ResolvedUsage,
  bucket: BucketEvidence,
  checked: readonly CheckedS3Access[]
): BucketPolicyFix | undefined {
  const document = mergeable(bucket.bucketPolicy)
  // Amazon S3 refuses a bucket policy that names a role which does not exist.
  const failing = checked.filter(
    (access) =>
      access.bucket === bucket && access.role?.observed.role.state !== 'notFound' && lacks(access, 'bucketPolicy')
  )
  if (document === undefined || failing.length === 0) return undefined
  const need = { ...needOf(usage, failing), isOfFolders: isLimitedToFolders(bucket) }
  const wanted = bucketStatements([need]).map(({ statement }) => statement)
  const policy = {
    ...document,
    Statement: mergeStatements(statementsOf(document), wanted, { onSidConflict: 'rename' })
  }
  const patch = statementPatch(bucket.bucketPolicy?.document ?? {}, policy.Statement)
  return patch.length === 0 ? undefined : { bucket: bucket.bucket, policy, patch }
}

/** Whether the policy allows Amazon Personalize single folders only: the change then adds only those that it needs. */
function isLimitedToFolders ({ bucket, bucketPolicy }: BucketEvidence): boolean {
  const own = bucketPolicy?.policy.statements.filter(
    ({ effect, principals }) =>
      effect === 'Allow' && principals?.inverted === false && principals.services.includes(SERVICE_PRINCIPAL)
  )
  const objects = (own ?? [])
    .flatMap(({ resources }) =>
      resources === undefined || resources.inverted ? [] : resources.values.map(({ text }) => text)
    )
    .filter((text) => text.includes(`:::${bucket}/`))
  return objects.length > 0 && objects.every((text) => !text.endsWith(`:::${bucket}/*`))
}
