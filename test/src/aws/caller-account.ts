import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { KEY, awsFixtureConfig, OWN, ROLE, installAwsFixture, WORKLOAD } from '../../fake-aws/aws-fixture.js'

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
const OWN_ROLE = `arn:aws:iam::${OWN}:role/Missing`
const FOREIGN_ROLE = `arn:aws:iam::${WORKLOAD}:role/Missing`

/** A call that is never answered ends after `timeoutMs`. */
function startSource (timeoutMs = 60_000) {
  const { assumeRoles: _, ...config } = awsFixtureConfig(fake)
  const source = createPolicySource({ ...config, timeoutMs })
  t.teardown(() => {
    source.close()
  })
  return source
}

t.test(
  'a role that is not found is missing only in the account of the credentials, which is learnt once',
  async (t) => {
    const source = startSource()
    t.match((await source.readRole(OWN_ROLE, never)).role, { state: 'notFound' })
    t.match((await source.readRole(FOREIGN_ROLE, never)).role, {
      state: 'notRead',
      cause: 'accessDenied',
      why: new RegExp(`${OWN}.*IAM of account ${WORKLOAD}`)
    })
    t.match((await source.forRequest().readRole(OWN_ROLE, never)).role, { state: 'notFound' })
    t.equal(fake.counts().GetCallerIdentity, 1)
  }
)

t.test('caller account: the role may be a namesake, nothing of it is reported', async (t) => {
  fake.world.roles.Missing = { arn: OWN_ROLE, trustPolicy: '{}', inline: { own: '{}' } }
  fake.always('GetRole', answers.accessDenied)
  t.match(await startSource().readRole(FOREIGN_ROLE, never), {
    role: { state: 'notRead', cause: 'accessDenied' },
    identityPolicies: { read: [] }
  })
})

t.test('where the account is not known, a role that is not found is unknown', async (t) => {
  for (const { name, answer, cause } of answers.failures) {
    installAwsFixture(fake)
    fake.always('GetCallerIdentity', answer)
    const source = startSource(answer === answers.hang ? 2_500 : 60_000)
    t.match(
      (await source.readRole(OWN_ROLE, never)).role,
      { state: 'notRead', cause, why: /GetCallerIdentity failed/ },
      name
    )
    fake.reset()
    t.match((await source.readRole(OWN_ROLE, never)).role, { state: 'notFound' }, 'and it is asked again')
  }
})

t.test('caller account: the role is found, GetCallerIdentity is not called', async (t) => {
  fake.world.accountId = WORKLOAD
  const source = startSource()
  await Promise.all([source.readRole(ROLE, never), source.readKey(KEY, never)])
  t.equal(fake.counts().GetCallerIdentity, undefined)
})

t.test('key policy: the key is of another account, that is the reason reported', async (t) => {
  for (const refusal of [answers.accessDenied, answers.notFound]) {
    installAwsFixture(fake)
    fake.always('GetKeyPolicy', refusal)
    t.match(await startSource().readKey(KEY, never), {
      metadata: { state: 'read' },
      keyPolicy: {
        state: 'notRead',
        cause: 'accessDenied',
        why: new RegExp(`${OWN}.*key policy of account ${WORKLOAD}`)
      }
    })
  }
  fake.world.accountId = WORKLOAD
  t.match(
    await startSource().readKey(KEY, never),
    { keyPolicy: { state: 'notRead', why: /^GetKeyPolicy failed/ } },
    "in its own account AWS's reason stands"
  )
})
