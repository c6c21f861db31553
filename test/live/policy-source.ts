import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  PutRolePolicyCommand
} from '@aws-sdk/client-iam'
import {
  CreateAliasCommand,
  CreateGrantCommand,
  DescribeKeyCommand,
  ScheduleKeyDeletionCommand
} from '@aws-sdk/client-kms'
import t from 'tap'
import { connect, createWorking, keyIdOf, seedScenarios } from '../../demo/scenarios.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { generateKeyPolicy, generateRolePolicy, generateTrustPolicy } from '../../src/policies/generate.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { withMoto } from '../moto.js'

const never = new AbortController().signal
const parsed = (read: { state: string; value?: unknown }): unknown =>
  read.state === 'read' && typeof read.value === 'string' ? JSON.parse(read.value) : read

await withMoto(t, 'reading a KMS and an IAM', async (t, moto) => {
  t.teardown(useFakeCredentials())
  const aws = connect(moto.url)
  const source = createPolicySource({ timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, endpoint: moto.url })
  t.teardown(() => {
    source.close()
    aws.kms.destroy()
    aws.iam.destroy()
  })

  t.test('what was put is what is read', async (t) => {
    const usage = await createWorking(aws, 'Put')
    const [keyArn = ''] = usage.kmsKeyArns
    const [roleArn = ''] = usage.roleArns
    const key = await source.readKey(keyArn, never)
    t.match(key, {
      kmsKeyArn: keyArn,
      metadata: { state: 'read', value: { Arn: keyArn, KeyState: 'Enabled', KeyManager: 'CUSTOMER' } },
      grants: { state: 'read', value: [] }
    })
    t.same(parsed(key.keyPolicy), generateKeyPolicy(usage, { indent: 0 }))
    const role = await source.readRole(roleArn, never)
    t.match(role, {
      role: { state: 'read', value: { arn: roleArn } },
      permissionsBoundary: { state: 'notPresent' },
      identityPolicies: { lost: [], read: [{ kind: 'inline', name: 'PersonalizeKmsAccess' }] }
    })
    t.same(parsed(role.trustPolicy), generateTrustPolicy(usage))
    t.same(JSON.parse(String(role.identityPolicies.read[0]?.document)), generateRolePolicy(usage))
  })

  t.test('an alias leads to its key', async (t) => {
    const [keyArn = ''] = (await createWorking(aws, 'Alias')).kmsKeyArns
    await aws.kms.send(new CreateAliasCommand({ AliasName: 'alias/personalize', TargetKeyId: keyArn }))
    const alias = keyArn.replace(/key\/.*/, 'alias/personalize')
    t.match(await source.readKey(alias, never), {
      requestedArn: alias,
      kmsKeyArn: keyArn,
      keyPolicy: { state: 'read' },
      grants: { state: 'read' }
    })
  })

  t.test('attached policies are read in their default version, the boundary too', async (t) => {
    const document = (sid: string): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Sid: sid, Effect: 'Allow', Action: 'kms:*', Resource: '*' }]
      })
    const created = await aws.iam.send(new CreatePolicyCommand({ PolicyName: 'Kms', PolicyDocument: document('Old') }))
    const policyArn = created.Policy?.Arn ?? ''
    await aws.iam.send(
      new CreatePolicyVersionCommand({ PolicyArn: policyArn, PolicyDocument: document('New'), SetAsDefault: true })
    )
    const [roleArn = ''] = (await createWorking(aws, 'Attached', policyArn)).roleArns
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: 'PersonalizeAttached', PolicyArn: policyArn }))
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'PersonalizeAttached',
        PolicyName: 'Second',
        PolicyDocument: document('Inline')
      })
    )
    const { identityPolicies, permissionsBoundary } = await source.readRole(roleArn, never)
    t.same(identityPolicies.read.map(({ kind, name }) => `${kind} ${name}`).sort(), [
      'attached Kms',
      'inline PersonalizeKmsAccess',
      'inline Second'
    ])
    t.match(
      identityPolicies.read.find(({ kind }) => kind === 'attached'),
      { arn: policyArn, document: document('New') }
    )
    t.match(permissionsBoundary, { state: 'read', value: { arn: policyArn, document: document('New') } })
  })

  t.test('more grants than a page holds', async (t) => {
    const usage = await createWorking(aws, 'Grants')
    const [keyArn = ''] = usage.kmsKeyArns
    for (let index = 0; index < 105; index++) {
      await aws.kms.send(
        new CreateGrantCommand({
          KeyId: keyArn,
          GranteePrincipal: usage.roleArns[0],
          Operations: ['Decrypt'],
          Name: `grant-${index}`,
          Constraints: { EncryptionContextSubset: { index: String(index) } }
        })
      )
    }
    const { grants } = await source.readKey(keyArn, never)
    t.equal(grants.state === 'read' && new Set(grants.value.map(({ Name }) => Name)).size, 105)
    t.match(grants, {
      value: [
        {
          GranteePrincipal: usage.roleArns[0],
          Operations: ['Decrypt'],
          Constraints: { EncryptionContextSubset: { index: /\d+/ } }
        }
      ]
    })
  })

  t.test('a key and a role that are not there', async (t) => {
    const {
      kmsKeyArns: [keyArn = ''],
      roleArns: [roleArn = '']
    } = await createWorking(aws, 'There')
    t.match(await source.readKey(keyArn.replace(/key\/.*/, 'key/00000000-0000-4000-8000-000000000000'), never), {
      metadata: { state: 'notFound' },
      keyPolicy: { state: 'notFound' },
      grants: { state: 'notFound' }
    })
    t.match(await source.readKey(keyArn.replace(/key\/.*/, 'alias/none'), never), { metadata: { state: 'notFound' } })
    t.match(await source.readRole(`${roleArn}X`, never), { role: { state: 'notFound' } })
    t.match(
      await source.readRole(roleArn.replace('service-role/', ''), never),
      { role: { state: 'notFound' } },
      'by its name, but not at this path'
    )
    t.match(
      await source.readRole(roleArn.replace(/\d{12}/, '444455556666'), never),
      { role: { state: 'notRead' }, identityPolicies: { read: [] } },
      'a namesake of another account'
    )
  })

  t.test('a key that waits for its deletion can still be read', async (t) => {
    const usage = await createWorking(aws, 'Deleted')
    const [keyArn = ''] = usage.kmsKeyArns
    await aws.kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyIdOf(usage), PendingWindowInDays: 7 }))
    const { KeyMetadata } = await aws.kms.send(new DescribeKeyCommand({ KeyId: keyArn }))
    t.match(await source.readKey(keyArn, never), {
      metadata: { value: { KeyState: 'PendingDeletion', DeletionDate: KeyMetadata?.DeletionDate?.toISOString() } },
      keyPolicy: { state: 'read' }
    })
  })

  t.test('the five scenarios can be read', async (t) => {
    const request = source.forRequest()
    for (const { name, usage } of await seedScenarios(aws)) {
      const key = await request.readKey(usage.kmsKeyArns[0] ?? '', never)
      const role = await request.readRole(usage.roleArns[0] ?? '', never)
      for (const part of [key.metadata, key.keyPolicy, key.grants, role.role, role.trustPolicy])
        t.equal(part.state, 'read', name)
      t.match(key.metadata, { value: { KeyState: name === 'disabled-key' ? 'Disabled' : 'Enabled' } }, name)
      t.equal(role.permissionsBoundary.state, name === 'boundary' ? 'read' : 'notPresent', name)
    }
  })
})
