import t from 'tap'
import type { Report } from '../../schemas/verification.js'
import { startApp } from '../helper.js'

const ACCOUNT = 'arn:aws:iam::111122223333'
const roleArns = Array.from({ length: 50 }, (_, index) => `${ACCOUNT}:role/service-role/Personalize${index}`)
const kmsKeyArns = Array.from(
  { length: 4 },
  (_, index) => `arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-12345678900${index}`
)
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const root = { Effect: 'Allow', Principal: { AWS: `${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }
const trusts = { Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: 'sts:AssumeRole' }

t.test('large report: findings alike over 50 roles and 4 keys are one each, with the pairs', async (t) => {
  const { agent } = await startApp(t)
  const { headers, body } = await agent
    .post('/verify/documents')
    .set('accept-encoding', 'gzip')
    .send({
      usage: { operations: ['datasetGroup'], roleArns, kmsKeyArns },
      keys: kmsKeyArns.map((kmsKeyArn) => ({ kmsKeyArn, keyPolicy: document(root) })),
      roles: roleArns.map((roleArn) => ({ roleArn, identityPolicies: [], trustPolicy: document(trusts) }))
    })
  const { findings, summary, remediation }: Report = body
  t.same(
    findings.map(({ code, pairs = [] }) => [code, pairs.length]),
    [
      ['SERVICE_PRINCIPAL_NOT_ALLOWED', 4],
      ['ROLE_KEY_POLICY_INCOMPLETE', 200],
      ['ROLE_IAM_POLICY_INCOMPLETE', 200],
      ['ROLE_NOT_ALLOWED', 200],
      ['TRUST_WITHOUT_SOURCE_CONDITION', 50]
    ]
  )
  t.equal(summary.pairs.length, 200)
  t.equal(remediation?.keyPolicies.length, 4)
  const known = new Set(findings.map(({ id }) => id))
  for (const id of findings.flatMap(({ causedBy = [] }) => causedBy)) t.ok(known.has(id), 'a cause is listed')
  t.equal(headers['content-encoding'], undefined, 'the gateway compresses')
})
