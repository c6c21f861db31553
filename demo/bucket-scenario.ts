import { PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutBucketEncryptionCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import type { VerifiableUsage } from '../schemas/usage.js'
import { generateRolePolicy } from '../src/policies/generate.js'
import { type AwsAccess, createWorking, type Scenario } from './scenarios.js'

/** A scenario whose keys are those of its bucket. */
export type BucketScenario = Omit<Scenario, 'usage'> & { usage: VerifiableUsage }

/** The S3 of an emulator. */
export function connectS3 (endpoint: string): S3Client {
  const credentials = { accessKeyId: 'demo', secretAccessKey: 'demo' }
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
}

const BUCKET = 'amzn-s3-demo-bucket'

/**
 * A bucket that encrypts with a key which works, and a role that may read it; but the bucket policy was written before a
 * second folder came: "Insufficient privileges for accessing data in Amazon S3".
 */
export async function seedBucketScenario ({ kms, iam }: AwsAccess, s3: S3Client): Promise<BucketScenario> {
  const operations: VerifiableUsage['operations'] = ['datasetImportJob']
  const { kmsKeyArns, roleArns } = await createWorking({ kms, iam }, 'Bucket', undefined, operations)
  const usage: VerifiableUsage = {
    operations,
    roleArns,
    region: 'us-east-1',
    locations: [{ uri: `s3://${BUCKET}/users/` }, { uri: `s3://${BUCKET}/interactions/` }]
  }
  const RoleName = roleArns[0]?.split('/').at(-1)
  const permissions = JSON.stringify(generateRolePolicy(usage))
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'TrainingData', PolicyDocument: permissions }))
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify(POLICY) }))
  const byDefault = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: kmsKeyArns[0] ?? '' }
  const Rules = [{ ApplyServerSideEncryptionByDefault: byDefault }]
  await s3.send(new PutBucketEncryptionCommand({ Bucket: BUCKET, ServerSideEncryptionConfiguration: { Rules } }))
  return {
    name: 'bucket-folder-missing',
    summary: 'The bucket policy lets Amazon Personalize read one folder, and the job reads two',
    verdict: 'fail',
    finding: 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED',
    usage
  }
}

const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'PersonalizeReadsUsers',
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/users/*`]
    }
  ]
}
