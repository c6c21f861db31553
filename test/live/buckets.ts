import {
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client
} from '@aws-sdk/client-s3'
import t from 'tap'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { withMoto } from '../moto.js'

const never = new AbortController().signal
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
/** https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html */
const POLICY = {
  Version: '2012-10-17',
  Id: 'PersonalizeS3BucketAccessPolicy',
  Statement: [
    {
      Sid: 'PersonalizeS3BucketAccessPolicy',
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: ['arn:aws:s3:::data', 'arn:aws:s3:::data/*']
    }
  ]
}

await withMoto(t, 'reading an S3', async (t, moto) => {
  t.teardown(useFakeCredentials())
  const s3 = new S3Client({
    endpoint: moto.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' }
  })
  const source = createPolicySource({
    timeoutMs: 60_000,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: moto.url,
    sampleObjects: true
  })
  t.teardown(() => {
    source.close()
    s3.destroy()
  })

  t.test('what was put is what is read', async (t) => {
    const Bucket = 'data'
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(POLICY) }))
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
              BucketKeyEnabled: true
            }
          ]
        }
      })
    )
    await s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] }
      })
    )
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicPolicy: true } })
    )
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'in/users.csv',
        Body: 'USER_ID',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: KEY
      })
    )
    const bucket = await source.readBucket(Bucket, { region: 'us-east-1', samplePrefixes: ['in/', 'out/'] }, never)
    t.match(bucket, {
      region: { state: 'read', value: 'us-east-1' },
      encryption: {
        state: 'read',
        value: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
              BucketKeyEnabled: true
            }
          ]
        }
      },
      ownershipControls: { state: 'read', value: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
      publicAccessBlock: { state: 'read', value: { BlockPublicPolicy: true } },
      sampleObjects: [
        { prefix: 'in/', object: { state: 'read', value: { Key: 'in/users.csv', SSEKMSKeyId: KEY } } },
        { prefix: 'out/', object: { state: 'notPresent' } }
      ]
    })
    t.same(bucket.bucketPolicy.state === 'read' && JSON.parse(String(bucket.bucketPolicy.value)), POLICY)
  })

  t.test('a bucket of which nothing was put, and one that is not there', async (t) => {
    const Bucket = 'bare'
    await s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } })
    )
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }))
    t.match(await source.readBucket(Bucket, {}, never), {
      region: { state: 'read', value: 'eu-west-1' },
      bucketPolicy: { state: 'notPresent' },
      ownershipControls: { state: 'notPresent' },
      publicAccessBlock: { state: 'notPresent' }
    })
    t.match(await source.readBucket('none', {}, never), {
      bucketPolicy: { state: 'notFound' },
      region: { state: 'notFound' }
    })
  })
})
