import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { freePort, USAGE } from './helper.js'
import { buildServer, SERVER, start } from './built-server.js'

await buildServer()

/** Credentials that must not turn up anywhere, an endpoint where no server listens, and no retries. */
const PLANTED = 'planted-secret'
const AWS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: `AKIA${PLANTED}`,
  AWS_SECRET_ACCESS_KEY: PLANTED,
  AWS_SESSION_TOKEN: PLANTED,
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_MAX_ATTEMPTS: '1'
}
const GATEWAY = { AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback' }

async function ask (port: number, path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body)
  })
}

async function until (what: () => Promise<boolean> | boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (await what()) return true
    await setTimeout(50)
  }
  return false
}

t.test('metrics on a port of their own: requests, calls of AWS, verdicts, the event loop', async (t) => {
  const METRICS_PORT = String(await freePort())
  const { port } = await start(t, { ...AWS, METRICS_PORT })
  await ask(port, '/policies/key', USAGE)
  await ask(port, '/policies/key', {})
  await ask(port, '/verify/documents', {
    usage: USAGE,
    keys: [{ kmsKeyArn: USAGE.kmsKeyArns[0], keyPolicy: {} }],
    roles: [{ roleArn: USAGE.roleArns[0], identityPolicies: [] }]
  })
  await ask(port, '/verify', { usage: USAGE })
  const answer = await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)
  t.match(answer.headers.get('content-type'), 'text/plain')
  const metrics = await answer.text()
  for (const line of [
    /^http_request_duration_seconds_count\{route="\/policies\/key",method="POST",status="200"\} 1$/m,
    /^http_request_duration_seconds_count\{route="\/policies\/key",method="POST",status="400"\} 1$/m,
    /^verifications_total\{route="\/verify\/documents",verdict="fail"\} 1$/m,
    /^aws_call_duration_seconds_count\{api="kms",operation="DescribeKey",outcome="unavailable"\} 1$/m,
    /^verifications_active 0$/m,
    /^nodejs_eventloop_lag_p99_seconds /m
  ])
    t.match(metrics, line)
  t.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 404, 'not where the gateway reaches')
  t.equal((await fetch(`http://127.0.0.1:${METRICS_PORT}/`)).status, 404)
  t.equal((await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`, { method: 'POST' })).status, 405)
  t.equal((await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`, { method: 'HEAD' })).status, 200)
})

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
}

function spansIn (bodies: readonly string[]): Span[] {
  const documents: Array<{ resourceSpans: Array<{ scopeSpans: Array<{ spans: Span[] }> }> }> = bodies.map((body) =>
    JSON.parse(body)
  )
  return documents.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
  )
}

async function collector (t: Test): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = []
  const take = async (request: IncomingMessage): Promise<void> => {
    bodies.push(await text(request))
  }
  const server = createServer((request, response) => {
    take(request).then(
      () => response.end('{}'),
      () => response.destroy()
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, bodies }
}

t.test("traces continue the caller's, and hold the calls of AWS", async (t) => {
  const { url, bodies } = await collector(t)
  const { child, port, exit } = await start(t, { ...AWS, OTEL_EXPORTER_OTLP_ENDPOINT: url })
  const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  await ask(port, '/verify', { usage: USAGE }, { traceparent: `00-${traceId}-${parentId}-01` })
  child.kill('SIGTERM')
  t.match(await exit, { code: 0 }, 'what was not sent yet is sent at the end')
  const spans = spansIn(bodies)
  const request = spans.find(({ parentSpanId }) => parentSpanId === parentId)
  t.equal(request?.traceId, traceId)
  const call = spans.find(({ name }) => name === 'KMS.DescribeKey')
  t.equal(call?.traceId, traceId)
  t.notMatch(bodies.join(''), PLANTED)
})

t.test(
  'the access table is read again when its file is replaced, and on SIGHUP; a faulty one changes nothing',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'access-'))
    t.teardown(async () => {
      await rm(folder, { recursive: true })
    })
    const file = join(folder, 'access.json')
    const write = async (text: string) => {
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    }
    await write('{"callers":{}}')
    const { child, port, log } = await start(t, { ...AWS, ...GATEWAY, ACCESS_TABLE: file })
    const verify = async () =>
      (await ask(port, '/verify', { usage: USAGE }, { 'x-caller': 'team-a', 'x-scopes': 'verify:live' })).status
    t.equal(await verify(), 200, 'a report on what does not exist')
    await write('{"callers":{"team-a":{"accounts":["111122223333"]}}}')
    t.ok(await until(async () => (await verify()) === 502), 'AWS is asked, once the change was noticed')
    await write('{')
    child.kill('SIGHUP')
    t.ok(await until(() => log().includes('the access table is faulty')))
    t.equal(await verify(), 502, 'the last good one holds')
  }
)

t.test('the log never holds a secret, whatever fails', async (t) => {
  const { child, port, log, exit } = await start(t, { ...AWS, ...GATEWAY, LOG_LEVEL: 'trace', ACCESS_TABLE: '' })
  const secrets = {
    authorization: `Bearer ${PLANTED}`,
    cookie: `session=${PLANTED}`,
    'x-api-key': PLANTED,
    'x-amz-security-token': PLANTED,
    'x-caller': 'team-a',
    'x-scopes': 'policies:generate verify:documents verify:live'
  }
  const withSecret = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: PLANTED,
        Effect: 'Allow',
        Principal: '*',
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:userid': PLANTED } }
      }
    ]
  }
  await ask(port, '/verify', { usage: USAGE }, secrets)
  await ask(port, `/policies/key?token=${PLANTED}`, { ...USAGE, existingKeyPolicy: withSecret }, secrets)
  await ask(port, '/policies/key', { ...USAGE, existingKeyPolicy: withSecret }, secrets)
  await ask(port, '/policies/key', { ...USAGE, [PLANTED]: PLANTED }, secrets)
  await ask(
    port,
    '/verify/documents',
    {
      usage: USAGE,
      keys: [{ kmsKeyArn: USAGE.kmsKeyArns[0], keyPolicy: withSecret }],
      roles: [{ roleArn: USAGE.roleArns[0], identityPolicies: [{ name: PLANTED, document: withSecret }] }]
    },
    secrets
  )
  await fetch(`http://127.0.0.1:${port}/policies/key`, {
    method: 'POST',
    headers: { ...secrets, 'content-type': 'application/json' },
    body: `{"${PLANTED}`
  })
  child.kill('SIGTERM')
  await exit
  t.match(log(), '"caller":"team-a"')
  t.notMatch(log(), PLANTED)
})

t.test('nor the password of Redis, when Redis refuses it', async (t) => {
  const redis = createTcpServer((socket) => {
    // The process is killed while it is connected.
    socket.on('error', () => {})
    socket.on('data', () => {
      socket.write('-WRONGPASS invalid username-password pair or user is disabled.\r\n')
    })
  }).listen(0, '127.0.0.1')
  await once(redis, 'listening')
  t.teardown(() => {
    redis.close()
  })
  const address = redis.address()
  const { child, port, log, exit } = await start(t, {
    ...GATEWAY,
    LOG_LEVEL: 'trace',
    REDIS_URL: `redis://:${PLANTED}@127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  await ask(port, '/policies/key', USAGE, { 'x-caller': 'team-a', 'x-scopes': 'policies:generate' })
  t.ok(await until(() => log().includes('WRONGPASS')))
  child.kill('SIGKILL')
  await exit
  t.notMatch(log(), PLANTED)
})

t.test('a collector that does not answer does not keep the process', async (t) => {
  const silent = createTcpServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => {
    silent.close()
  })
  const address = silent.address()
  const { child, port, exit } = await start(t, {
    DRAIN_MS: '5000',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  await ask(port, '/policies/key', USAGE)
  child.kill('SIGTERM')
  t.same(await exit, { code: 0, signal: null })
})

t.test('process: uncaught error, is logged before the process exits', async (t) => {
  const fault =
    'data:text/javascript,process.once("SIGWINCH", () => { Promise.reject(new Error("uncaught-in-test")) })'
  const { child, port, log, exit } = await start(t, {}, [process.execPath, '--import', fault, SERVER])
  t.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
  child.kill('SIGWINCH')
  t.same(await exit, { code: 1, signal: null })
  t.match(log(), /"level":"fatal".*uncaught-in-test/)
})

t.test('DRAIN_DELAY_MS: not ready, but still answering, until the balancer has noticed', async (t) => {
  const { child, port, exit } = await start(t, { DRAIN_DELAY_MS: '1500' })
  child.kill('SIGTERM')
  t.ok(await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 503))
  const answer = await ask(port, '/policies/key', USAGE)
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('connection'), 'close')
  t.same(await exit, { code: 0, signal: null })
})
