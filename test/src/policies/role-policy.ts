import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { OPERATIONS, type Usage } from '../../../schemas/usage.js'
import { generateRolePolicy } from '../../../src/policies/generate.js'
import { arbitraryUsage } from '../../arbitrary-usage.js'
import { refusal } from '../../rejections.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const HERE = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const THERE = 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const generate = (members: Partial<Usage> = {}): ReturnType<typeof generateRolePolicy> =>
  generateRolePolicy({ operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [HERE], ...members })

/** The examples of AWS's page. */
const page = JSON.parse(readFileSync('test/fixtures/granting-personalize-key-access.json', 'utf8'))
const pageActions: string[] = page.iamPolicy.Statement[0].Action
const keyPolicyActions: string[] = page.keyPolicy.Statement[0].Action

t.test('what the page grants, on the keys alone', (t) => {
  for (const operation of OPERATIONS.filter((name) => name !== 'dataDeletionJob' && name !== 'datasetImportJob')) {
    t.same(
      generate({ operations: [operation] }),
      {
        Version: '2012-10-17',
        Statement: [{ Sid: 'AllowPersonalizeKeyUse', Effect: 'Allow', Action: pageActions, Resource: [HERE] }]
      },
      operation
    )
  }
  const keyless = generateRolePolicy({ operations: ['datasetGroup'], roleArns: [ROLE] })
  t.match(keyless?.Statement, [{ Action: pageActions, Resource: '*' }], 'all keys only where none was named')
  t.match(
    generate({ operations: ['datasetGroup', 'datasetExportJob'] })?.Statement,
    [{ Action: pageActions }],
    'an export adds nothing here'
  )
  t.match(generate({ operations: ['batchInferenceJob'], profile: 'derived' })?.Statement, [
    { Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'] }
  ])
  t.end()
})

t.test('imports alone need none while key and role share an account', (t) => {
  t.equal(generate({ operations: ['datasetImportJob'] }), null)
  t.equal(generateRolePolicy({ operations: ['datasetImportJob'], roleArns: [ROLE] }), null)
  t.match(generate({ operations: ['datasetImportJob', 'datasetGroup'] })?.Statement, [{ Action: pageActions }])
  t.same(
    generate({ operations: ['datasetImportJob'], kmsKeyArns: [HERE, THERE] })?.Statement,
    [{ Sid: 'AllowPersonalizeKeyUse', Effect: 'Allow', Action: keyPolicyActions, Resource: [THERE] }],
    'a key of another account needs all that the key policy grants, and is the only one named'
  )
  t.end()
})

t.test('a key of another account needs every action here, too', (t) => {
  t.match(generate({ operations: ['datasetGroup', 'datasetExportJob'], kmsKeyArns: [HERE, THERE] })?.Statement, [
    { Sid: 'AllowPersonalizeKeyUse', Action: pageActions, Resource: [HERE] },
    {
      Sid: 'AllowPersonalizeKeyUse2',
      Action: [...keyPolicyActions, 'kms:GenerateDataKeyWithoutPlaintext'],
      Resource: [THERE]
    }
  ])
  t.end()
})

t.test('merging', (t) => {
  const foreign = { Sid: 'Buckets', Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' }
  const merged = generate({ existingRolePolicy: { Version: '2012-10-17', Statement: foreign } })
  t.same(merged?.Statement, [
    foreign,
    { Sid: 'AllowPersonalizeKeyUse', Effect: 'Allow', Action: pageActions, Resource: [HERE] }
  ])
  t.same(generate({ existingRolePolicy: JSON.stringify(merged) }), merged, 'a second merge changes nothing')
  t.same(
    generate({ operations: ['datasetImportJob'], existingRolePolicy: JSON.stringify(merged) })?.Statement,
    [foreign],
    'ours goes where it is not needed any more'
  )
  t.equal(
    generate({ operations: ['datasetImportJob'], existingRolePolicy: { Statement: [] } }),
    null,
    'IAM takes no policy without a statement'
  )
  t.match(
    refusal(() =>
      generate({ existingRolePolicy: { Statement: [foreign, { ...foreign, Sid: 'AllowPersonalizeKeyUse' }] } })
    ),
    { code: 'SID_CONFLICT', faults: [{ pointer: '/existingRolePolicy/Statement/1' }] }
  )
  const deny = { Effect: 'Deny', Action: 'kms:Create*', Resource: '*' }
  t.match(
    refusal(() => generate({ existingRolePolicy: { Statement: [foreign, deny] } })),
    {
      code: 'EXISTING_POLICY_DENIES',
      faults: [{ pointer: '/existingRolePolicy/Statement/1', detail: /2 denies kms:CreateGrant to / }]
    },
    'also what the key policy alone grants'
  )
  t.match(
    refusal(() => generate({ operations: ['datasetImportJob'], existingRolePolicy: { Statement: [deny] } })),
    { code: 'EXISTING_POLICY_DENIES' },
    'also where no statement is needed'
  )
  t.end()
})

t.test('no larger than a managed policy, white space not counted', (t) => {
  const OBJECT = 'arn:aws:s3:::amzn-s3-demo-bucket/'
  const sized = (members: Record<string, unknown>): Partial<Usage> => ({
    existingRolePolicy: { Statement: [{ Sid: 'Other', Effect: 'Allow', Action: 's3:GetObject', ...members }] }
  })
  const { length: plain } = JSON.stringify(generate(sized({ Resource: OBJECT })))
  t.doesNotThrow(() => generate(sized({ Resource: OBJECT + 'x'.repeat(6_144 - plain) })))
  t.match(
    refusal(() => generate(sized({ Resource: OBJECT + 'x'.repeat(6_145 - plain) }))),
    {
      code: 'POLICY_TOO_LARGE',
      statusCode: 422,
      message: /6145.*6144.*policy of their own/,
      faults: [{ pointer: '/existingRolePolicy' }]
    }
  )
  t.doesNotThrow(() => generate(sized({ Resource: `${OBJECT}${'x'.repeat(6_144 - plain)}${' '.repeat(100)}` })))
  const prefix = 'x'.repeat(100)
  const locations = Array.from({ length: 50 }, (_, i) => ({ uri: `s3://amzn-s3-demo-bucket${i}/${prefix}/` }))
  const imports: Usage = { operations: ['datasetImportJob'], roleArns: [ROLE], profile: 'derived', locations }
  t.match(
    refusal(() => generateRolePolicy(imports)),
    { code: 'POLICY_TOO_LARGE', faults: [{ pointer: '/locations' }] },
    'what the usage can shorten'
  )
  t.end()
})

t.test('laws, over generated usages', (t) => {
  fc.assert(
    fc.property(arbitraryUsage(), (usage) => {
      const policy = generateRolePolicy(usage)
      if (policy === null) return
      const text = JSON.stringify(policy)
      if (text.replace(/\s/g, '').length > 6_144) throw new Error('too large')
      if (!/^[\t\n\r\x20-\xFF]*$/.test(text)) throw new Error('a character that IAM does not take')
      if (policy.Statement.some((one) => !/^[A-Za-z0-9]+$/.test(String(one['Sid']))))
        throw new Error('a Sid that IAM does not take')
      if (JSON.stringify(generateRolePolicy({ ...usage, existingRolePolicy: text })) !== text)
        throw new Error('merging a policy with itself changes it')
    }),
    { numRuns: 150 }
  )
  t.end()
})
