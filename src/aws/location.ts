import { lastSegment, parseArn, type Arn } from '../iam/arn.js'

/**
 * Regions by partition, by the patterns that AWS publishes for its endpoints. The Region of an ARN becomes
 * part of a host name, so nothing else gets as far as the SDK. IAM has one endpoint a partition.
 */
const PARTITIONS = new Map([
  ['aws', { region: /^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d{1,2}$/, iamRegion: 'us-east-1' }],
  ['aws-cn', { region: /^cn-[a-z]+-\d{1,2}$/, iamRegion: 'cn-north-1' }]
])

/** The parts of the ARN of a KMS key or alias, if its partition has its Region. */
export function locateKey (arn: string): Arn & { isAlias: boolean } | undefined {
  const parts = parseArn(arn)
  if (parts?.service !== 'kms') return undefined
  if (PARTITIONS.get(parts.partition)?.region.test(parts.region) !== true) return undefined
  return { ...parts, isAlias: parts.resource.startsWith('alias/') }
}

/** Where to ask IAM about a role: the Region that signs IAM's calls, and the name, for these calls take no path. */
export interface RoleLocation { roleArn: string, accountId: string, roleName: string, iamRegion: string }

export function locateRole (roleArn: string): RoleLocation | undefined {
  const parts = parseArn(roleArn)
  const partition = PARTITIONS.get(parts?.partition ?? '')
  if (parts?.service !== 'iam' || !parts.resource.startsWith('role/') || partition === undefined) return undefined
  return { roleArn, accountId: parts.accountId, roleName: lastSegment(parts.resource), iamRegion: partition.iamRegion }
}
