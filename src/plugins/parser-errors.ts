import { STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { ServiceError, type ErrorCode } from '../errors.js'
import { problemOf, PROBLEM_TYPE } from './problem.js'
import { requestIdOf } from './request-id.js'

const PARSER_ERRORS: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The request line and headers are larger than the parser takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive within the time limit.']
}

/** Answers what the HTTP parser refuses: no route, hook or reply exists for it, only the socket. */
export function answerParserErrors (error: { code?: string }, socket: Duplex, publicPath: string): void {
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
