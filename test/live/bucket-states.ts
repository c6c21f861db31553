import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import { CreateBucketCommand, PutBucketEncryptionCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { connect } from '../../demo/scenarios.js'
import type { Operation, VerifiableUsage } from '../../schemas/usage.js'
import type { Report } from '../../schemas/verification.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { verifyPairs } from '../../src/verify/verify-pairs.js'
import { verify } from '../../src/verify/verify.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { withMoto } from '../moto.js'

/** A state of S3, KMS and IAM, and what `POST /verify` has to say of it. `test/live/situations/buckets.json`. */
interface State {
  title: string
  operations?: Operation[]
  prefixes?: string[]
  bucketPolicy: object[] | null
  rolePolicy: object[]
  encryption?: 'key' | 'bucketKey'
  keyPolicy?: object[]
  /** There is no such bucket. */
  missing?: boolean
  expect: { verdict: Report['verdict']; findings?: string[]; changes?: string[]; passesAfter?: boolean }
}

const BUCKET = 'amzn-s3-demo-bucket'
const states: State[] = JSON.parse(await readFile(new URL('situations/buckets.json', import.meta.url), 'utf8'))

await withMoto(t, 'verifying what an S3, a KMS and an IAM hold', async (t, moto) => {
  t.teardown(useFakeCredentials())
  const { kms, iam } = connect(moto.url)
  const s3 = new S3Client({
    endpoint: moto.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' }
  })
  const source = createPolicySource({ timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, endpoint: moto.url })
  t.teardown(() => {
    source.close()
    for (const client of [kms, iam, s3]) client.destroy()
  })

  /** Puts the state in place, and gives the usage that it is for. */
  async function seed (state: State): Promise<VerifiableUsage> {
    const { operations = ['datasetImportJob'], prefixes = ['data/'], encryption } = state
    const { KeyMetadata: { Arn: keyArn = '', AWSAccountId: account = '' } = {} } = await kms.send(new CreateKeyCommand({}))
    const RoleName = 'Personalize'
    const roleArn = `arn:aws:iam::${account}:role/${RoleName}`
    const textOf = (Statement: object[]): string =>
      JSON.stringify({ Version: '2012-10-17', Statement })
        .replaceAll('$BUCKET', BUCKET)
        .replaceAll('$ROLE', roleArn)
        .replaceAll('$KEY', keyArn)
        .replaceAll('$ACCOUNT', account)
    const trust = {
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': account } }
    }
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: textOf([trust]) }))
    if (state.rolePolicy.length > 0)
      await iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: 'Own', PolicyDocument: textOf(state.rolePolicy) })
      )
    if (state.keyPolicy !== undefined)
      await kms.send(
        new PutKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default', Policy: textOf(state.keyPolicy) })
      )
    if (state.missing !== true) {
      await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
      if (state.bucketPolicy !== null)
        await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: textOf(state.bucketPolicy) }))
      if (encryption !== undefined)
        await s3.send(
          new PutBucketEncryptionCommand({
            Bucket: BUCKET,
            ServerSideEncryptionConfiguration: {
              Rules: [
                {
                  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn },
                  BucketKeyEnabled: encryption === 'bucketKey'
                }
              ]
            }
          })
        )
    }
    const [first = '', second] = prefixes
    const locations: VerifiableUsage['locations'] =
      second === undefined
        ? [{ uri: `s3://${BUCKET}/${first}` }]
        : [
          { uri: `s3://${BUCKET}/${first}`, direction: 'read' },
          { uri: `s3://${BUCKET}/${second}`, direction: 'write' }
        ]
    return { operations, roleArns: [roleArn], region: 'us-east-1', locations }
  }

  const check = (usage: VerifiableUsage): Promise<Report> =>
    verify({ usage }, { policySource: source.forRequest(), now: new Date(), signal: new AbortController().signal })

  /** Does what a remediation says, by the SDK. */
  async function apply ({ remediation }: Report): Promise<void> {
    for (const { bucket, policy } of remediation?.bucketPolicies ?? [])
      await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }))
    for (const { roleArn, policyName, policy } of remediation?.rolePolicies ?? [])
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: roleArn.split('/').at(-1),
          PolicyName: policyName,
          PolicyDocument: JSON.stringify(policy)
        })
      )
    for (const { kmsKeyArn, policy } of remediation?.keyPolicies ?? [])
      await kms.send(
        new PutKeyPolicyCommand({ KeyId: kmsKeyArn, PolicyName: 'default', Policy: JSON.stringify(policy) })
      )
  }

  t.test('live bucket: streamed, one report on the whole usage', async (t) => {
    const [state] = states
    if (state === undefined) throw new Error('no state')
    const usage = await seed(state)
    const signal = new AbortController().signal
    const clock = { now: () => new Date(), pause: async (): Promise<void> => {} }
    const lines = []
    for await (const line of verifyPairs(
      { usage },
      { policySource: source, clock, deadlineMs: 60_000, signal, stopping: signal }
    ))
      lines.push(line)
    t.match(lines, [
      { type: 'report', report: { verdict: 'pass', s3Checks: [{ bucket: BUCKET }] } },
      { type: 'progress', done: 1, total: 1 },
      { type: 'summary', verdict: 'pass', pairs: { total: 1, pass: 1 } }
    ])
  })

  for (const state of states) {
    t.test(`live bucket: ${state.title}`, async (t) => {
      const { expect } = state
      const usage = await seed(state)
      const report = await check(usage)
      const codes = report.findings.map(({ code }) => code)
      t.equal(report.verdict, expect.verdict, report.findings.map(({ why }) => why).join('\n'))
      for (const code of expect.findings ?? []) t.ok(codes.includes(code), `${code}: ${codes.join()}`)
      if (expect.verdict === 'pass') t.notOk(report.findings.some(({ severity }) => severity === 'error'))
      if (expect.changes !== undefined) {
        const { cannotFix: _, ...policies } = report.remediation ?? { cannotFix: [] }
        const kinds = Object.entries(policies).filter(([, changes]) => changes.length > 0)
        t.same(kinds.map(([kind]) => kind), expect.changes)
      }
      if (expect.passesAfter !== true) return
      await apply(report)
      const after = await check(usage)
      t.equal(after.verdict, 'pass', after.findings.map(({ why }) => why).join('\n'))
    })
  }
})
