import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout, setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { type ErrorCode, ERRORS } from '../../src/errors.js'
import { type AnsweredRequest, noopObserver } from '../../src/telemetry/observer.js'
import { listen, ROLE, sendRaw, startApp, USAGE } from '../helper.js'

const PROBLEM = 'application/problem+json'

/** RFC 9457 and the contract: every member, the type served by the service itself, the id of the request. */
function isProblem (
  test: Test,
  answer: { status: number; headers: Record<string, unknown>; text: string },
  code: ErrorCode,
  status: number = ERRORS[code].status
) {
  const problem = JSON.parse(answer.text)
  test.equal(answer.status, status)
  test.equal(answer.headers['content-type'], PROBLEM)
  test.same(Object.keys(problem).sort(), ['code', 'detail', 'errors', 'instance', 'status', 'title', 'type'])
  test.match(problem, { code, status, type: `/problems/${code}`, title: ERRORS[code].title, errors: [] })
  test.equal(problem.instance, answer.headers['x-request-id'])
  return problem
}

t.test('a request that no operation takes', async (t) => {
  const { app, agent } = await startApp(t)

  await t.test('unknown path: 404, whatever the method and the body', async (t) => {
    isProblem(t, await agent.get('/nothing?here=1'), 'NOT_FOUND')
    isProblem(t, await agent.post('/nothing').type('text/xml').send('<a/>'), 'NOT_FOUND')
  })
  await t.test('known path, other method: 405 and Allow, before the body is looked at', async (t) => {
    for (const method of ['get', 'put', 'patch', 'delete', 'head'] as const) {
      const answer = await agent[method]('/policies/key')
      t.equal(answer.status, 405, method)
      t.equal(answer.headers['allow'], 'POST, OPTIONS')
    }
    isProblem(t, await agent.put('/policies/key').type('text/xml').send('<a/>'), 'METHOD_NOT_ALLOWED')
    const answer = await agent.post('/problems/KEY_LOCKOUT')
    isProblem(t, answer, 'METHOD_NOT_ALLOWED')
    t.equal(answer.headers['allow'], 'GET, HEAD, OPTIONS')
  })
  await t.test('OPTIONS tells the methods', async (t) => {
    const answer = await agent.options('/verify')
    t.equal(answer.status, 204)
    t.equal(answer.headers['allow'], 'POST, OPTIONS')
  })
  await t.test('* instead of a path: OPTIONS lists all methods, any other is refused', async (t) => {
    const port = await listen(app)
    const ask = async (method: string) =>
      await sendRaw(port, `${method} * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
    t.match(await ask('OPTIONS'), { status: 204, headers: { allow: 'GET, HEAD, POST, OPTIONS' } })
    t.equal((await ask('GET')).status, 400)
  })
  await t.test('HEAD is GET without its body', async (t) => {
    const answer = await agent.head('/livez')
    t.equal(answer.status, 200)
    t.notOk(answer.text)
  })
  await t.test('Accept with the charset that the answers have: as without', async (t) => {
    for (const type of ['application/json', 'application/vnd.terraform+hcl', 'application/*', '*/*']) {
      const plain = await agent.post('/policies/key').set('accept', type).send(USAGE)
      const response = await agent.post('/policies/key').set('accept', `${type}; Charset=UTF-8, text/html;q=0.1`).send(USAGE)
      t.equal(response.status, 200, type)
      t.equal(response.headers['content-type'], plain.headers['content-type'])
    }
    t.equal((await agent.get('/requirements').set('accept', 'application/json;charset=utf-8')).status, 200)
    isProblem(t, await agent.get('/requirements').set('accept', 'application/json;charset=utf-16'), 'NOT_ACCEPTABLE')
  })

  await t.test('Accept without JSON: 406', async (t) => {
    isProblem(t, await agent.post('/policies/key').set('accept', 'text/html').send(USAGE), 'NOT_ACCEPTABLE')
    isProblem(t, await agent.get('/requirements').set('accept', 'application/json;q=0, text/*'), 'NOT_ACCEPTABLE')
    for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.1']) {
      t.equal((await agent.get('/livez').set('accept', accept)).status, 200, accept)
    }
  })
  await t.test('a path that cannot be decoded: 400', async (t) => {
    const answer = await app.inject('/problems/%E0%A4%A')
    isProblem(t, { status: answer.statusCode, headers: answer.headers, text: answer.payload }, 'MALFORMED_HTTP')
  })
})

t.test('a body that cannot be read', async (t) => {
  const { agent } = await startApp(t)
  const post = (body: string, type = 'application/json') =>
    agent.post('/policies/key').set('content-type', type).send(body)

  await t.test('anything but application/json: 415, never unvalidated', async (t) => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'multipart/form-data; boundary=x',
      'application/problem+json'
    ]) {
      isProblem(t, await post(JSON.stringify(USAGE), type), 'UNSUPPORTED_MEDIA_TYPE')
    }
    const compressed = await agent.post('/policies/key').set('content-encoding', 'gzip').send(USAGE)
    isProblem(t, compressed, 'UNSUPPORTED_MEDIA_TYPE')
    t.equal(compressed.headers['accept-encoding'], 'identity', 'what would be accepted')
    t.equal((await post('a', 'text/plain')).headers['accept-encoding'], undefined)
    t.equal((await agent.post('/policies/key').set('content-encoding', 'Identity').send(USAGE)).status, 200)
    t.equal((await post(JSON.stringify(USAGE), 'application/json; charset=utf-8')).status, 200)
  })
  await t.test('no JSON, no body: 400', async (t) => {
    isProblem(t, await post('{"operations": ['), 'MALFORMED_JSON')
    isProblem(t, await post(''), 'MALFORMED_JSON')
    const problem = isProblem(t, await agent.post('/policies/key'), 'INVALID_REQUEST')
    t.same(problem.errors, [{ pointer: '', detail: 'is required' }])
  })
  await t.test('keys that would poison a prototype: 400', async (t) => {
    isProblem(t, await post('{"__proto__": {"a": 1}}'), 'INVALID_REQUEST')
    isProblem(t, await post('{"existingKeyPolicy": {"constructor": {"prototype": {}}}}'), 'INVALID_REQUEST')
  })
  await t.test('larger than the limit: 413 that names it', async (t) => {
    const { agent } = await startApp(t, { config: loadConfig({ BODY_LIMIT: '2048' }) })
    const problem = isProblem(
      t,
      await agent.post('/policies/key').send({ ...USAGE, region: 'x'.repeat(3000) }),
      'BODY_TOO_LARGE'
    )
    t.match(problem.detail, '2048')
  })
})

t.test('a request that the HTTP parser refuses', async (t) => {
  const lines: string[] = []
  const counted: AnsweredRequest[] = []
  const { app } = await startApp(t, {
    config: loadConfig({ PUBLIC_URL: 'https://gateway.example.com/kms/' }),
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          lines.push(line)
        }
      }
    ),
    observer: {
      ...noopObserver,
      requestAnswered: (request) => {
        counted.push(request)
      }
    }
  })
  const port = await listen(app)
  const cases: Array<[string, string, ErrorCode]> = [
    ['no HTTP', 'HELLO planted-secret\r\n\r\n', 'MALFORMED_HTTP'],
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
      'HEADERS_TOO_LARGE'
    ],
    ['a request without Host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 'MALFORMED_HTTP'],
    [
      'an expectation that cannot be met',
      'POST /policies/key HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n',
      'EXPECTATION_FAILED'
    ],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 'METHOD_NOT_ALLOWED']
  ]
  for (const [name, text, code] of cases) {
    await t.test(name, async (t) => {
      const { status, headers, body } = await sendRaw(port, text)
      t.equal(status, ERRORS[code].status)
      t.equal(headers['content-type'], PROBLEM)
      t.match(
        JSON.parse(body),
        { code, instance: headers['x-request-id'], type: `/kms/problems/${code}` },
        'the type is below the public path'
      )
      await turn()
      const logged = lines.map((line) => JSON.parse(line)).filter(({ reqId }) => reqId === headers['x-request-id'])
      t.match(logged, [{ level: 30, code, status }], 'one line')
      if (logged[0]?.msg === 'request refused') t.equal(logged[0].address, '127.0.0.1')
    })
  }
  t.match(
    counted.map(({ method, route, status }) => `${method} ${route} ${status}`),
    ['none none 400', 'none none 431', 'GET /livez 400', 'POST none 417', 'CONNECT none 405']
  )
  t.equal(lines.filter((line) => line.includes('"request refused"')).length, 4)
  t.notMatch(lines.join(''), /planted-secret|example\.com:443|tea/)
})

t.test('clients of what is kept from the router may leave as they like', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.write(text)
    await once(socket, 'data')
    return socket
  }
  const CONNECT = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'
  t.match((await sendRaw(port, CONNECT)).status, 405)
  const reset = await open(CONNECT)
  reset.resetAndDestroy()
  await setTimeout(50)
  const silent = await open(CONNECT)
  const begin = performance.now()
  await once(silent, 'close')
  t.ok(performance.now() - begin < 60_000, 'who never closes is closed')
})

t.test('parser errors: earlier response in flight, is never mixed with the refusal', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  const { status, headers } = await sendRaw(
    port,
    'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: first\r\n\r\n' +
      'POST /policies/key HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: second\r\nExpect: tea\r\n\r\n'
  )
  t.match({ status, id: headers['x-request-id'] }, { status: 200, id: 'first' })
  const alone = await sendRaw(
    port,
    'POST /policies/key HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: second\r\nExpect: tea\r\n\r\n'
  )
  t.match(
    { status: alone.status, id: alone.headers['x-request-id'] },
    { status: 417, id: 'second' },
    'with the id of the caller'
  )
})

t.test(
  'what is refused behind a request ends their connection, after the answer of the request',
  async (t) => {
    for (const [what, refused] of Object.entries({
      CONNECT: 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      garbage: 'HELLO\r\n\r\n'
    })) {
      let answer = (): void => {}
      const held = new Promise<void>((resolve) => {
        answer = resolve
      })
      const { app } = await startApp(t, {
        policySource: {
          readKey: async () => {
            await held
            throw new Error('never answered')
          },
          readRole: async () => {
            await held
            throw new Error('never answered')
          }
        }
      })
      const port = await listen(app)
      const socket = connect(port, '127.0.0.1').on('error', () => undefined)
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      const body = JSON.stringify({ usage: USAGE })
      socket.write(
        `POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      )
      await setTimeout(100)
      t.equal(socket.readyState, 'open')
      const closed = once(socket, 'close', { signal: AbortSignal.timeout(30_000) })
      socket.write(refused)
      await setTimeout(100)
      t.equal(text, '', `${what}: not taken for the answer of the request`)
      answer()
      await closed
      t.match(text, /^HTTP\/1\.1 5\d\d [^]*HTTP\/1\.1 4\d\d /, what)
    }
  }
)

t.test('request ids', async (t) => {
  const { agent } = await startApp(t)
  for (const id of ['a', 'A-1_b.c', 'x'.repeat(64)]) {
    t.equal((await agent.get('/livez').set('x-request-id', id)).headers['x-request-id'], id, 'is taken over')
  }
  for (const id of ['a b', 'x'.repeat(65), '{"a":1}', 'é']) {
    const made = (await agent.get('/livez').set('x-request-id', Buffer.from(id).toString('latin1'))).headers[
      'x-request-id'
    ]
    t.match(made, /^[A-Za-z0-9._-]{1,64}$/, 'is made instead')
    t.not(made, id)
  }
})

t.test('unexpected error: responds with 500 without details, logs the cause', async (t) => {
  const lines: string[] = []
  const { agent } = await startApp(t, {
    policySource: {
      readKey: async () => {
        throw new Error('secret cause')
      },
      readRole: async () => {
        throw new Error('secret cause')
      }
    },
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          lines.push(line)
        }
      }
    )
  })
  const answer = await agent.post('/verify').set('authorization', 'Bearer secret-token').send({ usage: USAGE })
  const problem = isProblem(t, answer, 'INTERNAL_ERROR')
  t.notMatch(answer.text, 'secret')
  await turn() // a line is written at the end of the iteration of the event loop
  t.equal(lines.length, 1, 'one line a request')
  t.match(JSON.parse(lines[0] ?? ''), {
    reqId: problem.instance,
    status: 500,
    route: '/verify',
    code: 'INTERNAL_ERROR',
    err: { message: 'secret cause' }
  })
  t.notMatch(lines[0], 'secret-token')
})

t.test('headers of every answer', async (t) => {
  const { agent } = await startApp(t)
  for (const answer of [
    await agent.get('/livez'),
    await agent.get('/nothing'),
    await agent.post('/policies/key').send(USAGE)
  ]) {
    t.match(answer.headers, { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    t.notOk(answer.headers['x-powered-by'])
  }
})

t.test('one log line a request: what it is about, without query string, body or policy', async (t) => {
  const lines: string[] = []
  const { agent } = await startApp(t, {
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          lines.push(line)
        }
      }
    )
  })
  await agent.post('/policies/key?pretty=true').set('x-request-id', 'my-id').send(USAGE)
  await agent.post('/policies/key?token=secret').send(USAGE)
  await turn() // a line is written at the end of the iteration of the event loop
  t.equal(lines.length, 2)
  t.match(JSON.parse(lines[0] ?? ''), {
    reqId: 'my-id',
    method: 'POST',
    path: '/policies/key',
    status: 200,
    roleArns: [ROLE],
    kmsKeyArns: USAGE.kmsKeyArns
  })
  t.match(JSON.parse(lines[1] ?? ''), { status: 400, code: 'INVALID_REQUEST' })
  t.notMatch(lines.join(''), /secret|Statement|pretty/)
})

t.test('a request target that is no path is refused', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  for (const target of ['*', '*?', '*/docs'])
    t.equal((await sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).status, 400, target)
})
