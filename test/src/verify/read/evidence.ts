import t from 'tap'
import { policyEvidence } from '../../../../src/verify/read/evidence.js'

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
t.test('policyEvidence: storage faults of one kind of policy are not those of another', async (t) => {
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', NotPrincipal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }]
  }
  const { storageFaults } = policyEvidence('example', document)
  const pointers = (kind: 'keyPolicy' | 'trustPolicy') => storageFaults(kind).map(({ pointer }) => pointer)
  t.same(pointers('keyPolicy'), [])
  t.same(pointers('trustPolicy'), ['/Statement/0/NotPrincipal'])
  t.same(pointers('keyPolicy'), [])
})
