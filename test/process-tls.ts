import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { imageOf } from '../scripts/deploy/image.js'
import { buildServer, ENVIRONMENT, SERVER, start } from './built-server.js'
import { type Certificate, makeCertificate } from './certificates.js'

await buildServer()

const ca = makeCertificate(t.testdir(), 'ca')
const own = makeCertificate(t.testdirName, 'service', ca)

function tls ({ certFile, keyFile }: Certificate): Record<string, string> {
  return { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }
}

/** A request of its own connection: the status, and the name of the service's certificate. */
async function get (port: number, path: string, options: RequestOptions = {}) {
  const sending = request({ port, path, host: '127.0.0.1', ca: ca.cert, agent: false, ...options }).end()
  const [response] = await once(sending, 'response')
  await text(response)
  const socket: TLSSocket = response.socket
  return { status: Number(response.statusCode), name: socket.getPeerX509Certificate()?.subject }
}

async function untilLogged (log: () => string, words: string): Promise<void> {
  while (!log().includes(words)) await setTimeout(50)
}

t.test('TLS: serves HTTPS, and refuses plain HTTP without a response', async (t) => {
  const { port, log } = await start(t, tls(own))
  t.same(await get(port, '/readyz'), { status: 200, name: 'CN=service' })
  const plain = connect(port, '127.0.0.1').on('error', () => undefined)
  plain.write('GET /readyz HTTP/1.1\r\nhost: a\r\n\r\n')
  let received = ''
  plain.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk
  })
  await once(plain, 'close')
  t.notMatch(received, 'HTTP/1.1')
  await untilLogged(log, 'TLS handshake failed')
  t.equal((await get(port, '/livez')).status, 200)
})

t.test('TLS: the files change, new connections get the new certificate; faulty files change nothing', async (t) => {
  const directory = t.testdir()
  const [cert, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  const [first, second] = [makeCertificate(directory, 'first', ca), makeCertificate(directory, 'second', ca)]
  writeFileSync(cert, first.cert)
  writeFileSync(key, first.key)
  const { port, log } = await start(t, { TLS_CERT_FILE: cert, TLS_KEY_FILE: key })
  t.equal((await get(port, '/livez')).name, 'CN=first')
  writeFileSync(cert, second.cert)
  await untilLogged(log, 'TLS_KEY_FILE is not the key of the certificate')
  t.equal((await get(port, '/livez')).name, 'CN=first')
  writeFileSync(key, second.key)
  await untilLogged(log, 'read again')
  t.equal((await get(port, '/livez')).name, 'CN=second')
})

t.test('TLS: SIGHUP, the files are read at once', async (t) => {
  const directory = t.testdir()
  const [cert, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  const { cert: firstCert, key: firstKey } = makeCertificate(directory, 'first', ca)
  writeFileSync(cert, firstCert)
  writeFileSync(key, firstKey)
  const { child, log } = await start(t, { TLS_CERT_FILE: cert, TLS_KEY_FILE: key })
  child.kill('SIGHUP')
  await untilLogged(log, 'read again')
})

t.test('TLS: client certificates in gateway mode, only the gateway is believed, probes need none', async (t) => {
  const { port } = await start(t, {
    ...tls(own),
    TLS_CLIENT_CA_FILE: ca.certFile,
    AUTH_MODE: 'gateway',
    TRUST_PROXY: '127.0.0.1'
  })
  const gateway = makeCertificate(t.testdir(), 'gateway', ca)
  const stranger = makeCertificate(t.testdirName, 'stranger')
  const headers = { 'x-caller': 'team-a', 'x-scopes': 'policies:generate' }
  const status = async (options: RequestOptions, path = '/requirements'): Promise<number> =>
    (await get(port, path, { headers, ...options })).status
  t.equal(await status({ cert: gateway.cert, key: gateway.key }), 200)
  t.equal(await status({}), 401, 'no certificate')
  t.equal(await status({ cert: stranger.cert, key: stranger.key }), 401, 'a certificate of another CA')
  t.equal(await status({}, '/readyz'), 200)
})

t.test('TLS: SIGTERM with silent connections, exits with 0 long before the drain time', async (t) => {
  const { child, port, exit } = await start(t, { ...tls(own), DRAIN_MS: '60000' })
  const silent = connect(port, '127.0.0.1').on('error', () => undefined)
  const hello = connect(port, '127.0.0.1').on('error', () => undefined)
  hello.write(Buffer.from('160301', 'hex'))
  const secure = ['', 'POST /policies/key HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{'].map((bytes) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: ca.cert }).on('error', () => undefined)
    if (bytes !== '') socket.write(bytes)
    return socket
  })
  await Promise.all(secure.map(async (socket) => await once(socket, 'secureConnect')))
  t.teardown(() => {
    for (const socket of [silent, hello, ...secure]) socket.destroy()
  })
  await get(port, '/livez')
  child.kill('SIGTERM')
  t.same(await exit, { code: 0, signal: null })
})

/** What the service reports on a configuration that it refuses. */
async function refusal (environment: Record<string, string>): Promise<{ code: unknown; stderr: string }> {
  const child = spawn(process.execPath, [SERVER], { env: { ...ENVIRONMENT, PORT: '0', ...environment } })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, stderr }
}

t.test('TLS: files that are missing, unreadable or do not belong together, exits with 78', async (t) => {
  const other = makeCertificate(t.testdir(), 'other')
  const garbage = join(t.testdirName, 'garbage')
  writeFileSync(garbage, 'secret text')
  const cases: Array<[environment: Record<string, string>, reported: RegExp]> = [
    [{ TLS_CERT_FILE: own.certFile }, /TLS_KEY_FILE must be set with TLS_CERT_FILE/],
    [{ TLS_KEY_FILE: own.keyFile }, /TLS_CERT_FILE must be set with TLS_KEY_FILE/],
    [{ TLS_CLIENT_CA_FILE: ca.certFile }, /TLS_CLIENT_CA_FILE is set, but there is no TLS_CERT_FILE/],
    [{ ...tls(own), TLS_CLIENT_CA_FILE: ca.certFile }, /TLS_CLIENT_CA_FILE is set, but AUTH_MODE is not gateway/],
    [{ ...tls(own), TLS_KEY_FILE: '/nonexistent' }, /TLS_KEY_FILE names a file that cannot be read/],
    [{ ...tls(own), TLS_KEY_FILE: other.keyFile }, /TLS_KEY_FILE is not the key of the certificate/],
    [{ TLS_CERT_FILE: garbage, TLS_KEY_FILE: garbage }, /TLS_CERT_FILE contains no certificate[^]*TLS_KEY_FILE contains no/],
    [
      { ...tls(own), TLS_CLIENT_CA_FILE: garbage, AUTH_MODE: 'gateway', TRUST_PROXY: '127.0.0.1' },
      /TLS_CLIENT_CA_FILE contains no certificate/
    ]
  ]
  for (const [environment, reported] of cases) {
    const { code, stderr } = await refusal(environment)
    t.equal(code, 78)
    t.match(stderr, reported)
    t.notMatch(stderr, 'secret text')
  }
})

/** The health check of the image, with the settings of a service. */
async function healthCheck (t: Test, environment: Record<string, string>): Promise<unknown> {
  const { port } = await start(t, environment)
  const [, ...args] = imageOf(readFileSync('Dockerfile', 'utf8')).healthCheck.map(String)
  const check = spawn(process.execPath, args, { env: { ...environment, PORT: String(port) }, stdio: 'inherit' })
  return (await once(check, 'exit'))[0]
}

t.test('health check of the image: HTTP and HTTPS, also where client certificates are needed', async (t) => {
  t.equal(await healthCheck(t, {}), 0)
  t.equal(await healthCheck(t, tls(own)), 0)
  const gateway = { AUTH_MODE: 'gateway', TRUST_PROXY: '10.0.0.1', TLS_CLIENT_CA_FILE: ca.certFile }
  t.equal(await healthCheck(t, { ...tls(own), ...gateway }), 0)
})
