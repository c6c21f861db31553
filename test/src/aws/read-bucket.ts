import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { ObservedBucket } from '../../../src/verify/read/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'

const ACCOUNT = '111122223333'
const OTHER = '444455556666'
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const POLICY = '{"Version":"2012-10-17","Statement":[]}'
const DATA = { partition: 'aws', accountId: ACCOUNT, region: 'us-east-1' }
const CONFIGURATION = ['region', 'bucketPolicy', 'encryption', 'ownershipControls', 'publicAccessBlock'] as const
const CALLS: Record<string, (typeof CONFIGURATION)[number]> = {
  GetBucketPolicy: 'bucketPolicy',
  GetBucketEncryption: 'encryption',
  GetBucketOwnershipControls: 'ownershipControls',
  GetPublicAccessBlock: 'publicAccessBlock',
  GetBucketLocation: 'region'
}

const fake = await startFakeAws()
const restore = useFakeCredentials()
const config = { maxAttempts: 1, concurrency: 8, retryStrategy: immediateRetry, endpoint: fake.url, sampleObjects: true }
const source = createPolicySource({ ...config, timeoutMs: 60_000 })
/** For calls that are never answered. */
const hurried = createPolicySource({ ...config, timeoutMs: 2_500 })
t.teardown(async () => {
  source.close()
  hurried.close()
  restore()
  await fake.close()
})
const never = new AbortController().signal

t.beforeEach(() => {
  fake.reset()
  fake.world.accountId = ACCOUNT
  fake.world.buckets['data'] = {
    region: 'us-east-1',
    accountId: ACCOUNT,
    policy: POLICY,
    encryption: { algorithm: 'aws:kms', key: KEY, bucketKey: true },
    ownership: 'BucketOwnerEnforced',
    publicAccessBlocked: true,
    objects: {
      'in/': {},
      'in/users.csv': {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': KEY,
        'x-amz-server-side-encryption-bucket-key-enabled': 'true'
      }
    }
  }
})

t.test('bucket: everything is configured, all of it is read at once, each once', async (t) => {
  for (const operation of Object.keys(CALLS)) fake.always(operation, answers.after(50))
  const request = source.forRequest()
  const [bucket] = await Promise.all([
    request.readBucket?.('data', DATA, never),
    request.readBucket?.('data', DATA, never)
  ])
  t.strictSame(bucket, {
    bucket: 'data',
    accountId: ACCOUNT,
    region: { state: 'read', value: 'us-east-1' },
    bucketPolicy: { state: 'read', value: POLICY },
    encryption: {
      state: 'read',
      value: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
            BucketKeyEnabled: true
          }
        ]
      }
    },
    ownershipControls: { state: 'read', value: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
    publicAccessBlock: {
      state: 'read',
      value: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
    }
  })
  t.same(fake.counts(), Object.fromEntries(Object.keys(CALLS).map((operation) => [operation, 1])))
  t.equal(fake.mostAtOnce, 5)
  t.ok(fake.calls.every(({ input }) => input.ExpectedBucketOwner === ACCOUNT))
})

t.test('bucket: nothing is configured, each answer says that it is not there', async (t) => {
  fake.world.buckets['data'] = { region: 'us-east-1', accountId: ACCOUNT }
  const bucket = await source.readBucket('data', DATA, never)
  for (const name of CONFIGURATION.filter((name) => name !== 'region'))
    t.same(bucket[name], { state: 'notPresent' }, name)
  t.same(bucket.region, { state: 'read', value: 'us-east-1' })
})

t.test('bucket: it does not exist, every read says so', async (t) => {
  const bucket = await source.readBucket('none', { samplePrefixes: ['in/'] }, never)
  for (const name of CONFIGURATION) t.match(bucket[name], { state: 'notFound', why: /NoSuchBucket/ }, name)
  t.match(bucket.sampleObjects, [{ prefix: 'in/', object: { state: 'notFound' } }])
})

t.test('bucket: one call fails, its part is not read and the others are', async (t) => {
  for (const [operation, name] of Object.entries(CALLS)) {
    for (const failure of answers.failures) {
      // An empty answer of GetBucketLocation is that of a bucket in us-east-1.
      if (failure.name === 'empty' || (operation === 'GetBucketPolicy' && failure.name === 'malformed')) continue
      fake.calls.length = 0
      fake.next(operation, failure.answer)
      const from = failure.answer === answers.hang ? hurried : source
      const bucket = await from.readBucket('data', DATA, never)
      const label = `${operation} ${failure.name}`
      t.match(bucket[name], { state: 'notRead', cause: failure.cause, why: new RegExp(`^${operation}`) }, label)
      for (const other of CONFIGURATION.filter((other) => other !== name)) t.equal(bucket[other].state, 'read', label)
      t.notMatch(JSON.stringify(bucket), 'secret-token')
    }
  }
})

t.test('bucket: it is of another account than named, nothing is read of it', async (t) => {
  const bucket = await source.readBucket('data', { ...DATA, accountId: OTHER }, never)
  for (const name of CONFIGURATION) t.match(bucket[name], { state: 'notRead', cause: 'accessDenied' }, name)
  t.match(bucket.bucketPolicy, { why: `the credentials are of account ${ACCOUNT}; the bucket policy of account ${OTHER}` })
})

t.test('bucket: it is in another Region, the Region that S3 names is asked and reported', async (t) => {
  fake.world.buckets['far'] = { region: 'eu-west-1', accountId: ACCOUNT, policy: POLICY, objects: { x: {} } }
  for (const region of ['us-east-1', undefined, 'nowhere-1']) {
    fake.calls.length = 0
    const options = { accountId: ACCOUNT, samplePrefixes: [''], ...(region === undefined ? {} : { region }) }
    const bucket = await source.readBucket('far', options, never)
    t.match(bucket, {
      region: { state: 'read', value: 'eu-west-1' },
      bucketPolicy: { state: 'read', value: POLICY },
      encryption: { state: 'notPresent' },
      sampleObjects: [{ prefix: '', object: { state: 'read', value: { Key: 'x' } } }]
    })
    t.same([...new Set(fake.calls.map(({ region }) => region))], ['us-east-1', 'eu-west-1'])
  }
})

t.test('bucket: S3 names a Region that is in no known partition, no host of that name is asked', async (t) => {
  fake.world.buckets['far'] = { region: 'evil.example#', accountId: ACCOUNT, policy: POLICY }
  t.match(await source.readBucket('far', DATA, never), { bucketPolicy: { state: 'notRead', cause: 'other' } })
  t.equal(fake.calls.length, 5)
})

t.test('sample object: requested by prefix, one object shows its own key', async (t) => {
  const bucket = await source.readBucket('data', { ...DATA, samplePrefixes: ['in/', 'out/'] }, never)
  t.strictSame(bucket.sampleObjects, [
    {
      prefix: 'in/',
      object: {
        state: 'read',
        value: { Key: 'in/users.csv', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY, BucketKeyEnabled: true }
      }
    },
    { prefix: 'out/', object: { state: 'notPresent' } }
  ])
  t.match(fake.counts(), { ListObjectsV2: 2, HeadObject: 1 })
})

t.test('sample object: a call is refused, it is not read, and the bucket is', async (t) => {
  for (const operation of ['ListObjectsV2', 'HeadObject']) {
    fake.next(operation, answers.accessDenied)
    const bucket = await source.readBucket('data', { ...DATA, samplePrefixes: ['in/'] }, never)
    t.match(bucket.sampleObjects, [{ object: { state: 'notRead', cause: 'accessDenied' } }], operation)
    t.equal(bucket.bucketPolicy.state, 'read')
  }
})

t.test('sample object: the service is not set up for it, no object is looked at', async (t) => {
  const plain = createPolicySource({ timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, endpoint: fake.url })
  t.teardown(() => {
    plain.close()
  })
  const bucket = await plain.readBucket('data', { ...DATA, samplePrefixes: ['in/'] }, never)
  t.match(bucket.sampleObjects, [{ object: { state: 'notRead', why: /SAMPLE_OBJECTS/ } }])
  t.equal(fake.calls.length, 5)
})

t.test('names that are not read: no call is made', async (t) => {
  for (const name of ['', 'a', 'a/b', '../x', 'arn:aws:s3:us-east-1:111122223333:accesspoint/a', 'x'.repeat(256), 'data--use1-az4--x-s3'])
    t.match(await source.readBucket(name, DATA, never), { bucketPolicy: { state: 'notRead' } }, name)
  t.match(await source.readBucket('data', { partition: 'aws-none' }, never), { region: { state: 'notRead' } })
  t.equal(fake.calls.length, 0)
})

t.test('bucket: the request ends before AWS answers, everything is given up', async (t) => {
  fake.always('GetBucketPolicy', answers.hang)
  const controller = new AbortController()
  const reading: Promise<ObservedBucket> = source.readBucket('data', DATA, controller.signal)
  controller.abort()
  t.match((await reading).bucketPolicy, { state: 'notRead', cause: 'timeout' })
})
