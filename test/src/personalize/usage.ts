import t from 'tap'
import type { Usage } from '../../../schemas/usage.js'
import type { ServiceError } from '../../../src/errors.js'
import { resolveUsage } from '../../../src/personalize/usage.js'
import { resolveUsagesToGenerate, resolveUsageToGenerate } from '../../../src/policies/existing-policy.js'
import { refusal } from '../../rejections.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const keyIn = (region: string, account = '111122223333', partition = 'aws'): string =>
  `arn:${partition}:kms:${region}:${account}:key/${KEY_ID}`
const KEY = keyIn('us-east-1')
const usageWith = (members: Partial<Usage> = {}): Usage => ({
  operations: ['datasetGroup'],
  roleArns: [ROLE],
  kmsKeyArns: [KEY],
  ...members
})

const refused = (members: Partial<Usage>, keys: 'keyArns' | 'keyOrAliasArns' = 'keyArns'): ServiceError =>
  refusal(() => resolveUsageToGenerate(usageWith(members), { keys }))
const pointers = (error: ServiceError): string[] => error.faults.map((fault) => fault.pointer)

t.test('defaults', (t) => {
  const usage = usageWith()
  const before = JSON.stringify(usage)
  t.match(resolveUsage(usage, { keys: 'keyArns' }), {
    operations: ['datasetGroup'],
    accountId: '111122223333',
    region: 'us-east-1',
    partition: 'aws',
    profile: 'documented',
    sourceConditions: 'ifExists',
    delegateToIam: true,
    roles: [{ arn: ROLE, path: '/service-role/', name: 'Personalize' }],
    keys: [{ arn: KEY, kind: 'key' }]
  })
  t.equal(JSON.stringify(usage), before, 'the input is left alone')
  const { kmsKeyArns, ...keyless } = usage
  t.same(
    [resolveUsage(keyless, { keys: 'keyArns' }).region, kmsKeyArns?.length],
    [undefined, 1],
    'without key or Region the Region stays open'
  )
  const explicit: Partial<Usage> = {
    profile: 'derived',
    sourceConditions: 'none',
    delegateToIam: false,
    region: 'eu-west-1',
    accountId: '111122223333'
  }
  t.match(resolveUsage(usageWith(explicit), { keys: 'keyArns' }), explicit, 'explicit values are used')
  t.equal(
    resolveUsage(usageWith({ kmsKeyArns: [keyIn('eu-north-1')], region: 'eu-west-1' }), { keys: 'keyArns' }).region,
    'eu-west-1',
    'a key in another Region is a matter for a warning'
  )
  t.equal(
    resolveUsage(usageWith({ kmsKeyArns: [keyIn('us-east-1', '444455556666')] }), { keys: 'keyArns' }).keys[0]
      ?.accountId,
    '444455556666',
    'and so is one of another account'
  )
  t.end()
})

t.test('aws-cn', (t) => {
  const role = 'arn:aws-cn:iam::111122223333:role/Personalize'
  t.match(
    resolveUsage(usageWith({ roleArns: [role], kmsKeyArns: [keyIn('cn-north-1', '111122223333', 'aws-cn')] }), {
      keys: 'keyArns'
    }),
    { partition: 'aws-cn', region: 'cn-north-1' }
  )
  t.same(
    pointers(refused({ roleArns: [role], kmsKeyArns: [keyIn('cn-northwest-1', '111122223333', 'aws-cn')] })),
    ['/kmsKeyArns/0'],
    'Personalize is in cn-north-1 only'
  )
  t.same(
    pointers(
      refused({ roleArns: [role], kmsKeyArns: [keyIn('cn-north-1', '111122223333', 'aws-cn')], region: 'us-east-1' })
    ),
    ['/region']
  )
  t.end()
})

t.test('each fault has its pointer', (t) => {
  const cases: Array<[string, Partial<Usage>, string[]]> = [
    [
      'a key of another partition',
      { kmsKeyArns: [KEY, keyIn('cn-north-1', '111122223333', 'aws-cn')] },
      ['/kmsKeyArns/1']
    ],
    [
      'the only key is of another partition',
      { kmsKeyArns: [keyIn('cn-north-1', '111122223333', 'aws-cn')] },
      ['/kmsKeyArns/0']
    ],
    ['a role of another partition', { roleArns: [ROLE, 'arn:aws-cn:iam::111122223333:role/Other'] }, ['/roleArns/1']],
    [
      'a partition without Personalize',
      {
        roleArns: ['arn:aws-us-gov:iam::111122223333:role/P'],
        kmsKeyArns: [keyIn('us-gov-west-1', '111122223333', 'aws-us-gov')]
      },
      ['/roleArns/0', '/kmsKeyArns/0']
    ],
    [
      'the same with the Region',
      {
        roleArns: ['arn:aws-us-gov:iam::111122223333:role/P'],
        kmsKeyArns: [keyIn('us-gov-west-1', '111122223333', 'aws-us-gov')],
        region: 'us-gov-west-1'
      },
      ['/roleArns/0', '/kmsKeyArns/0', '/region']
    ],
    [
      'a Region of another partition in the ARN of a key',
      { kmsKeyArns: [KEY, keyIn('cn-north-1')] },
      ['/kmsKeyArns/1']
    ],
    ['the same in the first, listed once', { kmsKeyArns: [keyIn('cn-north-1'), KEY] }, ['/kmsKeyArns/0']],
    ['a Region without Personalize', { region: 'eu-north-1' }, ['/region']],
    ['a Region of another partition', { region: 'cn-north-1' }, ['/region']],
    ['a default Region without Personalize', { kmsKeyArns: [keyIn('eu-north-1'), KEY] }, ['/kmsKeyArns/0']],
    [
      'a role of another account than the first',
      { roleArns: [ROLE, 'arn:aws:iam::444455556666:role/Other'] },
      ['/roleArns/1']
    ],
    ['no role in the account', { accountId: '444455556666' }, ['/roleArns/0']],
    ['an alias', { kmsKeyArns: [KEY, 'arn:aws:kms:us-east-1:111122223333:alias/personalize'] }, ['/kmsKeyArns/1']],
    ['a bare key id', { kmsKeyArns: [KEY_ID] }, ['/kmsKeyArns/0']],
    ['a bare alias name', { kmsKeyArns: ['alias/personalize'] }, ['/kmsKeyArns/0']],
    ['a key id that is none', { kmsKeyArns: ['arn:aws:kms:us-east-1:111122223333:key/mine'] }, ['/kmsKeyArns/0']],
    [
      'a role ARN of 257 characters',
      { roleArns: [`arn:aws:iam::111122223333:role/${'p'.repeat(257 - 31 - 5)}/Name`] },
      ['/roleArns/0']
    ],
    [
      'something else than a role ARN',
      { roleArns: [ROLE, 'arn:aws:iam::111122223333:user/somebody'] },
      ['/roleArns/1']
    ],
    ['one role under two paths', { roleArns: [ROLE, 'arn:aws:iam::111122223333:role/PERSONALIZE'] }, ['/roleArns/1']]
  ]
  for (const [name, members, expected] of cases) {
    const error = refused(members)
    t.match(error, { code: 'INCONSISTENT_USAGE', statusCode: 422 }, name)
    t.same(pointers(error), expected, name)
  }
  const longest = `arn:aws:iam::111122223333:role/${'p'.repeat(256 - 31 - 5)}/Name`
  t.equal(longest.length, 256)
  t.doesNotThrow(
    () => resolveUsage(usageWith({ roleArns: [longest] }), { keys: 'keyArns' }),
    'a role ARN of 256 characters passes'
  )
  t.end()
})

t.test('all faults at once, with the prefix of the usage', (t) => {
  const usage = usageWith({
    roleArns: [ROLE, 'arn:aws:iam::444455556666:role/Other'],
    kmsKeyArns: [KEY_ID],
    region: 'eu-north-1',
    existingKeyPolicy: '{',
    existingRolePolicy: {}
  })
  const error = refusal(() => resolveUsageToGenerate(usage, { keys: 'keyArns', pointer: '/usage' }))
  t.same(pointers(error).sort(), [
    '/usage/existingKeyPolicy',
    '/usage/existingRolePolicy/Statement',
    '/usage/kmsKeyArns/0',
    '/usage/region',
    '/usage/roleArns/1'
  ])
  const several = refusal(() =>
    resolveUsagesToGenerate([usageWith(), usageWith({ region: 'eu-north-1' }), usageWith({ kmsKeyArns: [KEY_ID] })], {
      keys: 'keyArns',
      pointer: '/usages'
    })
  )
  t.same(pointers(several), ['/usages/1/region', '/usages/2/kmsKeyArns/0'])
  t.equal(resolveUsagesToGenerate([usageWith(), usageWith()], { keys: 'keyArns' })[1]?.pointer, '/1')
  t.end()
})

t.test('a data deletion job cannot use a customer-managed key', (t) => {
  t.match(refused({ operations: ['datasetGroup', 'dataDeletionJob'] }), {
    code: 'CUSTOMER_KEY_NOT_SUPPORTED',
    statusCode: 422,
    faults: [{ pointer: '/operations/1' }]
  })
  const error = refused({ operations: ['dataDeletionJob'], region: 'eu-north-1' })
  t.equal(error.code, 'CUSTOMER_KEY_NOT_SUPPORTED', 'it outranks the other faults')
  t.same(pointers(error), ['/operations/0', '/region'], 'which are listed as well')
  t.end()
})

t.test('aliases only where they can be resolved', (t) => {
  const alias = 'arn:aws:kms:us-east-1:111122223333:alias/personalize'
  t.match(resolveUsage(usageWith({ kmsKeyArns: [alias] }), { keys: 'keyOrAliasArns' }).keys, [
    { arn: alias, kind: 'alias', region: 'us-east-1' }
  ])
  t.same(pointers(refused({ kmsKeyArns: ['alias/personalize', KEY_ID] }, 'keyOrAliasArns')), [
    '/kmsKeyArns/0',
    '/kmsKeyArns/1'
  ])
  t.end()
})

t.test('limits', (t) => {
  const roles = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `arn:aws:iam::111122223333:role/R${index}`)
  const keys = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, index) => `arn:aws:kms:us-east-1:111122223333:key/mrk-${String(index).padStart(32, '0')}`
    )
  t.equal(
    resolveUsage(usageWith({ roleArns: roles(20), kmsKeyArns: keys(10) }), { keys: 'keyArns' }).roles.length,
    20,
    '200 pairs pass'
  )
  t.match(refused({ roleArns: roles(3), kmsKeyArns: keys(67) }), { code: 'LIMIT_EXCEEDED', message: /201 pairs.*200/ })
  t.equal(
    refused({ roleArns: roles(3), kmsKeyArns: keys(67), region: 'eu-north-1' }).code,
    'INCONSISTENT_USAGE',
    'beside another fault'
  )
  const padded = (bytes: number): string =>
    JSON.stringify({ Statement: [], Id: '' }).replace('""', `"${'x'.repeat(bytes - 24)}"`)
  t.equal(
    resolveUsageToGenerate(usageWith({ existingKeyPolicy: padded(65_536) }), { keys: 'keyArns' }).existingKeyPolicy
      ?.isText,
    true,
    '64 KiB pass'
  )
  t.match(refused({ existingKeyPolicy: padded(65_537) }), {
    code: 'LIMIT_EXCEEDED',
    faults: [{ pointer: '/existingKeyPolicy', detail: /65537.*65536/ }]
  })
  t.match(refused({ existingRolePolicy: JSON.parse(padded(65_537)) }), {
    code: 'LIMIT_EXCEEDED',
    faults: [{ pointer: '/existingRolePolicy' }]
  })
  t.end()
})

t.test('existing policies', (t) => {
  const document = { Version: '2008-10-17', Statement: { Effect: 'Allow' } }
  for (const existingKeyPolicy of [document, JSON.stringify(document), encodeURIComponent(JSON.stringify(document))]) {
    t.same(
      resolveUsageToGenerate(usageWith({ existingKeyPolicy }), { keys: 'keyArns' }).existingKeyPolicy?.document,
      document
    )
  }
  const [unreadable, notStorable] = ['INCONSISTENT_USAGE', 'EXISTING_POLICY_NOT_STORABLE'] as const
  const cases: Array<[unknown, string, string[]]> = [
    ['{', unreadable, ['']],
    ['%7B%22%zz', unreadable, ['']],
    ['[]', unreadable, ['']],
    ['null', unreadable, ['']],
    [{ Statement: [JSON.parse('['.repeat(100) + ']'.repeat(100))] }, unreadable, ['']],
    ['"{}"', notStorable, ['']],
    [{}, notStorable, ['/Statement']],
    [{ Statement: 'Allow' }, notStorable, ['/Statement']],
    [
      { Statement: [{}, 'Allow', null] },
      notStorable,
      ['/Statement/0/Effect', '/Statement/0', '/Statement/0', '/Statement/1', '/Statement/2']
    ],
    [{ Version: '2012-10-18', Id: 1, Statement: [] }, notStorable, ['/Version', '/Id']],
    [{ Version: '2012-10-17', Statements: [] }, notStorable, ['/Statements', '/Statement']],
    [{ Statement: [], Comment: 'of the team' }, notStorable, ['/Comment']],
    [
      { Version: '2012-10-18', Statement: { Effect: 'allow', Action: 'kms:Decrypt', Resource: '*' } },
      notStorable,
      ['/Version', '/Statement/Effect']
    ]
  ]
  for (const [existing, code, expected] of cases) {
    const given: Usage = JSON.parse(JSON.stringify({ ...usageWith(), existingRolePolicy: existing }))
    const error = refusal(() => resolveUsageToGenerate(given, { keys: 'keyArns' }))
    t.equal(error.code, code)
    t.same(
      pointers(error),
      expected.map((pointer) => `/existingRolePolicy${pointer}`),
      JSON.stringify(existing).slice(0, 60)
    )
  }
  t.doesNotThrow(
    () => resolveUsage(usageWith({ existingKeyPolicy: '{' }), { keys: 'keyArns' }),
    'a verification does not parse them'
  )
  t.match(
    refused({ existingKeyPolicy: '{"Statement":["x"]}' }).faults,
    [{ pointer: '/existingKeyPolicy', detail: /^\/Statement\/0: .*a statement must be an object/ }],
    'a pointer does not reach into text'
  )
  t.end()
})
