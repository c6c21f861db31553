import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { gatewayAuthentication } from '../../../../src/access/gateway.js'
import { type Config, loadConfig } from '../../../../src/config/config.js'
import { memoryCounter } from '../../../../src/http/limits/counters.js'
import { connectRedis } from '../../../../src/http/limits/redis-connection.js'
import { chargeReads, publicRateLimit, rateLimits } from '../../../../src/http/limits/rate-limit.js'
import { keepRequestState } from '../../../../src/http/request-state.js'
import { startApp, USAGE } from '../../../helper.js'
import { type RedisServer, withRedis } from '../../../redis.js'

const DOCUMENT = { Version: '2012-10-17', Statement: [] }
const GATEWAY = { AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback' }

async function startLimited (t: Test, environment: Record<string, string>, redis?: RedisServer) {
  const config: Config = loadConfig({ ...GATEWAY, ...environment })
  const connection = redis === undefined ? undefined : connectRedis(redis.url, () => {})
  if (connection !== undefined)
    t.teardown(() => {
      connection.disconnect()
    })
  const authenticate = config.authentication.mode === 'gateway' ? gatewayAuthentication(config.authentication) : undefined
  const { agent } = await startApp(t, { config, authenticate, redis: connection })
  if (connection !== undefined) while (connection.status !== 'ready') await setTimeout(10)
  return async (caller: string) =>
    await agent.post('/policies/key').set('x-caller', caller).set('x-scopes', 'policies:generate').send(USAGE)
}

t.test('rate limit: a caller exceeds its limit, it gets 429 and the others do not', async (t) => {
  const ask = await startLimited(t, { RATE_LIMIT: '2' })
  const [first, second, third] = [await ask('a'), await ask('a'), await ask('a')]
  t.match(first.headers, { 'ratelimit-policy': '"caller";q=2;w=60', ratelimit: /^"caller";r=1;t=(60|59)$/ })
  t.notOk(first.headers['retry-after'])
  t.match(second.headers.ratelimit, /^"caller";r=0;t=/)
  t.equal(second.status, 200)
  t.match(third, {
    status: 429,
    body: { code: 'RATE_LIMITED' },
    headers: {
      'content-type': 'application/problem+json',
      'retry-after': /^(60|59|58)$/,
      ratelimit: /^"caller";r=0;t=/
    }
  })
  t.equal((await ask('b')).status, 200)
})

t.test('rate limit: a request is rejected with 401 or 403, its address or caller is charged', async (t) => {
  const config = loadConfig({ ...GATEWAY, RATE_LIMIT: '2' })
  const { agent } = await startApp(t, {
    config,
    authenticate: config.authentication.mode === 'gateway' ? gatewayAuthentication(config.authentication) : undefined
  })
  const statuses = async (headers: Record<string, string>) =>
    [
      await agent.get('/requirements').set(headers),
      await agent.get('/requirements').set(headers),
      await agent.get('/requirements').set(headers)
    ].map(({ status }) => status)
  t.same(await statuses({}), [401, 401, 429])
  t.same(await statuses({ 'x-caller': 'a' }), [403, 403, 429])
  t.same(await statuses({ 'x-caller': '127.0.0.1', 'x-scopes': 'policies:generate' }), [200, 200, 429])
})

t.test('rate limit: probes have a limit of their own, and without a limit nothing is counted', async (t) => {
  const { agent } = await startApp(t, { config: loadConfig({ RATE_LIMIT: '1' }) })
  for (let i = 0; i < 3; i++) t.match(await agent.get('/livez'), { status: 200, headers: { ratelimit: undefined } })
  t.equal((await agent.get('/requirements')).status, 200)
  t.equal((await agent.get('/requirements')).status, 429, 'where there are no callers, an address is counted')
  const unlimited = await startApp(t)
  const answer = await unlimited.agent.get('/requirements')
  t.notOk(answer.headers['ratelimit-policy'])
})

t.test('rate limit: 21 pairs of documents, they are charged 3 units', async (t) => {
  const config = loadConfig({ RATE_LIMIT: '5' })
  const { agent } = await startApp(t, { config })
  const keys = Array.from({ length: 7 }, (_, n) => `arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-12345678900${n}`)
  const roles = Array.from({ length: 3 }, (_, n) => `arn:aws:iam::111122223333:role/r${n}`)
  const identityPolicies = [{ name: 'p', document: DOCUMENT }]
  const body = {
    usage: { operations: ['datasetGroup'], kmsKeyArns: keys, roleArns: roles },
    keys: keys.map((kmsKeyArn) => ({ kmsKeyArn, keyPolicy: DOCUMENT })),
    roles: roles.map((roleArn) => ({ roleArn, trustPolicy: DOCUMENT, identityPolicies }))
  }
  const first = await agent.post('/verify/documents').send(body)
  t.match(first, { status: 200, headers: { ratelimit: /;r=2;/ } })
  const second = await agent.post('/verify/documents').send(body)
  t.match(second, { status: 200, headers: { ratelimit: /;r=0;/ } }, 'accepted while a unit is left')
  t.equal((await agent.get('/requirements')).status, 429)
})

t.test('rate limit: a verification makes 21 AWS reads, it is charged 3 units', async (t) => {
  let onCall = (): void => {}
  const app = Fastify()
  keepRequestState(app)
  await app.register(rateLimits, { limits: { unitsPerMinute: 5, withoutRedis: 'memory' }, redis: undefined })
  app.get('/', async (request) => {
    onCall = chargeReads(request)
    for (let read = 0; read < 21; read++) onCall()
    return {}
  })
  t.match((await app.inject('/')).headers, { ratelimit: /;r=2;/ })
  await app.close()
})

t.test('rate limit: requests are pipelined on one connection, each is counted', async (t) => {
  const { app } = await startApp(t, { config: loadConfig({ RATE_LIMIT: '2' }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  const request = (connection: string) =>
    `GET /requirements HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`
  socket.write(request('keep-alive').repeat(3) + request('close'))
  const received = await text(socket)
  t.same([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status), ['200', '200', '429', '429'])
})

t.test('rate limit: addresses of one /64 share a count, an IPv4-mapped address is IPv4', async (t) => {
  const config = loadConfig({ RATE_LIMIT: '1', TRUST_PROXY: '1' })
  const { agent } = await startApp(t, { config })
  const statusFrom = async (address: string) =>
    (await agent.get('/requirements').set('x-forwarded-for', address)).status
  t.same(
    [await statusFrom('2001:db8:1:2::1'), await statusFrom('2001:db8:1:2:f::9'), await statusFrom('2001:db8:1:3::1')],
    [200, 429, 200]
  )
  t.same([await statusFrom('::ffff:192.0.2.1'), await statusFrom('::ffff:192.0.2.2')], [200, 200])
})

t.test('rate limit: probes exceed their generous limit, they get 429', async (t) => {
  const app = Fastify()
  keepRequestState(app)
  await app.register(publicRateLimit, { limits: { unitsPerMinute: 1, withoutRedis: 'memory' } })
  app.get('/livez', { config: { access: 'public' } }, async () => ({}))
  app.get('/work', { config: { access: 'verify:live' } }, async () => ({}))
  let accepted = 0
  for (; accepted < 10_000; accepted++) if ((await app.inject('/livez')).statusCode !== 200) break
  t.equal(accepted, 6_000)
  t.equal((await app.inject('/work')).statusCode, 200)
  await app.close()
})

t.test('memory counter: a flood of addresses, no caller is forgotten', async (t) => {
  let now = 0
  const count = memoryCounter(() => now)
  await count({ kind: 'caller', id: 'a' }, 3)
  for (let n = 0; n < 20_000; n++) await count({ kind: 'address', id: String(n) }, 1)
  t.same(await count({ kind: 'caller', id: 'a' }, 1), { units: 4, secondsLeft: 60 })
  t.match(await count({ kind: 'address', id: '0' }, 1), { units: 1 }, 'the table of addresses is bounded')
  now = 60_000
  t.same(await count({ kind: 'caller', id: 'a' }, 1), { units: 1, secondsLeft: 60 }, 'the window is over')
})

await withRedis(t, 'rate limit: replicas share Redis, their counts are one', async (t, redis) => {
  const replicas = [
    await startLimited(t, { RATE_LIMIT: '3' }, redis),
    await startLimited(t, { RATE_LIMIT: '3' }, redis)
  ]
  const statuses: number[] = []
  for (const ask of [...replicas, ...replicas]) statuses.push((await ask('a')).status)
  t.same(statuses, [200, 200, 200, 429])
})

await withRedis(
  t,
  'rate limit: Redis is down, RATE_LIMIT_WITHOUT_REDIS decides until it is back',
  async (t, redis) => {
    const memory = await startLimited(t, { RATE_LIMIT: '2', RATE_LIMIT_WITHOUT_REDIS: 'memory' }, redis)
    const allow = await startLimited(t, { RATE_LIMIT: '2', RATE_LIMIT_WITHOUT_REDIS: 'allow' }, redis)
    const refuse = await startLimited(t, { RATE_LIMIT: '2', RATE_LIMIT_WITHOUT_REDIS: 'refuse' }, redis)
    t.equal((await memory('a')).status, 200)
    await redis.stop()
    const thrice = async (ask: typeof memory) =>
      [await ask('b'), await ask('b'), await ask('b')].map(({ status }) => status)
    t.same(await thrice(memory), [200, 200, 429], 'each replica counts by itself')
    t.same(await thrice(allow), [200, 200, 200], 'nothing is counted')
    const refused = await refuse('b')
    t.match(refused, { status: 503, body: { code: 'SERVICE_UNAVAILABLE' }, headers: { 'retry-after': /^\d+$/ } })
    await redis.start()
    let answer = await refuse('c')
    for (let tries = 0; tries < 100 && answer.status === 503; tries++) {
      await setTimeout(100)
      answer = await refuse('c')
    }
    t.equal(answer.status, 200)
    t.match(answer.headers.ratelimit, /r=1/)
  }
)
