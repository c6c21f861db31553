export interface FakeKey {
  policy: string
  metadata?: Record<string, unknown>
  grants?: Array<Record<string, unknown>>
  tags?: Record<string, string>
}
/** What is left out, the bucket does not have. */
export interface FakeBucket {
  region: string
  accountId: string
  policy?: string
  encryption?: { algorithm: string; key?: string; bucketKey?: boolean }
  ownership?: string
  publicAccessBlocked?: boolean
  /** By key: the headers of HeadObject. */
  objects?: Record<string, Record<string, string>>
}
export interface FakeRole {
  arn: string
  roleId?: string
  tags?: Record<string, string>
  trustPolicy: string
  inline?: Record<string, string>
  attached?: string[]
  boundary?: string
}

export interface FakeOrganization {
  managementAccountId: string
  featureSet?: 'ALL' | 'CONSOLIDATED_BILLING'
  /** The parent of each account and unit; the root's id begins with `r-`. */
  parents: Record<string, string>
  /** Ids of the policies attached to each account, unit and root. */
  attached: Record<string, string[]>
  policies: Record<
    string,
    { name: string; type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'; content: string }
  >
}

/** A job of Amazon Personalize; `description` is what its Describe call adds. */
export interface FakeJob {
  arn: string
  status: string
  failureReason?: string
  createdAt: string
  datasetArn?: string
  datasetGroupArn?: string
  solutionVersionArn?: string
  description: Record<string, unknown>
}

export interface FakePersonalize {
  groups: Record<string, Record<string, unknown>>
  /** ARNs by the ARN of the group. */
  datasets: Record<string, string[]>
  solutions: Record<string, string[]>
  /** By the resource's name in operations: `DatasetImportJob`. */
  jobs: Record<string, FakeJob[]>
}

/** What the fake's AWS holds. `pageSize` is for every list; `emptyPages` are sent before the first item. */
export interface FakeWorld {
  /** The account of all credentials but those that its STS gives. */
  accountId: string
  /** The roles that may be assumed, with their external ids. */
  assumable: Record<string, { externalId?: string; lastsSeconds?: number }>
  organization?: FakeOrganization
  /** How far AWS's clock is ahead; it refuses what was signed more than five minutes from it. */
  clockAheadMs: number
  keys: Record<string, FakeKey>
  aliases: Record<string, string>
  roles: Record<string, FakeRole>
  buckets: Record<string, FakeBucket>
  personalize: FakePersonalize
  managedPolicies: Record<string, string>
  /** The default version of every managed policy. */
  policyVersion: string
  /** The unique id of every managed policy. */
  policyId: string
  pageSize: number
  emptyPages: number
}

export const emptyWorld = (): FakeWorld => ({
  accountId: '111122223333',
  assumable: {},
  clockAheadMs: 0,
  keys: {},
  aliases: {},
  roles: {},
  buckets: {},
  personalize: { groups: {}, datasets: {}, solutions: {}, jobs: {} },
  managedPolicies: {},
  policyVersion: 'v3',
  policyId: 'ANPAIOSFODNN7EXAMPLE',
  pageSize: 100,
  emptyPages: 0
})
