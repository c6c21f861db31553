import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { bodyBytes, bodyBytesLimits } from '../../../../src/http/limits/body-bytes.js'
import { keepRequestState, stateOf } from '../../../../src/http/request-state.js'
import { listen } from '../../../helper.js'

const MIB = 1_048_576

t.test('body bytes: 1/24 of the memory, half of it for one caller, at least one body', async (t) => {
  t.same(bodyBytesLimits({ bodyLimit: MIB, memoryBytes: 384 * MIB }), { all: 16 * MIB, perCaller: 8 * MIB })
  t.same(bodyBytesLimits({ bodyLimit: 16 * MIB, memoryBytes: 128 * MIB }), { all: 16 * MIB, perCaller: 16 * MIB })
  t.ok(bodyBytesLimits({ bodyLimit: MIB, memoryBytes: 0 }).all > 2 * MIB, 'without a limit of memory: of the heap')
})

/** Room for four bodies of 1,000 bytes, two of one caller. */
async function startLimited (t: Test): Promise<{ app: FastifyInstance; port: number }> {
  const app = Fastify({ bodyLimit: 1_000, forceCloseConnections: true })
  keepRequestState(app)
  app.addHook('onRequest', async (request) => {
    const { 'x-caller': id } = request.headers
    if (typeof id === 'string') stateOf(request).caller = { id, scopes: new Set() }
  })
  await app.register(bodyBytes, { bodyLimit: 1_000, memoryBytes: 24 * 4_000 })
  app.post('/', async () => ({}))
  app.get('/', async () => ({}))
  t.teardown(() => app.close())
  return { app, port: await listen(app) }
}

/** A request whose body does not arrive, once its headers have been read. */
async function begin (port: number, caller: string, framing = 'content-length: 1000'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write(`POST / HTTP/1.1\r\nhost: a\r\nx-caller: ${caller}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`)
  await once(socket, 'connect')
  await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer()
  return socket
}

async function statusOf (port: number, caller?: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(caller === undefined ? {} : { 'x-caller': caller }) },
    body: `"${'x'.repeat(998)}"`
  })
  await response.arrayBuffer()
  return response.status
}

t.test('body bytes: one caller has its half in flight, its next request gets 503, others are served', async (t) => {
  const { port } = await startLimited(t)
  const sockets = [await begin(port, 'a'), await begin(port, 'a', 'transfer-encoding: chunked')]
  t.equal(await statusOf(port, 'a'), 503)
  t.equal(await statusOf(port, 'b'), 200)
  sockets.push(await begin(port, 'b'), await begin(port, 'b'))
  t.equal(await statusOf(port, 'c'), 503, 'all room is taken')
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200, 'a request without a body')
  for (const socket of sockets) socket.destroy()
  while ((await statusOf(port, 'c')) === 503) await setTimeout(5)
  t.equal(await statusOf(port, 'a'), 200, 'the room is given back')
})

t.test('body bytes: many requests one after the other, the room is given back each time', async (t) => {
  const { port } = await startLimited(t)
  for (let count = 0; count < 20; count++) t.equal(await statusOf(port, 'a'), 200)
})

t.test('body bytes: callers are not distinguished, one may have all of it', async (t) => {
  const { app } = await startLimited(t)
  const send = async () =>
    (await app.inject({ method: 'POST', url: '/', payload: `"${'x'.repeat(998)}"`, headers: { 'content-type': 'application/json' } })).statusCode
  t.same(await Promise.all([send(), send(), send(), send()]), [200, 200, 200, 200])
})
