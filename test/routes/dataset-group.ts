import { applyPatch } from 'rfc6902'
import t, { type Test } from 'tap'
import type { DatasetGroupReport, GroupLine } from '../../schemas/dataset-group.js'
import { parseAccessTable } from '../../src/access/access-table.js'
import { gatewayAuthentication } from '../../src/access/gateway.js'
import type { AppDependencies } from '../../src/app.js'
import { createJobSource } from '../../src/aws/personalize.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { loadConfig } from '../../src/config/config.js'
import { answers, startFakeAws } from '../fake-aws.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { immediateRetry } from '../fake-aws/immediate-retry.js'
import { startApp } from '../helper.js'
import {
  FAILURE,
  GROUP,
  GROUP_KEY,
  GROUP_ROLE,
  installAllowedGroup,
  JOB_ARNS,
  OUTPUT_KEY
} from '../verification/dataset-group.js'

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

const config = { timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, retryStrategy: immediateRetry, endpoint: fake.url }
const BUCKET = 'amzn-s3-demo-bucket'

function installWorld (): void {
  fake.reset()
  installAllowedGroup(fake.world)
}

/** `pause`: between the calls of one operation; no time passes by default. */
async function start (t: Test, more: Partial<AppDependencies> = {}, pause: () => Promise<void> = async () => {}) {
  const policySource = createPolicySource(config)
  let now = 0
  const jobSource = createJobSource(config, {
    now: () => now,
    pause: async (ms) => {
      await pause()
      now += ms
    }
  })
  t.teardown(() => {
    policySource.close()
    jobSource.close()
  })
  return await startApp(t, { policySource, jobSource, ...more })
}

const body = { datasetGroupArn: GROUP }
t.beforeEach(installWorld)

t.test('dataset group: failures, jobs, and a report for each operation and role', async (t) => {
  const { agent } = await start(t)
  const answer = await agent.post('/verify/dataset-group').send(body)
  t.equal(answer.status, 200)
  const report: DatasetGroupReport = answer.body
  t.match(report, {
    datasetGroup: { arn: GROUP, status: 'ACTIVE', kmsKeyArn: GROUP_KEY },
    failures: [{ operation: 'datasetImportJob', arn: JOB_ARNS.datasetImportJob.arn, failureReason: FAILURE }]
  })
  t.same(report.failures.length, 1)
  const arns = new Set(report.jobs.map(({ arn }) => arn))
  for (const { arn } of Object.values(JOB_ARNS)) t.ok(arns.has(arn), arn)
  t.notOk([...arns].some((arn) => arn.includes('foreign')), 'jobs of other groups are not read')
  const used = report.verifications.map(({ usage }) => usage.operations.join())
  t.same(used.toSorted(), [
    'batchInferenceJob',
    'batchSegmentJob',
    'dataDeletionJob',
    'datasetExportJob',
    'datasetGroup,datasetExportJob',
    'datasetImportJob',
    'metricAttribution'
  ])
  const group = report.verifications.find(({ usage }) => usage.operations[0] === 'datasetGroup')
  t.match(group, { usage: { kmsKeyArns: [GROUP_KEY], roleArns: [GROUP_ROLE] }, jobs: [GROUP], report: { verdict: 'pass' } })
  const imports = report.verifications.find(({ usage }) => usage.operations[0] === 'datasetImportJob')
  t.equal(imports?.usage.locations?.length, 4, 'the failed one and the newest, each path once')
  t.match(imports?.explanations, [
    { arn: JOB_ARNS.datasetImportJob.arn, explanation: { form: 'personalizeInsufficientPrivileges' } }
  ])
  const keys = fake.calls.filter(({ operation }) => operation === 'GetKeyPolicy').map(({ input }) => input['KeyId'])
  t.same(keys.length, new Set(keys).size, 'what several usages share is read once')
})

t.test('dataset group: the statement that fixes a failed import is in the answer', async (t) => {
  const { agent } = await start(t)
  const { verifications }: DatasetGroupReport = (await agent.post('/verify/dataset-group').send(body)).body
  const [explained] = verifications.flatMap(({ explanations }) => explanations)
  const cause = explained?.explanation.causes.find(({ code }) => code === 'BUCKET_POLICY_MISSES_SERVICE')
  t.match(cause?.statements, [
    {
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: /amzn-s3-demo-bucket/
    }
  ])
})

t.test('dataset group: one remediation for all uses – each policy once, and with it every report passes', async (t) => {
  const { agent } = await start(t)
  const { world } = fake
  const Principal = { AWS: 'arn:aws:iam::111122223333:root' }
  const delegation = { Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [delegation] })
  world.keys = { [GROUP_KEY]: { policy }, [OUTPUT_KEY]: { policy } }
  world.buckets = { [BUCKET]: { accountId: '111122223333', region: 'us-east-1' } }
  const role = world.roles['Personalize']
  if (role === undefined) throw new Error('the world has the role')
  world.roles = { Personalize: { ...role, inline: {} } }
  const ask = async (): Promise<DatasetGroupReport> => (await agent.post('/verify/dataset-group').send(body)).body
  const { remediation, verifications } = await ask()
  if (remediation === undefined) throw new Error('the group cannot work')
  const { keyPolicies, rolePolicies, bucketPolicies = [] } = remediation
  t.same(keyPolicies.map(({ kmsKeyArn }) => kmsKeyArn).toSorted(), [GROUP_KEY, OUTPUT_KEY].toSorted())
  t.same(rolePolicies.map(({ roleArn }) => roleArn), [GROUP_ROLE])
  t.same(bucketPolicies.map(({ bucket }) => bucket), [BUCKET])
  const ids = new Set(verifications.flatMap(({ report }) => report.findings.map(({ id }) => id)))
  for (const { repairs } of [...keyPolicies, ...rolePolicies, ...bucketPolicies])
    for (const id of repairs) t.ok(ids.has(id), id)
  for (const { kmsKeyArn, policy: document, before, patch } of keyPolicies) {
    const live: unknown = structuredClone(before)
    t.ok(applyPatch(live, JSON.parse(JSON.stringify(patch))).every((fault) => fault === null))
    t.same(live, document)
    world.keys[kmsKeyArn] = { policy: JSON.stringify(document) }
  }
  const inline = Object.fromEntries(rolePolicies.map((fix) => [fix.policyName, JSON.stringify(fix.policy)]))
  world.roles = { Personalize: { ...role, inline } }
  for (const { bucket, policy: document } of bucketPolicies)
    world.buckets[bucket] = { accountId: '111122223333', region: 'us-east-1', policy: JSON.stringify(document) }
  const { verifications: after } = await ask()
  for (const { usage, report } of after)
    t.equal(report.verdict, 'pass', `${usage.operations.join()}: ${report.findings.map(({ why }) => why).join(' ')}`)
})

t.test('dataset group: a path through an access point is not evaluated, the other paths are', async (t) => {
  const { agent } = await start(t)
  const alias = 's3://data-abcdefghijklmnop1234567890-s3alias/in/'
  const [job, ...others] = fake.world.personalize.jobs['DatasetImportJob'] ?? []
  if (job === undefined) throw new Error('the world has the job')
  const description = { roleArn: GROUP_ROLE, dataSource: { dataLocation: alias } }
  fake.world.personalize.jobs['DatasetImportJob'] = [{ ...job, description }, ...others]
  const report: DatasetGroupReport = (await agent.post('/verify/dataset-group').send(body)).body
  t.match(report.notEvaluated.find(({ what }) => what === job.arn), { why: /-s3alias\/in\/ names an access point/ })
  const imports = report.verifications.find(({ usage }) => usage.operations[0] === 'datasetImportJob')
  t.same(imports?.usage.locations?.map(({ uri }) => uri).filter((uri) => uri.includes('s3alias')), [])
  t.equal(imports?.usage.locations?.length, 3)
  t.not(report.verdict, 'pass')
})

t.test('dataset group: what a description lacks is not evaluated, and the verdict is no pass', async (t) => {
  const world = () => fake.world.personalize
  const batch = (): { description: Record<string, unknown> } => {
    const job = world().jobs['BatchInferenceJob']?.find(({ arn }) => arn === JOB_ARNS.batchInferenceJob.arn)
    if (job === undefined) throw new Error('no such job')
    return job
  }
  const cases: Array<[name: string, change: () => void, what: string, why: RegExp, more?: object]> = [
    [
      'a key without a role',
      () => { world().groups = { [GROUP]: { name: 'shop', status: 'ACTIVE', kmsKeyArn: GROUP_KEY } } },
      GROUP,
      /names a key and no role/
    ],
    [
      'a batch job without an input',
      () => { batch().description = { ...batch().description, jobInput: {} } },
      JOB_ARNS.batchInferenceJob.arn,
      /both its input and its output/
    ],
    [
      'an import that publishes metrics, and nothing says where',
      () => {
        for (const job of world().jobs['DatasetImportJob'] ?? [])
          job.description = { ...job.description, publishAttributionMetricsToS3: true }
      },
      JOB_ARNS.datasetImportJob.arn,
      /publishes metrics, and no metric attribution/,
      { include: ['failed'] }
    ],
    [
      'a group without a key and without jobs',
      () => {
        world().groups = { [GROUP]: { name: 'shop', status: 'ACTIVE' } }
        world().jobs = {}
      },
      GROUP,
      /no key of its own, and no job/
    ]
  ]
  for (const [name, change, what, why, more] of cases) {
    installWorld()
    change()
    // Finished jobs are kept by ARN.
    const { agent } = await start(t)
    const { status, body: report } = await agent.post('/verify/dataset-group').send({ ...body, ...more })
    t.equal(status, 200, name)
    t.match(report.notEvaluated, [{ what, why }], name)
    t.not(report.verdict, 'pass', name)
  }
})

t.test('dataset group: newest and include limit what is described', async (t) => {
  const { agent } = await start(t)
  const counts = async (more: object): Promise<unknown> => {
    const { jobs }: DatasetGroupReport = (await agent.post('/verify/dataset-group').send({ ...body, ...more })).body
    return jobs.filter(({ operation }) => operation === 'datasetImportJob').map(({ arn }) => arn.split('/')[1])
  }
  t.same(await counts({ include: ['failed'] }), ['failed'])
  t.same(await counts({ include: ['newest'], newest: 1 }), ['works-4'])
  t.same(await counts({ newest: 1 }), ['failed', 'works-4'])
})

t.test('dataset group: as a stream, failures come before the jobs, the summary is last', async (t) => {
  const { agent } = await start(t)
  const answer = await agent.post('/verify/dataset-group').set('accept', 'application/x-ndjson').buffer(true).parse((response, done) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => (text += chunk))
    response.on('end', () => {
      done(null, text)
    })
  }).send(body)
  const lines: GroupLine[] = String(answer.body).trimEnd().split('\n').map((line) => JSON.parse(line))
  const types = lines.map(({ type }) => type)
  t.equal(types[0], 'progress')
  t.ok(types.indexOf('failure') < types.indexOf('job'))
  t.ok(types.lastIndexOf('job') < types.indexOf('verification'))
  t.match(lines.at(-1), { type: 'summary', counts: { failures: 1, verifications: 7 } })
  const progress = lines.filter((line) => line.type === 'progress')
  for (const step of ['list', 'describe', 'verify'])
    t.match(progress.findLast((line) => line.step === step), { done: progress.findLast((line) => line.step === step)?.total })
})

t.test('dataset group: one call fails, its part is not evaluated and the verdict is no pass', async (t) => {
  const { agent } = await start(t)
  const cases: Array<[operation: string, what: RegExp]> = [
    ['ListDatasetExportJobs', /^datasetExportJob$/],
    ['ListDatasets', /^dataset(Import|Export)Job$/],
    ['ListSolutions', /^batch(Inference|Segment)Job$/],
    ['DescribeMetricAttribution', /metric-attribution\/shop$/]
  ]
  for (const [operation, what] of cases) {
    installWorld()
    fake.always(operation, answers.accessDenied)
    const { status, body: report } = await agent.post('/verify/dataset-group').send({ ...body, newest: 1 })
    t.equal(status, 200, operation)
    t.match(report.notEvaluated, [{ what, why: /AccessDeniedException/ }], operation)
    t.not(report.verdict, 'pass', operation)
  }
})

t.test('dataset group: AWS does not answer, the problem says so', async (t) => {
  const { agent } = await start(t)
  fake.always('DescribeDatasetGroup', answers.serverError)
  t.match(await agent.post('/verify/dataset-group').send(body), { status: 502, body: { code: 'AWS_UNAVAILABLE' } })
  fake.reset()
  fake.always('DescribeDatasetGroup', answers.expiredToken)
  t.match(await agent.post('/verify/dataset-group').send(body), {
    status: 503,
    body: { code: 'AWS_CREDENTIALS_UNAVAILABLE' }
  })
})

t.test('dataset group: the time is over, what was found is reported and the rest is not evaluated', async (t) => {
  const { agent } = await start(t, { config: loadConfig({ MAX_EVENT_LOOP_DELAY_MS: '0', VERIFY_DEADLINE_MS: '10000' }) })
  fake.always('DescribeMetricAttribution', answers.hang)
  fake.always('ListBatchSegmentJobs', answers.hang)
  const { status, body: report } = await agent.post('/verify/dataset-group').send({ ...body, newest: 1 })
  t.equal(status, 200)
  t.match(report.failures, [{ failureReason: FAILURE }])
  const what = report.notEvaluated.map((missing: { what: string }) => missing.what)
  t.ok(what.includes('batchSegmentJob'))
  t.equal(report.verdict === 'pass', false)
})

t.test('dataset group: the access table decides, a group outside of it is as one that does not exist', async (t) => {
  const gateway = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: '127.0.0.0/8, ::1', MAX_EVENT_LOOP_DELAY_MS: '0' })
  const table = (callers: object): Partial<AppDependencies> => {
    const parsed = parseAccessTable(JSON.stringify({ callers }))
    if (!('table' in parsed) || gateway.authentication.mode !== 'gateway') throw new Error('the table is faulty')
    const { table } = parsed
    return { config: gateway, authenticate: gatewayAuthentication(gateway.authentication), accessTable: () => table }
  }
  const { agent } = await start(
    t,
    table({
      'group-alone': { datasetGroups: [GROUP.replace('shop', '*')] },
      all: { accounts: ['111122223333'] },
      other: { accounts: ['444455556666'] }
    })
  )
  const ask = async (caller: string, arn: string) =>
    (await agent.post('/verify/dataset-group').set({ 'x-caller': caller, 'x-scopes': 'verify:live' }).send({ datasetGroupArn: arn })).body
  const { observedAt: _, ...hidden } = await ask('other', GROUP)
  const { observedAt: __, ...missing } = await ask('all', `${GROUP}-none`)
  t.same(hidden, JSON.parse(JSON.stringify(missing).replaceAll(`${GROUP}-none`, GROUP)))
  t.match(hidden, { verdict: 'indeterminate', notEvaluated: [{ what: GROUP, why: /does not exist, or the caller may not/ }] })
  const alone = await ask('group-alone', GROUP)
  const group = alone.verifications.find(({ jobs }: { jobs: string[] }) => jobs[0] === GROUP)
  t.match(group.report.findings, [{ code: 'KEY_NOT_FOUND' }, { code: 'ROLE_NOT_FOUND' }])
})

t.test('dataset group: what is no ARN of a group, and unknown members, are refused', async (t) => {
  const { agent } = await start(t)
  for (const [wrong, pointer] of [
    [{ datasetGroupArn: 'shop' }, '/datasetGroupArn'],
    [{ datasetGroupArn: GROUP.replace('dataset-group/', 'dataset/') }, '/datasetGroupArn'],
    [{ ...body, newest: 0 }, '/newest'],
    [{ ...body, include: ['all'] }, '/include/0'],
    [{ ...body, other: 1 }, '/other']
  ] as const)
    t.match(await agent.post('/verify/dataset-group').send(wrong), { status: 400, body: { errors: [{ pointer }] } })
})
