import t from 'tap'
import type { Report } from '../../schemas/verification.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { answers, type FakeAws, startFakeAws } from '../fake-aws.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { immediateRetry } from '../fake-aws/immediate-retry.js'
import type { FakeOrganization } from '../fake-aws/world.js'
import { startApp } from '../helper.js'
import {
  assertReport,
  documentOf,
  keyPolicyOf,
  type LiveCase,
  liveCases,
  permissionsOf,
  type SeedNames,
  trustPolicyOf,
  usageOf
} from '../verification/seed.js'

/** The cases of `test/live/*.json` against AWS's protocols on loopback, organizations and refusals included. */
const fake = await startFakeAws()
const restore = useFakeCredentials({ AWS_ACCOUNT_ID: '111122223333' })
t.teardown(async () => {
  restore()
  await fake.close()
})

const ACCOUNT = '111122223333'
const MANAGEMENT = '999999999999'
const FULL_ACCESS = [{ Effect: 'Allow', Action: '*', Resource: '*' }]

function seed (fake: FakeAws, live: LiveCase): SeedNames {
  const { role = {}, key = {}, organization } = live
  fake.reset()
  const { world } = fake
  const names: SeedNames = {
    ACCOUNT,
    ORGANIZATION: 'o-exampleorgid',
    ROLE_ID: 'AROADBQP57FF2AEXAMPLE',
    ROLE_ARN: `arn:aws:iam::${ACCOUNT}:role${role.path ?? '/service-role/'}Reco`,
    KEY_ARN: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  }
  const managed = (name: string, statements: typeof role.boundary): string[] => {
    if (statements === undefined) return []
    world.managedPolicies[name] = documentOf(statements, names)
    return [name]
  }
  const [boundary] = managed(`arn:aws:iam::${ACCOUNT}:policy/Boundary`, role.boundary)
  world.accountId = ACCOUNT
  world.roles.Reco = {
    arn: names.ROLE_ARN,
    roleId: names.ROLE_ID,
    ...(role.tags === undefined ? {} : { tags: role.tags }),
    trustPolicy: JSON.stringify(trustPolicyOf(live, names)),
    inline: { Kms: JSON.stringify(permissionsOf(live, names)) },
    attached: managed('arn:aws:iam::aws:policy/AWSManaged', role.awsManaged),
    ...(boundary === undefined ? {} : { boundary })
  }
  world.keys[names.KEY_ARN] = {
    policy: JSON.stringify(keyPolicyOf(live, names)),
    ...(key.tags === undefined ? {} : { tags: key.tags }),
    metadata: {
      ...(key.state === undefined ? {} : { KeyState: key.state, Enabled: key.state === 'Enabled' }),
      ...(key.origin === undefined ? {} : { Origin: key.origin })
    }
  }
  for (const alias of key.aliases ?? []) world.aliases[`arn:aws:kms:us-east-1:${ACCOUNT}:${alias}`] = names.KEY_ARN
  if (organization !== undefined) world.organization = organizationOf(organization, names)
  for (const operation of live.refused ?? []) fake.always(operation, answers.accessDenied)
  return names
}

function organizationOf (
  { scps = [], rcps = [], levelWithout, management = false }: NonNullable<LiveCase['organization']>,
  names: SeedNames
): FakeOrganization {
  const rcpFullAccess = [{ ...FULL_ACCESS[0], Principal: '*' }]
  const policies: FakeOrganization['policies'] = {}
  const add = (prefix: string, type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY', statements: typeof scps): string[] =>
    statements.map((each, index) => {
      const id = `p-${prefix}${index}`
      policies[id] = { name: id, type, content: documentOf(each, names) }
      return id
    })
  const full = [
    ...add('FullAWSAccess', 'SERVICE_CONTROL_POLICY', [FULL_ACCESS]),
    ...add('RCPFullAWSAccess', 'RESOURCE_CONTROL_POLICY', [rcpFullAccess])
  ]
  const own = [...add('scp', 'SERVICE_CONTROL_POLICY', scps), ...add('rcp', 'RESOURCE_CONTROL_POLICY', rcps)]
  const unit = levelWithout === undefined ? full : [...full.slice(1), ...add('unit', 'SERVICE_CONTROL_POLICY', [levelWithout])]
  return {
    managementAccountId: management ? ACCOUNT : MANAGEMENT,
    parents: { [ACCOUNT]: 'ou-exam-unit', 'ou-exam-unit': 'r-exam' },
    attached: { 'r-exam': [...full, ...own], 'ou-exam-unit': unit, [ACCOUNT]: full },
    policies
  }
}

const ALWAYS = new Set([
  'DescribeKey',
  'GetKeyPolicy',
  'ListGrants',
  'GetRole',
  'ListRolePolicies',
  'GetRolePolicy',
  'ListAttachedRolePolicies'
])

for (const live of await liveCases()) {
  t.test(`live: ${live.title}`, async (t) => {
    const usage = usageOf(live, seed(fake, live))
    const policySource = createPolicySource({
      timeoutMs: 60_000,
      maxAttempts: 1,
      concurrency: 8,
      endpoint: fake.url,
      retryStrategy: immediateRetry,
      organizationPolicies: live.organization !== undefined
    })
    const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource })
    t.teardown(() => {
      policySource.close()
    })
    const { status, body } = await agent.post('/verify').send({ usage })
    t.equal(status, 200)
    assertReport(t, body, live.expect)
    if (live.expect.calls !== undefined)
      t.same(
        fake.calls.map(({ operation }) => operation).filter((operation) => !ALWAYS.has(operation)).sort(),
        live.expect.calls,
        'calls'
      )
  })
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
t.test('live: the reader role of the account cannot be assumed, one finding names the role and what it needs', async (t) => {
  const reader = `arn:aws:iam::${ACCOUNT}:role/readers/PolicyReader`
  fake.reset()
  const policySource = createPolicySource({
    timeoutMs: 60_000,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry,
    assumeRoles: new Map([[ACCOUNT, { roleArn: reader }]])
  })
  const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource })
  t.teardown(() => {
    policySource.close()
  })
  const arns = [`arn:aws:iam::${ACCOUNT}:role/A`, `arn:aws:iam::${ACCOUNT}:role/B`]
  const kmsKeyArns = [`arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`]
  const usage = { operations: ['datasetGroup'], roleArns: arns, kmsKeyArns }
  const { body } = await agent.post('/verify').send({ usage })
  const report: Report = body
  const unread = report.findings.filter(({ code }) => code === 'NOT_READABLE')
  t.equal(report.verdict, 'indeterminate')
  t.equal(unread.length, 1, 'one for everything that was to be read with it')
  t.match(unread[0], { why: new RegExp(reader), remedy: /GET \/policies\/verifier/ })
})

t.test('live: a stream of two roles, one names a tag of the key, the summary knows the tag for both', async (t) => {
  const statement = { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ListGrants'], Resource: '*' }
  const live: LiveCase = {
    title: '',
    source: '',
    key: { tags: { app: 'reco' } },
    role: { permissions: [{ ...statement, Condition: { StringEquals: { 'aws:ResourceTag/app': 'reco' } } }] },
    expect: { verdict: 'fail' }
  }
  const { ROLE_ARN, KEY_ARN } = seed(fake, live)
  const other = { arn: ROLE_ARN.replace('Reco', 'Other'), trustPolicy: '{"Version":"2012-10-17","Statement":[]}' }
  fake.world.roles.Other = other
  fake.always('GetRole', answers.after(100), ({ RoleName }) => RoleName === 'Other')
  const policySource = createPolicySource({
    timeoutMs: 60_000,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource })
  t.teardown(() => {
    policySource.close()
  })
  const usage = { operations: ['datasetGroup'], roleArns: [ROLE_ARN, other.arn], kmsKeyArns: [KEY_ARN] }
  const { text } = await agent.post('/verify').set('accept', 'application/x-ndjson').send({ usage })
  const lines: Array<Record<string, unknown>> = text.trim().split('\n').map((line: string) => JSON.parse(line))
  const reports = lines.filter(({ type }) => type === 'report')
  t.match(reports, [{ roleArn: ROLE_ARN, report: { verdict: 'pass' } }, { roleArn: other.arn, report: { verdict: 'fail' } }])
  const summary = lines.find(({ type }) => type === 'summary')
  t.match(summary, { remediation: { rolePolicies: [{ roleArn: other.arn }], trustPolicies: [{ roleArn: other.arn }] } })
  t.notMatch(summary, { remediation: { rolePolicies: [{ roleArn: ROLE_ARN }] } }, 'the first role needs nothing')
  t.equal(fake.counts().ListResourceTags, 1)
})
