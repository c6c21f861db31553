import { FINDINGS } from '../../findings/catalogue.js'
import type { FailedRead } from '../read/organization.js'

/** The permissions of reads that have another name than the operation. */
const S3_PERMISSIONS: Readonly<Record<string, string>> = {
  GetBucketPolicy: 's3:GetBucketPolicy',
  GetBucketEncryption: 's3:GetEncryptionConfiguration',
  GetBucketOwnershipControls: 's3:GetBucketOwnershipControls',
  GetPublicAccessBlock: 's3:GetBucketPublicAccessBlock',
  GetBucketLocation: 's3:GetBucketLocation',
  ListObjectsV2: 's3:ListBucket',
  HeadObject: 's3:GetObject'
}

/** How the failure of a read names its operation (src/aws/errors.ts). */
const FAILED = /^(\w+) failed: /

/** The IAM action that a failed read takes; undefined where it is not known. */
function permissionOf ({ why, kmsKeyArn, roleArn, bucket }: FailedRead): string | undefined {
  const operation = FAILED.exec(why)?.[1]
  if (operation === undefined) return undefined
  if (bucket !== undefined) return S3_PERMISSIONS[operation]
  return `${kmsKeyArn !== undefined ? 'kms' : roleArn !== undefined ? 'iam' : 'organizations'}:${operation}`
}

/** What helps where a read failed: a permission does not where AWS did not answer. */
export function remedyOfFailedRead (read: FailedRead): string {
  if (read.cause === 'unavailable' || read.cause === 'timeout')
    return 'Verify again: AWS did not answer in time. What was not read is not evaluated.'
  const permission = read.cause === 'accessDenied' ? permissionOf(read) : undefined
  if (permission === undefined) return FINDINGS.NOT_READABLE.remedy
  const whose = permission.startsWith('organizations:')
    ? ' Only the management account and its delegated administrators can read the policies of an organization.'
    : ''
  return (
    `Grant the service ${permission} (see GET /policies/verifier), and verify again; what was not read is not ` +
    `evaluated.${whose}`
  )
}
