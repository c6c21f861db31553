import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand
} from '@aws-sdk/client-iam'
import { CreateAliasCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import t from 'tap'
import { connect, createWorking, keyIdOf, putKeyPolicy, seedScenarios, withoutService } from '../../demo/scenarios.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import type { UsageOfKeys } from '../../schemas/usage.js'
import type { Report } from '../../schemas/verification.js'
import { generateKeyPolicy, generateRolePolicy } from '../../src/policies/generate.js'
import { verify } from '../../src/verify/verify.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { withMoto } from '../moto.js'

const codes = (report: Report): string[] => report.findings.map(({ code }) => code)
const errors = (report: Report): string[] =>
  report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)

await withMoto(t, 'verifying what a KMS and an IAM hold', async (t, moto) => {
  t.teardown(useFakeCredentials())
  const aws = connect(moto.url)
  const source = createPolicySource({ timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, endpoint: moto.url })
  t.teardown(() => {
    source.close()
    aws.kms.destroy()
    aws.iam.destroy()
  })
  const check = (usage: UsageOfKeys): Promise<Report> =>
    verify({ usage }, { policySource: source.forRequest(), now: new Date(), signal: new AbortController().signal })

  /** Does what a remediation says, by the SDK. */
  async function apply ({ remediation }: Report, usage: UsageOfKeys): Promise<void> {
    for (const { policy } of remediation?.keyPolicies ?? []) await putKeyPolicy(aws, usage, policy)
    for (const { roleArn, policyName, policy } of remediation?.rolePolicies ?? []) {
      await aws.iam.send(
        new PutRolePolicyCommand({
          RoleName: roleArn.split('/').at(-1),
          PolicyName: policyName,
          PolicyDocument: JSON.stringify(policy)
        })
      )
    }
    for (const { roleArn, policy } of remediation?.trustPolicies ?? []) {
      await aws.iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: roleArn.split('/').at(-1),
          PolicyDocument: JSON.stringify(policy)
        })
      )
    }
  }

  t.test('generated policies pass, for each operation alone and for all', async (t) => {
    const all = [
      'datasetGroup',
      'datasetImportJob',
      'datasetExportJob',
      'batchInferenceJob',
      'batchSegmentJob',
      'metricAttribution'
    ] as const
    for (const [index, operations] of [...all.map((operation) => [operation]), [...all]].entries()) {
      const report = await check(await createWorking(aws, `Generated${index}`, undefined, operations))
      t.match(
        report,
        { verdict: 'pass', verdicts: { documented: 'pass', effective: 'pass' }, observedAt: /^\d{4}-\d\d-\d\dT/ },
        operations.join()
      )
      t.same(errors(report), [], operations.join())
      t.notOk(report.remediation, 'nothing to fix')
    }
  })

  t.test('without the statement of the service the verdict is fail, and the remediation passes', async (t) => {
    const usage = await createWorking(aws, 'Service')
    await putKeyPolicy(aws, usage, withoutService(generateKeyPolicy(usage, { indent: 0 })))
    const broken = await check(usage)
    t.match(broken, { verdict: 'fail', verdicts: { documented: 'fail', effective: 'fail' } })
    t.ok(codes(broken).includes('SERVICE_PRINCIPAL_NOT_ALLOWED'))
    t.ok(
      broken.checks
        .filter(({ principal }) => principal.type === 'service')
        .every(({ effective }) => effective === 'implicitDeny')
    )
    t.equal(broken.remediation?.keyPolicies.length, 1)
    await apply(broken, usage)
    t.match(await check(usage), { verdict: 'pass' })
  })

  t.test("KMS's default key policy lets IAM speak for the role, never for the service", async (t) => {
    const usage = await createWorking(aws, 'Default')
    const [account = ''] = /\d{12}/.exec(usage.roleArns[0] ?? '') ?? []
    await putKeyPolicy(aws, usage, {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*'
        }
      ]
    })
    const broken = await check(usage)
    t.equal(broken.verdict, 'fail')
    t.match(
      broken.checks.find(({ principal, action }) => principal.type === 'role' && action === 'kms:Decrypt'),
      { effective: 'allowed', documented: 'fail', missingFrom: ['keyPolicy'] }
    )
    await apply(broken, usage)
    t.match(await check(usage), { verdict: 'pass' })
  })

  t.test("the role's own policy, gone and put back", async (t) => {
    const usage = await createWorking(aws, 'RolePolicy')
    await aws.iam.send(
      new DeleteRolePolicyCommand({ RoleName: 'PersonalizeRolePolicy', PolicyName: 'PersonalizeKmsAccess' })
    )
    const broken = await check(usage)
    t.match(
      broken,
      { verdict: 'fail', verdicts: { documented: 'fail', effective: 'pass' } },
      'AWS would let it pass, the page demands more'
    )
    t.ok(codes(broken).includes('ROLE_IAM_POLICY_INCOMPLETE'))
    await apply(broken, usage)
    t.match(await check(usage), { verdict: 'pass' })
  })

  t.test('an attached policy counts as an inline one does', async (t) => {
    const usage = await createWorking(aws, 'Managed')
    await aws.iam.send(
      new DeleteRolePolicyCommand({ RoleName: 'PersonalizeManaged', PolicyName: 'PersonalizeKmsAccess' })
    )
    const { Policy } = await aws.iam.send(
      new CreatePolicyCommand({ PolicyName: 'Kms', PolicyDocument: JSON.stringify(generateRolePolicy(usage)) })
    )
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: 'PersonalizeManaged', PolicyArn: Policy?.Arn }))
    t.match(await check(usage), { verdict: 'pass' })
    const deny = {
      Version: '2012-10-17',
      Statement: [{ Sid: 'NoDecrypt', Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' }]
    }
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'PersonalizeManaged',
        PolicyName: 'Deny',
        PolicyDocument: JSON.stringify(deny)
      })
    )
    const denied = await check(usage)
    t.equal(denied.verdict, 'fail')
    t.ok(codes(denied).includes('EXPLICIT_DENY'))
    t.match(
      denied.checks.find(({ principal, action }) => principal.type === 'role' && action === 'kms:Decrypt'),
      { effective: 'explicitDeny', matchedStatements: [{ sid: 'NoDecrypt', effect: 'Deny' }] }
    )
  })

  t.test('the five scenarios give the verdicts their names say', async (t) => {
    for (const { name, verdict, finding, usage } of await seedScenarios(aws)) {
      const report = await check(usage)
      t.equal(report.verdict, verdict, name)
      if (finding !== undefined) t.ok(errors(report).includes(finding), `${name}: ${codes(report).join()}`)
      if (verdict === 'pass') t.same(errors(report), [], name)
    }
  })

  t.test('a disabled key leaves the checks as the policies have them', async (t) => {
    const usage =
      (await seedScenarios(aws)).find(({ name }) => name === 'disabled-key')?.usage ??
      (await createWorking(aws, 'None'))
    const report = await check(usage)
    t.match(report, {
      verdict: 'fail',
      verdicts: { documented: 'pass', effective: 'fail' },
      remediation: { cannotFix: [{ code: 'KEY_NOT_ENABLED' }] }
    })
    t.ok(report.checks.every(({ effective }) => effective === 'allowed'))
    await aws.kms.send(new EnableKeyCommand({ KeyId: keyIdOf(usage) }))
    t.match(await check(usage), { verdict: 'pass' })
  })

  t.test('an alias is verified as its key', async (t) => {
    const usage = await createWorking(aws, 'Alias')
    await aws.kms.send(new CreateAliasCommand({ AliasName: 'alias/personalize', TargetKeyId: usage.kmsKeyArns[0] }))
    const alias = (usage.kmsKeyArns[0] ?? '').replace(/key\/.*/, 'alias/personalize')
    t.match(await check({ ...usage, kmsKeyArns: [alias] }), { verdict: 'pass' })
  })

  t.test('a missing key and a missing role are findings', async (t) => {
    const usage = await createWorking(aws, 'There')
    const keyArn = (usage.kmsKeyArns[0] ?? '').replace(/key\/.*/, 'key/00000000-0000-4000-8000-000000000000')
    const withoutKey = await check({ ...usage, kmsKeyArns: [keyArn] })
    t.not(withoutKey.verdict, 'pass')
    t.ok(errors(withoutKey).includes('KEY_NOT_FOUND'), codes(withoutKey).join())
    const withoutRole = await check({ ...usage, roleArns: [`${usage.roleArns[0] ?? ''}X`] })
    t.equal(withoutRole.verdicts.effective, 'fail')
    t.ok(errors(withoutRole).includes('ROLE_NOT_FOUND'), codes(withoutRole).join())
  })

  t.test('a role that Personalize cannot assume', async (t) => {
    const usage = await createWorking(aws, 'Trust')
    const lambda = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }]
    }
    await aws.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: 'PersonalizeTrust', PolicyDocument: JSON.stringify(lambda) })
    )
    const broken = await check(usage)
    t.match(broken, { verdict: 'fail', verdicts: { effective: 'fail' } })
    t.ok(errors(broken).includes('ROLE_NOT_ASSUMABLE'))
    await apply(broken, usage)
    t.match(await check(usage), { verdict: 'pass' })
  })
})
