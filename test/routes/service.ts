import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { ERROR_DESCRIPTIONS } from '../../src/error-descriptions.js'
import { ERROR_CODES, ERRORS } from '../../src/errors.js'
import { noopObserver } from '../../src/telemetry/observer.js'
import { listen, sendRaw, startApp } from '../helper.js'

const PUBLIC_PREFIXES = ['/assets', '/docs', '/docs/static', '/docs/static/theme', '/problems', '/openapi.json', '/livez']
const UNSAFE_PATHS = [
  '/..',
  '/../../../etc/passwd',
  '/%2e%2e/x',
  '/..%2f..%2fpackage.json',
  '/%00',
  '/x%00.js',
  '/%5c..%5cx',
  '/.git/config',
  '/%ff',
  '/%',
  `/${'a'.repeat(300)}`,
  '/index.html%2f..%2f..%2f'
]

t.test('probes', async (t) => {
  const { agent } = await startApp(t)
  for (const path of ['/livez', '/readyz']) {
    const answer = await agent.get(path)
    t.equal(answer.status, 200)
    t.same(answer.body, { status: 'ok' })
  }
})

t.test('while the service stops it is not ready, and what was begun is still answered', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  const sockets: Socket[] = []
  app.server.on('connection', (socket) => sockets.push(socket))
  let closing = Promise.resolve()
  // The head of each request is half sent when the stop begins: such a connection is not idle.
  const whenStopping = (async () => {
    while (sockets.length < 2 || sockets.some(({ bytesRead }) => bytesRead === 0)) await setTimeout(5)
    closing = app.close()
    await nextTurn()
  })()
  const [ready, live] = await Promise.all(
    ['/readyz', '/livez'].map(async (path) => {
      return await sendRaw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`,
        whenStopping.then(() => '\r\n')
      )
    })
  )
  t.equal(ready?.status, 503)
  t.match(ready?.headers, { connection: 'close', 'retry-after': /^\d+$/ })
  t.match(JSON.parse(ready?.body ?? ''), { code: 'SERVICE_UNAVAILABLE', status: 503 })
  t.equal(live?.status, 200)
  t.match(live?.headers, { connection: 'close' })
  await closing
})

t.test('every error code has its documentation, under the type of its problems', async (t) => {
  const { agent } = await startApp(t)
  for (const code of ERROR_CODES) {
    const answer = await agent.get(`/problems/${code}`)
    t.equal(answer.status, 200, code)
    t.same(answer.body, { code, ...ERRORS[code], description: ERROR_DESCRIPTIONS[code] })
  }
  for (const code of ['NO_SUCH_CODE', 'toString', '__proto__', 'x'.repeat(200)]) {
    const answer = await agent.get(`/problems/${code}`)
    t.equal(answer.status, 404, code)
    t.equal(answer.body.code, 'NOT_FOUND')
  }
})

t.test('GET /openapi.json: repeated, the document is serialized once and is the same each time', async (t) => {
  const { app, agent } = await startApp(t)
  const document = app.swagger()
  const serialized = JSON.stringify(document)
  let made = 0
  Object.defineProperty(document, 'toJSON', {
    value: () => {
      made++
      return JSON.parse(serialized)
    }
  })
  for (let times = 0; times < 3; times++) {
    const { status, text, headers } = await agent.get('/openapi.json')
    t.match(
      { status, headers },
      { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' } }
    )
    t.equal(text, serialized)
  }
  t.equal(made, 1)
  t.equal((await agent.get('/openapi.json').set('accept', 'text/html')).status, 406)
  t.match((await agent.head('/openapi.json')).headers, { 'content-length': String(Buffer.byteLength(serialized)) })
})

t.test('the API browser', async (t) => {
  const { agent } = await startApp(t)
  await t.test('it loads nothing from elsewhere, and says so to the browser', async (t) => {
    const answer = await agent.get('/docs')
    t.equal(answer.status, 200)
    t.match(answer.headers['content-type'], 'text/html')
    t.notMatch(answer.text, /(src|href)="(https?:)?\/\//, 'offline')
    const policy = String(answer.headers['content-security-policy'])
    t.match(policy, "script-src 'self';")
    t.notMatch(policy, 'upgrade-insecure-requests', 'or the page stays blank on any plain http host but localhost')
    t.notOk(answer.headers['strict-transport-security'])
    for (const [, path = ''] of answer.text.matchAll(/(?:src|href)="([^"]+)"/g))
      t.equal((await agent.get(path)).status, 200, path)
  })
  await t.test('the pages alone pay for its headers', async (t) => {
    t.notOk((await agent.get('/livez')).headers['content-security-policy'])
  })
})

t.test('behind a gateway that strips a path', async (t) => {
  const { agent } = await startApp(t, { config: loadConfig({ PUBLIC_URL: 'https://gateway.example.com/kms/' }) })
  t.match((await agent.get('/docs')).text, 'src="/kms/docs/static/')
  t.equal((await agent.get('/nothing')).body.type, '/kms/problems/NOT_FOUND')
  t.equal((await agent.get('/openapi.json')).body.servers[0].url, 'https://gateway.example.com/kms')
  t.match(
    (await agent.get('/docs')).headers['content-security-policy'],
    "connect-src 'self' https://gateway.example.com"
  )
})

t.test('static files: refused paths, are problems of status 400 or 404 without an error in the log', async (t) => {
  const lines: string[] = []
  const statuses: number[] = []
  const log = pino({}, { write: (line: string) => lines.push(line) })
  const observer = { ...noopObserver, requestAnswered: ({ status }: { status: number }) => statuses.push(status) }
  const { app } = await startApp(t, { log, observer })
  const port = await listen(app)
  const paths = PUBLIC_PREFIXES.flatMap((prefix) => UNSAFE_PATHS.map((path) => `${prefix}${path}`))
  for (const path of paths) {
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
    t.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`)
    t.match(JSON.parse(answer.body), { code: /^(NOT_FOUND|MALFORMED_HTTP)$/, status: answer.status })
  }
  t.equal(statuses.length, paths.length, 'each is counted')
  const levels = lines.map((line) => Number(JSON.parse(line).level))
  t.ok(levels.length > paths.length && levels.every((level) => level === 30), 'each has a line, none an error')
})

t.test('GET /docs/json: leads to /openapi.json; there is no document in YAML', async (t) => {
  const { agent } = await startApp(t)
  const { status, headers } = await agent.get('/docs/json')
  t.match({ status, location: headers['location'] }, { status: 308, location: '/openapi.json' })
  t.match((await agent.get('/docs/yaml')).body, { code: 'NOT_FOUND' })
})

t.test('mode none, Host of another name: every route is refused with 421', async (t) => {
  const { agent } = await startApp(t, { config: loadConfig({ PUBLIC_URL: 'https://policies.example.com/kms' }) })
  const local = ['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]']
  const own = [...local, 'policies.example.com', 'policies.example.com:443']
  for (const host of own) t.equal((await agent.get('/livez').set('host', host)).status, 200, host)
  const paths = ['/', '/docs', '/docs/static/index.css', '/openapi.json', '/livez', '/requirements', '/nothing']
  for (const path of paths) {
    for (const host of ['attacker.example', 'attacker.example:3000', 'localhost.attacker.example', '10.0.0.1', '']) {
      const { status, body } = await agent.get(path).set('host', host)
      t.match({ status, body }, { status: 421, body: { code: 'MISDIRECTED' } }, `${path} of ${host}`)
    }
  }
})

t.test('mode gateway: the gateway checks the Host', async (t) => {
  const config = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback' })
  const { agent } = await startApp(t, { config })
  t.equal((await agent.get('/livez').set('host', 'attacker.example')).status, 200)
})

t.test('target in absolute form with user information: the log line has neither name nor password', async (t) => {
  const lines: string[] = []
  const { app } = await startApp(t, { log: pino({}, { write: (line: string) => lines.push(line) }) })
  const port = await listen(app)
  const target = 'http://name:secret@localhost/nothing'
  await sendRaw(port, `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
  t.match(lines.join(''), '"path":"http://localhost/nothing"')
  t.notMatch(lines.join(''), 'secret')
})

t.test('requests before a malformed one on a connection: each gets its response, then the malformed one 400', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  const socket = connect(port, '127.0.0.1')
  socket.write(`${'GET /requirements HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(20)}BAD\r\n\r\nMORE\r\n\r\n`)
  const received = await text(socket)
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)
  t.same(statuses, [...Array.from({ length: 20 }, () => '200'), '400'])
})

t.test('several Host headers: 400, whatever they say', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  for (const hosts of ['host: localhost\r\nHost: localhost', 'host: localhost\r\nhost: example.com'])
    t.equal((await sendRaw(port, `GET /livez HTTP/1.1\r\n${hosts}\r\nconnection: close\r\n\r\n`)).status, 400)
})
