import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request, Agent, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { expensiveBodies } from '../reliability/expensive-bodies.js'
import { withFakeAws } from '../reliability/production-settings.js'
import { answers, startFakeAws, type FakeAws } from './fake-aws.js'
import { installAwsFixture, USAGE as LIVE_USAGE, WORKLOAD, READER } from './fake-aws/aws-fixture.js'
import { USAGE } from './helper.js'
import { buildServer, ENVIRONMENT, refuses, SERVER, start } from './built-server.js'

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
  sending.write(body.slice(0, half))
  await setTimeout(100)
  return async () => {
    sending.end(body.slice(half))
    const answer = await answered
    return { status: answer.statusCode, connection: answer.headers.connection, body: await text(answer) }
  }
}

t.test('SIGTERM: what was accepted is answered, nothing new is, exit 0 within the drain time', async (t) => {
  const { child, port, log, exit } = await start(t, { DRAIN_MS: '5000' })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => {
    agent.destroy()
  })
  // A connection that is kept alive, has been used and is idle.
  await (
    await begin(port, agent)
  )()
  const requests = await Promise.all(Array.from({ length: 20 }, async () => await begin(port)))
  const stopped = performance.now()
  child.kill('SIGTERM')
  await setTimeout(200)
  t.equal(await refuses(port), true, 'no new connection is taken')
  for (const answer of await Promise.all(requests.map(async (finish) => await finish()))) {
    t.equal(answer.status, 200)
    t.equal(answer.connection, 'close')
    t.ok(JSON.parse(answer.body).Statement, 'and whole')
  }
  t.same(await exit, { code: 0, signal: null })
  t.ok(performance.now() - stopped < 5000)
  t.match(log(), '"signal":"SIGTERM"')
})

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
  'SIGTERM while AWS is silent: what was read is answered, who waits for a place is told so, exit 0 within the drain time',
  async (t) => {
    const { fake, environment } = await silentAws(t, 'ListGrants')
    const { child, port, exit } = await start(t, { ...environment, DRAIN_MS: '4000', VERIFY_ACTIVE: '1' })
    const verify = async (): Promise<Response> =>
      await fetch(`http://127.0.0.1:${port}/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ usage: LIVE_USAGE, waitUpTo: 60 })
      })
    const reading = verify()
    while (fake.counts()['ListGrants'] === undefined) await setTimeout(10)
    const waiting = verify()
    await setTimeout(200)
    const stopped = performance.now()
    child.kill('SIGTERM')
    const refused = await waiting
    t.ok(performance.now() - stopped < 900, 'at once')
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
    t.same(await exit, { code: 0, signal: null })
    t.ok(performance.now() - stopped < 4000)
  }
)

t.test('a client that never ends its request holds the process no longer than the drain time', async (t) => {
  const { child, port, exit } = await start(t, { DRAIN_MS: '300' })
  const finish = await begin(port)
  child.kill('SIGTERM')
  t.same(await exit, { code: 1, signal: null })
  await t.rejects(finish())
})

t.test('npm start: SIGTERM to npm leaves no orphan', async (t) => {
  const { child, port, exit } = await start(t, {}, ['npm', 'start'])
  child.kill('SIGTERM')
  await exit
  for (let tries = 0; tries < 50 && !(await refuses(port)); tries += 1) await setTimeout(100)
  t.equal(await refuses(port), true)
})

t.test('a configuration that is not valid: every fault on stderr, exit 78', async (t) => {
  const child = spawn(process.execPath, [SERVER], {
    env: { ...ENVIRONMENT, PORT: 'high', LOG_LEVEL: 'loud', TRUST_PROXY: 'true' }
  })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.equal(code, 78)
  for (const name of ['PORT', 'LOG_LEVEL', 'TRUST_PROXY']) t.match(stderr, name)
})

t.test('a port that is taken: exit 1, with the reason in the log', async (t) => {
  const { port } = await start(t)
  const second = spawn(process.execPath, [SERVER], { env: { ...ENVIRONMENT, PORT: String(port) } })
  const [stdout, [code]] = await Promise.all([text(second.stdout), once(second, 'exit')])
  t.equal(code, 1)
  t.match(stdout, 'EADDRINUSE')
})

t.test('live verification without credentials: 503, and the service lives on', async (t) => {
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

t.test('a computation that takes long is done by a thread of the built service', async (t) => {
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
