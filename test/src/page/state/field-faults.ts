import t from 'tap'
import { sortFaults } from '../../../../src/page/state/field-faults.js'
import { EXAMPLE } from '../../../../src/page/state/usage-form.js'

const form = { ...EXAMPLE, roles: 'arn:a\n\nnonsense\narn:a', keys: 'alias/mine' }

t.test('sortFaults: an item of a list is a line of its field, wherever the request holds the usage', (t) => {
  for (const prefix of ['', '/usages/0', '/usage']) {
    t.strictSame(
      sortFaults(
        [
          { pointer: `${prefix}/roleArns/1`, detail: 'is not of the form required: ARN of the role.' },
          { pointer: `${prefix}/roleArns/2`, detail: 'repeats item 0' },
          { pointer: `${prefix}/kmsKeyArns/0`, detail: 'is the ARN of an alias' }
        ],
        form
      ),
      {
        fields: {
          roles: ['Line 3 is not of the form required: ARN of the role.', 'Line 4 repeats line 1.'],
          keys: ['Line 1 is the ARN of an alias.']
        },
        others: []
      }
    )
  }
  t.end()
})

t.test('sortFaults: a statement of the existing policy is counted from 1', (t) => {
  const faults = [
    { pointer: '/usages/0/existingKeyPolicy', detail: 'is neither JSON nor URL-encoded JSON' },
    { pointer: '/usages/0/existingKeyPolicy/Statement/0/Effect', detail: 'is missing' }
  ]
  t.strictSame(sortFaults(faults, form).fields, {
    existingKeyPolicy: ['Is neither JSON nor URL-encoded JSON.', 'Statement 1/Effect is missing.']
  })
  t.end()
})

t.test('sortFaults: a location by its line, and the policies to merge into', (t) => {
  const faults = [
    { pointer: '/usages/0/locations/1/uri', detail: 'names no bucket of Amazon S3' },
    { pointer: '/usages/0/locations/0', detail: 'datasetGroup has no location in Amazon S3' },
    { pointer: '/usages/0/existingBucketPolicy/Statement/1', detail: 'has a Sid of ours' },
    { pointer: '/usages/0/existingRolePolicy', detail: 'is not a policy' }
  ]
  t.strictSame(sortFaults(faults, { ...form, locations: '\ns3://a\ns3://b' }), {
    fields: {
      locations: ['Line 3 names no bucket of Amazon S3.', 'Line 2: datasetGroup has no location in Amazon S3.'],
      existingBucketPolicy: ['Statement 2 has a Sid of ours.'],
      existingRolePolicy: ['Is not a policy.']
    },
    others: []
  })
  t.end()
})

t.test('sortFaults: a fault of no field is kept', (t) => {
  const faults = [
    { pointer: '/usages', detail: 'the usages name 51 keys' },
    { pointer: '/usagesX/roleArns', detail: 'x' },
    { pointer: '', detail: 'x' }
  ]
  t.strictSame(sortFaults(faults, form), { fields: {}, others: faults })
  t.end()
})
