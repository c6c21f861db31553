import t from 'tap'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { KEY, ROLE } from '../../helper.js'
import { DELEGATION, FOR_ROLE, FOR_SERVICE, PAGE_IDENTITY, policy, TRUST } from '../../verification/documents.js'

const KEYS = [{ kmsKeyArn: KEY, keyPolicy: policy(DELEGATION, FOR_SERVICE, FOR_ROLE) }]
const ROLES = [{ roleArn: ROLE, identityPolicies: [PAGE_IDENTITY], trustPolicy: TRUST }]

t.test('verify/documents – locations without buckets: the headline says that Amazon S3 was not checked', (t) => {
  const usage = { operations: ['datasetImportJob' as const], roleArns: [ROLE], kmsKeyArns: [KEY] }
  const locations = [{ uri: 's3://amzn-s3-demo-bucket/in/' }]
  const withLocations = verifyDocuments({ usage: { ...usage, locations }, keys: KEYS, roles: ROLES })
  t.equal(withLocations.verdict, 'pass')
  t.match(withLocations.summary.headline, /^Amazon Personalize can use .*\. Access to Amazon S3 was not checked\.$/)
  t.ok(withLocations.notEvaluated.some(({ what }) => what === 's3'))
  const ofKey = verifyDocuments({ usage, keys: KEYS, roles: ROLES })
  t.notMatch(ofKey.summary.headline, /Amazon S3/, 'a question about the key alone')
  t.end()
})
