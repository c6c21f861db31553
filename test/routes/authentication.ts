import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { bucketPolicyRequests } from '../../routes/examples/usages.js'
import { documentRequests, WORKING } from '../../routes/examples/verification.js'
import { parseAccessTable } from '../../src/access/access-table.js'
import { KeysUnavailable, NotAuthenticated, MissingCredentials } from '../../src/access/caller.js'
import { type Authenticate, gatewayAuthentication } from '../../src/access/gateway.js'
import type { AppDependencies } from '../../src/app.js'
import { loadConfig } from '../../src/config/config.js'
import type { PolicySource, Read } from '../../src/verify/read/policy-source.js'
import { ACCOUNT, KEY, listen, ROLE, startApp, USAGE } from '../helper.js'
import { worldOf } from '../verification/scenario.js'

const { usage, key, role } = WORKING
const world = worldOf({ keys: [key], roles: [role] })
const config = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: '127.0.0.0/8, ::1' })
const gateway = config.authentication.mode === 'gateway' ? gatewayAuthentication(config.authentication) : undefined

async function start (
  t: Test,
  dependencies: Partial<AppDependencies> = {},
  callers: object = { 'team-a': { accounts: [ACCOUNT] } }
) {
  const parsed = parseAccessTable(JSON.stringify({ callers }))
  const table = 'table' in parsed ? parsed.table : undefined
  return await startApp(t, {
    config,
    authenticate: gateway,
    accessTable: () => table,
    policySource: world,
    ...dependencies
  })
}

const as = (scopes: string, caller = 'team-a') => ({ 'x-caller': caller, 'x-scopes': scopes })

const OPERATIONS: Array<[method: 'get' | 'post', path: string, scope: string, body?: object]> = [
  ['post', '/policies/key', 'policies:generate', USAGE],
  ['post', '/policies/iam', 'policies:generate', USAGE],
  ['post', '/policies/trust', 'policies:generate', USAGE],
  ['post', '/policies/bucket', 'policies:generate', bucketPolicyRequests.import.value],
  ['post', '/policies', 'policies:generate', { usages: [USAGE] }],
  ['get', '/requirements', 'policies:generate'],
  ['get', '/policies/verifier', 'verify:live'],
  ['post', '/verify/documents', 'verify:documents', documentRequests.works.value],
  ['post', '/verify', 'verify:live', { usage }],
  [
    'post',
    '/verify/dataset-group',
    'verify:live',
    { datasetGroupArn: `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-group/shop` }
  ],
  ['post', '/explain', 'verify:documents', { message: 'Access Denied' }]
]

t.test('each operation asks for its scope, and for a caller first', async (t) => {
  const { agent, app } = await start(t)
  const scopes = ['policies:generate', 'verify:documents', 'verify:live']
  for (const [method, path, scope, body] of OPERATIONS) {
    const send = async (headers: Record<string, string>) => await agent[method](path).set(headers).send(body)
    t.match(
      await send({}),
      { status: 401, body: { code: 'UNAUTHENTICATED' }, headers: { 'www-authenticate': /^Gateway/ } },
      path
    )
    t.match(await send(as('')), { status: 403, body: { code: 'FORBIDDEN', detail: new RegExp(scope) } }, path)
    t.match(await send(as(scopes.filter((other) => other !== scope).join(' '))), { status: 403 }, path)
    t.equal((await send(as(scope))).status, 200, path)
  }
  const asked = Object.values(app.swagger().paths ?? {})
    .flatMap((path) => Object.values(path ?? {}))
    .filter((operation) => typeof operation === 'object' && operation !== null && 'security' in operation)
  t.equal(asked.length, OPERATIONS.length, 'every operation that is not public is in this list')
})

t.test('POST /explain: live requires the scope of POST /verify, too', async (t) => {
  const { agent } = await start(t)
  const body = { message: 'Access Denied', usage, live: true }
  t.match(await agent.post('/explain').set(as('verify:documents')).send(body), {
    status: 403,
    body: { code: 'FORBIDDEN', detail: /verify:live/ }
  })
  t.equal((await agent.post('/explain').set(as('verify:documents verify:live')).send(body)).status, 200)
  const other = await agent.post('/explain').set(as('verify:documents verify:live', 'team-b')).send(body)
  t.match(other.body.report.findings, [{ code: 'KEY_NOT_FOUND' }, { code: 'ROLE_NOT_FOUND' }])
})

t.test('probes, documents and pages are public; a body is not read before the caller is known', async (t) => {
  const { agent } = await start(t)
  for (const path of ['/livez', '/readyz', '/openapi.json', '/problems/FORBIDDEN', '/docs'])
    t.equal((await agent.get(path)).status, 200, path)
  t.equal((await agent.get('/')).status, 200)
  t.equal((await agent.get('/nothing')).status, 404)
  t.equal((await agent.get('/verify')).status, 405)
  t.equal((await agent.post('/policies/key').set('content-type', 'application/json').send('{')).status, 401)
})

t.test('only the gateway is believed', async (t) => {
  const elsewhere = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: '10.0.0.0/8' })
  const { agent } = await start(t, {
    config: elsewhere,
    authenticate: elsewhere.authentication.mode === 'gateway' ? gatewayAuthentication(elsewhere.authentication) : undefined
  })
  t.equal(
    (
      await agent
        .post('/policies/key')
        .set({ ...as('policies:generate'), 'x-forwarded-for': '10.0.0.1' })
        .send(USAGE)
    ).status,
    401
  )
  const named = loadConfig({
    AUTH_MODE: 'gateway',
    TRUST_PROXY: 'loopback',
    CALLER_HEADER: 'X-User',
    SCOPES_HEADER: 'X-Groups'
  })
  const other = await start(t, {
    config: named,
    authenticate: named.authentication.mode === 'gateway' ? gatewayAuthentication(named.authentication) : undefined
  })
  t.equal((await other.agent.post('/policies/key').set(as('policies:generate')).send(USAGE)).status, 401)
  t.equal(
    (await other.agent.post('/policies/key').set({ 'x-user': 'a', 'x-groups': 'policies:generate' }).send(USAGE))
      .status,
    200
  )
})

t.test('POST /verify: mode none, requests of pages of other origins are refused', async (t) => {
  const { agent } = await startApp(t, {
    config: loadConfig({ PUBLIC_URL: 'http://policies.example.com/kms' }),
    policySource: world
  })
  const verify = async (origin?: string) =>
    await agent
      .post('/verify')
      .set(origin === undefined ? {} : { origin })
      .send({ usage })
  for (const origin of [
    undefined,
    'http://localhost:8080',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'http://policies.example.com'
  ])
    t.equal((await verify(origin)).status, 200, origin ?? 'none')
  for (const origin of ['http://attacker.example:3000', 'null']) {
    t.match(
      await verify(origin),
      {
        status: 403,
        body: { code: 'FORBIDDEN', detail: /live policies/ },
        headers: { 'content-type': 'application/problem+json' }
      },
      origin
    )
  }
  const other = { origin: 'http://attacker.example:3000' }
  t.equal((await agent.get('/policies/verifier').set(other)).status, 403)
  t.equal(
    (await agent.post('/verify').set(other).set('content-type', 'application/json').send('{')).status,
    403,
    'before a body is read'
  )
  t.equal(
    (await agent.post('/verify/documents').set(other).send(documentRequests.works.value)).status,
    200,
    'which reads nothing live'
  )
  t.equal((await agent.post('/verify/dataset-group').set(other).send({})).status, 403)
  const explain = { message: 'Access Denied', usage }
  t.equal((await agent.post('/explain').set(other).send(explain)).status, 200)
  t.match(
    await agent.post('/explain').set(other).send({ ...explain, live: true }),
    { status: 403, body: { code: 'FORBIDDEN', detail: /live policies/ } },
    'only where it reads live policies'
  )
  t.equal((await agent.post('/explain').send({ ...explain, live: true })).status, 200)
  const { agent: asked } = await start(t)
  t.equal(
    (
      await asked
        .post('/verify')
        .set({ ...as('verify:live'), ...other })
        .send({ usage })
    ).status,
    200,
    'the scope decides where there are callers'
  )
})

t.test('authentication: invalid token, the problem names the reason', async (t) => {
  const jwt = loadConfig({
    AUTH_MODE: 'jwt',
    JWT_JWKS_URL: 'https://issuer.example.com/keys',
    JWT_ISSUER: 'https://issuer.example.com/',
    JWT_AUDIENCE: 'policies'
  })
  const byWord: Authenticate = ({ headers: { authorization } }) => {
    if (authorization === undefined) throw new MissingCredentials('The request has no bearer token.')
    if (authorization === 'Bearer down') throw new KeysUnavailable('secret')
    if (authorization !== 'Bearer good') throw new NotAuthenticated('The token has expired.')
    return { id: 'team-a', scopes: new Set(['verify:documents']) }
  }
  const { agent } = await start(t, { config: jwt, authenticate: byWord })
  const ask = async (token: string) =>
    await agent.post('/policies/key').set('authorization', `Bearer ${token}`).send(USAGE)
  t.match(await ask('old'), {
    status: 401,
    body: { detail: 'The token has expired.' },
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' }
  })
  t.match(
    await agent.post('/policies/key').send(USAGE),
    { status: 401, headers: { 'www-authenticate': /^Bearer$/ } },
    'without credentials the challenge has no error'
  )
  t.match(await ask('good'), {
    status: 403,
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="policies:generate"' }
  })
  const down = await ask('down')
  t.match(down, { status: 503, body: { code: 'SERVICE_UNAVAILABLE' }, headers: { 'retry-after': /^\d+$/ } })
  t.notMatch(down.text, 'secret')
})

/** The world without one of its keys or roles, as the adapter tells of it. */
function without (missing: string): PolicySource {
  const none: Read<never> = { state: 'notFound', why: 'DescribeKey failed: NotFoundException' }
  return {
    readKey: async (arn, signal) =>
      arn === missing
        ? { requestedArn: arn, kmsKeyArn: arn, metadata: none, keyPolicy: none, grants: none }
        : await world.readKey(arn, signal),
    readRole: async (arn, signal) =>
      arn === missing
        ? {
          roleArn: arn,
          role: none,
          trustPolicy: none,
          identityPolicies: { read: [], lost: [] },
          permissionsBoundary: none
        }
        : await world.readRole(arn, signal)
  }
}

t.test('POST /verify: a key or role that the caller may not verify answers as one that does not exist', async (t) => {
  const ask = async (callers: object, policySource: PolicySource) => {
    const { agent } = await start(t, { policySource }, callers)
    const { body, status } = await agent.post('/verify').set(as('verify:live')).send({ usage })
    t.equal(status, 200)
    return { ...body, observedAt: undefined }
  }
  const all = { 'team-a': { accounts: [ACCOUNT] } }
  t.equal((await ask(all, world)).verdict, 'pass')
  t.same(await ask({ 'team-a': { roles: [ROLE] } }, world), await ask(all, without(KEY)))
  t.same(await ask({ 'team-a': { keys: [KEY] } }, world), await ask(all, without(ROLE)))
  const nothing = await ask({ 'team-b': { accounts: [ACCOUNT] } }, world)
  t.same(
    nothing.findings
      .map(({ code }: { code: string }) => code)
      .filter((code: string) => code.endsWith('_NOT_FOUND'))
      .sort(),
    ['KEY_NOT_FOUND', 'ROLE_NOT_FOUND']
  )
  t.notMatch(JSON.stringify(nothing), /matchedStatements":\[\{/)
})

t.test('POST /verify: access table, is read for each request; without a table every caller is refused', async (t) => {
  let table: ReturnType<NonNullable<AppDependencies['accessTable']>>
  const { agent } = await start(t, { accessTable: () => table })
  const ask = async () => await agent.post('/verify').set(as('verify:live')).send({ usage })
  t.match(await ask(), { status: 403, body: { code: 'FORBIDDEN', detail: /access table/ } })
  for (const [callers, verdict] of [
    [{}, 'fail'],
    [{ 'team-a': { accounts: [ACCOUNT] } }, 'pass']
  ] as const) {
    const parsed = parseAccessTable(JSON.stringify({ callers }))
    table = 'table' in parsed ? parsed.table : undefined
    t.equal((await ask()).body.verdict, verdict)
  }
})

t.test('the log says who asked for what, and what was answered', async (t) => {
  const lines: string[] = []
  const { agent } = await start(t, {
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          lines.push(line)
        }
      }
    )
  })
  await agent
    .post('/verify')
    .set({ ...as('verify:live'), authorization: 'Bearer planted-secret', cookie: 'planted-secret' })
    .send({ usage })
  await agent.post('/verify/documents').set(as('verify:documents')).send(documentRequests.works.value)
  await agent
    .post('/policies')
    .set(as('policies:generate'))
    .send({ usages: [USAGE] })
  await agent
    .post('/policies')
    .set(as('verify:live', 'team-b'))
    .send({ usages: [USAGE] })
  await agent.post('/policies').send({ usages: [USAGE] })
  await turn() // a line is written at the end of the iteration of the event loop
  t.match(
    lines.map((line) => JSON.parse(line)),
    [
      { caller: 'team-a', route: '/verify', kmsKeyArns: [KEY], roleArns: [ROLE], verdict: 'pass', status: 200 },
      { caller: 'team-a', route: '/verify/documents', kmsKeyArns: [KEY], roleArns: [ROLE], verdict: 'pass' },
      { caller: 'team-a', route: '/policies', kmsKeyArns: [KEY], roleArns: [ROLE], address: undefined },
      { caller: 'team-b', route: '/policies', status: 403, code: 'FORBIDDEN', address: /127\.0\.0\.1$/ },
      { caller: undefined, route: '/policies', status: 401, code: 'UNAUTHENTICATED', address: /127\.0\.0\.1$/ }
    ]
  )
  t.equal(lines.length, 5)
  t.notMatch(lines.join(''), /planted-secret|Statement|kms:Decrypt/)
})

t.test('a caller that fills its share of the live verifications leaves the others theirs', async (t) => {
  const narrow = loadConfig({
    AUTH_MODE: 'gateway',
    TRUST_PROXY: '127.0.0.0/8, ::1',
    VERIFY_ACTIVE: '4',
    VERIFY_QUEUE: '2',
    VERIFY_DEADLINE_MS: '20000'
  })
  // The other key is not read until the test says so: a verification of it keeps its slot.
  const otherKey = KEY.replace(/.$/, '0')
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  const policySource: PolicySource = {
    ...world,
    async readKey (arn, options) {
      if (arn === otherKey) await opened
      return await world.readKey(arn, options)
    }
  }
  const { app } = await start(t, { config: narrow, policySource }, { '*': { accounts: [ACCOUNT] } })
  const port = await listen(app)
  const verify = async (caller: string, body: object): Promise<Response> =>
    await fetch(`http://127.0.0.1:${port}/verify`, {
      method: 'POST',
      headers: { ...as('verify:live', caller), 'content-type': 'application/json' },
      body: JSON.stringify({ usage, ...body })
    })
  const blocked = { usage: { ...usage, kmsKeyArns: [otherKey] } }
  const flood = Array.from({ length: 6 }, async () => await verify('team-a', blocked))
  const refused = await Promise.race(flood)
  t.match(
    { status: refused.status, retryAfter: refused.headers.get('retry-after'), body: await refused.json() },
    { status: 503, retryAfter: '5', body: { code: 'OVERLOADED' } }
  )
  t.match(await Promise.all([verify('team-b', {}), verify('team-c', {})]), [{ status: 200 }, { status: 200 }])
  open()
  await Promise.all(flood)
  await app.close()
})
