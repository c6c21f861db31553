import t from 'tap'
import { requestOf } from '../../../src/explain/request-of.js'

const REASON = 'Insufficient privileges for accessing data in Amazon S3.'
const DENIED = { eventSource: 's3.amazonaws.com', eventName: 'GetObject', errorCode: 'AccessDenied' }
const ALLOWED = { eventSource: 's3.amazonaws.com', eventName: 'GetObject' }

t.test('requestOf: a text, and what the AWS CLI and CloudTrail put around it', (t) => {
  const cases: ReadonlyArray<readonly [string, string, object]> = [
    ['a message', ` ${REASON}\n`, { failureReason: REASON }],
    ['a resource', JSON.stringify({ datasetImportJob: { status: 'CREATE FAILED', failureReason: REASON } }), { failureReason: REASON }],
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
