import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { AwsConfig } from '../../../src/aws/settings.js'
import type { OrganizationPolicies, PolicyLevel, Read } from '../../../src/verify/read/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { awsFixtureConfig, installAwsFixture, MANAGEMENT, OWN, WORKLOAD } from '../../fake-aws/aws-fixture.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'

const DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:*","Resource":"*"}]}'
const OPERATIONS = ['DescribeOrganization', 'ListParents', 'ListPoliciesForTarget', 'DescribePolicy']

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

t.beforeEach(() => {
  installAwsFixture(fake)
})

function organization () {
  const { organization } = fake.world
  if (organization === undefined) throw new Error('the fixture has an organization')
  return organization
}

async function read (
  accountId = WORKLOAD,
  config: Partial<AwsConfig> = {},
  partition = 'aws'
): Promise<OrganizationPolicies> {
  const source = createPolicySource({ ...awsFixtureConfig(fake), ...config })
  t.teardown(() => {
    source.close()
  })
  const policies = await source
    .forRequest()
    .readOrganizationPolicies?.({ partition, accountId }, new AbortController().signal)
  if (policies === undefined) throw new Error('the source reads no organizations')
  return policies
}

const namesOf = (read: Read<PolicyLevel[]>): string[][] =>
  read.state === 'read' ? read.value.map((level) => level.read.map(({ name }) => name)) : []

t.test('every level from the root to the account, of either kind', async (t) => {
  organization().policies['p-deny'] = { name: 'NoKms', type: 'SERVICE_CONTROL_POLICY', content: DENY }
  organization().attached['ou-root-unit']?.push('p-deny')
  const { serviceControlPolicies, resourceControlPolicies } = await read()
  t.same(namesOf(serviceControlPolicies), [['FullAWSAccess'], ['FullAWSAccess', 'NoKms'], ['FullAWSAccess']])
  t.same(namesOf(resourceControlPolicies), [['RCPFullAWSAccess'], ['RCPFullAWSAccess'], ['RCPFullAWSAccess']])
  t.match(serviceControlPolicies, { value: [{}, { read: [{}, { document: DENY }], lost: [] }] })
  t.same(fake.counts(), { DescribeOrganization: 1, ListParents: 2, ListPoliciesForTarget: 6, DescribePolicy: 3 })
  t.ok(fake.calls.every(({ region, accountId }) => region === 'us-east-1' && accountId === undefined))
})

t.test('accounts of one request share what is above them', async (t) => {
  const source = createPolicySource(awsFixtureConfig(fake))
  t.teardown(() => {
    source.close()
  })
  const request = source.forRequest()
  await Promise.all(
    [WORKLOAD, OWN].map((accountId) =>
      request.readOrganizationPolicies?.({ partition: 'aws', accountId }, new AbortController().signal)
    )
  )
  t.same(fake.counts(), { DescribeOrganization: 1, ListParents: 3, ListPoliciesForTarget: 8, DescribePolicy: 2 })
})

t.test('lists are read to their end, over empty pages', async (t) => {
  for (let index = 0; index < 12; index++) {
    organization().policies[`p-${index}`] = { name: `N${index}`, type: 'SERVICE_CONTROL_POLICY', content: DENY }
    organization().attached['r-root']?.push(`p-${index}`)
  }
  Object.assign(fake.world, { pageSize: 5, emptyPages: 1 })
  t.equal(namesOf((await read()).serviceControlPolicies)[0]?.length, 13)
})

t.test(
  'no policies apply: management account, no organization, consolidated billing, a kind that is not in use',
  async (t) => {
    const nothing = {
      serviceControlPolicies: { state: 'notPresent' },
      resourceControlPolicies: { state: 'notPresent' }
    }
    t.match(await read(MANAGEMENT), nothing)
    t.same(fake.counts(), { DescribeOrganization: 1, ListParents: 1 }, 'its path alone is read')
    organization().featureSet = 'CONSOLIDATED_BILLING'
    t.same(await read(), nothing)
    delete fake.world.organization
    t.match(await read(OWN), nothing)
    installAwsFixture(fake)
    for (const target of Object.keys(organization().attached)) organization().attached[target] = ['p-FullAWSAccess']
    t.match(await read(), {
      serviceControlPolicies: { state: 'read' },
      resourceControlPolicies: { state: 'notPresent' }
    })
  }
)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
t.test('membership: account of the organization, has its id and the path to the account', async (t) => {
  const organizationId = 'o-exampleorgid'
  const membershipOf = async (accountId?: string): Promise<unknown> => (await read(accountId)).membership
  t.same(await membershipOf(), {
    state: 'read',
    value: { organizationId, path: `${organizationId}/r-root/ou-root-unit/` }
  })
  t.same(await membershipOf(MANAGEMENT), { state: 'read', value: { organizationId, path: `${organizationId}/r-root/` } })
  t.equal(await membershipOf('777788889999'), undefined, 'an account of another organization')
  fake.always('ListParents', answers.accessDenied)
  t.same(await membershipOf(OWN), { state: 'read', value: { organizationId } }, 'the own account, without its path')
  t.equal(await membershipOf(), undefined, 'any other account, of which the parents were not read')
  const { membership, pathNotRead } = await read(MANAGEMENT)
  t.same(membership, { state: 'read', value: { organizationId } }, 'the management account, without its path')
  t.match(pathNotRead, /^ListParents failed: AccessDenied/)
  fake.always('DescribeOrganization', answers.accessDenied)
  t.equal(await membershipOf(OWN), undefined, 'nothing was read')
})

t.test('membership: parents above the unit are not readable, has the id without the path', async (t) => {
  fake.always('ListParents', answers.accessDenied, ({ ChildId }) => ChildId === 'ou-root-unit')
  t.same((await read()).membership, { state: 'read', value: { organizationId: 'o-exampleorgid' } })
})

t.test('membership: account in no organization, is known to be in none', async (t) => {
  delete fake.world.organization
  t.same((await read(OWN)).membership, { state: 'notPresent' })
  t.equal((await read()).membership, undefined, 'of another account nothing follows')
})

t.test("out of sight: another organization, or none of the credentials' own", async (t) => {
  t.match(await read('777788889999'), {
    serviceControlPolicies: {
      state: 'notRead',
      cause: 'otherOrganization',
      why: /777788889999 is not in the organization/
    }
  })
  delete fake.world.organization
  t.match(await read(), {
    resourceControlPolicies: {
      state: 'notRead',
      cause: 'otherOrganization',
      why: new RegExp(`${OWN}, which is in no organization`)
    }
  })
})

t.test('the role of the management account reads, where one is configured', async (t) => {
  const roleArn = `arn:aws:iam::${MANAGEMENT}:role/OrganizationReader`
  fake.world.assumable[roleArn] = {}
  t.match(await read(WORKLOAD, { assumeRoles: new Map([[MANAGEMENT, { roleArn }]]) }), {
    serviceControlPolicies: { state: 'read' }
  })
  for (const { operation, accountId } of fake.calls)
    t.equal(accountId, ['AssumeRole', 'DescribeOrganization'].includes(operation) ? undefined : MANAGEMENT, operation)
})

t.test('organization: a member account may not read it, reported as not read', async (t) => {
  for (const operations of [
    ['DescribeOrganization'],
    ['ListPoliciesForTarget'],
    ['ListParents', 'ListPoliciesForTarget']
  ]) {
    installAwsFixture(fake)
    for (const operation of operations) fake.always(operation, answers.accessDenied)
    const { serviceControlPolicies, resourceControlPolicies } = await read()
    for (const part of [serviceControlPolicies, resourceControlPolicies])
      t.match(part, {
        state: 'notRead',
        cause: 'accessDenied',
        why: `${operations.at(-1)} failed: AccessDeniedException`
      })
  }
})

t.test('who may not ask for the levels above still sees what denies on the level of the account', async (t) => {
  installAwsFixture(fake)
  fake.always('ListParents', answers.accessDenied)
  for (const part of Object.values(await read())) {
    const [above, own] = part.state === 'read' ? part.value : []
    t.match(above, { read: [], lost: [{ name: 'the levels above', cause: 'accessDenied' }] })
    t.ok(own !== undefined && own.read.length > 0, 'the policies of the account itself')
  }
})

t.test('each failure of each call loses what it was to bring, and no more', async (t) => {
  for (const operation of OPERATIONS) {
    for (const { name, answer, cause } of answers.failures.filter(({ cause }) => cause !== 'accessDenied')) {
      // A client that was throttled waits for seconds before its next call: once is enough.
      if (answer === answers.throttled && operation !== 'DescribePolicy') continue
      installAwsFixture(fake)
      fake.always(
        operation,
        answer,
        ({ TargetId = 'r-root', PolicyId = 'p-FullAWSAccess', ChildId = 'ou-root-unit' }) =>
          TargetId === 'r-root' && PolicyId === 'p-FullAWSAccess' && ChildId === 'ou-root-unit'
      )
      const { serviceControlPolicies: scps, resourceControlPolicies: rcps } = await read(WORKLOAD, {
        timeoutMs: answer === answers.hang ? 2_500 : 60_000
      })
      const where = `${operation} ${name}`
      if (operation === 'DescribeOrganization') t.match(scps, { state: 'notRead', cause }, where)
      else t.match(scps, { state: 'read', value: [{ lost: [{ cause }] }] }, where)
      if (operation === 'DescribePolicy')
        t.same(namesOf(rcps), [['RCPFullAWSAccess'], ['RCPFullAWSAccess'], ['RCPFullAWSAccess']], where)
      if (operation === 'ListPoliciesForTarget' || operation === 'ListParents')
        t.same(namesOf(scps).slice(1), [['FullAWSAccess'], ['FullAWSAccess']], where)
    }
  }
})

t.test('a refusal of one level or one policy is a loss there', async (t) => {
  fake.always('ListPoliciesForTarget', answers.accessDenied, ({ TargetId }) => TargetId === 'r-root')
  fake.always('DescribePolicy', answers.notFound, ({ PolicyId }) => PolicyId === 'p-FullAWSAccess')
  t.match((await read()).serviceControlPolicies, {
    state: 'read',
    value: [
      { read: [], lost: [{ name: 'policies of r-root', cause: 'accessDenied' }] },
      { read: [], lost: [{ name: 'FullAWSAccess', cause: 'other' }] },
      { lost: [{}] }
    ]
  })
})

t.test('a way up that has no end is given up', async (t) => {
  organization().parents['ou-root-unit'] = WORKLOAD
  t.match((await read()).serviceControlPolicies, { value: [{ lost: [{ cause: 'malformedAnswer' }] }] })
})

t.test('China has its own; an unknown partition has none', async (t) => {
  await read(WORKLOAD, {}, 'aws-cn')
  t.ok(fake.calls.every(({ region }) => region === 'cn-northwest-1'))
  t.match(await read(WORKLOAD, {}, 'aws-iso'), { serviceControlPolicies: { state: 'notRead' } })
})

t.test('a source that is not set up for it has no such read', async (t) => {
  const source = createPolicySource({ ...awsFixtureConfig(fake), organizationPolicies: false })
  t.teardown(() => {
    source.close()
  })
  t.equal(source.forRequest().readOrganizationPolicies, undefined)
})
