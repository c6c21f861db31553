import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { ObservedKey } from '../../../src/verify/read/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import type { Answer } from '../../fake-aws/answers.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ALIAS = 'arn:aws:kms:us-east-1:111122223333:alias/personalize'
const POLICY =
  '{"Version":"2012-10-17","Statement":[{"Sid":"Größe + %25","Effect":"Allow",' +
  '"Principal":"*","Action":"kms:*","Resource":"*"}]}'

const OPERATIONS = ['DescribeKey', 'GetKeyPolicy', 'ListGrants'] as const

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

t.beforeEach(() => {
  setWorld()
})

function setWorld (): void {
  fake.reset()
  fake.world.keys[KEY] = {
    policy: POLICY,
    grants: [{ GrantId: 'g-1', GranteePrincipal: 'personalize.amazonaws.com', Operations: ['Decrypt'] }]
  }
  fake.world.aliases[ALIAS] = KEY
}

async function read (arn: string, { maxAttempts = 1, timeoutMs = 60_000 } = {}): Promise<ObservedKey> {
  const source = createPolicySource({
    timeoutMs,
    maxAttempts,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  try {
    return await source.readKey(arn, new AbortController().signal)
  } finally {
    source.close()
  }
}

t.test('a key ARN is read by three calls at once, in its own Region', async (t) => {
  const together = answers.together(3)
  for (const operation of OPERATIONS) fake.always(operation, together)
  const key = await read(KEY)
  t.match(key, {
    requestedArn: KEY,
    kmsKeyArn: KEY,
    metadata: { state: 'read', value: { Arn: KEY, KeyManager: 'CUSTOMER', KeyState: 'Enabled' } }
  })
  t.same(
    key.keyPolicy,
    { state: 'read', value: POLICY },
    'KMS sends its policy plain: per cent signs in it mean themselves'
  )
  t.match(key.grants, { state: 'read', value: [{ GrantId: 'g-1' }] })
  t.same(fake.counts(), { DescribeKey: 1, GetKeyPolicy: 1, ListGrants: 1 })
  t.ok(
    fake.calls.every(({ region }) => region === 'us-east-1'),
    'signed for the Region of the ARN'
  )
  t.equal(fake.calls.find(({ operation }) => operation === 'GetKeyPolicy')?.input.PolicyName, 'default')
})

t.test('an alias is resolved by DescribeKey, the other calls take the key ARN', async (t) => {
  const key = await read(ALIAS)
  t.match(key, { requestedArn: ALIAS, kmsKeyArn: KEY, keyPolicy: { state: 'read' }, grants: { state: 'read' } })
  t.same(fake.calls.map(({ operation, input }) => [operation, input.KeyId]).sort(), [
    ['DescribeKey', ALIAS],
    ['GetKeyPolicy', KEY],
    ['ListGrants', KEY]
  ])
})

t.test('an alias that cannot be resolved leaves nothing read', async (t) => {
  fake.always('DescribeKey', answers.accessDenied)
  const key = await read(ALIAS)
  for (const part of [key.metadata, key.keyPolicy, key.grants])
    t.match(part, { state: 'notRead', cause: 'accessDenied' })
  t.same(fake.counts(), { DescribeKey: 1 })
})

t.test('a key that does not exist is not found', async (t) => {
  const gone = KEY.replace('1234abcd', 'ffffffff')
  for (const arn of [gone, ALIAS.replace('personalize', 'other')]) {
    const key = await read(arn)
    for (const part of [key.metadata, key.keyPolicy, key.grants])
      t.match(part, { state: 'notFound', why: /NotFoundException/ }, arn)
  }
})

t.test('of a key that does not exist nothing is unknown', async (t) => {
  fake.always('DescribeKey', answers.notFound)
  fake.always('ListGrants', answers.serverError)
  t.match(await read(KEY), { metadata: { state: 'notFound' }, grants: { state: 'notFound' } })
})

t.test('a call that does not see a key which DescribeKey sees knows nothing', async (t) => {
  fake.always('GetKeyPolicy', answers.notFound)
  t.match(await read(KEY), {
    metadata: { state: 'read' },
    keyPolicy: { state: 'notRead', why: /GetKeyPolicy.*NotFoundException/ },
    grants: { state: 'read' }
  })
})

t.test('an answer about another key is not taken for this one', async (t) => {
  const other = KEY.replace('111122223333', '444455556666')
  for (const arn of [KEY, ALIAS]) {
    fake.next('DescribeKey', () => ({
      status: 200,
      contentType: 'application/x-amz-json-1.1',
      body: JSON.stringify({ KeyMetadata: { KeyId: 'x', Arn: other } })
    }))
    const key = await read(arn)
    t.equal(key.kmsKeyArn, arn)
    for (const part of [key.metadata, key.keyPolicy, key.grants])
      t.match(part, { state: 'notRead', cause: 'malformedAnswer' }, arn)
  }
})

t.test('grants are paged to the end, over empty pages', async (t) => {
  const grants = Array.from({ length: 250 }, (_, index) => ({
    GrantId: `g-${index}`,
    GranteePrincipal: 'personalize.amazonaws.com'
  }))
  fake.world.keys[KEY] = { policy: POLICY, grants }
  fake.world.emptyPages = 2
  const key = await read(KEY)
  t.same(
    key.grants.state === 'read' && key.grants.value.map(({ GrantId }) => GrantId),
    grants.map(({ GrantId }) => GrantId)
  )
  t.equal(fake.counts().ListGrants, 5)
  t.ok(fake.calls.filter(({ operation }) => operation === 'ListGrants').every(({ input }) => input.Limit === 100))
})

t.test('a list of grants that breaks off, repeats itself or loses its marker is not read', async (t) => {
  const page =
    (body: object): Answer =>
      () => ({
        status: 200,
        contentType: 'application/x-amz-json-1.1',
        body: JSON.stringify({ Grants: [{ GrantId: 'g' }], ...body })
      })
  const faults: Array<[string, Answer[], string]> = [
    ['breaks off', [page({ Truncated: true, NextMarker: 'a' }), answers.accessDenied], 'accessDenied'],
    [
      'repeats itself',
      [
        page({ Truncated: true, NextMarker: 'a' }),
        page({ Truncated: true, NextMarker: 'b' }),
        page({ Truncated: true, NextMarker: 'a' })
      ],
      'malformedAnswer'
    ],
    ['loses its marker', [page({ Truncated: true })], 'malformedAnswer']
  ]
  for (const [name, pages, cause] of faults) {
    fake.next('ListGrants', ...pages)
    t.match(await read(KEY), { grants: { state: 'notRead', cause }, keyPolicy: { state: 'read' } }, name)
  }
})

t.test('grants keep what decides, in both forms of a grantee', async (t) => {
  const old = {
    GrantId: 'g-1',
    Name: 'n',
    KeyId: KEY,
    GranteePrincipal: 'arn:aws:iam::111122223333:role/r',
    RetiringPrincipal: 'arn:aws:iam::111122223333:role/r',
    IssuingAccount: 'arn:aws:iam::111122223333:root',
    Operations: ['Decrypt', 'CreateGrant'],
    Constraints: { EncryptionContextSubset: { a: 'b' } }
  }
  const forService = {
    GrantId: 'g-2',
    GranteeServicePrincipal: 'personalize.amazonaws.com',
    RetiringServicePrincipal: 'personalize.amazonaws.com',
    Operations: ['Decrypt'],
    Constraints: {
      EncryptionContextEquals: { c: 'd' },
      SourceArn: 'arn:aws:personalize:us-east-1:111122223333:dataset-group/g'
    }
  }
  fake.world.keys[KEY] = { policy: POLICY, grants: [{ ...old, CreationDate: 1.7e9 }, forService] }
  t.same((await read(KEY)).grants, { state: 'read', value: [old, forService] })
})

t.test('dates of the metadata are text', async (t) => {
  fake.world.keys[KEY] = {
    policy: POLICY,
    metadata: { KeyState: 'PendingDeletion', DeletionDate: 1_800_000_000, ValidTo: 1_800_000_000, KeyUsage: undefined }
  }
  const { metadata } = await read(KEY)
  t.match(metadata, {
    value: {
      KeyState: 'PendingDeletion',
      DeletionDate: '2027-01-15T08:00:00.000Z',
      ValidTo: '2027-01-15T08:00:00.000Z'
    }
  })
  t.notOk(metadata.state === 'read' && 'KeyUsage' in metadata.value, 'a member that did not come is absent')
})

const PARTS = { DescribeKey: 'metadata', GetKeyPolicy: 'keyPolicy', ListGrants: 'grants' } as const

for (const operation of OPERATIONS) {
  t.test(`${operation}: each failure loses its own part alone`, async (t) => {
    for (const { name, answer, cause } of answers.failures) {
      setWorld()
      fake.always(operation, answer)
      const key = await read(KEY, { timeoutMs: answer === answers.hang ? 2_500 : 60_000 })
      for (const each of OPERATIONS)
        t.match(
          key[PARTS[each]],
          each === operation ? { state: 'notRead', cause } : { state: 'read' },
          `${name}: ${each}`
        )
      const lost = key[PARTS[operation]]
      t.match(
        lost,
        { why: new RegExp(`^${operation} failed: [A-Za-z0-9 ]+$`) },
        'the reason says nothing of messages and endpoints'
      )
    }
  })
}

t.test('throttling is retried, and then read', async (t) => {
  fake.next('GetKeyPolicy', answers.throttled, answers.serverError)
  t.match(await read(KEY, { maxAttempts: 3 }), { keyPolicy: { state: 'read', value: POLICY } })
  t.equal(fake.counts().GetKeyPolicy, 3)
})

t.test('a refusal is not retried', async (t) => {
  fake.always('GetKeyPolicy', answers.accessDenied)
  await read(KEY, { maxAttempts: 3 })
  t.equal(fake.counts().GetKeyPolicy, 1)
})

t.test('only Regions of the partition are asked', async (t) => {
  const wrong = [
    'arn:aws:kms:cn-north-1:111122223333:key/k',
    'arn:aws:kms:evil.example:111122223333:key/k',
    'arn:aws:kms::111122223333:key/k',
    'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/k',
    'arn:aws:s3:us-east-1:111122223333:key/k',
    'not an ARN'
  ]
  for (const arn of wrong)
    t.match(await read(arn), { requestedArn: arn, metadata: { state: 'notRead', cause: 'other' } }, arn)
  t.equal(fake.calls.length, 0)
})

t.test('a key in China is asked in its Region', async (t) => {
  const arn = 'arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  fake.world.keys[arn] = { policy: POLICY }
  t.match(await read(arn), { kmsKeyArn: arn, metadata: { state: 'read' } })
  t.ok(fake.calls.every(({ region }) => region === 'cn-north-1'))
})
