import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { documentRequests, WORKING } from '../../routes/examples/verification.js'
import { loadConfig } from '../../src/config/config.js'
import type { PolicySource, ReadFailure } from '../../src/verify/read/policy-source.js'
import { ACCOUNT, KEY, ROLE, startApp, USAGE } from '../helper.js'

const { usage, key, role } = WORKING

/** A live world that holds the documents of the example that works. */
const world: PolicySource = {
  readKey: async (requestedArn) => ({
    requestedArn,
    kmsKeyArn: KEY,
    metadata: { state: 'read', value: key.metadata },
    keyPolicy: { state: 'read', value: key.keyPolicy },
    grants: { state: 'read', value: [] }
  }),
  readRole: async (roleArn) => ({
    roleArn,
    role: { state: 'read', value: { arn: roleArn } },
    trustPolicy: { state: 'read', value: role.trustPolicy },
    identityPolicies: { read: role.identityPolicies.map((policy) => ({ ...policy, kind: 'inline' })), lost: [] },
    permissionsBoundary: { state: 'notPresent' }
  })
}

function failing (cause: ReadFailure): PolicySource {
  const lost = { state: 'notRead', why: 'secret endpoint', cause } as const
  return {
    readKey: async (requestedArn) => ({
      requestedArn,
      kmsKeyArn: requestedArn,
      metadata: lost,
      keyPolicy: lost,
      grants: lost
    }),
    readRole: async (roleArn) => ({
      roleArn,
      role: lost,
      trustPolicy: lost,
      identityPolicies: { read: [], lost: [{ name: '', why: 'secret endpoint', cause }] },
      permissionsBoundary: lost
    })
  }
}

t.test('POST /verify/documents: a report, whatever its verdict, and the same bytes again', async (t) => {
  const { agent } = await startApp(t)
  const expected = {
    works: ['pass', undefined],
    servicePrincipalMissing: ['fail', 'SERVICE_PRINCIPAL_NOT_ALLOWED'],
    actionMissing: ['fail', 'ROLE_IAM_POLICY_INCOMPLETE'],
    explicitDeny: ['fail', 'EXPLICIT_DENY'],
    boundary: ['fail', 'BOUNDARY_BLOCKS'],
    bucketPolicyMissing: ['fail', 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED']
  } as const
  for (const [name, { value }] of Object.entries(documentRequests)) {
    const answer = await agent.post('/verify/documents').send(value)
    t.equal(answer.status, 200, name)
    t.ok(answer.headers['etag'])
    t.equal((await agent.post('/verify/documents').send(value)).text, answer.text, 'a pure function of the body')
    t.notOk(answer.body.observedAt)
    const [verdict, code] = Object.entries(expected).find(([situation]) => situation === name)?.[1] ?? []
    t.equal(answer.body.verdict, verdict, name)
    const codes: string[] = answer.body.findings.map((finding: { code: string }) => finding.code)
    if (code === undefined) t.same(codes, [], name)
    else t.ok(codes.includes(code), `${name}: ${code} among ${codes.join()}`)
  }
})

t.test('POST /verify/documents: every fault with its pointer', async (t) => {
  const { agent } = await startApp(t)
  const answer = await agent.post('/verify/documents').send({
    usage: { ...usage, kmsKeyArns: undefined },
    keys: [{ kmsKeyArn: KEY, grants: [{ Operations: 'Decrypt' }] }],
    roles: [{ roleArn: ROLE, identityPolicies: [{ name: 'a', document: 7, extra: 'inline' }] }],
    context: { 'aws:SourceAccount': 111122223333, role: { 'aws:userid': 7 } }
  })
  t.equal(answer.status, 400)
  t.same(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), [
    '/context/aws:SourceAccount',
    '/context/role/aws:userid',
    '/keys/0/grants/0/Operations',
    '/keys/0/keyPolicy',
    '/roles/0/identityPolicies/0/document',
    '/roles/0/identityPolicies/0/extra',
    '/usage/kmsKeyArns'
  ])
})

t.test('POST /verify/documents: context keys hold texts, and only role and service hold more of them', async (t) => {
  const { agent } = await startApp(t)
  const faultsOf = async (context: object): Promise<unknown> => {
    const { status, body } = await agent.post('/verify/documents').send({ ...documentRequests.works.value, context })
    return status === 400 ? [body.code, ...body.errors.map(({ pointer }: { pointer: string }) => pointer)] : status
  }
  t.same(await faultsOf({ 'aws:SourceVpce': 'a', role: { 'aws:userid': ['a', 'b'] }, service: {} }), 200)
  t.same(await faultsOf({ Role: { 'aws:userid': 'a' } }), ['INVALID_REQUEST', '/context/Role'])
  t.same(await faultsOf({ 'aws:SourceVpce': { StringEquals: 'a' } }), ['INVALID_REQUEST', '/context/aws:SourceVpce'])
  t.same(await faultsOf({ 'aws:SourceVpce': ['a', 7] }), ['INVALID_REQUEST', '/context/aws:SourceVpce/1'])
  t.same(await faultsOf({ role: 'a', service: ['a'] }), ['INVALID_REQUEST', '/context/role', '/context/service'])
  t.same(await faultsOf({ role: { service: { 'aws:userid': 'a' } } }), ['INVALID_REQUEST', '/context/role/service'])
})

t.test('POST: items that come twice are refused, but for the policies of the organization', async (t) => {
  const { agent } = await startApp(t)
  const { value } = documentRequests.works
  const [policy] = role.identityPolicies
  const grant = { GrantId: 'g', GranteePrincipal: ROLE, Operations: ['Decrypt'] }
  const full = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  const answer = await agent.post('/verify/documents').send({
    usage,
    keys: [
      { ...key, grants: [grant, grant] },
      { ...key, grants: [grant, grant] }
    ],
    roles: [
      { ...role, identityPolicies: [policy, policy] },
      { ...role, identityPolicies: [policy, policy] }
    ]
  })
  t.equal(answer.status, 400)
  t.same(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), [
    '/keys/0/grants/1',
    '/keys/1',
    '/keys/1/grants/1',
    '/roles/0/identityPolicies/1',
    '/roles/1',
    '/roles/1/identityPolicies/1'
  ])
  t.match((await agent.post('/policies').send({ usages: [USAGE, USAGE] })).body, {
    code: 'INVALID_REQUEST',
    errors: [{ pointer: '/usages/1' }]
  })
  t.equal(
    (
      await agent
        .post('/verify/documents')
        .send({ ...value, serviceControlPolicies: [[full, full], [full]], resourceControlPolicies: [[full, full]] })
    ).status,
    200
  )
})

t.test('POST /verify: the live policies, with the time of reading', async (t) => {
  const lines: string[] = []
  const { agent } = await startApp(t, {
    policySource: world,
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          lines.push(line)
        }
      }
    )
  })
  const before = Date.now()
  const answer = await agent.post('/verify?pretty=true').send({ usage })
  t.equal(answer.status, 200)
  t.equal(answer.body.verdict, 'pass')
  t.ok(Date.parse(answer.body.observedAt) >= before)
  t.equal(answer.text, JSON.stringify(answer.body, null, 2))
  t.notOk(answer.headers['etag'], 'what lives may change')
  await turn() // a line is written at the end of the iteration of the event loop
  t.match(JSON.parse(lines[0] ?? ''), { kmsKeyArns: [KEY], roleArns: [ROLE], verdict: 'pass' }, 'the verdict is logged')
  t.notMatch(lines.join(''), 'kms:Decrypt', 'no policy is')
})

t.test('POST /verify: the reads of one request are shared, those of two are not', async (t) => {
  let requests = 0
  const forRequest = () => {
    requests += 1
    return world
  }
  const { agent } = await startApp(t, { policySource: { ...failing('other'), forRequest } })
  t.equal((await agent.post('/verify').send({ usage })).body.verdict, 'pass')
  await agent.post('/verify').send({ usage })
  t.equal(requests, 2)
})

t.test('POST /verify: a usage without key has nothing to verify', async (t) => {
  const { agent } = await startApp(t)
  const answer = await agent.post('/verify').send({ usage: { operations: USAGE.operations, roleArns: USAGE.roleArns } })
  t.equal(answer.status, 400)
  t.same(answer.body.errors, [{ pointer: '/usage/kmsKeyArns', detail: 'is required' }])
})

t.test('POST /verify: nothing at all could be read', async (t) => {
  const cases = [
    ['credentials', 503, 'AWS_CREDENTIALS_UNAVAILABLE'],
    ['unavailable', 502, 'AWS_UNAVAILABLE'],
    ['timeout', 504, 'AWS_UNAVAILABLE']
  ] as const
  for (const [cause, status, code] of cases) {
    const { agent } = await startApp(t, { policySource: failing(cause) })
    const answer = await agent.post('/verify').send({ usage })
    t.equal(answer.status, status, cause)
    t.match(answer.body, { code, status })
    t.notMatch(answer.text, 'secret', 'the cause stays inside')
  }
})

t.test('POST /verify: an alias stands for its key', async (t) => {
  const { agent } = await startApp(t, { policySource: world })
  const answer = await agent
    .post('/verify')
    .send({ usage: { ...usage, kmsKeyArns: [`arn:aws:kms:us-east-1:${ACCOUNT}:alias/personalize`] } })
  t.equal(answer.status, 200)
})

t.test('POST /verify: what AWS has not answered by the deadline is not waited for', async (t) => {
  const hanging: PolicySource = {
    readKey: world.readKey,
    readRole: async (roleArn, signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true })
      })
      return await failing('timeout').readRole(roleArn, signal)
    }
  }
  const { agent } = await startApp(t, { policySource: hanging, config: loadConfig({ VERIFY_DEADLINE_MS: '1000' }) })
  const answer = await agent.post('/verify').send({ usage })
  t.equal(answer.status, 200, 'the key was read')
  t.equal(answer.body.verdict, 'indeterminate')
  t.ok(answer.body.notEvaluated.some(({ what }: { what: string }) => what === 'trustPolicy'))
})
