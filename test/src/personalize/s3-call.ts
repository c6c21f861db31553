import t from 'tap'
import { authorize } from '../../../src/iam/authorize.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import { type StorageCall, storageRequest } from '../../../src/personalize/s3-call.js'
import { ACCOUNT, ROLE } from '../../helper.js'

const call: Omit<StorageCall, 'action'> = {
  principal: { type: 'role', arn: ROLE },
  location: { bucket: 'amzn-s3-demo-bucket', prefix: 'data/', accountId: ACCOUNT },
  bucketRegion: 'us-west-2',
  accountId: ACCOUNT,
  region: 'us-east-1',
  partition: 'aws'
}

/** Whether a role's policy that allows everything under this condition allows the call. */
function decide (action: string, condition: object, context?: Record<string, string>): string {
  const policy = compilePolicy('role', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }
  })
  const observed = context === undefined ? {} : { observed: { context } }
  const request = storageRequest({ ...call, action, ...observed })
  return authorize(request, { identityPolicies: { policies: [policy], complete: true } }).decision
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
t.test('a key that the request gives for the role counts in the calls alone that can have it', (t) => {
  const prefix = { StringLike: { 's3:prefix': 'data/*' } }
  t.equal(decide('s3:ListBucket', prefix, { 's3:prefix': 'data/' }), 'allowed')
  t.equal(decide('s3:GetObject', prefix, { 's3:prefix': 'data/' }), 'implicitDeny')
  t.equal(decide('s3:PutObject', prefix, { 'S3:Prefix': 'data/' }), 'implicitDeny')
  const via = { StringEquals: { 'kms:ViaService': 's3.us-west-2.amazonaws.com' } }
  t.equal(decide('s3:GetObject', via, { 'kms:ViaService': 's3.us-west-2.amazonaws.com' }), 'implicitDeny')
  const point = { StringEquals: { 's3:DataAccessPointAccount': ACCOUNT } }
  t.equal(decide('s3:GetObject', point), 'implicitDeny', 'assumed: no access point')
  t.equal(decide('s3:GetObject', point, { 's3:DataAccessPointAccount': ACCOUNT }), 'allowed', 'the caller knows better')
  const signature = { StringEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } }
  t.equal(decide('cloudwatch:PutMetricData', signature, { 's3:signatureversion': 'AWS4-HMAC-SHA256' }), 'implicitDeny')
  const version = { Null: { 's3:VersionId': 'true' } }
  t.equal(decide('s3:GetObject', version), 'allowed', 'the key of another call is absent')
  t.equal(decide('s3:GetObject', { Null: { 's3:KeyOfAYearToCome': 'true' } }), 'conditional', 'a key that AWS adds')
  t.equal(decide('cloudwatch:PutMetricData', { Null: { 's3:KeyOfAYearToCome': 'true' } }), 'allowed')
  const tls = { NumericGreaterThanEquals: { 's3:TlsVersion': '1.2' } }
  t.equal(decide('s3:GetObject', tls), 'allowed', 'AWS services call with TLS 1.2 or later')
  t.equal(decide('cloudwatch:PutMetricData', tls), 'implicitDeny', 'a key of Amazon S3 is in no call to CloudWatch')
  t.equal(decide('cloudwatch:PutMetricData', tls, { 's3:TlsVersion': '1.3' }), 'implicitDeny')
  const address = { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } }
  t.equal(decide('s3:GetObject', address, { 'aws:SourceIp': '198.51.100.7' }), 'allowed', 'a global key')
  t.end()
})

t.test('Amazon S3 is called in the Region of the bucket, Amazon CloudWatch in that of Personalize', (t) => {
  const region = (name: string): object => ({ StringEquals: { 'aws:RequestedRegion': name } })
  t.equal(decide('s3:GetObject', region('us-west-2')), 'allowed')
  t.equal(decide('s3:GetObject', region('us-east-1')), 'implicitDeny')
  t.equal(decide('cloudwatch:PutMetricData', region('us-east-1')), 'allowed')
  t.equal(decide('cloudwatch:PutMetricData', region('us-west-2')), 'implicitDeny')
  t.equal(decide('cloudwatch:PutMetricData', { StringEquals: { 's3:ResourceAccount': ACCOUNT } }), 'implicitDeny')
  t.end()
})
