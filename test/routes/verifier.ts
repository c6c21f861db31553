import t from 'tap'
import { createJobSource } from '../../src/aws/personalize.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import type { AwsConfig } from '../../src/aws/settings.js'
import { loadConfig } from '../../src/config/config.js'
import { JOB_KINDS } from '../../src/discovery/job-source.js'
import { authorize } from '../../src/iam/authorize.js'
import { compilePolicy } from '../../src/iam/document/policy-document.js'
import { readPolicyInput } from '../../src/iam/document/policy-input.js'
import { RequestContext } from '../../src/iam/match/request-context.js'
import { startFakeAws } from '../fake-aws.js'
import {
  ALIAS,
  awsFixtureConfig,
  installAwsFixture,
  KEY,
  OWN,
  READER,
  ROLE,
  USAGE,
  WORKLOAD
} from '../fake-aws/aws-fixture.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import type { FakeCall } from '../fake-aws/wire.js'
import { startApp } from '../helper.js'

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

const ASSUME_ROLES = JSON.stringify({ [WORKLOAD]: { roleArn: READER, externalId: 'tenant-7' } })
/** S3's operations that have another name than their action. */
const S3_ACTIONS: Record<string, string> = {
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  ListObjectsV2: 'ListBucket',
  HeadObject: 'GetObject'
}
const actionOf = ({ service, operation }: FakeCall): string => `${service}:${S3_ACTIONS[operation] ?? operation}`

/** What the call asks for, as IAM sees it: KMS authorizes on the key even where an alias is asked for. */
function resourceOf ({ service, operation, input }: FakeCall): string {
  if (operation === 'ListAliases') return '*'
  if (service === 'personalize')
    return operation.startsWith('List') ? '*' : (Object.values(input).find((arn) => typeof arn === 'string') ?? '*')
  if (service === 'kms') return input.KeyId === ALIAS ? KEY : String(input.KeyId)
  if (service === 's3')
    return `arn:aws:s3:::${String(input.Bucket)}${operation === 'HeadObject' ? `/${String(input.Key)}` : ''}`
  if (service === 'organizations') return `arn:aws:organizations::999999999999:${operation}/o-exampleorgid`
  return String(
    input.PolicyArn ?? input.RoleArn ?? `arn:aws:iam::${WORKLOAD}:role/service-role/${String(input.RoleName)}`
  )
}

function decisionOn (document: unknown, call: FakeCall): string {
  const reading = readPolicyInput(typeof document === 'string' ? document : JSON.stringify(document))
  if (!('document' in reading)) throw new Error(reading.fault)
  const resource = { arn: resourceOf(call), accountId: call.accountId ?? OWN }
  const principal = { kind: 'role' as const, value: `arn:aws:iam::${call.accountId ?? OWN}:role/Caller` }
  return authorize(
    { principal, action: actionOf(call), resource, context: new RequestContext([]), rule: 'identity-or-resource' },
    { identityPolicies: { policies: [compilePolicy('verifier', reading.document)], complete: true } }
  ).decision
}

const actionsIn = (document: { Statement: Array<{ Action: string[] }> }): string[] =>
  document.Statement.flatMap(({ Action }) => Action)
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: no permissions are required. */
const NO_PERMISSION = 'sts:GetCallerIdentity'

/** The calls that verifying makes: by the role of the workload's account, or all with the service's own credentials. */
async function callsOf (
  env: Record<string, string>,
  assumeRoles: boolean
): Promise<{ calls: FakeCall[]; policy: { Statement: Array<{ Action: string[] }> } }> {
  const world = installAwsFixture(fake)
  // Tags and aliases are read where a policy names them.
  const named = { StringEquals: { 'aws:ResourceTag/app': 'x', 'kms:RequestAlias': 'alias/x' } }
  const statement = { Effect: 'Deny', Action: 'kms:*', Resource: '*', Condition: named }
  const { Personalize: role } = world.roles
  if (role !== undefined)
    role.inline = { ...role.inline, Named: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }
  if (!assumeRoles) world.accountId = WORKLOAD
  const { assumeRoles: roles, ...config } = awsFixtureConfig(fake)
  const policySource = createPolicySource({
    ...config,
    ...(assumeRoles && roles !== undefined ? { assumeRoles: roles } : {}),
    organizationPolicies: env.ORGANIZATION_POLICIES === 'true',
    sampleObjects: env.SAMPLE_OBJECTS === 'true'
  })
  world.buckets['data'] = { region: 'us-east-1', accountId: WORKLOAD, objects: { 'in/users.csv': {} } }
  t.teardown(() => {
    policySource.close()
  })
  const { agent } = await startApp(
    {
      after: (close) => {
        t.teardown(close)
      }
    },
    { config: loadConfig(env), policySource }
  )
  const missing = { ...USAGE, roleArns: [ROLE, `${ROLE}Missing`], kmsKeyArns: [KEY, ALIAS] }
  for (const usage of [USAGE, missing]) t.equal((await agent.post('/verify').send({ usage })).status, 200)
  const { signal } = new AbortController()
  await readGroup({ ...config, ...(assumeRoles && roles !== undefined ? { assumeRoles: roles } : {}) }, signal)
  await policySource.readBucket('data', { accountId: WORKLOAD, samplePrefixes: ['in/'] }, signal)
  return { calls: [...fake.calls], policy: (await agent.get('/policies/verifier')).body }
}

/** Every call of discovery. */
async function readGroup (config: AwsConfig, signal: AbortSignal): Promise<void> {
  const source = createJobSource(config, { now: () => 0, pause: async () => {} })
  t.teardown(() => {
    source.close()
  })
  const arn = (resource: string): string => `arn:aws:personalize:us-east-1:${WORKLOAD}:${resource}`
  const groupArn = arn('dataset-group/shop')
  const reads = source.forRequest(signal)
  await reads.datasetGroup(groupArn)
  await reads.datasets(groupArn)
  await reads.solutions(groupArn)
  for (const kind of JOB_KINDS) {
    await reads.jobs(kind, { groupArn, filter: {} })
    await reads.job(kind, arn('dataset-import-job/none'))
  }
}

t.test(
  'with roles and organizations: the policy allows each call, uses each action, and so does the session policy',
  async (t) => {
    const { calls, policy } = await callsOf(
      { ASSUME_ROLES, ORGANIZATION_POLICIES: 'true', SAMPLE_OBJECTS: 'true' },
      true
    )
    const own = calls.filter(({ accountId }) => accountId === undefined)
    const assumed = calls.filter(({ accountId }) => accountId === WORKLOAD)
    for (const call of own) t.equal(decisionOn(policy, call), 'allowed', actionOf(call))
    const [assumeRole] = own.filter(({ operation }) => operation === 'AssumeRole')
    const session = String(assumeRole?.input.Policy)
    t.ok(assumed.length > 8)
    for (const call of assumed) t.equal(decisionOn(session, call), 'allowed', `${actionOf(call)} in the session`)
    t.ok(session.length <= 2_048, 'the most that AssumeRole takes')
    const used = new Set(calls.map(actionOf))
    t.same(
      actionsIn(policy).filter((action) => !used.has(action)),
      [],
      'nothing is asked for that is not used'
    )
    const other = assumed.find(({ operation }) => operation === 'DescribeKey')
    t.ok(other)
    if (other !== undefined)
      t.equal(
        decisionOn(session, { ...other, input: { KeyId: KEY.replace(WORKLOAD, OWN) } }),
        'implicitDeny',
        'the session reads its own account alone'
      )
  }
)

t.test('without them: the reads alone, each used', async (t) => {
  const { calls, policy } = await callsOf({}, false)
  for (const call of calls.filter((call) => actionOf(call) !== NO_PERMISSION))
    t.equal(decisionOn(policy, call), 'allowed', actionOf(call))
  const used = new Set(calls.map(actionOf))
  t.same(
    actionsIn(policy).filter((action) => !used.has(action)),
    []
  )
  t.notOk(actionsIn(policy).some((action) => /^(sts|organizations):|^s3:(GetObject|ListBucket)$/.test(action)))
})

t.test('the roles to assume are named exactly, in their partition', async (t) => {
  const { agent } = await startApp(t, { config: loadConfig({ ASSUME_ROLES }) })
  const { body, headers } = await agent.get('/policies/verifier')
  t.match(body.Statement, [{}, {}, {}, {}, {}, {}, {}, { Action: ['sts:AssumeRole'], Resource: [READER] }])
  t.ok(headers.etag)
  const china = await agent.get('/policies/verifier?partition=aws-cn')
  t.same(
    china.body.Statement.map(({ Sid }: { Sid: string }) => Sid),
    ['ReadKeys', 'ListAliases', 'ReadRoles', 'ReadManagedPolicies', 'ReadBuckets', 'ReadDatasetGroups', 'ListJobs']
  )
  t.ok(
    china.body.Statement.every(
      ({ Sid, Resource }: { Sid: string; Resource: unknown }) =>
        ['ListAliases', 'ListJobs'].includes(Sid) || /^\[?"arn:aws-cn:/.test(JSON.stringify(Resource))
    )
  )
  t.equal((await agent.get('/policies/verifier?partition=aws-us-gov')).status, 400)
  t.match(await agent.get('/policies/verifier?pretty=true'), { text: /\n {2}"Version"/ })
})

t.test('a service in China answers for China', async (t) => {
  const roleArn = READER.replace('arn:aws:', 'arn:aws-cn:')
  const { agent } = await startApp(t, {
    config: loadConfig({ ASSUME_ROLES: JSON.stringify({ [WORKLOAD]: { roleArn } }) })
  })
  t.match((await agent.get('/policies/verifier')).body.Statement, [
    { Resource: /^arn:aws-cn:kms:/ },
    {},
    {},
    {},
    { Resource: /^arn:aws-cn:s3:::/ },
    { Resource: /^arn:aws-cn:personalize:/ },
    {},
    { Resource: [roleArn] }
  ])
})
