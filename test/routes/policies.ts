import t, { type Test } from 'tap'
import type { Response } from 'supertest'
import { ACCOUNT, KEY, ROLE, startApp, USAGE } from '../helper.js'

const ROUTES = ['/policies/key', '/policies/iam', '/policies/trust'] as const

/** The pointers and details of a refusal, by pointer. */
function faultsIn (t: Test, answer: Response, code = 'INVALID_REQUEST', status = 400): Record<string, string> {
  t.equal(answer.status, status)
  t.equal(answer.body.code, code)
  const faults: Array<{ pointer: string; detail: string }> = answer.body.errors
  t.equal(new Set(faults.map(({ pointer }) => pointer)).size, faults.length, 'no violation is listed twice')
  return Object.fromEntries(faults.map(({ pointer, detail }) => [pointer, detail]))
}

t.test('request validation: invalid body, lists every violation with its RFC 6901 pointer', async (t) => {
  const { agent } = await startApp(t)
  const body = {
    operations: ['datasetGroup', 'trainModel', 'datasetGroup'],
    roleArns: [ROLE, 'not-an-arn', 7],
    kmsKeyArns: [],
    accountId: 111122223333,
    region: '',
    profile: null,
    delegateToIam: 'yes',
    'a/b~c': 1,
    existingKeyPolicy: ['no object']
  }
  for (const route of ROUTES) {
    await t.test(route, async (t) => {
      const faults = faultsIn(t, await agent.post(route).send(body))
      t.same(Object.keys(faults).sort(), [
        '/accountId',
        '/a~1b~0c',
        '/delegateToIam',
        '/existingKeyPolicy',
        '/kmsKeyArns',
        '/operations/1',
        '/operations/2',
        '/profile',
        '/region',
        '/roleArns/1',
        '/roleArns/2'
      ])
      t.match(faults['/operations/1'], 'datasetGroup, datasetImportJob')
      t.match(faults['/operations/2'], 'repeats item 0')
      t.match(faults['/roleArns/1'], 'ARN of the IAM service role', 'says what is wanted')
    })
  }
})

t.test('what is missing is pointed at', async (t) => {
  const { agent } = await startApp(t)
  t.same(Object.keys(faultsIn(t, await agent.post('/policies/key').send({}))).sort(), ['/operations', '/roleArns'])
  t.same(Object.keys(faultsIn(t, await agent.post('/policies').send({ usages: [USAGE, {}] }))).sort(), [
    '/usages/1/operations',
    '/usages/1/roleArns'
  ])
  for (const body of ['[]', '"x"', '7', 'null']) {
    t.same(Object.keys(faultsIn(t, await agent.post('/policies/key').type('json').send(body))), [''], body)
  }
})

t.test('nothing is repaired: neither coerced, nor removed, nor taken for a list', async (t) => {
  const { agent } = await startApp(t)
  for (const [member, value] of Object.entries({
    operations: 'datasetGroup',
    roleArns: ROLE,
    delegateToIam: 'true',
    accountId: Number(ACCOUNT),
    region: null
  })) {
    t.same(Object.keys(faultsIn(t, await agent.post('/policies/key').send({ ...USAGE, [member]: value }))), [
      `/${member}`
    ])
  }
})

t.test('over a limit: 422 that names it; with other faults beside it: 400 with all', async (t) => {
  const { agent } = await startApp(t)
  const roleArns = Array.from({ length: 51 }, (_, index) => `${ROLE}${index}`)
  const faults = faultsIn(t, await agent.post('/policies/key').send({ ...USAGE, roleArns }), 'LIMIT_EXCEEDED', 422)
  t.match(faults['/roleArns'], '50')
  t.same(Object.keys(faultsIn(t, await agent.post('/policies/key').send({ roleArns, kmsKeyArns: [KEY] }))).sort(), [
    '/operations',
    '/roleArns'
  ])
})

t.test('a hostile body is refused quickly and briefly', async (t) => {
  const { agent } = await startApp(t)
  const ofDifferent = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`)
  const bodies = {
    'many items': { ...USAGE, operations: ofDifferent(100_000) },
    'many members': Object.fromEntries(ofDifferent(50_000).map((name) => [name, 1])),
    'a role path of many slashes': { ...USAGE, roleArns: [`arn:aws:iam::${ACCOUNT}:role/${'a/'.repeat(1000)} `] }
  }
  for (const [name, body] of Object.entries(bodies)) {
    const start = process.cpuUsage()
    const answer = await agent.post('/policies/key').send(body)
    t.equal(answer.status, 400, name)
    t.ok(answer.body.errors.length <= 101, `${name}: the list of faults is bounded`)
    t.ok(process.cpuUsage(start).user < 20_000_000, `${name}: in linear time`)
  }
})

t.test('the query string: pretty, and nothing else', async (t) => {
  const { agent } = await startApp(t)
  const compact = await agent.post('/policies/key').send(USAGE)
  const pretty = await agent.post('/policies/key?pretty=true').send(USAGE)
  t.equal(compact.text, JSON.stringify(JSON.parse(compact.text)))
  t.equal(pretty.text, JSON.stringify(JSON.parse(compact.text), null, 2))
  t.equal(pretty.headers['content-type'], compact.headers['content-type'])
  t.equal((await agent.post('/policies/key?pretty=false').send(USAGE)).text, compact.text)
  t.same(Object.keys(faultsIn(t, await agent.post('/policies/key?pretty=perhaps').send(USAGE))), ['/pretty'])
  t.same(Object.keys(faultsIn(t, await agent.post('/policies/key?indent=2').send(USAGE))), ['/indent'])
})

t.test('pure: the same body gives the same bytes under the same strong ETag', async (t) => {
  const { agent } = await startApp(t)
  for (const route of [...ROUTES, '/policies']) {
    const body = route === '/policies' ? { usages: [USAGE] } : USAGE
    const first = await agent.post(route).send(body)
    const again = await agent.post(route).set('if-none-match', String(first.headers['etag'])).send(body)
    t.match(first.headers['etag'], /^"[^"]+"$/, `${route}: strong`)
    t.equal(again.status, 200, 'a POST is answered whatever the client has')
    t.equal(again.text, first.text)
    t.equal(again.headers['etag'], first.headers['etag'])
  }
  const other = await agent.post('/policies/key').send({ ...USAGE, roleArns: [`${ROLE}2`] })
  t.not(other.headers['etag'], (await agent.post('/policies/key').send(USAGE)).headers['etag'])
  t.notOk((await agent.post('/policies/key').send({})).headers['etag'], 'a refusal is no entity')
})

t.test('what the policy modules refuse reaches the caller with code, status and pointers', async (t) => {
  const { agent } = await startApp(t)
  for (const route of ROUTES) {
    const faults = faultsIn(
      t,
      await agent.post(route).send({ ...USAGE, operations: ['dataDeletionJob'] }),
      'CUSTOMER_KEY_NOT_SUPPORTED',
      422
    )
    t.match(Object.keys(faults)[0], /^\/operations/)
  }
})

t.test('POST /policies/iam: 204 without body where the role needs no policy', async (t) => {
  const { agent } = await startApp(t)
  const answer = await agent.post('/policies/iam').send({ ...USAGE, operations: ['datasetImportJob'] })
  t.equal(answer.status, 204)
  t.equal(answer.text, '')
  t.notOk(answer.headers['content-type'])
})

t.test('a document that was merged in passes through unchanged, member for member', async (t) => {
  const { agent } = await startApp(t)
  const foreign = {
    Resource: '*',
    Condition: {
      'ForAnyValue:StringLike': { 'kms:EncryptionContextKeys': ['alias/a', 'alias/b'] },
      Bool: { 'aws:SecureTransport': 'false' }
    },
    NotPrincipal: { AWS: [`arn:aws:iam::${ACCOUNT}:role/a`, `arn:aws:iam::${ACCOUNT}:root`] },
    NotAction: ['kms:Decrypt'],
    Effect: 'Allow',
    Sid: 'foreign statement'
  }
  const administrators = {
    Sid: 'admin',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'kms:*',
    Resource: '*'
  }
  const answer = await agent
    .post('/policies/key')
    .send({ ...USAGE, existingKeyPolicy: { Version: '2012-10-17', Id: 'mine', Statement: [foreign, administrators] } })
  t.equal(answer.status, 200)
  t.match(answer.text, JSON.stringify(foreign), 'byte for byte, in its own order')
})

t.test('GET /requirements: the catalogue, which a client may keep', async (t) => {
  const { agent } = await startApp(t)
  const answer = await agent.get('/requirements')
  t.equal(answer.status, 200)
  t.ok(answer.body.requirements.length > 0)
  const etag = String(answer.headers['etag'])
  for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await agent.get('/requirements').set('if-none-match', condition)
    t.equal(again.status, 304, condition)
    t.equal(again.text, '')
  }
  t.equal((await agent.get('/requirements').set('if-none-match', '"other"')).status, 200)
})
