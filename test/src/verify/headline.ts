import t from 'tap'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'
import { bucketCases, requestOf } from '../../verification/bucket-cases.js'
import {
  allow,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  metadataOf,
  policy,
  SERVICE,
  situation
} from '../../verification/documents.js'

const [KEY_ID, ROLE_NAME] = [KEY, ROLE].map((arn) => arn.slice(arn.lastIndexOf('/') + 1))
const PLACE = `key ${KEY_ID} with role ${ROLE_NAME}`
const headline = (...request: Parameters<typeof situation>): string =>
  verifyDocuments(situation(...request)).summary.headline

t.test('headline: the key, the role, the cause with its action, and what to do', (t) => {
  t.equal(headline(), `Amazon Personalize can use ${PLACE}.`)
  const Action = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant']
  const withoutOne = allow({ Service: SERVICE }, { Action })
  t.equal(
    headline({ key: { keyPolicy: policy(DELEGATION, withoutOne, FOR_ROLE) } }),
    `Amazon Personalize cannot use ${PLACE} as required: the key policy does not allow Amazon Personalize itself what ` +
      'it needs (kms:ListGrants); change the key policy to fix it.'
  )
  t.equal(
    headline({ key: { metadata: { ...metadataOf(KEY), KeyState: 'Disabled' } } }),
    `Amazon Personalize cannot use ${PLACE} as required: the key is not enabled (KeyState is Disabled); ` +
      'by hand: enable the key (aws kms enable-key).'
  )
  const denying = deny('*', { Sid: 'No', Action: 'kms:Decrypt' })
  t.match(
    headline({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE, FOR_ROLE, denying) } }),
    /: a statement denies what is needed \(statement 4 \(No\) of the key policy: kms:Decrypt\)/
  )
  t.end()
})

t.test('headline: what AWS would allow but its page requires more of is not "cannot use"', (t) => {
  t.match(
    headline({ role: { identityPolicies: [identity({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' })] } }),
    new RegExp(`^The policies of key ${KEY_ID} and role ${ROLE_NAME} lack what AWS documents for Amazon Personalize: `)
  )
  t.end()
})

t.test('headline: of several keys those that fail are counted', (t) => {
  const other = `arn:aws:kms:us-east-1:${ACCOUNT}:key/0000aaaa-12ab-34cd-56ef-1234567890ab`
  const { usage, keys: [key], roles } = situation()
  if (key === undefined) throw new TypeError('no key')
  const fails = { ...key, kmsKeyArn: other, metadata: metadataOf(other), keyPolicy: policy(DELEGATION, FOR_ROLE) }
  const request = { usage: { ...usage, kmsKeyArns: [KEY, other] }, keys: [key, fails], roles }
  t.match(verifyDocuments(request).summary.headline, `cannot use 1 of 2 keys with role ${ROLE_NAME}`)
  t.end()
})

t.test('headline: every case of a bucket names the bucket, and is one sentence', async (t) => {
  for (const { cases } of await bucketCases())
    for (const each of cases.filter(({ expect }) => expect.status === undefined)) {
      const { summary, verdict, remediation } = verifyDocuments({ keys: [], ...requestOf(each) })
      t.ok(summary.headline.length < 500, each.title)
      t.match(summary.headline, /^(?:Amazon Personalize (?:can|cannot)|Whether Amazon|The policies of) [^]*\.$/)
      t.equal(summary.headline.includes('; '), verdict !== 'pass' || remediation !== undefined, summary.headline)
    }
})
