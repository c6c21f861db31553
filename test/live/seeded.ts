import {
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand
} from '@aws-sdk/client-iam'
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import t from 'tap'
import { type AwsAccess, connect } from '../../demo/scenarios.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { startApp } from '../helper.js'
import { withMoto } from '../moto.js'
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

/** What moto does not have: organizations, refusals, policies of AWS with a document of ours, all states of a key. */
const isForMoto = ({ organization, refused, role = {}, key = {} }: LiveCase): boolean =>
  organization === undefined &&
  refused === undefined &&
  role.awsManaged === undefined &&
  (key.state ?? 'Disabled') === 'Disabled' &&
  key.origin === undefined

const tagList = (tags: Record<string, string> = {}): Array<{ Key: string; Value: string }> =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** Puts the state of a case into the KMS and IAM that `aws` reaches. */
async function seed ({ kms, iam }: AwsAccess, live: LiveCase): Promise<SeedNames> {
  const { role = {}, key = {} } = live
  const created = await kms.send(
    new CreateKeyCommand({
      Tags: tagList(key.tags).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))
    })
  )
  const { Arn: KEY_ARN = '', AWSAccountId: ACCOUNT = '', KeyId } = created.KeyMetadata ?? {}
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'Reco',
      Path: role.path ?? '/service-role/',
      AssumeRolePolicyDocument: JSON.stringify(trustPolicyOf(live, { ACCOUNT })),
      Tags: tagList(role.tags)
    })
  )
  const names: SeedNames = { ACCOUNT, KEY_ARN, ROLE_ARN: Role?.Arn ?? '', ROLE_ID: Role?.RoleId ?? '' }
  if (role.boundary !== undefined) {
    const PolicyDocument = documentOf(role.boundary, names)
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'Boundary', PolicyDocument }))
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'Reco', PermissionsBoundary: Policy?.Arn }))
  }
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'Reco',
      PolicyName: 'Kms',
      PolicyDocument: JSON.stringify(permissionsOf(live, names))
    })
  )
  const Policy = JSON.stringify(keyPolicyOf(live, names))
  await kms.send(new PutKeyPolicyCommand({ KeyId: KEY_ARN, PolicyName: 'default', Policy }))
  for (const AliasName of key.aliases ?? []) await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }))
  if (key.state === 'Disabled') await kms.send(new DisableKeyCommand({ KeyId }))
  return names
}

await withMoto(t, 'verifying states of AWS that were seeded by its SDK', async (t, moto) => {
  t.teardown(useFakeCredentials())
  const aws = connect(moto.url)
  const policySource = createPolicySource({ timeoutMs: 10_000, maxAttempts: 1, concurrency: 8, endpoint: moto.url })
  t.teardown(() => {
    policySource.close()
    aws.kms.destroy()
    aws.iam.destroy()
  })
  const { agent } = await startApp({ after: (close) => t.teardown(close) }, { policySource })

  for (const live of (await liveCases()).filter(isForMoto)) {
    t.test(`seeded: ${live.title}`, async (t) => {
      const usage = usageOf(live, await seed(aws, live))
      const { status, body } = await agent.post('/verify').send({ usage })
      t.equal(status, 200)
      assertReport(t, body, live.expect)
    })
  }
})
