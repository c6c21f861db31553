import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { connect } from '../../demo/scenarios.js'
import type { DatasetGroupReport } from '../../schemas/dataset-group.js'
import { runCommand } from '../built-command.js'
import { buildServer, start } from '../built-server.js'
import { startFakeAws } from '../fake-aws.js'
import type { FakeJob } from '../fake-aws/world.js'
import { type Moto, withMoto } from '../moto.js'

/** S3 and IAM are moto's; Amazon Personalize, which it does not have, is the fake's. */
const ACCOUNT = '123456789012'
const BUCKET = 'amzn-s3-demo-bucket'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Personalize`
const GROUP = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-group/shop`
const DATASET = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset/shop/INTERACTIONS`
const FAILED = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-import-job/failed`
const FAILURE = 'Insufficient privileges for accessing data in Amazon S3.'
const READ = { Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'] }
const OBJECTS = [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`]
const document = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })

const fake = await startFakeAws()
t.teardown(() => fake.close())
t.before(buildServer)

function importJob (arn: string, folder: string, more: Partial<FakeJob> = {}): FakeJob {
  return {
    arn,
    status: 'ACTIVE',
    createdAt: '2026-11-23T12:00:00.000Z',
    datasetArn: DATASET,
    description: { roleArn: ROLE, dataSource: { dataLocation: `s3://${BUCKET}/${folder}` } },
    ...more
  }
}

/** The role may read the whole bucket; the bucket lets Amazon Personalize read one folder alone. */
async function seed (t: Test, moto: Moto) {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
  const { iam } = connect(moto.url)
  const s3 = new S3Client({ endpoint: moto.url, region: 'us-east-1', forcePathStyle: true })
  t.teardown(() => {
    s3.destroy()
  })
  const service = { Service: 'personalize.amazonaws.com' }
  const trust = {
    Effect: 'Allow',
    Principal: service,
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } }
  }
  await iam.send(new CreateRoleCommand({ RoleName: 'Personalize', AssumeRolePolicyDocument: document(trust) }))
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'Personalize', PolicyName: 'Data', PolicyDocument: document({ ...READ, Resource: OBJECTS }) })
  )
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const putPolicy = async (Policy: string): Promise<void> => {
    await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }))
  }
  await putPolicy(document({ ...READ, Principal: service, Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/users/*`] }))
  fake.reset()
  fake.world.personalize = {
    groups: { [GROUP]: { name: 'shop', status: 'ACTIVE' } },
    datasets: { [GROUP]: [DATASET] },
    solutions: {},
    jobs: {
      DatasetImportJob: [
        importJob(FAILED, 'items/', { status: 'CREATE FAILED', failureReason: FAILURE }),
        importJob(FAILED.replace('failed', 'works'), 'users/')
      ]
    }
  }
  const env = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ENDPOINT_URL_PERSONALIZE: fake.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test'
  }
  return { env, putPolicy, cwd: t.testdir({}) }
}

withMoto(t, 'verify --dataset-group: from a failed import to the statement that fixes it', async (t, moto) => {
  const { env, putPolicy, cwd } = await seed(t, moto)
  const command = ['verify', '--dataset-group', GROUP]
  const { status, stdout, stderr } = await runCommand([...command, '--format', 'json'], { cwd, env })
  t.equal(status, 1, stderr)
  t.equal(stderr, '', 'no progress outside of a terminal')
  const report: DatasetGroupReport = JSON.parse(stdout)
  t.match(report, { verdict: 'fail', failures: [{ arn: FAILED, failureReason: FAILURE }] })
  t.same(report.notEvaluated, [])
  const [explained] = report.verifications.flatMap(({ explanations }) => explanations)
  const statusOf = new Map(explained?.explanation.causes.map(({ code, status }) => [code, status]))
  t.equal(statusOf.get('BUCKET_POLICY_MISSES_SERVICE'), 'confirmed')
  t.equal(statusOf.get('ROLE_POLICY_MISSES_S3'), 'excluded')
  const [change] = report.verifications.flatMap(({ report }) => report.remediation?.bucketPolicies ?? [])
  t.match(change, { bucket: BUCKET })
  await putPolicy(JSON.stringify(change?.policy))
  const after = await runCommand([...command, '--format', 'json'], { cwd, env })
  t.equal(after.status, 0, after.stderr)
  const fixed: DatasetGroupReport = JSON.parse(after.stdout)
  t.match(fixed, { verdict: 'pass', failures: [{ arn: FAILED }] })
})

withMoto(t, 'verify --dataset-group: the forms of the report, by a service, too', async (t, moto) => {
  const { env, cwd } = await seed(t, moto)
  const { port } = await start(t, env)
  const forms = ['table', 'markdown=r.md', 'html=r.html', 'sarif=r.sarif', 'junit=r.xml'].flatMap((form) => ['--format', form])
  const args = ['verify', '--dataset-group', GROUP, '--include', 'failed', ...forms]
  const own = await runCommand([...args, '--remediation-format', 'aws=fix.sh'], { cwd, env })
  t.match(own, { status: 1, stdout: /Jobs that failed[^]*Because: The bucket policy does not allow[^]*"s3:GetObject"[^]*✕ Not granted/ })
  const ofService = await runCommand([...args, '--url', `http://127.0.0.1:${port}`], { cwd })
  t.equal(ofService.status, 1, ofService.stderr)
  t.equal(ofService.stdout, own.stdout, 'a service says the same')
})

withMoto(t, 'verify --dataset-group: a group that there is not, and a service that refuses', async (t, moto) => {
  const { env, cwd } = await seed(t, moto)
  const missing = await runCommand(['verify', '--dataset-group', `${GROUP}-none`], { cwd, env })
  t.match(missing, { status: 2, stdout: /Not evaluated[^]*shop-none/ })
  fake.world.personalize.groups = {}
  const { port } = await start(t, { ...env, AWS_ENDPOINT_URL_PERSONALIZE: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' })
  const refused = await runCommand(['verify', '--dataset-group', GROUP, '--url', `http://127.0.0.1:${port}`], { cwd })
  t.match(refused, { status: 3, stdout: '', stderr: /AWS_UNAVAILABLE.*HTTP 502/ })
})
