import fc from 'fast-check'
import t from 'tap'
import type { Usage } from '../../../schemas/usage.js'
import {
  generateKeyPolicy,
  generatePolicies,
  generateRolePolicy,
  generateTrustPolicy
} from '../../../src/policies/generate.js'
import { arbitraryUsage } from '../../arbitrary-usage.js'
import { refusal } from '../../rejections.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const OTHER_ROLE = 'arn:aws:iam::111122223333:role/Exporter'
const keyIn = (region: string, account = '111122223333'): string =>
  `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const KEY = keyIn('us-east-1')
const usageWith = (members: Partial<Usage> = {}): Usage => ({
  operations: ['datasetGroup'],
  roleArns: [ROLE],
  kmsKeyArns: [KEY],
  ...members
})
const generate = (...usages: Usage[]): ReturnType<typeof generatePolicies> => generatePolicies({ usages })
const sids = (policy: { Statement: Array<Record<string, unknown>> } | null | undefined): unknown[] =>
  policy?.Statement.map((statement) => statement['Sid']) ?? []

t.test('one usage: the same as the single routes', (t) => {
  const usage = usageWith({ kmsKeyArns: [KEY, keyIn('us-east-1', '444455556666')], roleArns: [ROLE, OTHER_ROLE] })
  const { keyPolicies, rolePolicies, trustPolicies } = generate(usage)
  for (const { kmsKeyArn, policy, bytes } of keyPolicies) {
    t.same(policy, generateKeyPolicy({ ...usage, kmsKeyArns: [kmsKeyArn] }, { indent: 0 }))
    t.equal(bytes, Buffer.byteLength(JSON.stringify(policy)))
  }
  for (const { roleArn, policy, characters } of rolePolicies) {
    t.same(policy, generateRolePolicy({ ...usage, roleArns: [roleArn] }))
    t.equal(characters, JSON.stringify(policy).length)
  }
  for (const { policy } of trustPolicies) t.same(policy, generateTrustPolicy(usage))
  t.same(
    [keyPolicies, rolePolicies, trustPolicies].map((list) => list.length),
    [2, 2, 2]
  )
  t.end()
})

t.test('each statement is explained', (t) => {
  const {
    keyPolicies: [key],
    rolePolicies: [role]
  } = generate(usageWith({ operations: ['datasetExportJob', 'datasetGroup'] }))
  t.same(
    key?.statements.map(({ sid }) => sid),
    sids(key?.policy)
  )
  t.same(
    role?.statements.map(({ sid }) => sid),
    sids(role?.policy)
  )
  for (const { operations, reason, source } of [...(key?.statements ?? []), ...(role?.statements ?? [])]) {
    t.same(operations, ['datasetGroup', 'datasetExportJob'])
    t.ok(reason.endsWith('.'))
    t.match(source, /^https:\/\/docs\.aws\.amazon\.com\//)
  }
  t.match(key?.statements[0]?.source, /kms\/latest\/developerguide\/key-policy-default/)
  t.match(key?.statements[1]?.reason, /kms:GenerateDataKeyWithoutPlaintext/)
  const existingKeyPolicy = {
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
    generate(usageWith({ existingKeyPolicy })).keyPolicies[0]?.statements.map(({ sid }) => sid),
    ['AllowPersonalizeService', 'AllowPersonalizeRole'],
    'ours alone'
  )
  t.end()
})

t.test('several usages of one key', (t) => {
  const whole = usageWith({ profile: 'derived' })
  const imports = usageWith({
    operations: ['datasetImportJob'],
    roleArns: [OTHER_ROLE],
    profile: 'derived',
    region: 'eu-west-1'
  })
  const { keyPolicies, rolePolicies, trustPolicies } = generate(whole, imports)
  t.equal(keyPolicies.length, 1)
  t.match(keyPolicies[0]?.policy.Statement, [
    { Sid: 'EnableIAMPolicies' },
    {
      Sid: 'AllowPersonalizeService',
      Action: { length: 5 },
      Condition: { ArnLikeIfExists: { 'aws:SourceArn': /us-east-1/ } }
    },
    {
      Sid: 'AllowPersonalizeService2',
      Action: { length: 2 },
      Condition: { ArnLikeIfExists: { 'aws:SourceArn': /eu-west-1/ } }
    },
    { Sid: 'AllowPersonalizeRole', Principal: { AWS: ROLE }, Action: { length: 5 } },
    { Sid: 'AllowPersonalizeRole2', Principal: { AWS: OTHER_ROLE }, Action: ['kms:Decrypt', 'kms:DescribeKey'] }
  ])
  t.match(
    rolePolicies,
    [
      { roleArn: ROLE, policy: { Version: '2012-10-17' } },
      { roleArn: OTHER_ROLE, policy: null, characters: 0, statements: [] }
    ],
    'imports alone need no IAM statement'
  )
  t.match(
    trustPolicies.map(({ roleArn }) => roleArn),
    [ROLE, OTHER_ROLE]
  )

  const sameRole = generate(whole, { ...imports, roleArns: [ROLE], delegateToIam: false })
  t.same(
    sids(sameRole.keyPolicies[0]?.policy),
    ['EnableIAMPolicies', 'AllowPersonalizeService', 'AllowPersonalizeService2', 'AllowPersonalizeRole'],
    'a role has the sum of what it needs'
  )
  t.match(
    sameRole.trustPolicies,
    [
      {
        policy: {
          Statement: [
            {
              Condition: {
                ArnLike: {
                  'aws:SourceArn': [
                    'arn:aws:personalize:us-east-1:111122223333:*',
                    'arn:aws:personalize:eu-west-1:111122223333:*'
                  ]
                }
              }
            }
          ]
        }
      }
    ],
    'it trusts every Region'
  )
  t.end()
})

t.test('several accounts and partitions, each usage consistent in itself', (t) => {
  const other = usageWith({ roleArns: ['arn:aws:iam::444455556666:role/P'] })
  const china = usageWith({
    roleArns: ['arn:aws-cn:iam::111122223333:role/P'],
    kmsKeyArns: ['arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab']
  })
  const { keyPolicies, rolePolicies } = generate(usageWith(), other, china)
  t.same(
    keyPolicies.map(({ kmsKeyArn }) => kmsKeyArn),
    [KEY, ...(china.kmsKeyArns ?? [])]
  )
  t.match(keyPolicies[0]?.policy.Statement.slice(1, 4), [
    { Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' } } },
    { Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '444455556666' } } },
    { Principal: { AWS: [ROLE, 'arn:aws:iam::444455556666:role/P'] } }
  ])
  t.match(
    rolePolicies[1]?.policy?.Statement,
    [{ Action: { length: 5 } }],
    'across accounts the role needs kms:CreateGrant in its own policy'
  )
  t.end()
})

t.test('usages without a key', (t) => {
  const { keyPolicies, rolePolicies } = generate(
    { operations: ['datasetGroup'], roleArns: [ROLE] },
    usageWith({ kmsKeyArns: [keyIn('us-east-1', '444455556666')] })
  )
  const yetToBeMade = 'arn:aws:kms:*:111122223333:key/*'
  t.same(keyPolicies.map(({ kmsKeyArn }) => kmsKeyArn), [yetToBeMade, keyIn('us-east-1', '444455556666')])
  t.match(rolePolicies[0]?.policy?.Statement, [
    { Resource: '*' },
    { Sid: 'AllowPersonalizeKeyUse2', Resource: { length: 1 } }
  ])
  t.end()
})

t.test('policies: no key is named, the key policy is that of POST /policies/key', (t) => {
  const usage: Usage = { operations: ['datasetGroup', 'datasetExportJob'], roleArns: [ROLE], region: 'eu-west-1' }
  const existingKeyPolicy = {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Admin', Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' }
    ]
  }
  for (const each of [usage, { ...usage, delegateToIam: false }, { ...usage, existingKeyPolicy }]) {
    const { keyPolicies } = generate(each)
    t.match(keyPolicies, [{ kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/*' }])
    t.same(keyPolicies[0]?.policy, generateKeyPolicy(each, { indent: 0 }))
  }
  t.equal(generate(usage, { ...usage, roleArns: [OTHER_ROLE] }).keyPolicies.length, 1, 'one key for both usages')
  t.match(
    refusal(() => generate({ ...usage, existingKeyPolicy }, { ...usage, existingKeyPolicy: { Statement: [] } })),
    { faults: [{ pointer: '/usages/1/existingKeyPolicy', detail: /a key yet to be made/ }] }
  )
  t.same(
    generate({ ...usage, delegateToIam: false, sourceConditions: 'strict' }).warnings.map(({ code }) => code),
    ['ACCESS_DEPENDS_ON_CONDITION', 'KEY_LOCKOUT', 'BROADER_THAN_NEEDED'],
    'what is fragile in it is reported'
  )
  t.end()
})

// https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html
t.test('policies: one usage has the dataset group and another exports it, the key policy adds the action', (t) => {
  const WITHOUT_PLAINTEXT = 'kms:GenerateDataKeyWithoutPlaintext'
  const group = usageWith({ operations: ['datasetGroup'] })
  const exports = usageWith({ operations: ['datasetExportJob'], roleArns: [OTHER_ROLE] })
  const { keyPolicies } = generate(group, exports)
  const [{ policy, statements } = { policy: { Statement: [] }, statements: [] }] = keyPolicies
  for (const sid of ['AllowPersonalizeService', 'AllowPersonalizeRole']) {
    const statement = policy.Statement.find(({ Sid }) => Sid === sid)
    t.ok([statement?.Action].flat().includes(WITHOUT_PLAINTEXT), sid)
    t.match(
      statements.find((each) => each.sid === sid),
      { operations: ['datasetGroup', 'datasetExportJob'], reason: new RegExp(`adds ${WITHOUT_PLAINTEXT}`) }
    )
  }
  t.match(policy.Statement.find(({ Sid }) => Sid === 'AllowPersonalizeRole'), { Principal: { AWS: [ROLE, OTHER_ROLE] } })
  t.same(
    generate(exports, group).keyPolicies[0]?.policy.Statement.map(({ Action }) => Action),
    policy.Statement.map(({ Action }) => Action),
    'in whatever order'
  )
  const both = usageWith({ operations: ['datasetGroup', 'datasetExportJob'] })
  t.same(
    generate(group, usageWith({ operations: ['datasetExportJob'] })).keyPolicies[0]?.policy,
    generate(both).keyPolicies[0]?.policy,
    'as in one usage'
  )
  const elsewhere = generate(group, { ...exports, kmsKeyArns: [keyIn('eu-west-1', '111122223333')] })
  t.notMatch(JSON.stringify(elsewhere.keyPolicies), WITHOUT_PLAINTEXT, 'not where the keys differ')
  const yetToBeMade = ({ kmsKeyArns: _, ...usage }: Usage): Usage => usage
  t.match(JSON.stringify(generate(yetToBeMade(group), yetToBeMade(exports)).keyPolicies), WITHOUT_PLAINTEXT)
  const deny = [{ Sid: 'No', Effect: 'Deny', Principal: '*', Action: WITHOUT_PLAINTEXT, Resource: '*' }]
  t.match(
    refusal(() => generate({ ...group, existingKeyPolicy: { Statement: deny } }, exports)),
    { code: 'EXISTING_POLICY_DENIES' },
    'a Deny of the action is found'
  )
  const foreign = keyIn('us-east-1', '444455556666')
  const across = generate({ ...group, kmsKeyArns: [foreign] }, { ...exports, kmsKeyArns: [foreign] })
  t.match(JSON.stringify(across.rolePolicies[1]?.policy), WITHOUT_PLAINTEXT, 'across accounts in the IAM policy, too')
  t.end()
})

t.test('warnings', (t) => {
  const codes = (usage: Usage): unknown[] =>
    generate(usage, usage).warnings.map(({ code, severity, kmsKeyArn }) => [code, severity, kmsKeyArn])
  t.same(codes(usageWith()), [])
  const foreign = keyIn('eu-west-1', '444455556666')
  t.same(
    codes(usageWith({ kmsKeyArns: [KEY, foreign] })),
    [
      ['CROSS_ACCOUNT_KEY', 'warning', foreign],
      ['KEY_REGION_MISMATCH', 'error', foreign]
    ],
    'each once'
  )
  t.same(codes(usageWith({ sourceConditions: 'strict' })), [['ACCESS_DEPENDS_ON_CONDITION', 'warning', KEY]])
  t.same(codes(usageWith({ delegateToIam: false })), [['KEY_LOCKOUT', 'warning', KEY]])
  const withoutKey: Usage = { operations: ['datasetGroup'], roleArns: [ROLE] }
  t.match(generate(withoutKey, withoutKey).warnings, [{ code: 'BROADER_THAN_NEEDED', roleArn: ROLE }], 'Resource "*"')
  t.same(codes({ operations: ['datasetImportJob'], roleArns: [ROLE] }), [], 'no permissions policy is needed')
  t.end()
})

t.test('refusals, under the pointer of the usage', (t) => {
  const existing = (sid: string): Record<string, unknown> => ({
    Statement: [
      {
        Sid: sid,
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'kms:*',
        Resource: '*'
      }
    ]
  })
  const ofRole = (sid: string): Record<string, unknown> => ({
    Statement: [{ Sid: sid, Effect: 'Allow', Action: 'kms:*', Resource: '*' }]
  })
  const pointers = (run: () => unknown): string[] => refusal(run).faults.map(({ pointer }) => pointer)
  t.same(
    pointers(() =>
      generate(
        usageWith(),
        usageWith({ existingKeyPolicy: existing('A') }),
        usageWith({ existingKeyPolicy: existing('B') })
      )
    ),
    ['/usages/2/existingKeyPolicy']
  )
  t.same(
    pointers(() =>
      generate(
        usageWith({ existingRolePolicy: ofRole('A') }),
        usageWith({ existingRolePolicy: ofRole('B'), roleArns: [OTHER_ROLE, ROLE] })
      )
    ),
    ['/usages/1/existingRolePolicy']
  )
  t.doesNotThrow(
    () =>
      generate(
        usageWith({ existingKeyPolicy: existing('A') }),
        usageWith({ existingKeyPolicy: JSON.stringify(existing('A')) })
      ),
    'the same policy twice'
  )
  t.same(
    pointers(() =>
      generate(
        usageWith(),
        usageWith({
          existingKeyPolicy: { Statement: [{ Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }] }
        })
      )
    ),
    ['/usages/1/existingKeyPolicy/Statement/0']
  )
  t.same(
    pointers(() =>
      generate(usageWith(), usageWith({ operations: ['dataDeletionJob'] }), usageWith({ region: 'eu-north-1' }))
    ),
    ['/usages/1/operations/0', '/usages/2/region']
  )
  t.match(
    refusal(() => generate(usageWith({ existingKeyPolicy: { Id: 'x'.repeat(32_768), Statement: [] } }))),
    { code: 'POLICY_TOO_LARGE', faults: [{ pointer: '/usages/0' }] }
  )
  t.match(
    refusal(() => generate(usageWith({ existingRolePolicy: { Id: 'x'.repeat(6_144), Statement: [] } }))),
    { code: 'POLICY_TOO_LARGE', faults: [{ pointer: '/usages/0' }] }
  )
  t.end()
})

t.test('the limits hold for the request', (t) => {
  const roles = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `arn:aws:iam::111122223333:role/R${from + index}`)
  const keys = (from: number, count: number): string[] =>
    Array.from(
      { length: count },
      (_, index) => `arn:aws:kms:us-east-1:111122223333:key/mrk-${String(from + index).padStart(32, '0')}`
    )
  const part = (from: number): Usage => usageWith({ roleArns: roles(from, 10), kmsKeyArns: keys(from, 10) })
  t.doesNotThrow(() => generate(part(0), part(10), part(0)), '200 pairs, each counted once')
  t.match(
    refusal(() => generate(part(0), part(10), part(20))),
    { code: 'LIMIT_EXCEEDED', statusCode: 422, message: /300 pairs.*200/ }
  )
  t.match(
    refusal(() => generate(usageWith({ roleArns: roles(0, 50) }), usageWith())),
    { code: 'LIMIT_EXCEEDED', message: /51 roles.*50/ }
  )
  t.match(
    refusal(() => generate(usageWith({ kmsKeyArns: keys(0, 50) }), usageWith())),
    { code: 'LIMIT_EXCEEDED', message: /51 keys.*50/ }
  )
  t.end()
})

t.test('laws, over generated usages', (t) => {
  fc.assert(
    fc.property(fc.array(arbitraryUsage(), { minLength: 1, maxLength: 3 }), (usages) => {
      const before = JSON.stringify(usages)
      const answer = generatePolicies({ usages })
      if (JSON.stringify(usages) !== before) throw new Error('the input was changed')
      t.equal(
        JSON.stringify(generatePolicies({ usages: JSON.parse(before) })),
        JSON.stringify(answer),
        'same body, same bytes'
      )
      t.equal(
        JSON.stringify(generatePolicies({ usages: [...usages, ...usages] })),
        JSON.stringify(answer),
        'the same usages twice change nothing'
      )
      for (const { policy, statements } of answer.keyPolicies) {
        if (new Set(sids(policy)).size !== policy.Statement.length) throw new Error('a Sid twice')
        t.same(
          statements.map(({ sid }) => sid),
          sids(policy)
        )
      }
    }),
    { numRuns: 100 }
  )
  t.end()
})

// https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html
t.test('usages without a key: one may be of the other\'s key only in its account and Region', (t) => {
  const noKey = { operations: ['datasetGroup'], roleArns: [ROLE] } as const
  const exporting = { operations: ['datasetExportJob'], roleArns: [ROLE] } as const
  const addsExport = (...usages: Array<Omit<Usage, 'operations' | 'roleArns'>>): boolean[] =>
    generate(
      ...usages.map((members, i): Usage => ({
        ...members,
        operations: [...(i === 0 ? noKey : exporting).operations],
        roleArns: [ROLE]
      }))
    ).keyPolicies.map(({ policy }) => JSON.stringify(policy).includes('GenerateDataKeyWithoutPlaintext'))
  t.same(addsExport({ region: 'us-east-1' }, { region: 'us-east-1' }), [true])
  t.same(addsExport({ region: 'us-east-1' }, { region: 'eu-west-1' }), [false, false])
  t.same(addsExport({ region: 'us-east-1' }, {}), [true, true], 'a Region that is not given may be any')
  t.end()
})

t.test('usages of one key: what one of them adds to its policy, no warning of another says is missing', (t) => {
  const codesOf = (...members: Array<Partial<Usage>>): string[] =>
    generate(...members.map((each) => usageWith(each))).warnings.map(({ code }) => code)
  const strict = { sourceConditions: 'strict' } as const
  t.same(codesOf({ delegateToIam: false }), ['KEY_LOCKOUT'])
  t.same(codesOf({ delegateToIam: false }, { operations: ['datasetExportJob'] }), [])
  t.same(codesOf(strict), ['ACCESS_DEPENDS_ON_CONDITION'])
  t.same(codesOf(strict, { operations: ['datasetExportJob'] }), [], 'the other statement allows it without the keys')
  t.same(codesOf(strict, { ...strict, operations: ['datasetExportJob'] }), ['ACCESS_DEPENDS_ON_CONDITION'])
  t.same(
    codesOf({ ...strict, delegateToIam: false }, { kmsKeyArns: [keyIn('us-west-2')], region: 'us-west-2' }),
    ['ACCESS_DEPENDS_ON_CONDITION', 'KEY_LOCKOUT'],
    'another key'
  )
  t.end()
})
