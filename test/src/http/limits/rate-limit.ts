import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { believeGateway } from '../../../../src/access/gateway.js'
import { type Config, loadConfig } from '../../../../src/config/config.js'
import { connectRedis } from '../../../../src/http/limits/rate-limit.js'
import { startApp, USAGE } from '../../../helper.js'
import { type RedisServer, withRedis } from '../../../redis.js'

const GATEWAY = { AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback' }

async function startLimited (t: Test, environment: Record<string, string>, redis?: RedisServer) {
  const config: Config = loadConfig({ ...GATEWAY, ...environment })
  const connection = redis === undefined ? undefined : connectRedis(redis.url, () => {})
  if (connection !== undefined)
    t.teardown(() => {
      connection.disconnect()
    })
  const authenticate = config.authentication.mode === 'gateway' ? believeGateway(config.authentication) : undefined
  const { agent } = await startApp(t, { config, authenticate, redis: connection })
  if (connection !== undefined) while (connection.status !== 'ready') await setTimeout(10)
  return async (caller: string) =>
    await agent.post('/policies/key').set('x-caller', caller).set('x-scopes', 'policies:generate').send(USAGE)
}

t.test('a caller is told what is left, and refused beyond it; the others go on', async (t) => {
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

t.test('who is refused is counted, too: without a name by address, with a name but no scope by name', async (t) => {
  const config = loadConfig({ ...GATEWAY, RATE_LIMIT: '2' })
  const { agent } = await startApp(t, {
    config,
    authenticate: config.authentication.mode === 'gateway' ? believeGateway(config.authentication) : undefined
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

t.test('probes and documents are not counted, and without a limit nothing is', async (t) => {
  const { agent } = await startApp(t, { config: loadConfig({ RATE_LIMIT: '1' }) })
  for (let i = 0; i < 3; i++) t.match(await agent.get('/livez'), { status: 200, headers: { ratelimit: undefined } })
  t.equal((await agent.get('/requirements')).status, 200)
  t.equal((await agent.get('/requirements')).status, 429, 'where there are no callers, an address is counted')
  const unlimited = await startApp(t)
  const answer = await unlimited.agent.get('/requirements')
  t.notOk(answer.headers['ratelimit-policy'])
})

await withRedis(t, 'replicas that share Redis count together', async (t, redis) => {
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
  'while Redis is down what is configured holds, and when it is back it counts again',
  async (t, redis) => {
    const memory = await startLimited(t, { RATE_LIMIT: '2', RATE_LIMIT_WITHOUT_REDIS: 'memory' }, redis)
    const allow = await startLimited(t, { RATE_LIMIT: '2', RATE_LIMIT_WITHOUT_REDIS: 'allow' }, redis)
    const refuse = await startLimited(t, { RATE_LIMIT: '2', RATE_LIMIT_WITHOUT_REDIS: 'refuse' }, redis)
    t.equal((await memory('a')).status, 200)
    await redis.stop()
    const thrice = async (ask: typeof memory) =>
      [await ask('b'), await ask('b'), await ask('b')].map(({ status }) => status)
    t.same(await thrice(memory), [200, 200, 429], 'each replica counts by itself')
    t.same(await thrice(allow), [200, 200, 200], 'nobody counts')
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
