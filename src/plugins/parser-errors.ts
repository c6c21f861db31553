import { STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { ServiceError, type ErrorCode } from '../errors.js'
import { problemOf, PROBLEM_TYPE } from './problem.js'
import { requestIdOf } from './request-id.js'

const PARSER_ERRORS: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The request line and headers are larger than the parser takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive within the time limit.']
}

/** Requests that took too long are found together at each look; in one turn of the event loop no more of them are answered than nobody else notices. */
const MOST_LATE_A_TURN = 50

/** Answers what the HTTP parser refuses: no route, hook or reply exists for it, only the socket. */
export function parserErrorAnswerer (publicPath: string): (error: { code?: string }, socket: Duplex) => void {
  const late: Array<() => void> = []
  const answerLate = (): void => {
    for (const answer of late.splice(0, MOST_LATE_A_TURN)) answer()
    if (late.length > 0) setImmediate(answerLate)
  }
  return (error, socket) => {
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') { answerParserError(error, socket, publicPath); return }
    // What is missing may come meanwhile; then there would be two answers.
    socket.pause()
    const waiting = late.push(() => {
      socket.resume()
      answerParserError(error, socket, publicPath)
    })
    if (waiting === 1) setImmediate(answerLate)
  }
}

function answerParserError (error: { code?: string }, socket: Duplex, publicPath: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [code, detail] = PARSER_ERRORS[error.code ?? ''] ?? (['MALFORMED_HTTP', 'The HTTP parser refused the request.'] as const)
  socket.end(rawProblem(new ServiceError(code, detail), publicPath))
}

/** The two kinds of request that Node keeps from the router: a foreign `Expect`, and CONNECT. */
export function answerBeforeRouting (server: Server, publicPath: string): void {
  server.on('checkExpectation', (_request, response) => {
    response.socket?.end(rawProblem(new ServiceError('EXPECTATION_FAILED', 'Only 100-continue can be expected.'), publicPath))
  })
  server.on('connect', (_request, socket: Duplex) => {
    socket.end(rawProblem(new ServiceError('METHOD_NOT_ALLOWED', 'This is not a proxy.'), publicPath, ['Allow: GET, HEAD, POST, OPTIONS']))
  })
}

function rawProblem (error: ServiceError, publicPath: string, headers: readonly string[] = []): string {
  const id = requestIdOf({ headers: {} })
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
