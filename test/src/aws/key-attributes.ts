import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { Read } from '../../../src/verify/read/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'

const ACCOUNT = '111122223333'
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const ALIAS = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/data`

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
  fake.world.accountId = ACCOUNT
  fake.world.keys[KEY] = { policy: '{}', tags: { app: 'reco', empty: '' } }
  fake.world.aliases = { [ALIAS]: KEY, [`${ALIAS}2`]: KEY, [`${ALIAS}3`]: `${KEY}-other` }
}

type Attribute = 'readKeyTags' | 'readKeyAliases'
const OPERATIONS = [
  ['readKeyTags', 'ListResourceTags'],
  ['readKeyAliases', 'ListAliases']
] as const

async function read (attribute: Attribute, { timeoutMs = 60_000, times = 1 } = {}): Promise<Read<unknown> | undefined> {
  const source = createPolicySource({
    timeoutMs,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  try {
    const request = source.forRequest()
    const reads = Array.from({ length: times }, () => request[attribute]?.(KEY, new AbortController().signal))
    return await Promise.all(reads).then(([first]) => first)
  } finally {
    source.close()
  }
}

t.test('key attributes: tags and aliases of the key alone, over all pages, each page read once', async (t) => {
  fake.world.pageSize = 1
  t.same(await read('readKeyTags', { times: 2 }), { state: 'read', value: { app: 'reco', empty: '' } })
  t.same(await read('readKeyAliases', { times: 2 }), { state: 'read', value: ['alias/data', 'alias/data2'] })
  t.same(fake.counts(), { ListResourceTags: 2, ListAliases: 2 })
  t.ok(fake.calls.every(({ region, input }) => region === 'us-east-1' && input.KeyId === KEY))
})

t.test('key attributes: a key without tags and aliases, are read and empty', async (t) => {
  fake.world.keys[KEY] = { policy: '{}' }
  fake.world.aliases = {}
  t.same(await read('readKeyTags'), { state: 'read', value: {} })
  t.same(await read('readKeyAliases'), { state: 'read', value: [] })
})

t.test('key attributes: each failure of each call, is not read', async (t) => {
  for (const [attribute, operation] of OPERATIONS)
    for (const { name, answer, cause } of answers.failures) {
      setWorld()
      fake.always(operation, answer)
      const found = await read(attribute, { timeoutMs: answer === answers.hang ? 1_000 : 60_000 })
      t.match(found, { state: 'notRead', cause, why: new RegExp(`^${operation} failed: `) }, `${operation} ${name}`)
    }
})

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html: cross-account use: no
t.test('key attributes: credentials of another account, says so', async (t) => {
  fake.world.accountId = '444455556666'
  for (const [attribute, operation] of OPERATIONS) {
    fake.always(operation, answers.notFound)
    t.match(await read(attribute), { state: 'notRead', cause: 'accessDenied', why: /account 444455556666/ }, operation)
  }
})
