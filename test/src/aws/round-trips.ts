import t from 'tap'
import { restricted } from '../../../src/access/restricted-source.js'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'
import { startApp } from '../../helper.js'

const ACCOUNT = '111122223333'
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`
const MANAGED = `arn:aws:iam::${ACCOUNT}:policy/Kms`
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/Boundary`
const USAGE = { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }
const ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}'
const TAGGED = ALLOW.replace('"Resource":"*"', '"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/app":"x"}}')

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

function setWorld ({ inline = ALLOW, attached = [MANAGED] } = {}): void {
  fake.reset()
  fake.world.keys[KEY] = { policy: ALLOW }
  fake.world.managedPolicies = { [MANAGED]: ALLOW, [BOUNDARY]: ALLOW }
  fake.world.roles.Personalize = { arn: ROLE, trustPolicy: ALLOW, inline: { One: inline }, attached, boundary: BOUNDARY }
}

function createSource () {
  const source = createPolicySource({
    timeoutMs: 60_000,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  t.teardown(() => {
    source.close()
  })
  return source
}

/** The calls of a wave are answered when all of them are in flight: one that waits for another of its wave never is. */
function answerInWaves (waves: readonly string[][]): void {
  for (const wave of waves) {
    const gate = answers.together(wave.length)
    for (const operation of new Set(wave)) fake.always(operation, gate)
  }
}

const WITH_GET_ROLE = ['DescribeKey', 'GetKeyPolicy', 'ListGrants', 'GetRole', 'ListRolePolicies', 'ListAttachedRolePolicies']

t.test('POST /verify: one key and one role with policies of every kind, three round trips, no call twice', async (t) => {
  setWorld()
  const waves = [
    WITH_GET_ROLE,
    ['GetRolePolicy', 'GetPolicy', 'GetPolicy'],
    ['GetPolicyVersion', 'GetPolicyVersion']
  ]
  answerInWaves(waves)
  const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource: createSource() })
  const { body } = await agent.post('/verify').send({ usage: USAGE })
  t.notMatch(JSON.stringify(body.findings), 'NOT_READABLE')
  t.same(fake.calls.map(({ operation }) => operation).sort(), waves.flat().sort())
})

t.test('POST /verify: inline policies alone, two round trips, and a third for the tags that they name', async (t) => {
  for (const inline of [ALLOW, TAGGED]) {
    setWorld({ inline, attached: [] })
    delete fake.world.roles.Personalize?.boundary
    const waves = [WITH_GET_ROLE, ['GetRolePolicy'], ...(inline === TAGGED ? [['ListResourceTags']] : [])]
    answerInWaves(waves)
    const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource: createSource() })
    const { body } = await agent.post('/verify').send({ usage: USAGE })
    t.notMatch(JSON.stringify(body.findings), 'NOT_READABLE')
    t.same(fake.calls.map(({ operation }) => operation).sort(), waves.flat().sort())
  }
})

t.test('restricted source: nothing of a role is read before GetRole has returned its ARN', async (t) => {
  setWorld()
  const gate = answers.together(2)
  for (const operation of ['ListRolePolicies', 'ListAttachedRolePolicies']) fake.always(operation, gate)
  fake.always('GetRole', answers.after(50))
  const access = { mayRead: () => true, mayReadAccount: () => true }
  const role = await restricted(createSource(), access).forRequest?.().readRole(ROLE, new AbortController().signal)
  t.match(role, { role: { state: 'read' }, identityPolicies: { lost: [] } })
  t.equal(fake.calls[0]?.operation, 'GetRole')
  const [getRole, ...others] = fake.calls
  t.ok(others.every(({ startedAt }) => startedAt - (getRole?.startedAt ?? 0) >= 45), 'they wait for its answer')
})

t.test('readRole: cached lists are of the role of this name at another path, they are dropped', async (t) => {
  setWorld()
  const source = createSource()
  const { signal } = new AbortController()
  await source.forRequest().readRole(ROLE, signal)
  const calls = fake.calls.length
  const request = source.forRequest({ maxAgeSeconds: 60 })
  const role = await request.readRole(ROLE.replace('service-role/', ''), signal)
  t.match(role, { role: { state: 'notFound' }, identityPolicies: { read: [], lost: [] } })
  t.same(request.cachedReads?.().map(({ what }) => what), ['GetRole'])
  t.equal(fake.calls.length, calls)
})

t.test('POST /verify: one key, one role and one bucket, no more round trips than without the bucket, no call twice', async (t) => {
  const reads = ['GetBucketPolicy', 'GetBucketEncryption', 'GetBucketOwnershipControls', 'GetPublicAccessBlock', 'GetBucketLocation']
  const locations = ['in/', 'out/'].map((prefix) => ({ uri: `s3://amzn-s3-demo-bucket/${prefix}` }))
  const usage = { operations: ['batchInferenceJob'], roleArns: [ROLE], region: 'us-east-1', locations }
  const bucket = { accountId: ACCOUNT, region: 'us-east-1', policy: ALLOW, encryption: { algorithm: 'aws:kms', key: KEY } }
  const ofRole = ['GetRole', 'ListRolePolicies', 'ListAttachedRolePolicies']
  const ofKey = ['DescribeKey', 'GetKeyPolicy', 'ListGrants']
  const cases = [
    // The key is given.
    { kmsKeyArns: [KEY], waves: [[...ofKey, ...ofRole, ...reads], ['GetRolePolicy', 'GetPolicy', 'GetPolicy']] },
    // The bucket names the key.
    { waves: [[...ofRole, ...reads], [...ofKey, 'GetRolePolicy', 'GetPolicy', 'GetPolicy']] }
  ]
  for (const { waves, ...keys } of cases) {
    setWorld()
    fake.world.buckets['amzn-s3-demo-bucket'] = bucket
    const all = [...waves, ['GetPolicyVersion', 'GetPolicyVersion']]
    answerInWaves(all)
    const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource: createSource() })
    const { body } = await agent.post('/verify').send({ usage: { ...usage, ...keys } })
    t.notMatch(JSON.stringify(body.findings), 'NOT_READABLE')
    t.same(fake.calls.map(({ operation }) => operation).sort(), all.flat().sort())
  }
})
