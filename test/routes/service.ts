import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { ERROR_CODES, ERRORS } from '../../src/errors.js'
import { listen, sendRaw, startApp } from '../helper.js'

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
  let closing = Promise.resolve()
  // The head of each request is half sent when the stop begins: such a connection is not idle.
  const whenStopping = (async () => {
    await setTimeout(50)
    closing = app.close()
    await setTimeout(50)
  })()
  const [ready, live] = await Promise.all(
    ['/readyz', '/livez'].map(async (path) => {
      return await sendRaw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\n`,
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
    t.same(answer.body, { code, ...ERRORS[code] })
  }
  for (const code of ['NO_SUCH_CODE', 'toString', '__proto__', 'x'.repeat(200)]) {
    const answer = await agent.get(`/problems/${code}`)
    t.equal(answer.status, 404, code)
    t.equal(answer.body.code, 'NOT_FOUND')
  }
})

t.test('the API document is put together once, and answered alike each time', async (t) => {
  const { app, agent } = await startApp(t)
  const document = app.swagger()
  const told = JSON.stringify(document)
  let made = 0
  Object.defineProperty(document, 'toJSON', {
    value: () => {
      made++
      return JSON.parse(told)
    }
  })
  for (let times = 0; times < 3; times++) {
    const { status, text, headers } = await agent.get('/openapi.json')
    t.match(
      { status, headers },
      { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' } }
    )
    t.equal(text, told)
  }
  t.equal(made, 1)
  t.equal((await agent.get('/openapi.json').set('accept', 'text/html')).status, 406)
  t.match((await agent.head('/openapi.json')).headers, { 'content-length': String(Buffer.byteLength(told)) })
})

t.test('the API browser', async (t) => {
  const { agent } = await startApp(t)
  await t.test('/ leads to it', async (t) => {
    const answer = await agent.get('/').set('accept', 'text/html')
    t.equal(answer.status, 302)
    t.equal(answer.headers['location'], '/docs')
  })
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
  t.equal((await agent.get('/')).headers['location'], '/kms/docs')
  t.match((await agent.get('/docs')).text, 'src="/kms/docs/static/')
  t.equal((await agent.get('/nothing')).body.type, '/kms/problems/NOT_FOUND')
  t.equal((await agent.get('/openapi.json')).body.servers[0].url, 'https://gateway.example.com/kms')
  t.match(
    (await agent.get('/docs')).headers['content-security-policy'],
    "connect-src 'self' https://gateway.example.com"
  )
})

t.test('a path that leaves the pages is not found, and no fault of the service', async (t) => {
  const { app } = await startApp(t)
  const port = await listen(app)
  for (const path of [
    '/docs/static/../../../etc/passwd',
    '/docs/static/%2e%2e/package.json',
    '/docs/static/..%2f..%2fpackage.json'
  ]) {
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    t.equal(answer.status, 404, path)
    t.match(JSON.parse(answer.body), { code: 'NOT_FOUND' })
  }
})
