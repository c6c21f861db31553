import t from 'tap'
import { WORKING } from '../../routes/examples/verification.js'
import { KEY, ROLE, startApp } from '../helper.js'
import { worldOf } from '../verification/scenario.js'

const { usage, key, role } = WORKING
const arns = { kmsKeyArn: (usage.kmsKeyArns ?? [])[0] ?? KEY, roleArn: usage.roleArns[0] ?? ROLE }
const policySource = worldOf({ keys: [key], roles: [role] })
const statement = { Sid: 'Only', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' } }
const rootOnly = { Version: '2012-10-17', Statement: [{ ...statement, Action: 'kms:*', Resource: '*' }] }
const codes = ({ findings }: { findings: Array<{ code: string; severity: string }> }): string[] =>
  findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)

t.test('POST /verify: proposed key policy, is evaluated with the role that AWS has', async (t) => {
  const { agent } = await startApp(t, { policySource })
  t.match(await agent.post('/verify').send({ usage }), { status: 200, body: { verdict: 'pass' } })
  const proposed = { keys: [{ kmsKeyArn: arns.kmsKeyArn, keyPolicy: rootOnly }] }
  const { body } = await agent.post('/verify').send({ usage, proposed })
  t.equal(body.verdict, 'fail')
  t.ok(codes(body).includes('SERVICE_PRINCIPAL_NOT_ALLOWED'))
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
t.test('POST /verify: proposed documents that AWS refuses to store, fail', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const refused = { ...rootOnly, Statement: [{ ...rootOnly.Statement[0], Principal: { AWS: 'arn:aws::123:root' } }] }
  const withPrincipal = { Version: '2012-10-17', Statement: [{ ...rootOnly.Statement[0], Sid: 'Extra' }] }
  const documents = {
    keyPolicy: { keys: [{ kmsKeyArn: arns.kmsKeyArn, keyPolicy: refused }] },
    identityPolicy: {
      roles: [{ roleArn: arns.roleArn, identityPolicies: [{ name: 'Extra', document: withPrincipal }] }]
    },
    permissionsBoundary: { roles: [{ roleArn: arns.roleArn, permissionsBoundary: withPrincipal }] },
    trustPolicy: {
      roles: [{ roleArn: arns.roleArn, trustPolicy: { Version: '2012-10-17', Statement: [{ ...statement, Action: 'kms:*' }] } }]
    }
  }
  for (const [name, proposed] of Object.entries(documents)) {
    const { status, body } = await agent.post('/verify').send({ usage, proposed })
    t.equal(status, 200, name)
    t.match(body.verdicts, { effective: 'fail' }, name)
    t.ok(codes(body).includes('NOT_STORABLE'), name)
  }
})

t.test('POST /verify: context of hundreds of other keys, the problem lists the first hundred', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const others = Array.from({ length: 150 }, (_, index) => arns.kmsKeyArn.replace(/.{4}$/, String(1_000 + index)))
  const context = { keys: Object.fromEntries(others.map((arn) => [arn, { 'aws:SourceVpce': 'vpce-1' }])) }
  const { status, body } = await agent.post('/verify').send({ usage, context })
  t.match({ status, body }, { status: 422, body: { detail: /the first 100 of 150 errors are listed/ } })
  t.equal(body.errors.length, 100)
})

t.test('POST /verify: proposed documents for another key, are refused with their pointer', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const proposed = { keys: [{ kmsKeyArn: arns.kmsKeyArn.replace(/.$/, '0'), keyPolicy: rootOnly }] }
  t.match(await agent.post('/verify').send({ usage, proposed }), {
    status: 422,
    body: { code: 'INCONSISTENT_USAGE', errors: [{ pointer: '/proposed/keys/0/kmsKeyArn' }] }
  })
})
