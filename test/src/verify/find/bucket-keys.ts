import t from 'tap'
import { verifyDocuments } from '../../../../src/verify/verify-documents.js'
import { requestOf } from '../../../verification/bucket-cases.js'

const ARNS = ['arn:aws:s3:::amzn-s3-demo-bucket', 'arn:aws:s3:::amzn-s3-demo-bucket/*']
const ACTIONS = ['s3:GetObject', 's3:ListBucket']

function reportOn (
  key: { SSEAlgorithm: string; KMSMasterKeyID?: string },
  region?: string
): ReturnType<typeof verifyDocuments> {
  const { buckets = [], ...request } = requestOf({
    title: '',
    source: '',
    bucketPolicy: [
      { Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: ACTIONS, Resource: ARNS }
    ],
    rolePolicy: [{ Effect: 'Allow', Action: ACTIONS, Resource: ARNS }],
    bucket: { encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: key }] } }
  })
  return verifyDocuments({
    ...request,
    buckets: buckets.map(({ region: _, ...bucket }) => ({ ...bucket, ...(region === undefined ? {} : { region }) }))
  })
}

t.test('the key of a bucket – one that cannot be looked up, or aws/s3: never a pass', (t) => {
  const cases = [
    {
      key: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/data' },
      why: /alias\/data; the Region of the bucket is not known/
    },
    {
      key: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: '1234abcd-12ab-34cd-56ef-1234567890ab' },
      why: /the Region of the bucket is not known/
    },
    { key: { SSEAlgorithm: 'aws:kms' }, why: undefined },
    { key: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/aws/s3' }, why: undefined }
  ]
  for (const { key, why } of cases) {
    const { verdict, summary, notEvaluated } = reportOn(key)
    t.equal(verdict, 'indeterminate', JSON.stringify(key))
    t.match(summary.buckets, [{ verdict: 'indeterminate' }])
    t.match(summary.headline, /is not determined/)
    const found = notEvaluated.filter(({ what }) => what === 'bucketEncryption')
    t.match(found, why === undefined ? [] : [{ bucket: 'amzn-s3-demo-bucket', why }])
    t.equal(found.length, why === undefined ? 0 : 1)
  }
  t.equal(reportOn({ SSEAlgorithm: 'AES256' }).verdict, 'pass', 'keys of Amazon S3 itself need no permission')
  t.equal(reportOn({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/data' }, 'us-east-1').verdict, 'indeterminate')
  t.end()
})
