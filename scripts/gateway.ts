import assert from 'node:assert/strict'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { list, record } from './compatibility/json.js'
import { freePort, listen, startNginx, startService } from './gateway/processes.js'

/**
 * Runs `deploy/gateway/nginx.conf` for real, on loopback, before the service and before a server that tells what
 * reaches it:
 * `npm run test:gateway`. Needs nginx; with `CHROMIUM=/usr/bin/chromium` it executes an example in the API browser too.
 */
// The certificate of each run is its own: this process talks to loopback only.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
const TOKEN = { authorization: 'Bearer of the caller' }

const authentication = await listen(({ headers }, response) => {
  if (headers.authorization === TOKEN.authorization)
    response.writeHead(204, { 'x-caller': 'team-search', 'x-scopes': 'policies:generate' }).end()
  else response.writeHead(401).end()
})
const stops: Array<() => Promise<void>> = [
  async () => {
    authentication.close()
  }
]
try {
  await prefix()
  await headersAndStreams()
  await ownErrors()
  await lostReplica()
} finally {
  for (const stop of stops.reverse()) await stop()
}

/** The service behind the prefix: every address that it tells leads back through the gateway. */
async function prefix (): Promise<void> {
  const port = await freePort()
  const publicUrl = `https://127.0.0.1:${port}/kms-policies`
  const service = await startService({ PUBLIC_URL: publicUrl, AUTH_MODE: 'gateway', TRUST_PROXY: '127.0.0.1/32' })
  stops.push(service.stop)
  stops.push(await startNginx(port, service.address, authentication.address))

  const document = record(await json(`${publicUrl}/openapi.json`))
  const server = String(record(list(document['servers'])[0])['url'])
  assert.equal(server, publicUrl)
  const body = JSON.stringify({
    operations: ['datasetGroup'],
    roleArns: ['arn:aws:iam::111122223333:role/service-role/Personalize']
  })
  const send = (headers: Record<string, string>, text = body) =>
    fetch(`${server}/policies/key`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: text
    })
  assert.equal((await send(TOKEN)).status, 200)
  assert.equal((await send({})).status, 401)

  const problem = record(await (await send(TOKEN, '{}')).json())
  assert.equal(
    (await fetch(new URL(String(problem['type']), `${server}/policies/key`), { headers: TOKEN })).status,
    200,
    String(problem['type'])
  )
  const filesOf = async (path: string): Promise<string[]> => {
    const page = await fetch(`${publicUrl}${path}`, { headers: TOKEN })
    assert.equal(page.url, `${publicUrl}${path}`)
    const files = [...(await page.text()).matchAll(/(?:src|href)="((?!data:)[^"#]+)"/g)]
    assert.ok(files.length > 3, path)
    return files.map(([, file = '']) => new URL(file, page.url).href)
  }
  const assets = [...(await filesOf('/')), ...(await filesOf('/docs'))]
  for (const asset of assets) assert.equal((await fetch(asset, { headers: TOKEN })).status, 200, asset)
  for (const path of ['livez', 'readyz', 'metrics'])
    assert.equal((await fetch(`${publicUrl}/${path}`, { headers: TOKEN })).status, 404, path)
  console.log(
    `prefix: openapi.json, ${assets.length} files of the page and the API browser, POST /policies/key and problem types lead through the gateway; probes and metrics do not`
  )
  await compression(publicUrl)
  await execute(publicUrl)
}

/** Large answers are compressed, small ones are not; what the service tags can still be asked for conditionally. */
async function compression (publicUrl: string): Promise<void> {
  const url = `${publicUrl}/requirements`
  const large = await fetch(url, { headers: { ...TOKEN, 'accept-encoding': 'gzip' } })
  const { headers } = large
  assert.equal(headers.get('content-encoding'), 'gzip')
  assert.match(headers.get('vary') ?? '', /accept-encoding/i)
  assert.ok(list(record(await large.json())['requirements']).length > 10)
  const tag = headers.get('etag') ?? ''
  assert.match(tag, /^W\/"/)
  assert.equal((await fetch(url, { headers: { ...TOKEN, 'if-none-match': tag } })).status, 304)

  const plain = await fetch(url, { headers: { ...TOKEN, 'accept-encoding': 'identity' } })
  assert.equal(plain.headers.get('content-encoding'), null)
  assert.equal(`W/${plain.headers.get('etag')}`, tag)
  const small = await fetch(`${publicUrl}/problems/NOT_FOUND`, { headers: { ...TOKEN, 'accept-encoding': 'gzip' } })
  assert.equal(small.headers.get('content-encoding'), null)
  console.log('compression: large answers in gzip with a weak entity tag that gives 304; small ones as they are')
}

async function json (url: string): Promise<unknown> {
  const answer = await fetch(url, { headers: TOKEN })
  assert.equal(answer.status, 200, url)
  return answer.json()
}

/** "Try it out → Execute" in a browser. */
async function execute (publicUrl: string): Promise<void> {
  const executablePath = process.env['CHROMIUM']
  if (executablePath === undefined) return
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true, extraHTTPHeaders: TOKEN })
    await page.goto(`${publicUrl}/docs`, { waitUntil: 'networkidle' })
    const operation = page.locator('[id$="-generateKeyPolicy"]')
    await operation.locator('.opblock-summary').click()
    await operation.locator('button.execute').click()
    const status = await operation.locator('.live-responses-table .response-col_status').last().innerText()
    assert.match(status, /200/)
    assert.equal((await operation.locator('.request-url').innerText()).includes(`${publicUrl}/policies/key`), true)
  } finally {
    await browser.close()
  }
  console.log('API browser: Execute sends to the gateway, and is answered with 200')
}

/**
 * What reaches the service of a request that claims to be somebody else's, and how soon the first line of a stream
 * comes.
 */
async function headersAndStreams (): Promise<void> {
  const echo = await listen(({ headers, url }, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write(`${JSON.stringify({ url, headers })}\n`)
    void setTimeout(1_000).then(() => {
      response.end('{}\n')
    })
  })
  stops.push(async () => {
    echo.close()
  })
  const port = await freePort()
  stops.push(await startNginx(port, echo.address, authentication.address))

  const forged = {
    'x-caller': 'admin',
    'x-scopes': 'verify:live',
    'x-forwarded-for': '203.0.113.1',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'gopher',
    forwarded: 'for=203.0.113.1',
    x_caller: 'admin'
  }
  const start = performance.now()
  const answer = await fetch(`https://127.0.0.1:${port}/kms-policies/verify?pretty=true`, {
    headers: { ...TOKEN, ...forged }
  })
  assert.equal(answer.headers.get('content-encoding'), null, 'lines are not compressed')
  const reader = answer.body?.getReader()
  const first = await reader?.read()
  const firstMs = performance.now() - start
  assert.ok(firstMs < 800, `the first line came after ${firstMs} ms`)
  await reader?.cancel()

  const { url, headers } = record(JSON.parse(new TextDecoder().decode(first?.value)))
  assert.equal(url, '/verify?pretty=true')
  const reached = record(headers)
  const expected = {
    'x-caller': 'team-search',
    'x-scopes': 'policies:generate',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': '127.0.0.1',
    'x-forwarded-proto': 'https',
    forwarded: undefined,
    x_caller: undefined
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(reached[name], value, name)
  console.log(
    `headers: those that name a caller or an address are the gateway's own; the first line of a stream came after ${Math.round(firstMs)} ms, the last after 1000`
  )
}

/** The errors of nginx itself are problem documents, redirects name no host, and no header names its version. */
async function ownErrors (): Promise<void> {
  const echo = await listen((_, response) => {
    response.writeHead(200).end()
  })
  stops.push(async () => {
    echo.close()
  })
  const port = await freePort()
  stops.push(await startNginx(port, echo.address, authentication.address))
  const url = `https://127.0.0.1:${port}`
  const expectProblem = async (path: string, options: RequestInit, status: number, code: string): Promise<void> => {
    const response = await fetch(`${url}${path}`, options)
    const problem = record(await response.json())
    assert.deepEqual(
      [response.status, response.headers.get('content-type'), problem['code'], problem['status']],
      [status, 'application/problem+json', code, status],
      path
    )
    assert.equal(response.headers.get('server'), 'nginx')
  }
  await expectProblem('/kms-policies/policies/key', {}, 401, 'UNAUTHENTICATED')
  await expectProblem('/kms-policies/readyz', { headers: TOKEN }, 404, 'NOT_FOUND')
  await expectProblem('/elsewhere', {}, 404, 'NOT_FOUND')
  await expectProblem(
    '/kms-policies/verify',
    { method: 'POST', headers: TOKEN, body: 'x'.repeat(1_100_000) },
    413,
    'BODY_TOO_LARGE'
  )
  const redirect = await fetch(`${url}/kms-policies`, { redirect: 'manual' })
  assert.deepEqual([redirect.status, redirect.headers.get('location')], [308, '/kms-policies/'])

  const flood = await Promise.all(
    Array.from({ length: 300 }, async () => await fetch(`${url}/kms-policies/requirements`, { headers: TOKEN }))
  )
  const refused = flood.filter(({ status }) => status === 429)
  assert.ok(
    refused.length > 0 && refused.every(({ headers }) => headers.get('retry-after') === '1'),
    'a flood is limited'
  )
  echo.close()
  await setTimeout(3_000)
  await expectProblem('/kms-policies/requirements', { headers: TOKEN }, 503, 'SERVICE_UNAVAILABLE')
  console.log(
    `errors: 401, 404, 413, 429 (${refused.length} of 300) and 503 of nginx are problem documents; redirects name a path only`
  )
}

/** A connection that a replica closes without a response is repeated on another one, a POST too. */
async function lostReplica (): Promise<void> {
  let seen = 0
  const replicas = await listen((request, response) => {
    seen += 1
    if (seen % 2 === 1) request.socket.destroy()
    else response.writeHead(200).end('{}')
  })
  stops.push(async () => {
    replicas.close()
  })
  const port = await freePort()
  stops.push(await startNginx(port, replicas.address, authentication.address))
  for (let sent = 0; sent < 10; sent++) {
    const response = await fetch(`https://127.0.0.1:${port}/kms-policies/policies/key`, {
      method: 'POST',
      headers: TOKEN,
      body: '{}'
    })
    assert.equal(response.status, 200)
  }
  assert.equal(seen, 20)
  console.log('lost replica: 10 of 10 requests got a response, each at the second attempt')
}
