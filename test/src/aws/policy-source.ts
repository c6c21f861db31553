import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials, useNoCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ALIAS = 'arn:aws:kms:us-east-1:111122223333:alias/personalize'
const SHARED = 'arn:aws:iam::111122223333:policy/shared'
const roleArn = (name: string): string => `arn:aws:iam::111122223333:role/${name}`

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

t.beforeEach(() => {
  fake.reset()
  fake.world.keys[KEY] = { policy: '{}' }
  fake.world.aliases[ALIAS] = KEY
  for (const name of ['a', 'b']) fake.world.roles[name] = { arn: roleArn(name), trustPolicy: '{}', attached: [SHARED] }
  fake.world.managedPolicies[SHARED] = '{}'
})

const config = { timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, retryStrategy: immediateRetry }
const never = new AbortController().signal

t.test('one request makes no read twice', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  const request = source.forRequest()
  const [key, alias, again] = await Promise.all([
    request.readKey(KEY, never),
    request.readKey(ALIAS, never),
    request.readKey(KEY, never),
    request.readRole(roleArn('a'), never),
    request.readRole(roleArn('b'), never),
    request.readRole(roleArn('a'), never)
  ])
  await request.readRole(roleArn('b'), never)
  t.same([key.kmsKeyArn, alias.kmsKeyArn, again.kmsKeyArn], [KEY, KEY, KEY])
  t.same(fake.counts(), {
    DescribeKey: 2,
    GetKeyPolicy: 1,
    ListGrants: 1,
    GetRole: 2,
    ListRolePolicies: 2,
    ListAttachedRolePolicies: 2,
    GetPolicy: 1,
    GetPolicyVersion: 1
  })
})

t.test('two requests read each for itself, so that neither sees old policies', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  await source.forRequest().readKey(KEY, never)
  fake.world.keys[KEY] = { policy: '{"changed":true}' }
  t.match(await source.forRequest().readKey(KEY, never), { keyPolicy: { value: '{"changed":true}' } })
  t.match(
    await source.readKey(KEY, never),
    { keyPolicy: { value: '{"changed":true}' } },
    'as does a read outside of any request'
  )
})

t.test('concurrent requests: share the reads in flight, one that leaves cancels none of the other', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListGrants', 'GetRole'])
    fake.always(operation, answers.after(100))
  const leaving = new AbortController()
  const reads = [leaving.signal, never, never].map((signal) => {
    const request = source.forRequest()
    return Promise.all([request.readKey(KEY, signal), request.readRole(roleArn('a'), signal)])
  })
  setTimeout(() => {
    leaving.abort()
  }, 40)
  const [left, ...stayed] = await Promise.all(reads)
  t.match(left, [
    { keyPolicy: { state: 'notRead', cause: 'timeout' } },
    { role: { state: 'notRead', cause: 'timeout' } }
  ])
  for (const [key, role] of stayed)
    t.match(
      { key, role },
      {
        key: { metadata: { state: 'read' }, keyPolicy: { state: 'read' }, grants: { state: 'read' } },
        role: { role: { state: 'read' }, identityPolicies: { lost: [] } }
      }
    )
  t.same(fake.counts(), {
    DescribeKey: 1,
    GetKeyPolicy: 1,
    ListGrants: 1,
    GetRole: 1,
    ListRolePolicies: 1,
    ListAttachedRolePolicies: 1,
    GetPolicy: 1,
    GetPolicyVersion: 1
  })
})

t.test('a version of a policy is read once for all requests, for it never changes', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  const policiesNow = async (): Promise<unknown> =>
    (await source.forRequest().readRole(roleArn('a'), never)).identityPolicies
  await policiesNow()
  t.match(await policiesNow(), { read: [{ arn: SHARED, document: '{}' }], lost: [] })
  t.match(fake.counts(), { GetPolicy: 2, GetPolicyVersion: 1 })

  fake.world.managedPolicies[SHARED] = '{"new":"version"}'
  fake.world.policyVersion = 'v4'
  t.match(await policiesNow(), { read: [{ document: '{"new":"version"}' }] })
  fake.world.managedPolicies[SHARED] = '{"new":"policy"}'
  fake.world.policyId = 'ANPAANOTHEREXAMPLE'
  t.match(
    await policiesNow(),
    { read: [{ document: '{"new":"policy"}' }] },
    'a policy that was deleted and created again is another, whatever its version'
  )
  t.equal(fake.counts().GetPolicyVersion, 3)
})

t.test('a request that allows it is answered from earlier reads, and says which', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  await Promise.all([source.readKey(ALIAS, never), source.readRole(roleArn('a'), never)])
  const calls = fake.calls.length
  fake.world.keys[KEY] = { policy: '{"changed":true}' }
  const allowing = source.forRequest({ maxAgeSeconds: 60 })
  t.match(await allowing.readKey(ALIAS, never), { kmsKeyArn: KEY, keyPolicy: { value: '{}' } })
  t.match(await allowing.readRole(roleArn('a'), never), { role: { state: 'read' } })
  t.equal(fake.calls.length, calls)
  const cached = allowing.cachedReads?.() ?? []
  t.same(cached.map(({ what, arn }) => `${what} ${arn}`).sort(), [
    `DescribeKey ${ALIAS}`,
    `GetKeyPolicy ${KEY}`,
    `GetPolicy ${SHARED}`,
    `GetRole ${roleArn('a')}`,
    `ListAttachedRolePolicies ${roleArn('a')}`,
    `ListGrants ${KEY}`,
    `ListRolePolicies ${roleArn('a')}`
  ])
  t.ok(cached.every(({ ageSeconds }) => ageSeconds >= 0 && ageSeconds <= 60))
  const strict = source.forRequest({ maxAgeSeconds: 0 })
  t.match(await strict.readKey(ALIAS, never), { keyPolicy: { value: '{"changed":true}' } })
  t.same(strict.cachedReads?.(), [])
})

t.test('thousands of grants are read to the last', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  fake.world.keys[KEY] = {
    policy: '{}',
    grants: Array.from({ length: 5_000 }, (_, index) => ({
      GrantId: `g-${index}`,
      GranteePrincipal: roleArn('a'),
      Operations: ['Decrypt']
    }))
  }
  const { grants } = await source.readKey(KEY, never)
  t.equal(grants.state === 'read' && new Set(grants.value.map(({ GrantId }) => GrantId)).size, 5_000)
  t.equal(fake.counts().ListGrants, 50)
})

t.test(
  'of each API no more calls are in flight than configured, and one API takes no places from another',
  async (t) => {
    const source = createPolicySource({ ...config, concurrency: 2, endpoint: fake.url, retryStrategy: immediateRetry })
    t.teardown(() => {
      source.close()
    })
    for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListGrants', 'GetRole', 'ListRolePolicies'])
      fake.always(operation, answers.after(15))
    const other = KEY.replace('1234abcd', 'aaaaaaaa')
    await Promise.all([source.readKey(KEY, never), source.readKey(other, never)])
    t.equal(fake.mostAtOnce, 2)
    const both = answers.together(4)
    for (const operation of ['DescribeKey', 'GetKeyPolicy', 'GetRole', 'ListRolePolicies']) fake.always(operation, both)
    await Promise.all([source.readKey(KEY, never), source.readRole(roleArn('a'), never)])
    t.ok(fake.mostAtOnce <= 4)
  }
)

t.test('a request that ends: its reads in flight and its waiting reads are cancelled', async (t) => {
  const source = createPolicySource({
    ...config,
    timeoutMs: 60_000,
    concurrency: 1,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  t.teardown(() => {
    source.close()
  })
  for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListGrants', 'GetRole']) fake.always(operation, answers.hang)
  const controller = new AbortController()
  const request = source.forRequest()
  const reads = Promise.all([
    request.readKey(KEY, controller.signal),
    request.readRole(roleArn('a'), controller.signal)
  ])
  setTimeout(() => {
    controller.abort(new Error('client gone'))
  }, 100)
  const [key, role] = await reads

  for (const part of [key.metadata, key.keyPolicy, key.grants, role.role])
    t.match(part, { state: 'notRead', cause: 'timeout', why: /given up/ })
  t.same(fake.calls.map(({ service }) => service).sort(), ['iam', 'kms'], 'what waited was never sent')

  fake.reset()
  fake.world.keys[KEY] = { policy: '{}' }
  t.match(await source.readKey(KEY, never), { keyPolicy: { state: 'read' } }, 'and its places are free again')
  t.match(
    await source.readKey(KEY, AbortSignal.abort()),
    { keyPolicy: { state: 'notRead', cause: 'timeout' } },
    'a request that has ended reads nothing'
  )
})

t.test('an answer that trickles without end is given up all the same', { timeout: 300_000 }, async (t) => {
  const source = createPolicySource({ ...config, timeoutMs: 2_500, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  fake.always('GetKeyPolicy', answers.trickle)
  fake.always('GetRole', answers.trickle)
  const [key, role] = await Promise.all([source.readKey(KEY, never), source.readRole(roleArn('a'), never)])
  t.match(key, { metadata: { state: 'read' }, keyPolicy: { state: 'notRead', cause: 'timeout' } })
  t.match(role, { role: { state: 'notRead', cause: 'timeout' }, identityPolicies: { read: [] } })
})

t.test('many reads of one request leave no warning about listeners', async (t) => {
  const warnings: string[] = []
  const warn = (warning: Error): void => {
    warnings.push(warning.name)
  }
  process.on('warning', warn)
  t.teardown(() => process.off('warning', warn))
  const source = createPolicySource({ ...config, concurrency: 2, endpoint: fake.url, retryStrategy: immediateRetry })
  t.teardown(() => {
    source.close()
  })
  const inline = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, '{}']))
  fake.world.roles.a = { arn: roleArn('a'), trustPolicy: '{}', inline }
  const { identityPolicies } = await source.readRole(roleArn('a'), new AbortController().signal)
  t.equal(identityPolicies.read.length, 60)
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(warnings.includes('MaxListenersExceededWarning'), warnings.join())
})

t.test("endpoints come from the SDK's own variables", async (t) => {
  t.teardown(useFakeCredentials({ AWS_ENDPOINT_URL: fake.url }))
  const source = createPolicySource(config)
  t.teardown(() => {
    source.close()
  })
  t.match(await source.readKey(KEY, never), { metadata: { state: 'read' } })
  t.match(await source.readRole(roleArn('a'), never), { role: { state: 'read' } })

  t.test('and those of one service go before', async (t) => {
    t.teardown(useFakeCredentials({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_KMS: fake.url }))
    const source = createPolicySource(config)
    t.teardown(() => {
      source.close()
    })
    t.match(await source.readKey(KEY, never), { metadata: { state: 'read' } })
    t.match(await source.readRole(roleArn('a'), never), {
      role: { state: 'notRead', cause: 'unavailable', why: 'GetRole failed: ECONNREFUSED' }
    })
  })
})

t.test('without credentials every part says so', async (t) => {
  t.teardown(useNoCredentials())
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  const [key, role] = await Promise.all([source.readKey(KEY, never), source.readRole(roleArn('a'), never)])
  for (const part of [key.metadata, key.keyPolicy, key.grants, role.role, role.trustPolicy, role.permissionsBoundary])
    t.match(part, { state: 'notRead', cause: 'credentials' })
  t.equal(fake.calls.length, 0)
})

t.test('credentials that STS refuses are no refusal of the call itself', async (t) => {
  const undo = useFakeCredentials({
    AWS_ROLE_ARN: roleArn('web'),
    AWS_WEB_IDENTITY_TOKEN_FILE: '/dev/null',
    AWS_ENDPOINT_URL_STS: fake.url,
    AWS_REGION: 'us-east-1'
  })
  Reflect.deleteProperty(process.env, 'AWS_ACCESS_KEY_ID')
  t.teardown(undo)
  fake.always('AssumeRoleWithWebIdentity', answers.accessDenied)
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  t.match(await source.readKey(KEY, never), { metadata: { state: 'notRead', cause: 'credentials' } })
  t.same(fake.counts(), { AssumeRoleWithWebIdentity: fake.calls.length })
})

t.test('connections are kept and used again', async (t) => {
  const source = createPolicySource({ ...config, endpoint: fake.url })
  t.teardown(() => {
    source.close()
  })
  for (let round = 0; round < 5; round++) await source.readKey(KEY, never)
  t.ok(fake.connections <= 3, `${fake.connections} connections for 15 calls`)
})
