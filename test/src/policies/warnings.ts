import t from 'tap'
import type { Usage } from '../../../schemas/usage.js'
import type { Finding } from '../../../schemas/verification.js'
import { generatePolicies } from '../../../src/policies/generate.js'
import { bucketPoliciesToDeploy } from '../../../src/policies/to-deploy.js'
import { KEY, ROLE } from '../../helper.js'

const BUCKET = 'amzn-s3-demo-bucket'
const ARN = `arn:aws:s3:::${BUCKET}`
const USAGE: Usage = {
  operations: ['datasetExportJob'],
  roleArns: [ROLE],
  region: 'us-east-1',
  locations: [{ uri: `s3://${BUCKET}/out/` }]
}

const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const deny = (operator: string, key: string, value: string) => ({
  Sid: 'Guard',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:PutObject',
  Resource: `${ARN}/*`,
  Condition: { [operator]: { [key]: value } }
})
const OPEN = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/*` }

/** What is unlike the usage above, and the warnings: each code with the Sid of the statement, if it is about one. */
const CASES: Array<{ title: string; source: string; usage: Partial<Usage>; warnings: Array<[string, string?]> }> = [
  {
    title: 'the recommended usage',
    source: 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html',
    usage: {},
    warnings: []
  },
  {
    title: 'source conditions that break if the keys are not sent',
    source: 'https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html',
    usage: { sourceConditions: 'strict' },
    warnings: [['ACCESS_DEPENDS_ON_CONDITION']]
  },
  {
    title: 'a bucket of another account',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html',
    usage: { locations: [{ uri: `s3://${BUCKET}/out/`, accountId: '444455556666' }] },
    warnings: [['CROSS_ACCOUNT_BUCKET']]
  },
  {
    title: 'a directory bucket',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-overview.html',
    usage: { locations: [{ uri: 's3://amzn-s3-demo-bucket--use1-az4--x-s3/out/' }] },
    warnings: [['DIRECTORY_BUCKET']]
  },
  {
    title: 'input and output of a batch job at one location',
    source: 'https://docs.aws.amazon.com/personalize/latest/dg/error-messages.html',
    usage: { operations: ['batchInferenceJob'] },
    warnings: [['INPUT_EQUALS_OUTPUT']]
  },
  {
    title: 'an existing Deny of writes without an encryption header',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html',
    usage: { existingBucketPolicy: document(deny('StringNotEquals', 's3:x-amz-server-side-encryption', 'aws:kms')) },
    warnings: [['ENCRYPTION_HEADER_REQUIRED', 'Guard']]
  },
  {
    title: 'an existing Deny of writes without an ACL',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html',
    usage: { existingBucketPolicy: document(deny('StringNotEquals', 's3:x-amz-acl', 'bucket-owner-full-control')) },
    warnings: [['ACL_HEADER_REQUIRED', 'Guard']]
  },
  {
    title: 'an existing Deny that depends on another condition',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html',
    usage: { existingBucketPolicy: document(deny('StringNotEquals', 's3:signatureversion', 'AWS4-HMAC-SHA256')) },
    warnings: [['ACCESS_DEPENDS_ON_CONDITION', 'Guard']]
  },
  {
    title: 'an existing Deny of any VPC endpoint, of which AWS may have its own',
    source: 'https://docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws/perimeter-overview.html',
    usage: { existingBucketPolicy: document(deny('StringLike', 'aws:SourceVpce', '*')) },
    warnings: [['ACCESS_DEPENDS_ON_CONDITION', 'Guard']]
  },
  {
    title: 'an existing Deny for an account that is not known',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
    usage: {
      existingBucketPolicy: document({
        Sid: 'Guard',
        Effect: 'Deny',
        Principal: { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
        Action: 's3:PutObject',
        Resource: `${ARN}/*`
      })
    },
    warnings: [['NOT_DOCUMENTED', 'Guard']]
  },
  {
    title: 'an existing Deny of what Amazon Personalize never does',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html',
    usage: { existingBucketPolicy: document(deny('Bool', 'aws:SecureTransport', 'false')) },
    warnings: []
  },
  {
    title: 'an existing statement for everybody',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
    usage: { existingBucketPolicy: document(OPEN) },
    warnings: [['OPEN_TO_EVERYONE', 'Open']]
  },
  {
    title: 'an existing statement for everybody in one organization',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
    usage: {
      existingBucketPolicy: document({
        ...OPEN,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-exampleorgid' } }
      })
    },
    warnings: []
  }
]

const codesOf = (warnings: ReadonlyArray<Partial<Finding>>): unknown[] =>
  warnings.map(({ code, statement }) => (statement === undefined ? [code] : [code, statement.sid]))

for (const { title, usage, warnings } of CASES)
  t.test(`warnings of a bucket: ${title}`, (t) => {
    const whole = { ...USAGE, ...usage }
    const found = generatePolicies({ usages: [whole, whole] }).warnings
    t.same(codesOf(found), warnings, 'each once')
    for (const { bucket } of found) t.type(bucket, 'string')
    const { warnings: ofForms = [] } = bucketPoliciesToDeploy(whole)
    t.same(codesOf(ofForms), warnings, 'in the forms of POST /policies/bucket, too')
    t.end()
  })

t.test('warnings of an existing key policy and IAM policy: an open Deny, and a statement for everybody', (t) => {
  const guard = (element: object) => ({
    Sid: 'Guard',
    Effect: 'Deny',
    ...element,
    Action: 'kms:Decrypt',
    Resource: '*',
    Condition: { StringEquals: { 'kms:EncryptionContext:team': 'other' } }
  })
  const open = { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 'kms:DescribeKey', Resource: '*' }
  const usage: Usage = {
    operations: ['datasetGroup'],
    roleArns: [ROLE],
    kmsKeyArns: [KEY],
    existingKeyPolicy: document(guard({ Principal: '*' }), open),
    existingRolePolicy: document(guard({}))
  }
  t.match(generatePolicies({ usages: [usage] }).warnings, [
    { code: 'OPEN_TO_EVERYONE', kmsKeyArn: KEY, statement: { policy: 'keyPolicy', sid: 'Open', index: 1 } },
    { code: 'ACCESS_DEPENDS_ON_CONDITION', kmsKeyArn: KEY, statement: { policy: 'keyPolicy', sid: 'Guard', index: 0 } },
    { code: 'ACCESS_DEPENDS_ON_CONDITION', roleArn: ROLE, statement: { policy: 'identityPolicies', sid: 'Guard' } }
  ])
  t.end()
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
t.test('warnings of an existing key policy: a Deny that no value decides', (t) => {
  const guard = { Sid: 'Guard', Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }
  const usage: Usage = {
    operations: ['datasetGroup'],
    roleArns: [ROLE],
    kmsKeyArns: [KEY],
    existingKeyPolicy: document({ ...guard, Condition: { StringNotEquals: { 'aws:PrincipalAccount': [] } } })
  }
  t.match(
    generatePolicies({ usages: [usage] }).warnings.filter(({ statement }) => statement?.sid === 'Guard'),
    [{ code: 'NOT_DOCUMENTED', why: /AWS does not document what it does\.$/, remedy: /this Deny statement\.$/ }]
  )
  t.end()
})
