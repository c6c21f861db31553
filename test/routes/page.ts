import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { listen, sendRaw, startApp } from '../helper.js'

/** The addresses of the files that the page loads, relative to the page. */
const addressesIn = (html: string): string[] =>
  [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, address = '']) => address)

t.test('GET /: the page, under a policy by which no string becomes script', async (t) => {
  const { agent } = await startApp(t)
  const { status, headers, text } = await agent.get('/').set('accept', 'text/html')
  t.equal(status, 200)
  t.match(headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
      "trusted-types 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff'
  })
  t.notMatch(text, /(?:src|href)="(?:https?:)?\//, 'every address is relative, so that a prefix of a gateway is kept')
  t.notMatch(text, /<script[^>]*>[^<]|<style| on[a-z]+=/, 'no inline script or style')
  t.equal((await agent.get('/').set('if-none-match', String(headers['etag']))).status, 304)
})

t.test('GET /assets/…: cached for a year, since each name changes with the contents', async (t) => {
  const { agent } = await startApp(t)
  const addresses = addressesIn((await agent.get('/')).text)
  t.ok(addresses.some((address) => address.endsWith('.css')) && addresses.some((address) => /app-.*\.js$/.test(address)))
  for (const address of addresses) {
    const { status, headers } = await agent.get(`/${address}`)
    t.equal(status, 200, address)
    t.match(headers, {
      'content-type': address.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding'
    })
    const again = await agent.get(`/${address}`).set('if-none-match', String(headers['etag']))
    t.match(again, { status: 304, text: '' })
  }
})

t.test('GET /assets/…: compressed only for clients that accept it, each form with its own tag', async (t) => {
  const { app } = await startApp(t)
  const page = await app.inject({ url: '/' })
  const [address = ''] = addressesIn(page.body)
  const send = async (coding: string | undefined) =>
    await app.inject({ url: `/${address}`, headers: coding === undefined ? {} : { 'accept-encoding': coding } })
  const plain = await send(undefined)
  for (const coding of ['gzip', 'br, gzip;q=0.5', 'deflate, GZIP']) {
    const compressed = await send(coding)
    t.equal(compressed.headers['content-encoding'], 'gzip', coding)
    t.equal(gunzipSync(compressed.rawPayload).toString(), plain.body)
    t.not(compressed.headers['etag'], plain.headers['etag'])
  }
  for (const coding of ['identity', 'gzip;q=0', 'br', 'xgzip'])
    t.equal((await send(coding)).headers['content-encoding'], undefined, coding)
})

t.test('unknown files of the page are 404, and nothing else can be read', async (t) => {
  const { app, agent } = await startApp(t)
  for (const name of ['nothing.js', 'index.html', 'app.js', 'constructor', '..%2findex.html', '..%2f..%2fpackage.json'])
    t.match(await agent.get(`/assets/${name}`), { status: 404, body: { code: 'NOT_FOUND' } }, name)
  const port = await listen(app)
  const answer = await sendRaw(port, 'GET /assets/../../package.json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  t.equal(answer.status, 404)
})

t.test('no mode of authentication requires a token', async (t) => {
  const config = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback' })
  const { agent } = await startApp(t, {
    config,
    authenticate: () => {
      throw new Error('no caller is looked up')
    }
  })
  const { status, text } = await agent.get('/')
  t.equal(status, 200)
  for (const address of addressesIn(text)) t.equal((await agent.get(`/${address}`)).status, 200, address)
})

t.test('the page is no part of the API document', async (t) => {
  const { agent } = await startApp(t)
  const { paths } = (await agent.get('/openapi.json')).body
  t.notOk(paths['/'] ?? paths['/assets/{name}'])
})
