import type { VerifyRequest } from '../schemas/live.js'
import { emptyWorld, type FakeWorld } from '../test/fake-aws/world.js'

const ACCOUNT = '111122223333'
const arn = (service: string, region: string, resource: string): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`
const text = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })

const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const ADMIN_ACTIONS = [
  'kms:Create*',
  'kms:Describe*',
  'kms:Enable*',
  'kms:List*',
  'kms:Put*',
  'kms:Update*',
  'kms:Revoke*',
  'kms:Disable*',
  'kms:Get*',
  'kms:Delete*',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion'
]
const forData = (bucket: string): object => ({
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'],
  Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
})

/**
 * A key policy as the console writes it (administrators, users, users' grants), with what Personalize needs and one
 * Deny.
 */
function keyPolicy (roleArns: readonly string[]): string {
  const allow = (principal: object, actions: readonly string[], more: object = {}): object => ({
    Effect: 'Allow',
    Principal: principal,
    Action: actions,
    Resource: '*',
    ...more
  })
  return text(
    allow({ AWS: arn('iam', '', 'root') }, ['kms:*']),
    allow({ AWS: arn('iam', '', 'role/Admin') }, ADMIN_ACTIONS),
    allow({ AWS: arn('iam', '', 'role/Application') }, KEY_ACTIONS.slice(0, 3)),
    allow({ AWS: arn('iam', '', 'role/Application') }, ['kms:CreateGrant'], {
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } }
    }),
    allow({ Service: 'personalize.amazonaws.com' }, KEY_ACTIONS, {
      Condition: {
        StringEqualsIfExists: { 'aws:SourceAccount': ACCOUNT },
        ArnLikeIfExists: { 'aws:SourceArn': arn('personalize', '*', '*') }
      }
    }),
    allow({ AWS: roleArns }, KEY_ACTIONS),
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } }
    }
  )
}

const TRUST = text({
  Effect: 'Allow',
  Principal: { Service: 'personalize.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEquals: { 'aws:SourceAccount': ACCOUNT },
    ArnLike: { 'aws:SourceArn': arn('personalize', '*', '*') }
  }
})

const MANAGED = ['PersonalizeData', 'PersonalizeLogs', 'PersonalizeMetrics'].map((name) =>
  arn('iam', '', `policy/${name}`)
)
const BOUNDARY = arn('iam', '', 'policy/Boundary')

export interface VerifyFixture {
  world: FakeWorld
  request: VerifyRequest
  distinctReads: number
  policies: number
}

const BUCKET = 'bucket-0'
/** GetBucketPolicy, GetBucketEncryption, GetBucketOwnershipControls, GetPublicAccessBlock, GetBucketLocation. */
const BUCKET_READS = 5

/** The same with the bucket of the first role, which encrypts with the first key, and its location in the usage. */
export function withBucket ({ world, request, distinctReads, policies }: VerifyFixture): VerifyFixture {
  const [key = ''] = request.usage.kmsKeyArns ?? []
  return {
    world: {
      ...world,
      buckets: {
        [BUCKET]: {
          region: 'us-east-1',
          accountId: ACCOUNT,
          policy: text({ ...forData(BUCKET), Principal: { Service: 'personalize.amazonaws.com' } }),
          encryption: { algorithm: 'aws:kms', key, bucketKey: true },
          ownership: 'BucketOwnerEnforced',
          publicAccessBlocked: true
        }
      }
    },
    request: { ...request, usage: { ...request.usage, locations: [{ uri: `s3://${BUCKET}/data/` }] } },
    distinctReads: distinctReads + BUCKET_READS,
    policies
  }
}

/**
 * So many keys and roles; each role has two inline policies, two attached ones of three that are shared, and the one
 * boundary.
 */
export function createVerifyFixture (keys: number, roles: number, passes: boolean): VerifyFixture {
  const kmsKeyArns = Array.from({ length: keys }, (_, index) =>
    arn('kms', 'us-east-1', `key/${10_000_000 + index}-12ab-34cd-56ef-1234567890ab`)
  )
  const roleArns = Array.from({ length: roles }, (_, index) => arn('iam', '', `role/service-role/Personalize${index}`))
  const attachedTo = (index: number): string[] =>
    [0, 1].flatMap((offset) => MANAGED[(index + offset) % MANAGED.length] ?? [])
  // What fails: the key policies name every role but the first.
  const named = passes ? roleArns : [...roleArns.slice(1), arn('iam', '', 'role/Other')]
  const inline = (index: number): Record<string, string> => ({
    PersonalizeKmsAccess: text({
      Effect: 'Allow',
      Action: KEY_ACTIONS.filter((action) => action !== 'kms:CreateGrant'),
      Resource: kmsKeyArns
    }),
    Data: text(forData(`bucket-${index}`), forData(`other-${index}`))
  })
  const policies = new Set([...roleArns.flatMap((_, index) => attachedTo(index)), BOUNDARY]).size
  return {
    world: {
      ...emptyWorld(),
      keys: Object.fromEntries(kmsKeyArns.map((key) => [key, { policy: keyPolicy(named) }])),
      roles: Object.fromEntries(
        roleArns.map((roleArn, index) => [
          `Personalize${index}`,
          { arn: roleArn, trustPolicy: TRUST, inline: inline(index), attached: attachedTo(index), boundary: BOUNDARY }
        ])
      ),
      managedPolicies: {
        ...Object.fromEntries(MANAGED.map((policy, index) => [policy, text(forData(`shared-${index}`))])),
        [BOUNDARY]: text({ Effect: 'Allow', Action: ['kms:*', 's3:*', 'personalize:*'], Resource: '*' })
      }
    },
    request: { usage: { operations: ['datasetGroup', 'datasetImportJob', 'batchInferenceJob'], kmsKeyArns, roleArns } },
    // DescribeKey, GetKeyPolicy, ListGrants; GetRole, two lists and two inline policies; GetPolicy and
    // GetPolicyVersion.
    distinctReads: 3 * keys + 5 * roles + 2 * policies,
    policies
  }
}
