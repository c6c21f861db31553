import t from 'tap'
import type { Location, Usage } from '../../../schemas/usage.js'
import { parseS3Uri } from '../../../src/personalize/locations.js'
import { readUsage, usageOfKey } from '../../../src/personalize/usage.js'

const ROLE = 'arn:aws:iam::111122223333:role/Personalize'
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

function read (locations: Location[], usage: Partial<Usage> = {}): ReturnType<typeof readUsage> {
  return readUsage({ operations: ['datasetImportJob'], roleArns: [ROLE], ...usage, locations }, { keys: 'keyArns' })
}
const usesIn = (reading: ReturnType<typeof readUsage>): string[] =>
  'faults' in reading
    ? reading.faults.map(({ pointer }) => pointer)
    : reading.usage.locations.flatMap(({ uses }) => uses.map(({ operation, direction }) => `${operation} ${direction}`))

t.test('parseS3Uri – every form that Personalize takes – bucket and prefix', (t) => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
  const found = { bucket: 'amzn-s3-demo-bucket', prefix: 'a/b.csv' }
  t.same(parseS3Uri('s3://amzn-s3-demo-bucket/a/b.csv'), found)
  t.same(parseS3Uri('https://amzn-s3-demo-bucket.s3.us-east-1.amazonaws.com/a/b.csv'), found)
  t.same(parseS3Uri('https://s3.us-east-1.amazonaws.com/amzn-s3-demo-bucket/a/b.csv'), found)
  t.same(parseS3Uri('s3://amzn-s3-demo-bucket'), { bucket: 'amzn-s3-demo-bucket', prefix: '' })
  t.equal(parseS3Uri('s3:///a'), undefined)
  t.equal(parseS3Uri('https://example.com/a'), undefined)
  t.equal(parseS3Uri('s3://Not_A_Bucket/a'), undefined)
  t.end()
})

t.test('locations – no direction – what the operations do', (t) => {
  const uri = 's3://amzn-s3-demo-bucket/data/'
  const operations: Usage['operations'] = ['datasetGroup', 'datasetImportJob', 'datasetExportJob', 'batchSegmentJob']
  t.same(usesIn(read([{ uri }], { operations })), [
    'datasetImportJob read',
    'datasetExportJob write',
    'batchSegmentJob read',
    'batchSegmentJob write'
  ])
  t.same(usesIn(read([{ uri, direction: 'read' }], { operations })), ['datasetImportJob read', 'batchSegmentJob read'])
  t.same(usesIn(read([{ uri, operations: ['datasetExportJob'] }], { operations })), ['datasetExportJob write'])
  t.end()
})

t.test('locations – what does not fit the usage – a fault with its pointer', (t) => {
  const uri = 's3://amzn-s3-demo-bucket/data/'
  t.same(usesIn(read([{ uri: 's3://a/x' }])), ['/locations/0/uri'], 'no bucket name')
  t.same(usesIn(read([{ uri: 's3://amzn-s3-demo-bucket/a*' }])), ['/locations/0/uri'], 'a wildcard')
  t.same(usesIn(read([{ uri, operations: ['datasetExportJob'] }])), ['/locations/0/operations/0'])
  t.same(usesIn(read([{ uri, direction: 'write' }])), ['/locations/0/direction'])
  t.same(usesIn(read([{ uri }], { operations: ['datasetGroup'] })), ['/locations/0'])
  t.same(
    usesIn(read([{ uri, accountId: '444455556666' }, { uri: `${uri}x` }])),
    ['/locations/1/accountId'],
    'one bucket, two accounts'
  )
  t.same(usesIn(read([{ uri, kmsKeyArn: 'alias/x' }])), ['/locations/0/kmsKeyArn'])
  t.match(read([{ uri, kmsKeyArn: KEY }], { operations: ['dataDeletionJob'] }), {
    faults: [{ code: 'CUSTOMER_KEY_NOT_SUPPORTED', pointer: '/locations/0/kmsKeyArn' }]
  })
  t.end()
})

t.test('usageOfKey – a key that only a location names – is used for what is done there', (t) => {
  const operations: Usage['operations'] = ['datasetGroup', 'datasetImportJob', 'batchSegmentJob']
  const location: Location = { uri: 's3://amzn-s3-demo-bucket/x', direction: 'read', kmsKeyArn: KEY }
  const reading = read([location], { operations })
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults))
  t.same(
    reading.usage.keys.map(({ arn }) => arn),
    [KEY]
  )
  t.match(usageOfKey(reading.usage, KEY), { operations: ['datasetImportJob', 'batchSegmentJob'], direction: 'read' })
  const named = read([location], { operations, kmsKeyArns: [KEY] })
  if ('faults' in named) throw new Error(JSON.stringify(named.faults))
  t.same(named.usage.keys.length, 1, 'named twice, there once')
  t.same(usageOfKey(named.usage, KEY).operations, operations, 'a key of the usage is used for everything')
  t.end()
})
