import t from 'tap'
import { EMPTY, entriesOf, EXAMPLE, missingFields, usageOf } from '../../../../src/page/state/usage-form.js'

t.test('usageOf: lines become lists, blanks are dropped, empty fields are left out', (t) => {
  t.strictSame(usageOf({ ...EXAMPLE, roles: ' arn:a \n\n\tarn:b\n', keys: ' \n', existingKeyPolicy: ' \n' }), {
    operations: ['datasetGroup', 'datasetExportJob'],
    roleArns: ['arn:a', 'arn:b'],
    profile: 'documented',
    sourceConditions: 'ifExists'
  })
  t.match(usageOf({ ...EXAMPLE, existingKeyPolicy: ' {} ' }), { existingKeyPolicy: ' {} ' }, 'text as it was pasted')
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
  t.end()
})
