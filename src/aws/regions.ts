import { type Arn, lastSegment, parseArn } from '../iam/match/arn.js'

interface PartitionPlaces {
  regions: ReadonlySet<string>
  home: string
  organizations: string
}

/**
 * The Regions that the SDK's endpoints list by partition. The Region of an ARN becomes part of a host name and gets
 * its own client, so no other gets as far as the SDK. IAM and Organizations have one endpoint a partition.
 */
export const PARTITIONS: ReadonlyMap<string, PartitionPlaces> = new Map([
  [
    'aws',
    {
      regions: new Set([
        'us-east-1',
        'us-east-2',
        'us-west-1',
        'us-west-2',
        'ca-central-1',
        'ca-west-1',
        'mx-central-1',
        'sa-east-1',
        'sa-west-1',
        'eu-central-1',
        'eu-central-2',
        'eu-north-1',
        'eu-south-1',
        'eu-south-2',
        'eu-west-1',
        'eu-west-2',
        'eu-west-3',
        'af-south-1',
        'il-central-1',
        'me-central-1',
        'me-south-1',
        'me-west-1',
        'ap-east-1',
        'ap-east-2',
        'ap-south-1',
        'ap-south-2',
        'ap-northeast-1',
        'ap-northeast-2',
        'ap-northeast-3',
        'ap-southeast-1',
        'ap-southeast-2',
        'ap-southeast-3',
        'ap-southeast-4',
        'ap-southeast-5',
        'ap-southeast-6',
        'ap-southeast-7'
      ]),
      home: 'us-east-1',
      organizations: 'us-east-1'
    }
  ],
  [
    'aws-cn',
    { regions: new Set(['cn-north-1', 'cn-northwest-1']), home: 'cn-north-1', organizations: 'cn-northwest-1' }
  ]
])

/** The Region that signs IAM's calls, and where STS is asked. */
export function homeRegion (partition: string): string | undefined {
  return PARTITIONS.get(partition)?.home
}

export function organizationsRegion (partition: string): string | undefined {
  return PARTITIONS.get(partition)?.organizations
}

/** The home of the partition that a known Region is in. */
export function homeOfRegion (region: string): string {
  for (const { regions, home } of PARTITIONS.values()) if (regions.has(region)) return home
  throw new Error(`${region} is no known Region`)
}

/** Whether both are known Regions of one partition. */
export function areInOnePartition (one: string, other: string): boolean {
  return [...PARTITIONS.values()].some(({ regions }) => regions.has(one) && regions.has(other))
}

/** The Region in which to request a bucket: the one that is given, if it is known, else the partition's home. */
export function bucketRegion (partition: string, region: string | undefined): string | undefined {
  const places = PARTITIONS.get(partition)
  return region !== undefined && places?.regions.has(region) === true ? region : places?.home
}

/** Where to ask KMS about a key or an alias. */
export type KeyLocation = Arn & { isAlias: boolean }

/** The parts of the ARN of a KMS key or alias, if its partition has its Region. */
export function locateKey (arn: string): KeyLocation | undefined {
  const parts = parseArn(arn)
  if (parts?.service !== 'kms') return undefined
  if (PARTITIONS.get(parts.partition)?.regions.has(parts.region) !== true) return undefined
  return { ...parts, isAlias: parts.resource.startsWith('alias/') }
}

/** Where to ask IAM about a role: the Region that signs IAM's calls, and the name, for these calls take no path. */
export interface RoleLocation {
  roleArn: string
  accountId: string
  roleName: string
  iamRegion: string
}

export function locateRole (roleArn: string): RoleLocation | undefined {
  const parts = parseArn(roleArn)
  const iamRegion = homeRegion(parts?.partition ?? '')
  if (parts?.service !== 'iam' || !parts.resource.startsWith('role/') || iamRegion === undefined) return undefined
  return { roleArn, accountId: parts.accountId, roleName: lastSegment(parts.resource), iamRegion }
}
