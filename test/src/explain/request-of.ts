import t from 'tap'
import { requestOf } from '../../../src/explain/request-of.js'

const REASON = 'Insufficient privileges for accessing data in Amazon S3.'
const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const DENIED = { eventSource: 's3.amazonaws.com', eventName: 'GetObject', errorCode: 'AccessDenied' }
const ALLOWED = { eventSource: 's3.amazonaws.com', eventName: 'GetObject' }

t.test('requestOf: a text, and what the AWS CLI and CloudTrail put around it', (t) => {
  const cases: ReadonlyArray<readonly [string, string, object]> = [
    ['a message', ` ${REASON}\n`, { failureReason: REASON }],
    ['a resource', JSON.stringify({ datasetImportJob: { status: 'CREATE FAILED', failureReason: REASON } }), { failureReason: REASON }],
    [
      'a resource with its role and locations: the usage as well',
      JSON.stringify({ batchInferenceJob: { roleArn: ROLE, jobInput: { s3DataSource: { path: 's3://amzn-s3-demo-bucket/in/' } }, jobOutput: { s3DataDestination: { path: 's3://amzn-s3-demo-bucket/out/', kmsKeyArn: KEY } }, failureReason: REASON } }),
      {
        failureReason: REASON,
        usage: {
          operations: ['batchInferenceJob'],
          roleArns: [ROLE],
          locations: [
            { uri: 's3://amzn-s3-demo-bucket/in/', direction: 'read' },
            { uri: 's3://amzn-s3-demo-bucket/out/', direction: 'write', kmsKeyArn: KEY }
          ]
        }
      }
    ],
    [
      'a dataset group with its key',
      JSON.stringify({ datasetGroup: { roleArn: ROLE, kmsKeyArn: KEY, failureReason: REASON } }),
      { failureReason: REASON, usage: { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] } }
    ],
    [
      'names that are none: no usage',
      JSON.stringify({ datasetImportJob: { roleArn: 'nonsense', dataSource: { dataLocation: 's3://*' }, failureReason: REASON } }),
      { failureReason: REASON }
    ],
    ['what is inside of it', JSON.stringify({ failureReason: REASON }), { failureReason: REASON }],
    ['a record', JSON.stringify(DENIED), { cloudTrailRecord: DENIED }],
    ['a log file: the refused call', JSON.stringify({ Records: [ALLOWED, DENIED] }), { cloudTrailRecord: DENIED }],
    [
      'lookup-events',
      JSON.stringify({ Events: [{ EventId: 'x', CloudTrailEvent: JSON.stringify(DENIED) }] }),
      { cloudTrailRecord: DENIED }
    ],
    ['several records', JSON.stringify([ALLOWED, ALLOWED]), { cloudTrailRecord: ALLOWED }],
    ['other JSON', '{"a":1}', { failureReason: '{"a":1}' }],
    ['broken JSON', '{"eventSource":', { failureReason: '{"eventSource":' }]
  ]
  for (const [name, text, expected] of cases) t.strictSame(requestOf(text), expected, name)
  t.end()
})
