import t from 'tap'
import { EMPTY, entriesOf, EXAMPLE, missingFields, usageOf, usageToWrite } from '../../../../src/page/state/usage-form.js'

t.test('usageOf: lines become lists, blanks are dropped, empty fields are left out', (t) => {
  t.strictSame(usageOf({ ...EXAMPLE, roles: ' arn:a \n\n\tarn:b\n', keys: ' \n', existingKeyPolicy: ' \n' }), {
    operations: ['datasetGroup', 'datasetExportJob'],
    roleArns: ['arn:a', 'arn:b'],
    profile: 'documented',
    sourceConditions: 'ifExists'
  })
  t.strictSame(usageOf({ ...EXAMPLE, locations: ' s3://a \n\ns3://b' }).locations, [{ uri: 's3://a' }, { uri: 's3://b' }])
  t.end()
})

t.test('usageToWrite: the policies to merge into, as they were pasted; that of a bucket only for one bucket', (t) => {
  const form = { ...EXAMPLE, existingKeyPolicy: ' {} ', existingRolePolicy: '{}', existingBucketPolicy: '{"a":1}' }
  const members = (locations: string): string[] =>
    Object.keys(usageToWrite({ ...form, locations })).filter((name) => name.startsWith('existing'))
  t.strictSame(members(''), ['existingKeyPolicy', 'existingRolePolicy'])
  t.strictSame(members('s3://amzn-one/a\ns3://amzn-one/b'), ['existingKeyPolicy', 'existingRolePolicy', 'existingBucketPolicy'])
  t.strictSame(members('s3://amzn-one/a\ns3://amzn-two/b'), ['existingKeyPolicy', 'existingRolePolicy'])
  t.equal(usageToWrite(form).existingKeyPolicy, ' {} ')
  t.end()
})

t.test('entriesOf: each entry knows its line', (t) => {
  t.strictSame(entriesOf('\na\r\n\n b '), [
    { text: 'a', line: 2 },
    { text: 'b', line: 4 }
  ])
  t.end()
})

t.test('missingFields: the example has none; the empty form names each field', (t) => {
  t.strictSame(missingFields(EXAMPLE, { keys: true }), {})
  t.strictSame(Object.keys(missingFields(EMPTY)), ['operations', 'roles'])
  t.strictSame(Object.keys(missingFields(EMPTY, { keys: true })), ['operations', 'roles', 'keys'])
  t.strictSame(missingFields({ ...EXAMPLE, keys: '', locations: 's3://amzn-one' }, { keys: true }), {}, 'a location names its key')
  t.end()
})
