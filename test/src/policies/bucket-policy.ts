import t from 'tap'
import { bucketPolicyRequests, rolePolicyRequests } from '../../../routes/examples/usages.js'
import type { Usage } from '../../../schemas/usage.js'
import { ServiceError } from '../../../src/errors.js'
import { generateBucketPolicy, generatePolicies, generateRolePolicy } from '../../../src/policies/generate.js'

const ROLE = 'arn:aws:iam::111122223333:role/Personalize'
const B = 'arn:aws:s3:::amzn-s3-demo-bucket'
const IMPORT: Usage = {
  operations: ['datasetImportJob'],
  roleArns: [ROLE],
  sourceConditions: 'none',
  locations: [{ uri: 's3://amzn-s3-demo-bucket/data/' }]
}
const service = { Service: 'personalize.amazonaws.com' }
const bucketPolicy = (usage: Usage): ReturnType<typeof generateBucketPolicy> => generateBucketPolicy(usage, { indent: 0 })

function errorOf (work: () => unknown): { code: string; pointers: string[] } {
  try {
    work()
  } catch (error) {
    if (error instanceof ServiceError)
      return { code: error.code, pointers: error.faults.map(({ pointer }) => pointer) }
    throw error
  }
  throw new Error('nothing was thrown')
}

t.test('bucket policy – profile documented – what the page prints', (t) => {
  // https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html
  const statement = (Action: string[]): object => ({ Effect: 'Allow', Principal: service, Action, Resource: [B, `${B}/*`] })
  const cases: Array<[Usage['operations'], string[]]> = [
    [['datasetImportJob'], ['s3:GetObject', 's3:ListBucket']],
    [['datasetExportJob'], ['s3:PutObject', 's3:ListBucket']],
    [['batchInferenceJob'], ['s3:GetObject', 's3:PutObject', 's3:ListBucket']],
    [['batchSegmentJob'], ['s3:GetObject', 's3:PutObject', 's3:ListBucket']],
    [['metricAttribution'], ['s3:PutObject']],
    [['dataDeletionJob'], ['s3:GetObject', 's3:ListBucket']]
  ]
  for (const [operations, actions] of cases) {
    const { Statement } = bucketPolicy({ ...IMPORT, operations })
    t.same(
      Statement.map(({ Sid: _, ...rest }) => rest),
      [statement(actions)],
      operations.join()
    )
  }
  t.end()
})

t.test('bucket policy – profile derived – one statement for each action, on the prefix', (t) => {
  const { Statement } = bucketPolicy({
    ...IMPORT,
    profile: 'derived',
    operations: ['datasetImportJob', 'datasetExportJob'],
    locations: [
      { uri: 's3://amzn-s3-demo-bucket/in', operations: ['datasetImportJob'] },
      { uri: 's3://amzn-s3-demo-bucket/out/', operations: ['datasetExportJob'] }
    ]
  })
  t.same(
    Statement.map(({ Sid, Action, Resource }) => [Sid, Action, Resource]),
    [
      ['AllowPersonalizeServiceRead', ['s3:GetObject'], [`${B}/in*`]],
      ['AllowPersonalizeServiceList', ['s3:ListBucket'], [B]],
      ['AllowPersonalizeServiceWrite', ['s3:PutObject'], [`${B}/out/*`]]
    ]
  )
  t.end()
})

t.test('bucket policy – bucket of another account – the role stands in it, apart from the service', (t) => {
  const { Statement } = generateBucketPolicy(bucketPolicyRequests.otherAccount.value, { indent: 0 })
  t.same(
    Statement.map(({ Principal, Condition }) => [Object.keys(Principal ?? {}).join(), Condition !== undefined]),
    [
      ['Service', true],
      ['AWS', false]
    ]
  )
  t.end()
})

t.test('bucket policy – the levels of source conditions – off, if sent, required', (t) => {
  const condition = (sourceConditions: Usage['sourceConditions']): unknown =>
    bucketPolicy({ ...IMPORT, region: 'us-east-1', ...(sourceConditions && { sourceConditions }) }).Statement[0]?.['Condition']
  t.equal(condition('none'), undefined)
  t.same(condition('ifExists'), {
    StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' },
    ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws:personalize:us-east-1:111122223333:*' }
  })
  t.same(condition('strict'), {
    StringEquals: { 'aws:SourceAccount': '111122223333' },
    ArnLike: { 'aws:SourceArn': 'arn:aws:personalize:us-east-1:111122223333:*' }
  })
  t.end()
})

t.test('bucket policy – China – the ARNs of its partition', (t) => {
  const { Statement } = bucketPolicy({ ...IMPORT, roleArns: ['arn:aws-cn:iam::111122223333:role/Personalize'] })
  t.match(Statement, [{ Resource: ['arn:aws-cn:s3:::amzn-s3-demo-bucket', 'arn:aws-cn:s3:::amzn-s3-demo-bucket/*'] }])
  t.end()
})

t.test('bucket policy – existing policy – merged under the rules of a key policy', (t) => {
  const foreign = { Sid: 'Foreign', Effect: 'Allow', Principal: { AWS: ROLE }, Action: 's3:*', Resource: B, x: 1 }
  const merge = (...Statement: object[]): ReturnType<typeof bucketPolicy> =>
    bucketPolicy({ ...IMPORT, existingBucketPolicy: { Version: '2012-10-17', Statement } })
  const { x: _, ...kept } = foreign
  const merged = merge(kept)
  t.same(merged.Statement[0], kept, 'foreign statements stay')
  t.same(merge(...merged.Statement), merged, 'a second merge changes nothing')
  const conflict = { ...kept, Sid: 'AllowPersonalizeServiceBucket' }
  t.same(errorOf(() => merge(conflict)), { code: 'SID_CONFLICT', pointers: ['/existingBucketPolicy/Statement/0'] })
  t.equal(errorOf(() => merge(foreign)).code, 'EXISTING_POLICY_NOT_STORABLE', 'x is no element')
  t.equal(errorOf(() => merge({ ...kept, Resource: 'arn:aws:kms:us-east-1:111122223333:key/x' })).code, 'EXISTING_POLICY_NOT_STORABLE')
  const deny = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [B, `${B}/*`] }
  const vpcOnly = { ...deny, Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1a2b3c4d' } } }
  t.same(errorOf(() => merge(kept, vpcOnly)), {
    code: 'EXISTING_POLICY_DENIES',
    pointers: ['/existingBucketPolicy/Statement/1']
  })
  t.ok(merge({ ...deny, Resource: `${B}/other/*` }), 'a Deny elsewhere')
  t.ok(merge({ ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }), 'a Deny that never applies')
  const large = { ...kept, Resource: Array.from({ length: 300 }, (_, i) => `${B}/${'x'.repeat(60)}${i}`) }
  t.equal(errorOf(() => merge(large)).code, 'POLICY_TOO_LARGE')
  t.end()
})

t.test('bucket policy – no bucket, or several – refused with a pointer', (t) => {
  const { locations: _, ...without } = IMPORT
  t.same(errorOf(() => bucketPolicy(without)), { code: 'INCONSISTENT_USAGE', pointers: ['/locations'] })
  const locations = [...(IMPORT.locations ?? []), { uri: 's3://amzn-s3-demo-other/data/' }]
  t.same(errorOf(() => bucketPolicy({ ...IMPORT, locations })), {
    code: 'INCONSISTENT_USAGE',
    pointers: ['/locations/1/uri']
  })
  t.end()
})

t.test('role policy – locations – statements for Amazon S3, and for CloudWatch where there are metrics', (t) => {
  const sids = (usage: Usage): unknown[] => generateRolePolicy(usage)?.Statement.map(({ Sid }) => Sid) ?? []
  t.same(sids(IMPORT), ['AllowPersonalizeRoleBucket'], 'no key is named, so no statement for keys')
  t.same(sids(rolePolicyRequests.withLocations.value), [
    'AllowPersonalizeKeyUse',
    'AllowPersonalizeRoleBucket',
    'AllowPersonalizeRoleMetrics'
  ])
  const first = generateRolePolicy(rolePolicyRequests.withLocations.value)
  const { locations: _, ...keysOnly } = rolePolicyRequests.withLocations.value
  t.same(
    sids({ ...keysOnly, existingRolePolicy: { ...first } }),
    ['AllowPersonalizeKeyUse', 'AllowPersonalizeRoleBucket', 'AllowPersonalizeRoleMetrics'],
    'a request that does not speak of locations takes nothing of them away'
  )
  t.end()
})

t.test('policies of several usages – one bucket policy for each bucket', (t) => {
  const { bucketPolicies } = generatePolicies({
    usages: [IMPORT, { ...IMPORT, operations: ['datasetExportJob'], locations: [{ uri: 's3://amzn-s3-demo-other' }] }]
  })
  t.match(bucketPolicies, [
    { bucket: 'amzn-s3-demo-bucket', statements: [{ sid: 'AllowPersonalizeServiceBucket' }] },
    { bucket: 'amzn-s3-demo-other', statements: [{ operations: ['datasetExportJob'] }] }
  ])
  t.end()
})
