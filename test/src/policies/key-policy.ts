import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { OPERATIONS, type Usage } from '../../../schemas/usage.js'
import { generateKeyPolicy } from '../../../src/policies/generate.js'
import { arbitraryUsage } from '../../arbitrary-usage.js'
import { refusal } from '../../rejections.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const keyIn = (region: string, account = '111122223333'): string =>
  `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const usageWith = (members: Partial<Usage> = {}): Usage => ({
  operations: ['datasetGroup'],
  roleArns: [ROLE],
  kmsKeyArns: [keyIn('us-east-1')],
  ...members
})
const generate = (members: Partial<Usage> = {}): ReturnType<typeof generateKeyPolicy> =>
  generateKeyPolicy(usageWith(members), { indent: 0 })
const statement = (members: Partial<Usage>, sid: string): Record<string, unknown> | undefined =>
  generate(members).Statement.find((candidate) => candidate['Sid'] === sid)

/** The examples of AWS's page. */
const page = JSON.parse(readFileSync('test/fixtures/granting-personalize-key-access.json', 'utf8'))
const pageActions: string[] = page.keyPolicy.Statement[0].Action

t.test('the whole document', (t) => {
  t.same(generate(), {
    Version: '2012-10-17',
    Id: 'personalize-kms-key-policy',
    Statement: [
      {
        Sid: 'EnableIAMPolicies',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'kms:*',
        Resource: '*'
      },
      {
        Sid: 'AllowPersonalizeService',
        Effect: 'Allow',
        Principal: { Service: 'personalize.amazonaws.com' },
        Action: pageActions,
        Resource: '*',
        Condition: {
          StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' },
          ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws:personalize:us-east-1:111122223333:*' }
        }
      },
      { Sid: 'AllowPersonalizeRole', Effect: 'Allow', Principal: { AWS: ROLE }, Action: pageActions, Resource: '*' }
    ]
  })
  t.end()
})

t.test('what the page grants, for every operation and nothing else', (t) => {
  for (const operation of OPERATIONS.filter((name) => name !== 'dataDeletionJob')) {
    for (const sid of ['AllowPersonalizeService', 'AllowPersonalizeRole'])
      t.same(statement({ operations: [operation] }, sid)?.['Action'], pageActions, `${operation}: ${sid}`)
  }
  for (const sid of ['AllowPersonalizeService', 'AllowPersonalizeRole']) {
    t.same(
      statement({ operations: ['datasetExportJob', 'datasetGroup'] }, sid)?.['Action'],
      [...pageActions, 'kms:GenerateDataKeyWithoutPlaintext'],
      `export from an encrypted dataset group: ${sid}`
    )
    t.same(
      statement({ operations: ['datasetImportJob'], profile: 'derived' }, sid)?.['Action'],
      ['kms:Decrypt', 'kms:DescribeKey'],
      `derived: ${sid}`
    )
  }
  t.end()
})

t.test('source conditions stand on the statement of the service alone', (t) => {
  const strict = {
    StringEquals: { 'aws:SourceAccount': '111122223333' },
    ArnLike: { 'aws:SourceArn': 'arn:aws:personalize:eu-west-1:111122223333:*' }
  }
  t.same(
    statement({ sourceConditions: 'strict', region: 'eu-west-1' }, 'AllowPersonalizeService')?.['Condition'],
    strict
  )
  t.notOk(Object.hasOwn(statement({ sourceConditions: 'none' }, 'AllowPersonalizeService') ?? {}, 'Condition'))
  const keyless = generateKeyPolicy({ operations: ['datasetGroup'], roleArns: [ROLE] }, { indent: 0 })
  t.match(
    keyless.Statement[1],
    { Condition: { ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws:personalize:*:111122223333:*' } } },
    'a Region that is not known'
  )
  for (const sourceConditions of ['none', 'ifExists', 'strict'] as const) {
    for (const { Sid: sid, Condition: condition } of generate({ sourceConditions }).Statement)
      t.equal(condition !== undefined, sid === 'AllowPersonalizeService' && sourceConditions !== 'none')
  }
  t.end()
})

t.test('one statement for all roles, in the order given', (t) => {
  const roleArns = [ROLE, 'arn:aws:iam::111122223333:role/B', 'arn:aws:iam::111122223333:role/A']
  t.same(statement({ roleArns }, 'AllowPersonalizeRole')?.['Principal'], { AWS: roleArns })
  t.end()
})

t.test('the account root is that of the key', (t) => {
  const other = generate({ kmsKeyArns: [keyIn('us-east-1', '444455556666')] }).Statement
  t.match(other, [
    { Principal: { AWS: 'arn:aws:iam::444455556666:root' } },
    { Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' } } },
    { Principal: { AWS: ROLE } }
  ])
  t.match(
    generateKeyPolicy({ operations: ['datasetGroup'], roleArns: [ROLE] }, { indent: 0 }).Statement[0],
    { Principal: { AWS: 'arn:aws:iam::111122223333:root' } },
    'without a key, that of Personalize'
  )
  t.same(
    generate({ delegateToIam: false }).Statement.map((one) => one['Sid']),
    ['AllowPersonalizeService', 'AllowPersonalizeRole']
  )
  t.same(
    generate({ kmsKeyArns: [keyIn('us-east-1'), keyIn('eu-west-1')] }),
    generate(),
    'keys of one account share the document'
  )
  const error = refusal(() =>
    generate({
      kmsKeyArns: [keyIn('us-east-1'), keyIn('us-east-1', '444455556666'), keyIn('eu-west-1', '555555555555')]
    })
  )
  t.match(error, { code: 'INCONSISTENT_USAGE', faults: [{ pointer: '/kmsKeyArns/1' }, { pointer: '/kmsKeyArns/2' }] })
  t.end()
})

t.test('aws-cn', (t) => {
  const { Statement: statements } = generateKeyPolicy(
    {
      operations: ['datasetGroup'],
      roleArns: ['arn:aws-cn:iam::111122223333:role/P'],
      kmsKeyArns: ['arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab']
    },
    { indent: 0 }
  )
  t.match(statements, [
    { Principal: { AWS: 'arn:aws-cn:iam::111122223333:root' } },
    {
      Principal: { Service: 'personalize.amazonaws.com' },
      Condition: { ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws-cn:personalize:cn-north-1:111122223333:*' } }
    },
    { Principal: { AWS: 'arn:aws-cn:iam::111122223333:role/P' } }
  ])
  t.notMatch(JSON.stringify(statements), /arn:aws:/)
  t.end()
})

t.test('merging keeps what is there', (t) => {
  const statements = [
    {
      Sid: 'Allow administration of the key',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:role/Admin' },
      Action: 'kms:*',
      Resource: '*'
    },
    {
      Effect: 'Deny',
      NotPrincipal: { AWS: ['arn:aws:iam::111122223333:root'] },
      NotAction: 'kms:*',
      Resource: '*',
      Condition: { Null: { 'kms:ViaService': false } }
    }
  ]
  const existing = { Id: 'key-default-1', Statement: statements, Version: '2008-10-17' }
  const merged = generate({ existingKeyPolicy: existing })
  t.same(Object.keys(merged), ['Id', 'Statement', 'Version'], 'the members in their order')
  t.equal(JSON.stringify(merged.Statement.slice(0, 2)), JSON.stringify(statements))
  t.same(
    merged.Statement.slice(2).map((one) => one['Sid']),
    ['EnableIAMPolicies', 'AllowPersonalizeService', 'AllowPersonalizeRole']
  )
  t.match(merged, { Version: '2008-10-17', Id: 'key-default-1' })
  t.equal(
    JSON.stringify(generate({ existingKeyPolicy: JSON.parse(JSON.stringify(merged)) })),
    JSON.stringify(merged),
    'a second merge changes nothing'
  )
  t.notOk(
    Object.hasOwn(generate({ existingKeyPolicy: { Statement: [] } }), 'Version'),
    'a missing Version stays missing: with one, variables would begin to mean something'
  )
  t.same(
    generate({ existingKeyPolicy: { Version: '2012-10-17', Statement: statements[0] } }).Statement[0],
    statements[0],
    'a single statement becomes the first of the list'
  )
  t.same(generate({ existingKeyPolicy: encodeURIComponent(JSON.stringify(existing)) }), merged, 'also from text')
  const ofKms = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'kms:*',
        Resource: '*'
      }
    ]
  }
  t.same(
    generate({ existingKeyPolicy: ofKms }).Statement.map((one) => one['Sid']),
    ['Enable IAM User Permissions', 'AllowPersonalizeService', 'AllowPersonalizeRole'],
    "KMS's own account root is enough"
  )
  t.end()
})

t.test('refusals of a merge', (t) => {
  const conflict = { Sid: 'AllowPersonalizeRole', Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }
  t.match(
    refusal(() => generate({ existingKeyPolicy: { Statement: [{ ...conflict, Sid: 'Other' }, conflict] } })),
    {
      code: 'SID_CONFLICT',
      statusCode: 409,
      faults: [{ pointer: '/existingKeyPolicy/Statement/1', detail: /AllowPersonalizeRole/ }]
    }
  )
  t.match(refusal(() => generate({ existingKeyPolicy: { Statement: conflict } })).faults, [
    { pointer: '/existingKeyPolicy/Statement' }
  ])
  t.match(refusal(() => generate({ existingKeyPolicy: JSON.stringify({ Statement: [conflict] }) })).faults, [
    { pointer: '/existingKeyPolicy' }
  ])
  const deny = { ...conflict, Sid: 'NoDecrypt' }
  t.match(
    refusal(() => generate({ existingKeyPolicy: { Statement: [deny] } })),
    {
      code: 'EXISTING_POLICY_DENIES',
      statusCode: 422,
      faults: [{ pointer: '/existingKeyPolicy/Statement/0', detail: /1 \(NoDecrypt\) denies kms:Decrypt to / }]
    }
  )
  t.match(
    refusal(() => generate({ delegateToIam: false, existingKeyPolicy: { Statement: [] } })),
    { code: 'KEY_LOCKOUT', statusCode: 422, faults: [{ pointer: '/existingKeyPolicy' }] }
  )
  t.doesNotThrow(() => generate({ delegateToIam: false }), "without an existing policy it is the caller's wish")
  t.end()
})

t.test('no larger than KMS takes, white space counted', (t) => {
  const sized = (bytes: number): Usage => {
    const plain = Buffer.byteLength(JSON.stringify(generate({ existingKeyPolicy: { Id: '', Statement: [] } })))
    return usageWith({ existingKeyPolicy: { Id: 'x'.repeat(bytes - plain), Statement: [] } })
  }
  t.equal(Buffer.byteLength(JSON.stringify(generateKeyPolicy(sized(32_768), { indent: 0 }))), 32_768)
  t.match(
    refusal(() => generateKeyPolicy(sized(32_769), { indent: 0 })),
    { code: 'POLICY_TOO_LARGE', statusCode: 422, message: /32769.*32768/, faults: [{ pointer: '/existingKeyPolicy' }] }
  )
  const { length: indented } = JSON.stringify(generateKeyPolicy(sized(32_768), { indent: 0 }), undefined, 2)
  t.match(
    refusal(() => generateKeyPolicy(sized(32_768), { indent: 2 })),
    { message: new RegExp(String(indented)) },
    'the text as it is answered'
  )
  t.match(
    refusal(() => generate({ existingKeyPolicy: { Id: 'é'.repeat(16_384), Statement: [] } })),
    { code: 'POLICY_TOO_LARGE' },
    'bytes, not characters'
  )
  t.end()
})

t.test('laws, over generated usages', (t) => {
  fc.assert(
    fc.property(arbitraryUsage({ oneAccount: true }), (usage) => {
      const before = JSON.stringify(usage)
      const policy = generateKeyPolicy(usage, { indent: 2 })
      const text = JSON.stringify(policy, undefined, 2)
      t.equal(JSON.stringify(usage), before, 'the input is left alone')
      if (Buffer.byteLength(text) > 32_768) throw new Error('too large')
      const sids = policy.Statement.map((one) => String(one['Sid']))
      if (new Set(sids).size !== sids.length || sids.some((sid) => !/^[A-Za-z0-9]+$/.test(sid))) throw new Error('Sids')
      if (/kms:ViaService|EncryptionContext|GrantOperations|PrincipalOrgID/.test(text))
        throw new Error('a condition that breaks a call')
      const shuffled = { ...usage, operations: [...usage.operations].reverse() }
      t.same(generateKeyPolicy(shuffled, { indent: 2 }), policy, 'the order of the operations does not matter')
      if (usage.delegateToIam === false) return
      const merged = generateKeyPolicy({ ...usage, existingKeyPolicy: JSON.parse(text) }, { indent: 2 })
      if (JSON.stringify(merged, undefined, 2) !== text) throw new Error('merging a policy with itself changes it')
    }),
    { numRuns: 150 }
  )
  t.end()
})
