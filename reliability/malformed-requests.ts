import type { Socket } from 'node:net'
import type { Exchange } from './raw-socket.js'

/** A request that no well-made client sends, and how it has to end. */
export interface OddRequest {
  what: string
  bytes: string | Buffer
  then?: (socket: Socket) => void
  withinMs?: number
  /** What is wrong with how it ended; undefined where nothing is. */
  fault: (exchange: Exchange) => string | undefined
}

const USAGE = '{"operations":["datasetGroup"],"roleArns":["arn:aws:iam::111122223333:role/R"]}'
const HEAD = 'Host: a\r\nx-caller: trial\r\nx-scopes: policies:generate verify:documents verify:live\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const post = (headers: string, body = ''): string =>
  `POST /policies/key HTTP/1.1\r\n${HEAD}${JSON_TYPE}${headers}\r\n${body}`
const closing = (body: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(post(`Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`)),
    Buffer.from(body)
  ])
const get = (headers: string): string => `GET /livez HTTP/1.1\r\n${HEAD}${headers}Connection: close\r\n\r\n`

const refusedWith =
  (...statuses: number[]) =>
    ({ status }: Exchange): string | undefined =>
      statuses.includes(status) ? undefined : `answered ${status}`
/** One answer, and the connection closed: what follows on it must not become another request. */
const refusedAndClosed =
  (...statuses: number[]) =>
    (exchange: Exchange): string | undefined =>
      refusedWith(...statuses)(exchange) ??
    (exchange.closed && exchange.answers === 1
      ? undefined
      : `${exchange.answers} answers, ${exchange.closed ? 'closed' : 'left open'}`)
const SMUGGLED = 'GET /problems/KEY_LOCKOUT HTTP/1.1\r\nHost: a\r\n\r\n'

const headers: readonly OddRequest[] = [
  {
    what: '2,500 headers',
    bytes: get(Array.from({ length: 2_500 }, (_, index) => `a${index}: b\r\n`).join('')),
    fault: refusedWith(431, 200)
  },
  {
    what: 'one header of 1 MiB',
    bytes: get(`a: ${'b'.repeat(1_048_576)}\r\n`),
    fault: ({ status, closed }) => (status === 431 || (status === 0 && closed) ? undefined : `answered ${status}`)
  },
  {
    what: 'a URL of 1 MiB',
    bytes: `GET /${'a'.repeat(1_048_576)} HTTP/1.1\r\n${HEAD}\r\n`,
    fault: ({ status, closed }) => (status === 431 || (status === 0 && closed) ? undefined : `answered ${status}`)
  },
  {
    what: 'a URL of 10 kB',
    bytes: `GET /${'a'.repeat(10_000)} HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`,
    fault: refusedWith(404, 414, 431)
  },
  { what: 'no Host', bytes: 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', fault: refusedWith(400) },
  { what: 'header name with a blank', bytes: get('a b: c\r\n'), fault: refusedAndClosed(400) },
  { what: 'NUL in a header', bytes: get('a: b\0c\r\n'), fault: refusedAndClosed(400) },
  { what: 'folded header (obs-fold)', bytes: get('a: b\r\n c\r\n'), fault: refusedWith(400, 200) },
  {
    what: 'Expect: 100-continue',
    bytes: post(`Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${USAGE.length}\r\n`, USAGE),
    fault: refusedWith(200)
  },
  { what: 'Expect: 200-ok', bytes: get('Expect: 200-ok\r\n'), fault: refusedAndClosed(417) },
  {
    what: 'Upgrade: websocket',
    bytes: get('Upgrade: websocket\r\nSec-WebSocket-Key: a\r\n'),
    fault: refusedWith(200, 400)
  },
  {
    what: 'Upgrade: h2c',
    bytes: get('Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'),
    fault: refusedWith(200, 400)
  },
  { what: 'CONNECT', bytes: `CONNECT evil.example:443 HTTP/1.1\r\n${HEAD}\r\n`, fault: refusedAndClosed(405) },
  { what: 'HTTP/2 preface', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', fault: refusedAndClosed(400) },
  {
    what: 'TLS hello',
    bytes: Buffer.from('16030100a5010000a10303', 'hex'),
    fault: ({ status, closed }) => ((status === 400 || status === 0) && closed ? undefined : `answered ${status}`)
  },
  {
    what: 'absolute URL of another host',
    bytes: `GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`,
    fault: refusedWith(404, 400)
  }
]

const smuggling: readonly OddRequest[] = [
  {
    what: 'Content-Length and Transfer-Encoding',
    bytes: post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    fault: refusedAndClosed(400)
  },
  {
    what: 'two Content-Lengths',
    bytes: post(`Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
    fault: refusedAndClosed(400)
  },
  {
    what: 'Transfer-Encoding twice',
    bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', `0\r\n\r\n${SMUGGLED}`),
    fault: refusedAndClosed(400)
  },
  {
    what: 'Transfer-Encoding: xchunked',
    bytes: post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    fault: refusedAndClosed(400)
  },
  {
    what: 'blank before the colon of Transfer-Encoding',
    bytes: post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    fault: refusedAndClosed(400)
  },
  {
    what: 'bare LF as line end',
    bytes: `GET /livez HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n${SMUGGLED}`,
    fault: ({ answers, closed }) => (answers <= 1 && closed ? undefined : `${answers} answers`)
  },
  {
    what: 'bare CR in a header',
    bytes: post('a: b\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n', SMUGGLED),
    fault: refusedAndClosed(400)
  },
  { what: 'negative Content-Length', bytes: post('Content-Length: -1\r\n', SMUGGLED), fault: refusedAndClosed(400) },
  { what: 'Content-Length with a plus', bytes: post('Content-Length: +5\r\n', SMUGGLED), fault: refusedAndClosed(400) },
  {
    what: 'chunk size that is too large',
    bytes: post('Transfer-Encoding: chunked\r\n', 'ffffffffffffffff1\r\n'),
    fault: refusedAndClosed(400)
  },
  {
    what: 'chunk size that is no number',
    bytes: post('Transfer-Encoding: chunked\r\n', `zz\r\n${SMUGGLED}`),
    fault: refusedAndClosed(400)
  }
]

const bodies: readonly OddRequest[] = [
  {
    what: 'body over the limit, by its Content-Length',
    bytes: post('Content-Length: 1073741824\r\n', 'x'),
    fault: refusedWith(413)
  },
  {
    what: 'body over the limit, in chunks',
    bytes: post('Transfer-Encoding: chunked\r\n', '10000\r\n' + `${'x'.repeat(65_536)}\r\n10000\r\n`.repeat(20)),
    fault: ({ status, closed }) => (status === 413 || (status === 0 && closed) ? undefined : `answered ${status}`)
  },
  {
    what: 'arrays nested 100,000 deep',
    bytes: closing(`{"existingKeyPolicy":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    fault: refusedWith(400)
  },
  {
    what: 'objects nested 100,000 deep',
    bytes: closing(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
    fault: refusedWith(400)
  },
  {
    what: 'a name twice',
    bytes: closing(USAGE.replace('{', '{"operations":["datasetImportJob"],')),
    fault: refusedWith(400)
  },
  {
    what: 'invalid UTF-8',
    bytes: closing(Buffer.concat([Buffer.from('{"operations":["'), Buffer.from([0xc3, 0x28]), Buffer.from('"]}')])),
    fault: refusedWith(400)
  },
  { what: 'a lone surrogate', bytes: closing('{"operations":["\\ud800"],"roleArns":[]}'), fault: refusedWith(400) },
  { what: 'byte order mark', bytes: closing(`\ufeff${USAGE}`), fault: refusedWith(200, 400) },
  {
    what: 'byte order mark of UTF-16',
    bytes: closing(Buffer.from(`\ufeff${USAGE}`, 'utf16le')),
    fault: refusedWith(400)
  },
  {
    what: '__proto__',
    bytes: closing(USAGE.replace('{', '{"__proto__":{"delegateToIam":false},')),
    fault: refusedWith(400)
  },
  {
    what: 'constructor.prototype',
    bytes: closing(USAGE.replace('{', '{"constructor":{"prototype":{"delegateToIam":false}},')),
    fault: refusedWith(400)
  },
  { what: '1e400', bytes: closing(USAGE.replace('{', '{"n":1e400,')), fault: refusedWith(400) },
  { what: 'a number of 100,000 digits', bytes: closing(`{"n":${'9'.repeat(100_000)}}`), fault: refusedWith(400) }
]

const leaving: readonly OddRequest[] = [
  {
    what: '200 pipelined requests',
    bytes:
      post(`Content-Length: ${USAGE.length}\r\n`, USAGE).repeat(199) +
      post(`Connection: close\r\nContent-Length: ${USAGE.length}\r\n`, USAGE),
    fault: ({ answers, status }) => (answers === 200 && status === 200 ? undefined : `${answers} answers`)
  },
  {
    what: 'half a request, then the end of the connection',
    bytes: post(`Content-Length: ${USAGE.length}\r\n`, USAGE.slice(0, 10)),
    then: (socket) => {
      socket.end()
    },
    fault: ({ closed }) => (closed ? undefined : 'left open')
  },
  {
    what: 'a client that leaves at once',
    bytes: post(`Content-Length: ${USAGE.length}\r\n`, USAGE),
    then: (socket) => {
      setTimeout(() => {
        socket.resetAndDestroy()
      }, 1)
    },
    fault: ({ closed }) => (closed ? undefined : 'left open')
  },
  {
    what: 'a client that leaves while a stream is written',
    bytes: `POST /verify HTTP/1.1\r\n${HEAD}${JSON_TYPE}Accept: application/x-ndjson\r\nContent-Length: 227\r\n\r\n${'{"usage":{"operations":["datasetGroup"],"roleArns":["arn:aws:iam::111122223333:role/R"],"kmsKeyArns":["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]}}'.padEnd(227)}`,
    then: (socket) => {
      socket.once('data', () => {
        socket.resetAndDestroy()
      })
    },
    fault: ({ closed }) => (closed ? undefined : 'left open')
  }
]

export const MALFORMED_REQUESTS: ReadonlyArray<{ kind: string; requests: readonly OddRequest[] }> = [
  { kind: 'headers and methods', requests: headers },
  { kind: 'request smuggling', requests: smuggling },
  { kind: 'bodies', requests: bodies },
  { kind: 'clients that leave, and pipelining', requests: leaving }
]
