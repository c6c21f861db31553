import type { FastifyBaseLogger } from 'fastify'
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ServiceError, type ErrorCode } from '../errors.js'
import type { Observer } from '../observer.js'
import { problemOf, PROBLEM_TYPE } from './problem.js'
import { requestIdOf } from './request-id.js'

const PARSER_ERRORS: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The request line and headers are larger than the parser takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive within the time limit.']
}

/** Requests that took too long are found together at each look; in one turn of the event loop no more of them are answered than nobody else notices. */
const MOST_LATE_A_TURN = 50

/** What a refusal needs beyond the connection: where its problem is documented, and who is told of it. */
export interface RefusalOptions { publicPath: string, log: FastifyBaseLogger | undefined, observer: Observer }

/** Answers what the HTTP parser refuses: no route, hook or reply exists for it, only the socket. */
export function parserErrorAnswerer (options: RefusalOptions): (error: { code?: string }, socket: Socket) => void {
  const late: Array<() => void> = []
  const answerLate = (): void => {
    for (const answer of late.splice(0, MOST_LATE_A_TURN)) answer()
    if (late.length > 0) setImmediate(answerLate)
  }
  return (error, socket) => {
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') { answerParserError(error, socket, options); return }
    // What is missing may come meanwhile; then there would be two answers.
    socket.pause()
    const waiting = late.push(() => {
      socket.resume()
      answerParserError(error, socket, options)
    })
    if (waiting === 1) setImmediate(answerLate)
  }
}

function answerParserError (error: { code?: string }, socket: Socket, options: RefusalOptions): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [code, detail] = PARSER_ERRORS[error.code ?? ''] ?? (['MALFORMED_HTTP', 'The HTTP parser refused the request.'] as const)
  refuse({ socket, method: 'none', address: socket.remoteAddress }, new ServiceError(code, detail), options)
}

/** The two kinds of request that Node keeps from the router: a foreign `Expect`, and CONNECT. */
export function answerBeforeRouting (server: Server, options: RefusalOptions): void {
  server.on('checkExpectation', (request: IncomingMessage) => {
    refuse(unrouted(request, request.socket), new ServiceError('EXPECTATION_FAILED', 'Only 100-continue can be expected.'), options)
  })
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    refuse(unrouted(request, socket), new ServiceError('METHOD_NOT_ALLOWED', 'This is not a proxy.'), options, ['Allow: GET, HEAD, POST, OPTIONS'])
  })
}

/** All that may be told of what never became a request: `method` is none where it was not understood. */
interface Unrouted { socket: Duplex, method: string, address: string | undefined }

function unrouted ({ method = 'none', socket: { remoteAddress: address } }: IncomingMessage, socket: Duplex): Unrouted {
  return { socket, method, address }
}

/** Told here, since no hook runs for it; never with a byte of what was sent. */
function refuse ({ socket, method, address }: Unrouted, error: ServiceError, { publicPath, log, observer }: RefusalOptions, headers: readonly string[] = []): void {
  const id = requestIdOf({ headers: {} })
  socket.end(rawProblem(error, id, publicPath, headers))
  const { code, statusCode: status } = error
  log?.info({ reqId: id, code, status, address }, 'request refused')
  // When it began is not known.
  observer.requestAnswered({ method, route: 'none', status, seconds: 0 })
}

function rawProblem (error: ServiceError, id: string, publicPath: string, headers: readonly string[]): string {
  const body = JSON.stringify(problemOf(error, id, publicPath))
  return [
    `HTTP/1.1 ${error.statusCode} ${STATUS_CODES[error.statusCode]}`,
    'Connection: close',
    'Cache-Control: no-store',
    `X-Request-Id: ${id}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '', body
  ].join('\r\n')
}
