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

const ALIAS = arns.kmsKeyArn.replace(/key\/.*/, 'alias/personalize')

// https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html
t.test('POST /verify: a key under its ARN and its alias, what is proposed for one is for the key', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const lineOf = (text: string): unknown => JSON.parse(text.trim().split('\n').pop() ?? '')
  for (const kmsKeyArns of [
    [ALIAS, arns.kmsKeyArn],
    [arns.kmsKeyArn, ALIAS]
  ]) {
    for (const kmsKeyArn of kmsKeyArns) {
      const body = { usage: { ...usage, kmsKeyArns }, proposed: { keys: [{ kmsKeyArn, keyPolicy: rootOnly }] } }
      const names = `${kmsKeyArns.join(' and ')}, for ${kmsKeyArn}`
      t.match(await agent.post('/verify').send(body), { status: 200, body: { verdict: 'fail' } }, names)
      const { text } = await agent.post('/verify').set('accept', 'application/x-ndjson').send(body)
      t.match(lineOf(text), { type: 'summary', pairs: { total: 2, fail: 2 } }, `${names}, lines`)
    }
  }
})

t.test('POST /verify: two policies proposed for one key, are refused where they differ', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const proposed = (keyPolicy: object): object => ({
    usage: { ...usage, kmsKeyArns: [ALIAS, arns.kmsKeyArn] },
    proposed: {
      keys: [
        { kmsKeyArn: ALIAS, keyPolicy: rootOnly },
        { kmsKeyArn: arns.kmsKeyArn, keyPolicy }
      ]
    }
  })
  t.match(await agent.post('/verify').send(proposed({ ...rootOnly, Id: 'other' })), {
    status: 422,
    body: { code: 'INCONSISTENT_USAGE', errors: [{ pointer: '/proposed/keys/1/keyPolicy' }] }
  })
  t.match(await agent.post('/verify').send(proposed(rootOnly)), { status: 200, body: { verdict: 'fail' } })
})

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
t.test('POST /verify: two inline policies of one name, are refused with the pointer of the second', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const policyOf = (Action: string): object => ({
    name: 'Access',
    document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }
  })
  const identityPolicies = [policyOf('kms:Decrypt'), policyOf('kms:GenerateDataKey')]
  const proposed = { roles: [{ roleArn: arns.roleArn, identityPolicies }] }
  t.match(await agent.post('/verify').send({ usage, proposed }), {
    status: 422,
    body: { errors: [{ pointer: '/proposed/roles/0/identityPolicies/1/name', detail: 'is given twice' }] }
  })
  const inline = identityPolicies.map((policy) => ({ ...policy, kind: 'inline' }))
  const roles = [{ ...role, identityPolicies: inline }]
  t.match(await agent.post('/verify/documents').send({ usage, keys: [key], roles }), {
    status: 422,
    body: { errors: [{ pointer: '/roles/0/identityPolicies/1/name' }] }
  })
  const managed = [{ ...role, identityPolicies: [inline[0], { ...identityPolicies[1], kind: 'managed' }] }]
  t.match(await agent.post('/verify/documents').send({ usage, keys: [key], roles: managed }), { status: 200 })
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
t.test('POST /verify: a proposed inline policy that is too large beside those that the role has, fails', async (t) => {
  const Resource = Array.from({ length: 130 }, (_, i) => `arn:aws:s3:::bucket-of-the-team-with-a-long-name-${i}/*`)
  const large = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource }] }
  const live = worldOf({
    keys: [key],
    roles: [{ ...role, identityPolicies: [...role.identityPolicies, { name: 'Large', document: large }] }]
  })
  const { agent } = await startApp(t, { policySource: live })
  const propose = (name: string): object => ({
    usage,
    proposed: { roles: [{ roleArn: arns.roleArn, identityPolicies: [{ name, document: large }] }] }
  })
  const { body } = await agent.post('/verify').send(propose('Another'))
  t.match(body, { verdicts: { effective: 'fail' } })
  t.same(codes(body), ['NOT_STORABLE'])
  t.match(await agent.post('/verify').send(propose('Large')), { body: { verdict: 'pass' } }, 'in place of the first')
})

const V = 'aws:SourceVpce'
const onlyRole = {
  Sid: 'Role',
  Effect: 'Allow',
  Principal: { AWS: arns.roleArn },
  Action: 'kms:*',
  Resource: '*',
  Condition: { StringEquals: { [V]: 'vpce-1' } }
}
const [IS, IS_NOT] = [{ [V]: 'vpce-1' }, { [V]: 'x' }]
const CONTEXTS: ReadonlyArray<[title: string, context: object, is: string]> = [
  ['of the key, rather than for both', { ...IS_NOT, keys: { KEY: IS } }, 'allowed'],
  ['of the key in other letters', { ...IS, keys: { KEY: { 'AWS:sourcevpce': 'x' } } }, 'implicitDeny'],
  ['of the role, rather than of the key', { keys: { KEY: IS_NOT }, roles: { ROLE: IS } }, 'allowed'],
  ['of one role, rather than of roles', { role: IS_NOT, roles: { ROLE: { 'aws:sourcevpce': 'vpce-1' } } }, 'allowed'],
  ['of the service alone', { service: IS }, 'conditional'],
  ['of the alias of the key', { keys: { ALIAS: IS } }, 'allowed']
]

t.test('POST /verify: context of one key, one role and both principals, the nearest counts', async (t) => {
  const administration = { ...rootOnly.Statement[0], Action: 'kms:PutKeyPolicy' }
  const keyPolicy = { Version: '2012-10-17', Statement: [administration, onlyRole] }
  const { agent } = await startApp(t, { policySource: worldOf({ keys: [{ ...key, keyPolicy }], roles: [role] }) })
  for (const [title, context, is] of CONTEXTS) {
    const names = JSON.stringify(context).replace('"KEY"', `"${arns.kmsKeyArn}"`).replace('"ROLE"', `"${arns.roleArn}"`)
    const named = JSON.parse(names.replace('"ALIAS"', `"${ALIAS}"`))
    const { body } = await agent
      .post('/verify')
      .send({ usage: { ...usage, kmsKeyArns: [arns.kmsKeyArn, ALIAS] }, context: named })
    const found = body.checks.filter(({ principal }: { principal: { type: string } }) => principal.type === 'role')
    t.same([...new Set(found.map(({ effective }: { effective: string }) => effective))], [is], title)
  }
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
t.test('POST /verify: a condition key that the context gives twice, is refused', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const twice = { role: { [V]: 'vpce-1', 'AWS:SOURCEVPCE': 'vpce-2' } }
  const refused = { status: 422, body: { errors: [{ pointer: '/context/role/AWS:SOURCEVPCE' }] } }
  t.match(await agent.post('/verify').send({ usage, context: twice }), refused)
  t.match(await agent.post('/verify/documents').send({ usage, keys: [key], roles: [role], context: twice }), refused)
  const keys = { [ALIAS]: { [V]: 'vpce-1' }, [arns.kmsKeyArn]: { 'AWS:sourceVpce': 'vpce-2' } }
  t.match(
    await agent.post('/verify').send({ usage: { ...usage, kmsKeyArns: [ALIAS, arns.kmsKeyArn] }, context: { keys } }),
    { status: 422, body: { errors: [{ pointer: /^\/context\/keys\/.*AWS:sourceVpce$/ }] } }
  )
})

// https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
t.test('POST /verify: what the service principal sends, decides the trust policy as well', async (t) => {
  const { agent } = await startApp(t, { policySource })
  const group = 'arn:aws:personalize:us-east-1:111122223333:dataset-group/movies'
  const trustPolicy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'personalize.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { ArnEquals: { 'aws:SourceArn': group } }
      }
    ]
  }
  const proposed = { roles: [{ roleArn: arns.roleArn, trustPolicy }] }
  const verdictFor = async (context: object): Promise<unknown> =>
    (await agent.post('/verify').send({ usage, proposed, context })).body.verdicts.effective
  t.equal(await verdictFor({}), 'indeterminate')
  t.equal(await verdictFor({ role: { 'aws:SourceArn': group } }), 'indeterminate', 'the role does not assume itself')
  t.equal(await verdictFor({ service: { 'aws:SourceArn': group } }), 'pass')
  t.equal(await verdictFor({ 'aws:sourcearn': `${group}s` }), 'fail')
  const otherAccount = { service: { 'aws:SourceAccount': '444455556666' } }
  t.equal(await verdictFor(otherAccount), 'indeterminate', 'what is known stays')
})
