import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { WholeResponse } from '../../src/whole-response.js'

/** What comes back for requests that are sent at once, until the connection is closed. */
async function exchange (t: { after: (close: () => void) => void }, listener: RequestListener<typeof IncomingMessage, typeof WholeResponse>, sent: string): Promise<string> {
  const server = createServer({ ServerResponse: WholeResponse }, listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('error', () => undefined).on('data', (chunk) => { chunks.push(chunk) }).write(sent.replace(/\r\n$/, 'connection: close\r\n\r\n'))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
const bodiesOf = (text: string): string[] => text.split(/HTTP\/1\.1 .*?\r\n\r\n/s).slice(1)

for (const [name, text] of Object.entries({ ascii: '{"a":1}', 'two bytes a character': '{"é":"ü"}', 'three and four': '"\u20ac \u{1f600}"', long: '"é"'.repeat(100_000) })) {
  t.test(`a text arrives as UTF-8: ${name}`, async (t) => {
    const lengthOf = Buffer.byteLength(text)
    const answer = await exchange(t, (_request, response) => { response.writeHead(200, { 'content-length': String(lengthOf) }).end(text) }, GET)
    t.match(answer, `content-length: ${lengthOf}\r\n`)
    t.strictSame(bodiesOf(answer), [text])
  })
}

t.test('a content-length that is wrong by chance does not cut characters', async (t) => {
  const answer = await exchange(t, (_request, response) => { response.writeHead(200, 'Fine', { 'content-length': 3 }).end('\u20ac') }, GET)
  t.match(answer, /^HTTP\/1\.1 200 Fine\r\n/)
  t.strictSame(bodiesOf(answer), ['\u20ac'])
})

t.test('without headers that were written, or with bytes, an encoding or a callback, it does what Node.js does', async (t) => {
  const called: string[] = []
  const ends: Array<(response: WholeResponse) => void> = [
    (response) => { response.end('é') },
    (response) => { response.end(Buffer.from('bytes')) },
    (response) => { response.writeHead(200, { 'content-length': '3' }).end('YWJj', 'base64') },
    (response) => { response.writeHead(200, { 'content-length': '1' }).end('a', () => { called.push('with a text') }) },
    (response) => { response.writeHead(204).end() },
    (response) => { response.writeHead(200).end('chunked é') }
  ]
  let next = 0
  const answer = await exchange(t, (_request, response) => { ends[next++]?.(response) }, GET.repeat(ends.length))
  t.strictSame(bodiesOf(answer), ['é', 'bytes', 'abc', 'a', '', 'a\r\nchunked é\r\n0\r\n\r\n'])
  t.strictSame(called, ['with a text'])
})

t.test('an answer that waits behind another on its connection comes after it, and HEAD has no body', async (t) => {
  const later: Array<() => void> = []
  const listener: RequestListener<typeof IncomingMessage, typeof WholeResponse> = (request, response) => {
    const answer = (): void => { response.writeHead(200, { 'content-length': '1' }).end(String(later.length)) }
    if (request.url === '/first') setTimeout(answer, 50)
    else answer()
    later.push(answer)
  }
  const answer = await exchange(t, listener, 'GET /first HTTP/1.1\r\nhost: a\r\n\r\n' + GET + 'HEAD / HTTP/1.1\r\nhost: a\r\n\r\n')
  t.strictSame(bodiesOf(answer), ['3', '1', ''])
})

t.test('an answer whose connection was destroyed is not taken for finished', async (t) => {
  let isFinished = false
  await new Promise<void>((resolve, reject) => {
    const listener: RequestListener<typeof IncomingMessage, typeof WholeResponse> = (_request, response) => {
      response.once('finish', () => { isFinished = true }).once('close', () => { setImmediate(resolve) })
      response.socket?.destroy()
      response.writeHead(200, { 'content-length': '1' }).end('a')
    }
    exchange(t, listener, GET).catch(reject)
  })
  t.notOk(isFinished)
})
