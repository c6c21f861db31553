import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { AwsConfig } from '../../../src/aws/settings.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { awsFixtureConfig, installAwsFixture, KEY, OWN, READER, ROLE, WORKLOAD } from '../../fake-aws/aws-fixture.js'
import { useFakeCredentials, useNoCredentials } from '../../fake-aws/credentials.js'

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

t.beforeEach(() => {
  installAwsFixture(fake)
})

const never = new AbortController().signal

function startSource (config: Partial<AwsConfig> = {}) {
  const source = createPolicySource({ ...awsFixtureConfig(fake), ...config })
  t.teardown(() => {
    source.close()
  })
  return source
}

t.test('the account of a configured role is read with that role, assumed once for all APIs and requests', async (t) => {
  const source = startSource()
  const [key, role] = await Promise.all([source.readKey(KEY, never), source.readRole(ROLE, never)])
  t.match(key, { metadata: { state: 'read' }, keyPolicy: { state: 'read' }, grants: { state: 'read' } })
  t.match(role, { role: { state: 'read' }, identityPolicies: { lost: [] }, permissionsBoundary: { state: 'read' } })
  await source.forRequest().readRole(ROLE, never)
  t.equal(fake.counts().AssumeRole, 1)
  t.ok(
    fake.calls.every(({ operation, accountId }) => accountId === (operation === 'AssumeRole' ? undefined : WORKLOAD))
  )
})

t.test('the session is short and narrowed to reading', async (t) => {
  await startSource().readKey(KEY, never)
  const input: Record<string, unknown> = fake.calls.find(({ operation }) => operation === 'AssumeRole')?.input ?? {}
  t.match(input, {
    RoleArn: READER,
    ExternalId: 'tenant-7',
    DurationSeconds: '900',
    RoleSessionName: /^[\w+=,.@-]{2,64}$/
  })
  const policy: { Statement: Array<{ Action: string[] }> } = JSON.parse(String(input.Policy))
  for (const action of policy.Statement.flatMap(({ Action }) => Action))
    t.match(action, /^(kms|iam|organizations|s3|personalize):(Describe|Get|List)/)
})

t.test(
  'the session bears the id of the request for which the role is assumed, and serves others with it',
  async (t) => {
    const names = (): unknown[] =>
      fake.calls.filter(({ operation }) => operation === 'AssumeRole').map(({ input }) => input.RoleSessionName)
    const source = startSource()
    const [first] = await Promise.all([
      source.forRequest({ requestId: '9f0c-A.b_1' }).readKey(KEY, never),
      source.forRequest({ requestId: 'another' }).readRole(ROLE, never)
    ])
    t.match(first, { keyPolicy: { state: 'read' } })
    await source.forRequest({ requestId: 'third' }).readKey(KEY.replace('1234abcd', 'ffffffff'), never)
    t.same(names(), ['personalize-kms-9f0c-A.b_1'], 'once, for the first request')

    installAwsFixture(fake)
    fake.world.assumable[READER] = { externalId: 'tenant-7', lastsSeconds: 30 }
    const renewing = startSource()
    for (const requestId of ['one', 'two']) await renewing.forRequest({ requestId }).readKey(KEY, never)
    t.match(names().at(0), 'personalize-kms-one')
    t.match(names().at(-1), 'personalize-kms-two', 'a renewal is for the request that needs it')
  }
)

t.test('whatever the id is, the name is one that STS takes', async (t) => {
  for (const [requestId, name] of [
    ['a', 'personalize-kms-a'],
    ['x'.repeat(64), `personalize-kms-${'x'.repeat(48)}`],
    ['a b/c:d\u00e9', 'personalize-kms-a-b-c-d-'],
    ['', 'personalize-kms-'],
    [undefined, 'personalize-kms']
  ] as const) {
    installAwsFixture(fake)
    await startSource()
      .forRequest(requestId === undefined ? {} : { requestId })
      .readKey(KEY, never)
    const input = fake.calls.find(({ operation }) => operation === 'AssumeRole')?.input
    t.equal(input?.RoleSessionName, name)
    t.match(input?.RoleSessionName, /^[\w+=,.@-]{2,64}$/)
  }
})

t.test('what is about to expire is renewed', async (t) => {
  fake.world.assumable[READER] = { externalId: 'tenant-7', lastsSeconds: 30 }
  const source = startSource()
  await source.readKey(KEY, never)
  await source.readKey(KEY, never)
  t.ok((fake.counts().AssumeRole ?? 0) >= 2)
})

t.test('an account without a role is read with the own credentials', async (t) => {
  const own = KEY.replace(WORKLOAD, OWN)
  fake.world.keys[own] = { policy: '{}' }
  t.match(await startSource().readKey(own, never), { keyPolicy: { state: 'read' } })
  t.ok(fake.calls.every(({ accountId }) => accountId === undefined))
})

t.test('a role that cannot be assumed loses its account alone, with the reason', async (t) => {
  const own = KEY.replace(WORKLOAD, OWN)
  fake.world.keys[own] = { policy: '{}' }
  const faults = [
    ...answers.failures.filter(({ name }) => name !== 'empty'),
    { name: 'external id', answer: undefined, cause: 'accessDenied' as const }
  ]
  for (const { name, answer, cause } of faults) {
    if (answer === undefined) fake.world.assumable[READER] = { externalId: 'another' }
    else fake.always('AssumeRole', answer)
    const source = startSource({ timeoutMs: answer === answers.hang ? 2_500 : 60_000 })
    const [key, role, ownKey] = await Promise.all([
      source.readKey(KEY, never),
      source.readRole(ROLE, never),
      source.readKey(own, never)
    ])
    for (const part of [key.metadata, key.keyPolicy, key.grants, role.role, role.trustPolicy]) {
      t.match(
        part,
        {
          state: 'notRead',
          cause,
          why: new RegExp(`role ${READER} configured for account ${WORKLOAD} could not be assumed \\(AssumeRole failed`)
        },
        name
      )
      t.notMatch(part, { why: /http|secret|internal/ })
    }
    t.match(ownKey, { metadata: { state: 'read' }, keyPolicy: { state: 'read' } }, name)
    installAwsFixture(fake)
    fake.world.keys[own] = { policy: '{}' }
  }
})

t.test('without credentials of its own it can assume nothing', async (t) => {
  t.teardown(useNoCredentials())
  const { metadata } = await startSource().readKey(KEY, never)
  t.match(metadata, { state: 'notRead', cause: 'credentials' })
  t.equal(fake.calls.length, 0)
})

t.test("no Region that the SDK does not know, and no role of the request's own, gets to AWS", async (t) => {
  const source = startSource()
  for (const region of ['us-east-9', 'eu-evil-1', 'us-east-1.evil.example', 'localhost', 'aws-global', '']) {
    t.match(
      await source.readKey(KEY.replace('us-east-1', region), never),
      { metadata: { state: 'notRead', cause: 'other' } },
      region
    )
  }
  t.equal(fake.calls.length, 0)
})

t.test('signatures of a clock that is off are corrected', async (t) => {
  for (const clockAheadMs of [3_600_000, -3_600_000]) {
    fake.world.clockAheadMs = clockAheadMs
    const source = startSource({ maxAttempts: 3 })
    t.match(await source.readKey(KEY, never), { metadata: { state: 'read' }, keyPolicy: { state: 'read' } })
    t.match(await source.readRole(ROLE, never), { role: { state: 'read' }, identityPolicies: { lost: [] } })
  }
})
