import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { parserErrorAnswerer } from '../../../../src/http/answer/connection.js'
import { noopObserver } from '../../../../src/telemetry/observer.js'

const OPTIONS = { publicPath: '/kms', log: undefined, observer: noopObserver }

const LATE = { code: 'ERR_HTTP_REQUEST_TIMEOUT' }

/** Connections to an HTTP server, both their ends, each of which has begun a request. */
async function begun (
  t: { after: (close: () => void) => void },
  count: number
): Promise<Array<{ client: Socket; server: Socket; answer: Promise<string> }>> {
  const http = createServer((request, response) => {
    request.resume().once('end', () => {
      response.end('whole')
    })
  }).listen(0, '127.0.0.1')
  t.after(() => http.close())
  await once(http, 'listening')
  const address = http.address()
  const pairs = []
  for (let i = 0; i < count; i++) {
    const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
    const [server]: Socket[] = await once(http, 'connection')
    if (server === undefined) throw new Error('no connection')
    client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{')
    let text = ''
    client
      .on('error', () => undefined)
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk
      })
    pairs.push({
      client,
      server,
      answer: new Promise<string>((resolve) => {
        client.once('close', () => {
          resolve(text)
        })
      })
    })
  }
  return pairs
}

t.test(
  'requests that are late together are all answered and closed, some in each turn of the event loop',
  async (t) => {
    const pairs = await begun(t, 120)
    const answer = parserErrorAnswerer(OPTIONS)
    for (const { server } of pairs) answer(LATE, server)
    const ended = (): number => pairs.filter(({ server }) => server.writableEnded).length
    t.equal(ended(), 0)
    await turn()
    t.equal(ended(), 50)
    for (const { answer } of pairs)
      t.match(await answer, /^HTTP\/1\.1 408 Request Timeout\r\n[^]*"type":"\/kms\/problems\/REQUEST_TIMEOUT"/)
  }
)

t.test('what arrives while its refusal waits is not answered as well', async (t) => {
  const pairs = await begun(t, 120)
  const answer = parserErrorAnswerer(OPTIONS)
  for (const { server } of pairs) answer(LATE, server)
  for (const { client } of pairs) client.write('}')
  for (const { answer } of pairs) {
    const text = await answer
    t.match(text, /^HTTP\/1\.1 408 /)
    t.equal(text.split('HTTP/1.1 ').length, 2)
  }
})

t.test('a connection that has gone is left alone, and what the parser refuses is answered at once', async (t) => {
  const [gone, odd] = await begun(t, 2)
  if (gone === undefined || odd === undefined) throw new Error('no connections')
  const answer = parserErrorAnswerer(OPTIONS)
  answer(LATE, gone.server)
  gone.server.destroy()
  answer({ code: 'HPE_INVALID_METHOD' }, odd.server)
  t.ok(odd.server.writableEnded)
  t.match(await odd.answer, /^HTTP\/1\.1 400 /)
  t.equal(await gone.answer, '')
})

t.test('a client that neither reads nor closes after its refusal: the connection is closed', async (t) => {
  const [pair] = await begun(t, 1)
  if (pair === undefined) throw new Error('no connection')
  pair.client.pause()
  parserErrorAnswerer(OPTIONS)({ code: 'HPE_INVALID_METHOD' }, pair.server)
  t.notOk(pair.server.destroyed)
  await once(pair.server, 'close')
})
