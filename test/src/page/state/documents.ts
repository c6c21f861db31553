import fc from 'fast-check'
import t from 'tap'
import { verification } from '../../../../src/page/engine/verification.js'
import { writePolicies } from '../../../../src/page/engine/generation.js'
import {
  documentsBody,
  missingDocuments,
  NO_DOCUMENTS,
  sortCheckFaults,
  splitDocuments,
  withChanges
} from '../../../../src/page/state/documents.js'
import { EXAMPLE, usageOf } from '../../../../src/page/state/usage-form.js'

const EMPTY_POLICY = '{"Version":"2012-10-17","Statement":[]}'

t.test('splitDocuments: objects one after the other or in a list, each as its own text', (t) => {
  const cases: ReadonlyArray<readonly [string, readonly string[]]> = [
    ['', []],
    [' \n', []],
    ['{"a":1}', ['{"a":1}']],
    ['{"a":{"b":"}{"}}\n\n {"c":2} ', ['{"a":{"b":"}{"}}', '{"c":2}']],
    ['{"a":"\\"}"},{"b":1}', ['{"a":"\\"}"}', '{"b":1}']],
    ['[{"a":1}, "{\\"b\\":2}"]', ['{"a":1}', '{"b":2}']],
    ['%7B%22Statement%22%3A%5B%5D%7D', ['%7B%22Statement%22%3A%5B%5D%7D']],
    ['{"a":1} and {"b":1}', ['{"a":1} and {"b":1}']],
    ['{"a":1} {', ['{"a":1} {']],
    ['}{', ['}{']],
    ['not JSON', ['not JSON']]
  ]
  for (const [text, documents] of cases) t.strictSame(splitDocuments(text), documents, text)
  t.end()
})

t.test('splitDocuments: any objects, however they are divided, come back as they were', (t) => {
  const object = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value, null, 2))
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '\n', ' , ', '\r\n\t'), (texts, between) => {
      t.strictSame(splitDocuments(texts.join(between)), texts)
    }),
    { numRuns: 50 }
  )
  t.end()
})

t.test('documentsBody: the documents for each key and role, under the names that the AWS CLI prints', (t) => {
  const form = { ...EXAMPLE, roles: 'arn:r1\narn:r2', existingKeyPolicy: 'not part of a check' }
  const body = documentsBody(form, {
    keyPolicy: ` ${EMPTY_POLICY}`,
    rolePolicies: `{"RoleName":"r","PolicyName":"Kms","PolicyDocument":{}} {"PolicyVersion":{"Document":{}}} ${EMPTY_POLICY}`,
    trustPolicy: '',
    permissionsBoundary: EMPTY_POLICY,
    grants: '{"Grants":[]}',
    metadata: 'not JSON',
    buckets: { 'not-in-the-use': { policy: '{}', encryption: '' } }
  })
  t.notOk('buckets' in body)
  t.strictSame(Object.keys(body.usage).sort(), ['kmsKeyArns', 'operations', 'profile', 'roleArns', 'sourceConditions'])
  t.strictSame(body.keys, [
    { kmsKeyArn: EXAMPLE.keys, keyPolicy: ` ${EMPTY_POLICY}`, grants: { Grants: [] }, metadata: 'not JSON' }
  ])
  t.strictSame(
    body.roles.map(({ roleArn, identityPolicies, ...rest }) => [
      roleArn,
      identityPolicies.map(({ name, kind }) => [name, kind]),
      Object.keys(rest)
    ]),
    ['arn:r1', 'arn:r2'].map((arn) => [
      arn,
      [
        ['Kms', 'inline'],
        ['pasted 2', 'managed'],
        ['pasted 3', undefined]
      ],
      ['permissionsBoundary']
    ])
  )
  t.end()
})

t.test('missingDocuments: only the key policy has to be there', (t) => {
  t.strictSame(Object.keys(missingDocuments(EXAMPLE, NO_DOCUMENTS)), ['keyPolicy'])
  t.strictSame(missingDocuments(EXAMPLE, { ...NO_DOCUMENTS, keyPolicy: EMPTY_POLICY }), {})
  t.end()
})

t.test('missingDocuments: no key policy for a use that names locations alone', (t) => {
  t.strictSame(missingDocuments({ ...EXAMPLE, keys: '', locations: 's3://amzn-one' }, NO_DOCUMENTS), {})
  t.ok(missingDocuments({ ...EXAMPLE, keys: '' }, NO_DOCUMENTS).keyPolicy)
  t.end()
})

t.test('documentsBody: every bucket of the locations; what the AWS CLI prints where there is none', (t) => {
  const form = { ...EXAMPLE, keys: '', locations: 's3://amzn-one/a\ns3://amzn-two\ns3://amzn-one/b\ns3://amzn-four' }
  const none =
    'An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist'
  const body = documentsBody(form, {
    ...NO_DOCUMENTS,
    buckets: {
      'amzn-one': { policy: none, encryption: '{"ServerSideEncryptionConfiguration":{"Rules":[]}}' },
      'amzn-two': { policy: '{"Statement":[],"Id":"NoSuchBucketPolicy"}', encryption: 'An error occurred (ServerSideEncryptionConfigurationNotFoundError)' }
    }
  })
  t.notOk('keys' in body)
  t.strictSame(body.buckets, [
    { bucket: 'amzn-one', policy: null, encryption: { ServerSideEncryptionConfiguration: { Rules: [] } } },
    { bucket: 'amzn-two', policy: '{"Statement":[],"Id":"NoSuchBucketPolicy"}', encryption: null },
    { bucket: 'amzn-four' }
  ])
  t.end()
})

t.test('sortCheckFaults: a fault of a bucket at its field', (t) => {
  const faults = [
    { pointer: '/buckets/1/policy', detail: 'is not a policy' },
    { pointer: '/buckets/0/encryption', detail: 'has no Rules' },
    { pointer: '/usage/locations/1', detail: 'has no location' }
  ]
  t.match(sortCheckFaults(faults, { ...EXAMPLE, locations: 's3://a\ns3://b' }), {
    documents: { 'bucket-1-policy': ['Is not a policy.'], 'bucket-0-encryption': ['Has no Rules.'] },
    fields: { locations: ['Line 2 has no location.'] },
    others: []
  })
  t.end()
})

t.test('withChanges: a bucket policy of the report, put into the form, passes', (t) => {
  const form = { ...EXAMPLE, locations: 's3://amzn-s3-demo-bucket/out/' }
  const written = writePolicies(usageOf(form))
  if ('problem' in written) throw new Error(written.problem.detail)
  const { keyPolicies, rolePolicies, trustPolicies } = written.body
  const [keyPolicy, rolePolicy, trustPolicy] = [keyPolicies[0], rolePolicies[0], trustPolicies[0]].map((each) => JSON.stringify(each?.policy))
  const documents = {
    ...NO_DOCUMENTS,
    keyPolicy: keyPolicy ?? '',
    rolePolicies: rolePolicy ?? '',
    trustPolicy: trustPolicy ?? '',
    buckets: { 'amzn-s3-demo-bucket': { policy: EMPTY_POLICY, encryption: '' } }
  }
  const before = verification(documentsBody(form, documents))
  if ('problem' in before) throw new Error(before.problem.detail)
  t.equal(before.body.verdict, 'fail')
  const changed = withChanges(documents, before.body.remediation)
  t.match(changed?.buckets['amzn-s3-demo-bucket']?.policy, 'personalize.amazonaws.com')
  t.match(verification(documentsBody(form, changed ?? NO_DOCUMENTS)), { status: 200, body: { verdict: 'pass' } })
  t.end()
})

t.test('sortCheckFaults: each fault at its field, once for several roles', (t) => {
  t.strictSame(
    sortCheckFaults(
      [
        { pointer: '/roles/0/identityPolicies/1/document', detail: 'is not a policy' },
        { pointer: '/roles/1/identityPolicies/1/document', detail: 'is not a policy' },
        { pointer: '/keys/0/keyPolicy', detail: 'is larger than 65536 bytes' },
        { pointer: '/keys/0/grants', detail: 'must be array or object' },
        { pointer: '/usage/roleArns/0', detail: 'is not the ARN of an IAM role' },
        { pointer: '/keys/0/kmsKeyArn', detail: 'comes twice' }
      ],
      EXAMPLE
    ),
    {
      documents: {
        rolePolicies: ['Document 2 is not a policy.'],
        keyPolicy: ['Is larger than 65536 bytes.'],
        grants: ['Must be array or object.']
      },
      fields: { roles: ['Line 1 is not the ARN of an IAM role.'] },
      others: [{ pointer: '/keys/0/kmsKeyArn', detail: 'comes twice' }]
    }
  )
  t.end()
})

t.test('withChanges: what the report proposes, put into the form, passes', (t) => {
  const written = writePolicies(usageOf(EXAMPLE))
  if ('problem' in written) throw new Error(written.problem.detail)
  const documents = {
    ...NO_DOCUMENTS,
    keyPolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Root', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }
      ]
    }),
    rolePolicies: '{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
    trustPolicy: JSON.stringify(written.body.trustPolicies[0]?.policy)
  }
  const before = verification(documentsBody(EXAMPLE, documents))
  if ('problem' in before) throw new Error(before.problem.detail)
  t.equal(before.body.verdict, 'fail')
  const changed = withChanges(documents, before.body.remediation)
  t.match(changed?.keyPolicy, /"Root"/)
  t.match(changed?.rolePolicies, /"Mine"/, 'nothing that was pasted is lost')
  const after = verification(documentsBody(EXAMPLE, changed ?? NO_DOCUMENTS))
  t.match(after, { status: 200, body: { verdict: 'pass' } })
  t.equal(withChanges(documents, 'body' in after ? after.body.remediation : undefined), undefined, 'nothing is left to change')
  t.end()
})

t.test('withChanges: none where two keys need different documents', (t) => {
  const change = (id: string) => ({ kmsKeyArn: id, policy: { Statement: [{ Sid: id }] } })
  const remediation = { keyPolicies: [change('a'), change('b')], rolePolicies: [], trustPolicies: [], cannotFix: [] }
  t.equal(withChanges(NO_DOCUMENTS, remediation), undefined)
  t.match(withChanges(NO_DOCUMENTS, { ...remediation, keyPolicies: [change('a'), change('a')] }), { keyPolicy: /"a"/ })
  t.end()
})
