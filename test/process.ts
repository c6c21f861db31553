import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request, Agent, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { expensiveBodies } from '../reliability/expensive-bodies.js'
import { withFakeAws } from '../reliability/production-settings.js'
import { answers, startFakeAws, type FakeAws } from './fake-aws.js'
import { installAwsFixture, USAGE as LIVE_USAGE, WORKLOAD, READER } from './fake-aws/aws-fixture.js'
import { freePort, USAGE } from './helper.js'
import { buildServer, ENVIRONMENT, SERVER, start, untilRefused } from './built-server.js'

await buildServer()

/** A request of which half the body has arrived; `finish` sends the rest and reads the answer. */
async function begin (
  port: number,
  agent?: Agent
): Promise<() => Promise<{ status: number | undefined; connection: string | undefined; body: string }>> {
  const body = JSON.stringify(USAGE)
  const half = body.length >> 1
  const sending = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/policies/key',
    headers: { 'content-type': 'application/json', 'content-length': body.length },
    ...(agent === undefined ? {} : { agent })
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve).once('error', reject)
  })
  answered.catch(() => undefined)
  await new Promise<void>((resolve, reject) => {
    sending.write(body.slice(0, half), (error) => {
      if (error == null) resolve()
      else reject(error)
    })
  })
  // The client has handed its bytes to the kernel. A response to a later request on another connection shows that the
  // server has read them.
  await (await fetch(`http://127.0.0.1:${port}/livez`)).arrayBuffer()
  return async () => {
    sending.end(body.slice(half))
    const answer = await answered
    return { status: answer.statusCode, connection: answer.headers.connection, body: await text(answer) }
  }
}

t.test(
  'shutdown: SIGTERM with 20 requests half sent, answers all, accepts none, exits with 0 within the drain time',
  async (t) => {
    const { child, port, log, exit } = await start(t, { DRAIN_MS: '30000' })
    const agent = new Agent({ keepAlive: true })
    t.teardown(() => {
      agent.destroy()
    })
    // A connection that is kept alive, has been used and is idle.
    await (
      await begin(port, agent)
    )()
    const requests = await Promise.all(Array.from({ length: 20 }, async () => await begin(port)))
    child.kill('SIGTERM')
    t.equal(await untilRefused(port), true, 'no new connection is accepted')
    for (const answer of await Promise.all(requests.map(async (finish) => await finish()))) {
      t.equal(answer.status, 200)
      t.equal(answer.connection, 'close')
      t.ok(JSON.parse(answer.body).Statement, 'and whole')
    }
    t.same(await exit, { code: 0, signal: null })
    t.match(log(), '"signal":"SIGTERM"')
  }
)

/** The settings of a service that reads an AWS which answers all but one call. */
async function silentAws (t: Test, operation: string): Promise<{ fake: FakeAws; environment: Record<string, string> }> {
  const fake = await startFakeAws()
  t.teardown(async () => {
    await fake.close()
  })
  installAwsFixture(fake)
  fake.always(operation, answers.hang)
  return {
    fake,
    environment: {
      ...withFakeAws(fake.url),
      ASSUME_ROLES: JSON.stringify({ [WORKLOAD]: { roleArn: READER, externalId: 'tenant-7' } }),
      AWS_TIMEOUT_MS: '60000'
    }
  }
}

t.test(
  'shutdown: SIGTERM while AWS does not respond, reports what was read, rejects queued requests, exits with 0',
  async (t) => {
    const { fake, environment } = await silentAws(t, 'ListGrants')
    const metricsPort = await freePort()
    const { child, port, exit } = await start(t, {
      ...environment,
      DRAIN_MS: '6000',
      VERIFY_ACTIVE: '1',
      METRICS_PORT: String(metricsPort)
    })
    const verify = async (): Promise<Response> =>
      await fetch(`http://127.0.0.1:${port}/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ usage: LIVE_USAGE, waitUpTo: 60 })
      })
    const reading = verify()
    while (fake.counts()['ListGrants'] === undefined) await setTimeout(10)
    const waiting = verify()
    const metrics = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    while (!(await metrics()).includes('\nverifications_waiting 1\n')) await setTimeout(20)
    let isReadingOver = false
    reading.then(
      () => {
        isReadingOver = true
      },
      () => undefined
    )
    child.kill('SIGTERM')
    const refused = await waiting
    t.equal(isReadingOver, false, 'the queued request is rejected while the other still reads')
    t.match(
      { status: refused.status, retryAfter: refused.headers.get('retry-after'), body: await refused.json() },
      { status: 503, retryAfter: '5', body: { code: 'SERVICE_UNAVAILABLE' } }
    )
    const answer = await reading
    t.equal(answer.status, 200)
    t.match(await answer.json(), {
      reads: { attempts: 1 },
      notEvaluated: [{ what: 'grants', why: /ListGrants was given up: the request ended/ }]
    })
    // After the drain time the exit code would be 1.
    t.same(await exit, { code: 0, signal: null })
  }
)

t.test('shutdown: a client that never completes its request, exits with 1 after the drain time', async (t) => {
  const { child, port, exit } = await start(t, { DRAIN_MS: '300' })
  const finish = await begin(port)
  child.kill('SIGTERM')
  t.same(await exit, { code: 1, signal: null })
  await t.rejects(finish())
})

t.test('shutdown: connections without a complete request, exits with 0 long before the drain time', async (t) => {
  const { child, port, exit } = await start(t, { DRAIN_MS: '300000' })
  const incompleteBody = 'POST /policies/key HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{'
  const sockets = ['', 'GET /livez HTT', incompleteBody].map(
    (bytes) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined)
      if (bytes !== '') socket.write(bytes)
      return socket
    }
  )
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map(async (socket) => await once(socket, 'connect')))
  await (await fetch(`http://127.0.0.1:${port}/livez`)).arrayBuffer()
  const signalledAt = performance.now()
  child.kill('SIGTERM')
  t.same(await exit, { code: 0, signal: null })
  // Two seconds on an idle machine (npm run test:shutdown); the drain time is five minutes.
  t.ok(performance.now() - signalledAt < 150_000)
})

t.test('npm start: SIGTERM to npm, leaves no orphan process', async (t) => {
  const { child, port, exit } = await start(t, {}, ['npm', 'start'])
  child.kill('SIGTERM')
  await exit
  t.equal(await untilRefused(port), true)
})

t.test('configuration: invalid variables, all listed on stderr, exits with 78', async (t) => {
  const child = spawn(process.execPath, [SERVER], {
    env: { ...ENVIRONMENT, PORT: 'high', LOG_LEVEL: 'loud', TRUST_PROXY: 'true' }
  })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.equal(code, 78)
  for (const name of ['PORT', 'LOG_LEVEL', 'TRUST_PROXY']) t.match(stderr, name)
})

t.test('start: port in use, logs the reason, exits with 1', async (t) => {
  const { port } = await start(t)
  const second = spawn(process.execPath, [SERVER], { env: { ...ENVIRONMENT, PORT: String(port) } })
  const [stdout, [code]] = await Promise.all([text(second.stdout), once(second, 'exit')])
  t.equal(code, 1)
  t.match(stdout, 'EADDRINUSE')
})

t.test('live verification: no AWS credentials, responds 503 and keeps running', async (t) => {
  const { port } = await start(t)
  const answer = await fetch(`http://127.0.0.1:${port}/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ usage: USAGE })
  })
  t.equal(answer.status, 503)
  t.match(await answer.json(), { code: 'AWS_CREDENTIALS_UNAVAILABLE' })
  t.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
})

t.test('worker pool: a long computation on the built service, responds from a worker thread', async (t) => {
  const { port } = await start(t)
  const long = expensiveBodies().find(({ what }) => what === '50 keys × 4 roles, sound')
  const answer = await fetch(`http://127.0.0.1:${port}/verify/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: long?.body ?? ''
  })
  t.equal(answer.status, 200)
  t.match(await answer.json(), { verdict: String })
  t.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
})
