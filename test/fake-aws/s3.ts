import { exceptionReply, xml, type FakeCall, type Reply } from './wire.js'
import type { FakeBucket, FakeWorld } from './world.js'

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

const xmlReply = (root: string, content: string): Reply => ({
  status: 200,
  contentType: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${content}</${root}>`
})

/**
 * S3's answers to the reads of a bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export function s3Reply (world: FakeWorld, call: FakeCall): Reply {
  const { Bucket, ExpectedBucketOwner } = call.input
  const bucket = world.buckets[String(Bucket)]
  if (bucket === undefined) return exceptionReply(call, 404, 'NoSuchBucket')
  if (bucket.region !== call.region)
    return { ...exceptionReply(call, 301, 'PermanentRedirect'), headers: { 'x-amz-bucket-region': bucket.region } }
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== bucket.accountId)
    return exceptionReply(call, 403, 'AccessDenied')
  return bucketReply(call, bucket)
}

function bucketReply (call: FakeCall, bucket: FakeBucket): Reply {
  switch (call.operation) {
    case 'GetBucketPolicy':
      return bucket.policy === undefined
        ? exceptionReply(call, 404, 'NoSuchBucketPolicy')
        : { status: 200, contentType: 'application/json', body: bucket.policy }
    case 'GetBucketEncryption':
      return encryptionReply(call, bucket)
    case 'GetBucketOwnershipControls':
      return bucket.ownership === undefined
        ? exceptionReply(call, 404, 'OwnershipControlsNotFoundError')
        : xmlReply('OwnershipControls', `<Rule>${xml({ ObjectOwnership: bucket.ownership })}</Rule>`)
    case 'GetPublicAccessBlock': {
      const { publicAccessBlocked: blocked } = bucket
      const members = {
        BlockPublicAcls: blocked,
        IgnorePublicAcls: blocked,
        BlockPublicPolicy: blocked,
        RestrictPublicBuckets: blocked
      }
      return blocked === undefined
        ? exceptionReply(call, 404, 'NoSuchPublicAccessBlockConfiguration')
        : xmlReply('PublicAccessBlockConfiguration', xml(members))
    }
    case 'GetBucketLocation':
      return xmlReply('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region)
    default:
      return objectReply(call, bucket)
  }
}

function encryptionReply (call: FakeCall, { encryption }: FakeBucket): Reply {
  if (encryption === undefined) return exceptionReply(call, 404, 'ServerSideEncryptionConfigurationNotFoundError')
  const { algorithm, key, bucketKey = false } = encryption
  const byDefault = xml({ SSEAlgorithm: algorithm, KMSMasterKeyID: key })
  return xmlReply(
    'ServerSideEncryptionConfiguration',
    `<Rule><ApplyServerSideEncryptionByDefault>${byDefault}</ApplyServerSideEncryptionByDefault>${xml({ BucketKeyEnabled: bucketKey })}</Rule>`
  )
}

function objectReply (call: FakeCall, { objects = {} }: FakeBucket): Reply {
  const { Key, Prefix } = call.input
  if (call.operation === 'ListObjectsV2') {
    const keys = Object.keys(objects).filter((key) => key.startsWith(String(Prefix)))
    return xmlReply('ListBucketResult', keys.map((key) => `<Contents>${xml({ Key: key })}</Contents>`).join(''))
  }
  const headers = objects[String(Key)]
  if (call.operation !== 'HeadObject' || headers === undefined) return exceptionReply(call, 404, 'NoSuchKey')
  return { status: 200, contentType: 'text/csv', body: '', headers }
}
