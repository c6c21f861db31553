import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import Fastify, { type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { believeGateway } from '../../../src/access/gateway.js'
import { loadConfig } from '../../../src/config.js'
import { largeBodies } from '../../../src/plugins/large-bodies.js'
import { factsAbout, keepRequestFacts } from '../../../src/plugins/request-facts.js'
import { listen, sendRaw, startApp, USAGE } from '../../helper.js'

const MIB = 1_048_576
const config = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: '127.0.0.0/8, ::1' })
const authenticate = config.authentication.mode === 'gateway' ? believeGateway(config.authentication) : undefined
const as = (caller: string) => ({ 'x-caller': caller, 'x-scopes': 'policies:generate' })
/** Far more than a small body, and refused for what it is, once it is read. */
const large = { ...USAGE, padding: 'a'.repeat(20_000) }

/** An app in a container of 384 MiB: two hundredths of it are seven bodies of 1 MiB, for one caller three. */
async function start (t: Test) {
  const { app, agent } = await startApp(t, { config, authenticate, memoryBytes: 384 * MIB })
  const port = await listen(app)
  const open: Socket[] = []
  t.teardown(() => { for (const socket of open) socket.destroy() })
  /** Begins to send a body of 1 MiB; tells the status if it is answered at once. */
  const begin = async (caller: string): Promise<{ socket: Socket, status: number | undefined }> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    open.push(socket)
    socket.write(`POST /policies/key HTTP/1.1\r\nHost: a\r\nx-caller: ${caller}\r\nx-scopes: policies:generate\r\nContent-Type: application/json\r\nContent-Length: ${MIB}\r\n\r\n{`)
    const answer: unknown[] | undefined = await Promise.race([once(socket, 'data'), setTimeout(200, undefined)])
    return { socket, status: answer === undefined ? undefined : Number(String(answer[0]).split(' ')[1]) }
  }
  const send = async (caller: string, body: object): Promise<{ status: number }> => await agent.post('/policies/key').set(as(caller)).send(body)
  return { agent, port, begin, send }
}

t.test('a caller has half of what large bodies may take, another one the rest', async (t) => {
  const { agent, begin, send } = await start(t)
  const first = [await begin('a'), await begin('a'), await begin('a')]
  t.same(first.map(({ status }) => status), [undefined, undefined, undefined], 'they are waited for')
  t.match(await agent.post('/policies/key').set(as('a')).send({ ...large, padding: 'a'.repeat(MIB - 1_000) }), { status: 503, body: { code: 'OVERLOADED' }, headers: { 'retry-after': /^\d+$/ } })
  t.equal((await send('a', USAGE)).status, 200, 'small bodies do not count')
  t.equal((await send('b', large)).status, 400)
  t.same((await Promise.all(['b', 'b', 'b'].map(begin))).map(({ status }) => status), [undefined, undefined, undefined])
  t.equal((await begin('c')).status, undefined)
  t.equal((await begin('d')).status, 503, 'together they have no more')
  for (const { socket } of first) socket.destroy()
  await setTimeout(200)
  t.equal((await begin('a')).status, undefined, 'who has gone gives its part back')
})

t.test('a body that does not say its length counts for what it is', async (t) => {
  const { port, begin, send } = await start(t)
  const chunked = async (padding: number): Promise<number> => {
    const body = JSON.stringify({ ...USAGE, padding: 'a'.repeat(padding) })
    return (await sendRaw(port, `POST /policies/key HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx-caller: a\r\nx-scopes: policies:generate\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)).status
  }
  t.equal(await chunked(MIB - 1_000), 400)
  for (let bodies = 0; bodies < 3; bodies++) t.equal((await begin('a')).status, undefined)
  t.equal(await chunked(MIB - 1_000), 503)
  t.equal(await chunked(1_000), 400, 'a small one fits')
  t.equal((await send('a', USAGE)).status, 200)
})

t.test('nothing of a request counts once its client has gone, whenever its turn comes', async (t) => {
  const app = Fastify()
  keepRequestFacts(app)
  await app.register(largeBodies, { bodyLimit: MIB, memoryBytes: undefined })
  const waiting: FastifyRequest[] = []
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest) => { waiting.push(request) })
  app.post('/', async () => ({}))
  t.after(async () => { await app.close() })
  const socket = connect(await listen(app), '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n')
  await setTimeout(50)
  const arrived = (): unknown => waiting.map((request) => factsAbout(request).bodyArrived?.(1))
  t.same(arrived(), [true])
  socket.destroy()
  await setTimeout(50)
  t.same(arrived(), [undefined])
})

t.test('who was answered gives its part back', async (t) => {
  const { send } = await start(t)
  for (let times = 0; times < 10; times++) t.equal((await send('a', { ...large, padding: 'a'.repeat(MIB - 1_000) })).status, 400)
})

t.test('a body beyond the limit is refused as such', async (t) => {
  const { send } = await start(t)
  t.equal((await send('a', { ...large, padding: 'a'.repeat(9 * MIB) })).status, 413)
})
