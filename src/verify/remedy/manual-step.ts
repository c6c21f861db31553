/** What a person has to do, and for which key or role. */
export interface ManualStep {
  code: string
  findingId?: string
  detail: string
  remedy: string
  who: string
  kmsKeyArn?: string
  roleArn?: string
  bucket?: string
}

/** Who can do what no policy change of this service can. */
export const WHO = {
  keyAdministrator: 'An administrator of the key.',
  bucketOwner: 'The owner of the bucket.',
  iamAdministrator: 'An IAM administrator of the account of the role.',
  organization: 'The administrators of the organization.',
  support: 'AWS Support.',
  operator: 'The operator of this service, with an IAM administrator of the account.',
  team: 'The team that uses Amazon Personalize.'
} as const

const BY_CODE: Readonly<Record<string, string>> = {
  SERVICE_CONTROL_POLICY_BLOCKS: WHO.organization,
  RESOURCE_CONTROL_POLICY_BLOCKS: WHO.organization,
  BOUNDARY_BLOCKS: WHO.iamAdministrator,
  KEY_LOCKOUT: WHO.support,
  NOT_READABLE: WHO.operator,
  CROSS_ACCOUNT_KEY: WHO.team,
  KEY_AWS_MANAGED: WHO.team,
  KEY_NOT_SYMMETRIC: WHO.team,
  KEY_REGION_MISMATCH: WHO.team,
  KEY_NOT_FOUND: WHO.team,
  METRIC_DATA_NOT_ALLOWED: WHO.iamAdministrator,
  S3_ROLE_NOT_ALLOWED: WHO.iamAdministrator,
  S3_ROLE_IAM_POLICY_INCOMPLETE: WHO.iamAdministrator,
  CROSS_ACCOUNT_BUCKET: WHO.team,
  DIRECTORY_BUCKET: WHO.team,
  BUCKET_NOT_FOUND: WHO.team,
  BUCKET_REGION_MISMATCH: WHO.team,
  INPUT_EQUALS_OUTPUT: WHO.team,
  PREFIX_NAMES_SIBLINGS: WHO.team,
  DELETION_JOB_CUSTOMER_KEY: WHO.team
}

/** `bucket`: the finding is about a bucket. */
export function whoCanFix (code: string, bucket?: string): string {
  if (BY_CODE[code] === undefined && bucket !== undefined) return WHO.bucketOwner
  return BY_CODE[code] ?? (code.startsWith('ROLE_') || code.startsWith('TRUST_') ? WHO.iamAdministrator : WHO.keyAdministrator)
}
