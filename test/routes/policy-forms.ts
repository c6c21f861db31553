import { createHash } from 'node:crypto'
import t from 'tap'
import { policyForm, POLICY_FORMS } from '../../src/formats/policies/policy-forms.js'
import { generateKeyPolicy, generatePolicies } from '../../src/policies/generate.js'
import { keyPoliciesToDeploy, policiesToDeploy } from '../../src/policies/to-deploy.js'
import { ACCOUNT, KEY, ROLE, startApp } from '../helper.js'

const USAGE = { operations: ['datasetGroup' as const], roleArns: [ROLE], kmsKeyArns: [KEY] }
const ROUTES = [
  ['/policies/key', USAGE],
  ['/policies/iam', USAGE],
  ['/policies/trust', USAGE],
  ['/policies/bucket', { ...USAGE, locations: [{ uri: 's3://amzn-s3-demo-bucket/data/' }], operations: ['datasetImportJob'] }],
  ['/policies', { usages: [USAGE] }]
] as const
const MEDIA_TYPES = POLICY_FORMS.map(({ mediaType }) => mediaType)

const { agent } = await startApp({
  after: (close) => {
    t.teardown(close)
  }
})

async function post (path: string, body: object, accept?: string) {
  const request = agent.post(path).responseType('text')
  const { status, headers, body: text } = await (accept === undefined ? request : request.set('accept', accept)).send(body)
  return { status, headers, text: String(text) }
}

for (const [path, body] of ROUTES) {
  t.test(`POST ${path}: each form by Accept, with its file name, Vary and a strong ETag of its own`, async (t) => {
    const tags = new Set<string | undefined>()
    for (const { mediaType, fileName } of POLICY_FORMS) {
      const { status, headers, text } = await post(path, body, mediaType)
      t.equal(status, 200, mediaType)
      t.equal(headers['content-type'], `${mediaType}; charset=utf-8`)
      t.equal(headers['content-disposition'], `inline; filename="${fileName}"`)
      t.equal(headers['vary'], 'Accept')
      t.equal(headers['etag'], `"${createHash('sha256').update(text).digest('base64url')}"`)
      t.equal((await post(path, body, mediaType)).text, text, `${mediaType}: the same bytes`)
      t.match(text, 'Personalize')
      tags.add(headers['etag'])
    }
    const { headers } = await post(path, body)
    t.equal(headers['content-disposition'], undefined, 'JSON has no file name')
    t.equal(tags.add(headers['etag']).size, POLICY_FORMS.length + 1)
  })

  t.test(`POST ${path}: JSON without a preference, 406 lists every media type`, async (t) => {
    for (const accept of [undefined, '*/*', 'application/*'])
      t.match((await post(path, body, accept)).headers['content-type'], 'application/json', String(accept))
    const { status, headers, text } = await post(path, body, 'text/csv')
    t.equal(status, 406)
    t.equal(headers['vary'], 'Accept')
    for (const mediaType of ['application/json', ...MEDIA_TYPES]) t.match(JSON.parse(text).detail, mediaType)
  })
}

t.test('POST /policies/key: the forms have the policy of the JSON answer, its reasons and its warnings', async (t) => {
  const usage = { ...USAGE, sourceConditions: 'strict' as const }
  const [json, template] = [
    await post('/policies/key', usage),
    await post('/policies/key', usage, 'application/vnd.cloudformation+json')
  ]
  const [resource] = Object.values<{ Properties: { KeyPolicy: unknown }; Metadata: { Comments: string[] } }>(
    JSON.parse(template.text).Resources
  )
  t.strictSame(resource?.Properties.KeyPolicy, JSON.parse(json.text))
  const { warnings, keyPolicies } = generatePolicies({ usages: [usage] })
  for (const { detail } of warnings) t.ok(template.text.includes(detail), detail)
  for (const { reason } of keyPolicies[0]?.statements ?? []) t.ok(template.text.includes(reason), reason)
})

t.test('POST /policies/key: a usage without keys is for a key that is created', async (t) => {
  const usage = { operations: USAGE.operations, roleArns: [ROLE] }
  const { text } = await post('/policies/key', usage, 'application/vnd.terraform+json')
  const { aws_kms_key: keys } = JSON.parse(text).resource
  t.strictSame(JSON.parse(keys.personalize.policy), generateKeyPolicy(usage, { indent: 0 }))
  t.equal(text, policyForm('terraform-json', keyPoliciesToDeploy(usage)))
})

t.test('POST /policies/iam: 204 where the role needs no policy, in every form', async (t) => {
  for (const accept of [undefined, ...MEDIA_TYPES]) {
    const { status, headers, text } = await post('/policies/iam', { ...USAGE, operations: ['datasetImportJob'] }, accept)
    t.strictSame([status, text, headers['content-disposition']], [204, '', undefined], String(accept))
  }
})

t.test('POST /policies: roles of usages without a key may use the new key alone', async (t) => {
  const body = { usages: [{ operations: ['datasetGroup'], roleArns: [ROLE] }] }
  const { text } = await post('/policies', body, 'application/vnd.cloudformation+json')
  const { Resources } = JSON.parse(text)
  t.match(Resources.NewKey, { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17' } } })
  t.strictSame(Resources.RolePolicyPersonalizeServiceRole.Properties.PolicyDocument.Statement[0].Resource, {
    'Fn::GetAtt': ['NewKey', 'Arn']
  })
  t.notMatch(text, 'BROADER_THAN_NEEDED')
  t.match((await post('/policies', body)).text, 'BROADER_THAN_NEEDED', 'as JSON the resource is every key')
})

t.test('usages without a key in two accounts: no key is created', async (t) => {
  const role = 'arn:aws:iam::444455556666:role/Personalize'
  const usages = [
    { operations: USAGE.operations, roleArns: [ROLE] },
    { operations: USAGE.operations, roleArns: [role] }
  ]
  t.strictSame(policiesToDeploy({ usages }), generatePolicies({ usages }))
})

t.test('statement of an existing role policy for every resource: stays as it is', async (t) => {
  const existing = { Sid: 'ReadData', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
  const { rolePolicies } = policiesToDeploy({
    usages: [
      {
        operations: ['datasetGroup'],
        roleArns: [ROLE],
        accountId: ACCOUNT,
        existingRolePolicy: { Version: '2012-10-17', Statement: [existing] }
      }
    ]
  })
  t.strictSame(rolePolicies?.[0]?.policy?.['Statement'], [
    existing,
    { ...Object(rolePolicies?.[0]?.policy?.['Statement'])[1], Resource: { arnOf: 'the new key' } }
  ])
})

t.test('refusals: the same problem in every form', async (t) => {
  for (const accept of [undefined, ...MEDIA_TYPES]) {
    const { status, headers, text } = await post('/policies/key', { ...USAGE, operations: ['dataDeletionJob'] }, accept)
    t.equal(status, 422)
    t.match(headers['content-type'], 'application/problem+json')
    t.equal(JSON.parse(text).code, 'CUSTOMER_KEY_NOT_SUPPORTED')
  }
})
