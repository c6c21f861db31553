import {
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand
} from '@aws-sdk/client-iam'
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations'
import type { Agent } from 'supertest'
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

/** What moto does not have: policies that bind its account, refusals, policies of AWS with a document of ours, all states of a key. */
const isForMoto = ({ organization, refused, role = {}, key = {} }: LiveCase): boolean =>
  Object.keys(organization ?? {}).length === 0 &&
  !JSON.stringify([role, key]).includes('OrgPaths') &&
  refused === undefined &&
  role.awsManaged === undefined &&
  (key.state ?? 'Disabled') === 'Disabled' &&
  key.origin === undefined

type Aws = AwsAccess & { organizations: OrganizationsClient }

const tagList = (tags: Record<string, string> = {}): Array<{ Key: string; Value: string }> =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** Puts the state of a case into the KMS and IAM that `aws` reaches. */
async function seed ({ kms, iam, organizations }: Aws, live: LiveCase): Promise<SeedNames> {
  const { role = {}, key = {} } = live
  const organization =
    live.organization === undefined
      ? undefined
      : await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }))
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
  const ORGANIZATION = organization?.Organization?.Id ?? ''
  const names: SeedNames = { ACCOUNT, ORGANIZATION, KEY_ARN, ROLE_ARN: Role?.Arn ?? '', ROLE_ID: Role?.RoleId ?? '' }
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
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const organizations = new OrganizationsClient({ endpoint: moto.url, region: 'us-east-1', credentials })
  const aws: Aws = { ...connect(moto.url), organizations }
  const agentOf = async (organizationPolicies: boolean): Promise<Agent> => {
    const options = { timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, endpoint: moto.url, organizationPolicies }
    const policySource = createPolicySource(options)
    t.teardown(() => {
      policySource.close()
    })
    return (await startApp({ after: (close) => t.teardown(close) }, { policySource })).agent
  }
  const agents = { alone: await agentOf(false), withOrganizations: await agentOf(true) }
  t.teardown(() => {
    aws.kms.destroy()
    aws.iam.destroy()
    organizations.destroy()
  })

  for (const live of (await liveCases()).filter(isForMoto)) {
    t.test(`seeded: ${live.title}`, async (t) => {
      const usage = usageOf(live, await seed(aws, live))
      const agent = live.organization === undefined ? agents.alone : agents.withOrganizations
      const { status, body } = await agent.post('/verify').send({ usage })
      t.equal(status, 200)
      assertReport(t, body, live.expect)
    })
  }
})
