import { CreatePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DisableKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import type { PolicyDocument } from '../schemas/policy-document.js'
import type { Operation, UsageOfKeys } from '../schemas/usage.js'
import type { Verdict } from '../schemas/verification.js'
import { generateKeyPolicy, generateRolePolicy, generateTrustPolicy } from '../src/policies/generate.js'

/** One key and one role as a team might have them, and what verifying them should say. */
export interface Scenario {
  name: string
  summary: string
  verdict: Verdict
  /** The finding that names the cause, where there is one. */
  finding?: string
  usage: UsageOfKeys
}

export interface AwsAccess {
  kms: KMSClient
  iam: IAMClient
}

export function connect (endpoint: string): AwsAccess {
  const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' } }
  return { kms: new KMSClient(options), iam: new IAMClient(options) }
}

const OPERATIONS: Operation[] = [
  'datasetGroup',
  'datasetImportJob',
  'datasetExportJob',
  'batchInferenceJob',
  'metricAttribution'
]

/** Puts the five scenarios into the KMS and IAM that `aws` reaches. */
export async function seedScenarios (aws: AwsAccess): Promise<Scenario[]> {
  const scenarios: Scenario[] = []
  for (const seed of [works, actionMissing, servicePrincipalAbsent, disabledKey, boundary])
    scenarios.push(await seed(aws))
  return scenarios
}

async function works (aws: AwsAccess): Promise<Scenario> {
  return {
    name: 'works',
    summary: 'Works: the generated policies, as they are',
    verdict: 'pass',
    usage: await createWorking(aws, 'Works')
  }
}

/** The key policy of a team that did not export its data at first: exporting needs GenerateDataKeyWithoutPlaintext. */
async function actionMissing (aws: AwsAccess): Promise<Scenario> {
  const usage = await createWorking(aws, 'ActionMissing')
  await putKeyPolicy(
    aws,
    usage,
    generateKeyPolicy({ ...usage, operations: ['datasetGroup', 'datasetImportJob'] }, { indent: 0 })
  )
  return {
    name: 'action-missing',
    summary:
      'An action is missing: the dataset group is exported, but kms:GenerateDataKeyWithoutPlaintext is not allowed',
    verdict: 'fail',
    usage
  }
}

async function servicePrincipalAbsent (aws: AwsAccess): Promise<Scenario> {
  const usage = await createWorking(aws, 'ServicePrincipalAbsent')
  await putKeyPolicy(aws, usage, withoutService(generateKeyPolicy(usage, { indent: 0 })))
  return {
    name: 'service-principal-absent',
    summary: 'The key policy names the role but not personalize.amazonaws.com',
    verdict: 'fail',
    finding: 'SERVICE_PRINCIPAL_NOT_ALLOWED',
    usage
  }
}

async function disabledKey (aws: AwsAccess): Promise<Scenario> {
  const usage = await createWorking(aws, 'DisabledKey')
  await aws.kms.send(new DisableKeyCommand({ KeyId: keyIdOf(usage) }))
  return {
    name: 'disabled-key',
    summary: 'The policies are right but the key is disabled',
    verdict: 'fail',
    finding: 'KEY_NOT_ENABLED',
    usage
  }
}

async function boundary (aws: AwsAccess): Promise<Scenario> {
  const document = {
    Version: '2012-10-17',
    Statement: [{ Sid: 'OnlyS3', Effect: 'Allow', Action: 's3:*', Resource: '*' }]
  }
  const { Policy } = await aws.iam.send(
    new CreatePolicyCommand({ PolicyName: 'WithoutKms', PolicyDocument: JSON.stringify(document) })
  )
  const usage = await createWorking(aws, 'Boundary', Policy?.Arn)
  return {
    name: 'boundary',
    summary: 'The permissions boundary of the role leaves out KMS',
    verdict: 'fail',
    finding: 'BOUNDARY_BLOCKS',
    usage
  }
}

/** The key policy without its statement for the service principal. */
export function withoutService (policy: PolicyDocument): PolicyDocument {
  return { ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== 'AllowPersonalizeService') }
}

export async function putKeyPolicy (aws: AwsAccess, usage: UsageOfKeys, policy: PolicyDocument): Promise<void> {
  await aws.kms.send(
    new PutKeyPolicyCommand({ KeyId: usage.kmsKeyArns[0], PolicyName: 'default', Policy: JSON.stringify(policy) })
  )
}

/** A key and a role with the policies that this service generates for them. */
export async function createWorking (
  aws: AwsAccess,
  name: string,
  boundaryArn?: string,
  operations = OPERATIONS
): Promise<UsageOfKeys> {
  const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({ Description: name }))
  const keyArn = KeyMetadata?.Arn ?? ''
  const roleName = `Personalize${name}`
  const { Role } = await aws.iam.send(
    new CreateRoleCommand({
      RoleName: roleName,
      Path: '/service-role/',
      AssumeRolePolicyDocument: JSON.stringify(
        generateTrustPolicy({
          operations,
          kmsKeyArns: [keyArn],
          roleArns: [`arn:aws:iam::${accountOf(keyArn)}:role/service-role/${roleName}`]
        })
      ),
      ...(boundaryArn === undefined ? {} : { PermissionsBoundary: boundaryArn })
    })
  )
  const usage = { operations, roleArns: [Role?.Arn ?? ''], kmsKeyArns: [keyArn] }
  await putKeyPolicy(aws, usage, generateKeyPolicy(usage, { indent: 0 }))
  const permissions = generateRolePolicy(usage)
  if (permissions !== null)
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: roleName,
        PolicyName: 'PersonalizeKmsAccess',
        PolicyDocument: JSON.stringify(permissions)
      })
    )
  return usage
}

/** Some emulated operations take no ARN. */
export function keyIdOf (usage: UsageOfKeys): string {
  return usage.kmsKeyArns[0]?.split('/')[1] ?? ''
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? ''
