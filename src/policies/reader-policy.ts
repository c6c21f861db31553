import type { PolicyDocument } from '../../schemas/policy-document.js'
import { parseArn } from '../iam/match/arn.js'

/** What a policy for reading policies covers. */
export interface ReadingScope {
  partition: string
  /** Whose keys and roles; `*` where that is not known beforehand. */
  accountId: string
  organizationPolicies: boolean
  /** Whether single objects are looked at; reading them takes `s3:GetObject`. */
  sampleObjects?: boolean
}

export interface ReadingStatement {
  Sid: string
  Effect: 'Allow'
  Action: string[]
  Resource: string | string[]
}

/**
 * The IAM actions of all reads that a verification makes, on nothing more than what it reads.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function readingPolicy ({ partition, accountId, organizationPolicies, sampleObjects = false }: ReadingScope): {
  Version: '2012-10-17'
  Statement: ReadingStatement[]
} {
  const managedPolicies = [`arn:${partition}:iam::${accountId}:policy/*`]
  const statements: ReadingStatement[] = [
    {
      Sid: 'ReadKeys',
      Effect: 'Allow',
      Action: ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListGrants', 'kms:ListResourceTags'],
      Resource: `arn:${partition}:kms:*:${accountId}:key/*`
    },
    LIST_ALIASES,
    {
      Sid: 'ReadRoles',
      Effect: 'Allow',
      Action: ['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
      Resource: `arn:${partition}:iam::${accountId}:role/*`
    },
    {
      Sid: 'ReadManagedPolicies',
      Effect: 'Allow',
      Action: ['iam:GetPolicy', 'iam:GetPolicyVersion'],
      Resource: accountId === '*' ? managedPolicies : [...managedPolicies, `arn:${partition}:iam::aws:policy/*`]
    },
    ...readBuckets(partition, sampleObjects),
    {
      Sid: 'ReadDatasetGroups',
      Effect: 'Allow',
      Action: DESCRIBED.map((kind) => `personalize:Describe${kind}`),
      Resource: `arn:${partition}:personalize:*:${accountId}:*`
    },
    LIST_JOBS,
    ...(organizationPolicies ? [READ_ORGANIZATION] : [])
  ]
  return { Version: '2012-10-17', Statement: statements }
}

const DESCRIBED = [
  'DatasetGroup',
  'DatasetImportJob',
  'DatasetExportJob',
  'BatchInferenceJob',
  'BatchSegmentJob',
  'MetricAttribution',
  'DataDeletionJob'
]

/**
 * Lists of Amazon Personalize have no resource.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_personalize.html
 */
const LIST_JOBS: ReadingStatement = {
  Sid: 'ListJobs',
  Effect: 'Allow',
  Action: ['Datasets', 'Solutions', ...DESCRIBED.slice(1).map((kind) => `${kind}s`)].map(
    (kind) => `personalize:List${kind}`
  ),
  Resource: '*'
}

function readBuckets (partition: string, sampleObjects: boolean): ReadingStatement[] {
  const Resource = `arn:${partition}:s3:::*`
  const Action = [
    's3:GetBucketPolicy',
    's3:GetEncryptionConfiguration',
    's3:GetBucketOwnershipControls',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketLocation'
  ]
  const buckets: ReadingStatement = { Sid: 'ReadBuckets', Effect: 'Allow', Action, Resource }
  const sample = ['s3:ListBucket', 's3:GetObject']
  return sampleObjects ? [buckets, { Sid: 'SampleObjects', Effect: 'Allow', Action: sample, Resource }] : [buckets]
}

/**
 * The action has no resource:
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
 */
const LIST_ALIASES: ReadingStatement = {
  Sid: 'ListAliases',
  Effect: 'Allow',
  Action: ['kms:ListAliases'],
  Resource: '*'
}

/**
 * Accounts, organizational units and policies have the management account in their ARNs, which is not known
 * beforehand.
 */
const READ_ORGANIZATION: ReadingStatement = {
  Sid: 'ReadOrganization',
  Effect: 'Allow',
  Action: [
    'organizations:DescribeOrganization',
    'organizations:ListParents',
    'organizations:ListPoliciesForTarget',
    'organizations:DescribePolicy'
  ],
  Resource: '*'
}

/** What of its configuration decides what the service asks of AWS. */
export interface VerifierFeatures {
  /** The roles that it assumes to read their accounts. */
  assumeRoleArns: readonly string[]
  organizationPolicies: boolean
  sampleObjects: boolean
}

/** The partition of the configured roles, which is the service's own: no role is assumed across partitions. */
export function partitionOfVerifier ({ assumeRoleArns: [first = ''] }: VerifierFeatures): string {
  return parseArn(first)?.partition ?? 'aws'
}

/**
 * The permissions policy of the service's own role: all that `POST /verify` takes, and nothing else.
 * GetCallerIdentity is not in it: STS requires no permission.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function verifierPolicy (
  { assumeRoleArns, organizationPolicies, sampleObjects }: VerifierFeatures,
  partition: string
): PolicyDocument {
  const { Version, Statement } = readingPolicy({ partition, accountId: '*', organizationPolicies, sampleObjects })
  const roles = assumeRoleArns.filter((arn) => parseArn(arn)?.partition === partition)
  const assume =
    roles.length === 0
      ? []
      : [{ Sid: 'AssumeReaderRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: roles }]
  return { Version, Statement: [...Statement.map((statement) => ({ ...statement })), ...assume] }
}
