import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, ServiceError } from '../../errors.js'
import type { Observer } from '../../telemetry/observer.js'
import { afterResponses } from './open-requests.js'
import { PROBLEM_TYPE, problemOf } from './problem.js'
import { requestIdOf } from './response-headers.js'

interface Waiting {
  watcher: object
  tell: () => void
}

/** The requests without a response on each connection, and what to call if it closes before: nearly always one. */
const waitingBySocket = new WeakMap<Socket, Waiting[]>()

/**
 * Reports once if the connection closes before `markSent` says that the answer is complete. The answer itself reports
 * only on itself; one that waits behind others on its connection (HTTP pipelining) never hears that the connection
 * was closed.
 */
export function onClientDisconnect ({ raw: { socket } }: FastifyRequest, watcher: object, tell: () => void): void {
  const others = waitingBySocket.get(socket) ?? watch(socket)
  others.push({ watcher, tell })
  // The event has passed: this watcher would never be called.
  if (socket.closed)
    setImmediate(() => {
      if (takeOut(others, watcher)) tell()
    })
}

/** Whether `watcher` still waited. */
export function markSent ({ raw: { socket } }: FastifyRequest, watcher: object): boolean {
  const waiting = waitingBySocket.get(socket)
  return waiting !== undefined && takeOut(waiting, watcher)
}

/** Tells once when nothing more goes out for a request: its answer is complete, or its client has gone. */
export function onResponseClosed (
  request: FastifyRequest,
  reply: FastifyReply,
  tell: (isComplete: boolean) => void
): void {
  onClientDisconnect(request, tell, () => {
    tell(false)
  })
  reply.raw.once('close', () => {
    if (markSent(request, tell)) tell(reply.raw.writableFinished)
  })
}

function takeOut (waiting: Waiting[], watcher: object): boolean {
  // Without pipelining no other request waits.
  if (waiting.length === 1 && waiting[0]?.watcher === watcher) return waiting.pop() !== undefined
  const index = waiting.findIndex((one) => one.watcher === watcher)
  if (index === -1) return false
  waiting.splice(index, 1)
  return true
}

function watch (socket: Socket): Waiting[] {
  const waiting: Waiting[] = []
  waitingBySocket.set(socket, waiting)
  socket.once('close', () => {
    // A callback may remove others.
    for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) first.tell()
  })
  return waiting
}

const PARSER_ERRORS: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The request line and headers are larger than the parser takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive within the time limit.']
}

/**
 * Requests that took too long are found together at each look; in one turn of the event loop no more of them are
 * answered than other requests can bear.
 */
const MAX_TIMEOUTS_PER_TICK = 50

/** What a refusal needs beyond the connection: where its problem is documented, and where it is logged and counted. */
export interface RefusalOptions {
  publicPath: string
  log: FastifyBaseLogger | undefined
  observer: Observer
}

/** Answers what the HTTP parser refuses: no route, hook or reply exists for it, only the socket. */
export function parserErrorAnswerer (options: RefusalOptions): (error: { code?: string }, socket: Socket) => void {
  const late: Array<() => void> = []
  const answerLate = (): void => {
    for (const answer of late.splice(0, MAX_TIMEOUTS_PER_TICK)) answer()
    if (late.length > 0) setImmediate(answerLate)
  }
  return (error, socket) => {
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
      answerParserError(error, socket, options)
      return
    }
    // What is missing may come meanwhile; then there would be two answers.
    socket.pause()
    const waiting = late.push(() => {
      socket.resume()
      answerParserError(error, socket, options)
    })
    if (waiting === 1) setImmediate(answerLate)
  }
}

/** Connections on which nothing more is read: the parser may report more than one error. */
const refused = new WeakSet<Duplex>()

function answerParserError (error: { code?: string }, socket: Socket, options: RefusalOptions): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  if (refused.has(socket)) return
  const [code, detail] =
    PARSER_ERRORS[error.code ?? ''] ?? (['MALFORMED_HTTP', 'The HTTP parser refused the request.'] as const)
  refuse(
    { socket, method: 'none', address: socket.remoteAddress, headers: {} },
    new ServiceError(code, detail),
    options
  )
}

/** How long a client may take to close a connection that was refused. */
const LINGER_MS = 2_000

/** What Node keeps from the router: a foreign `Expect`, CONNECT, and a TLS handshake that failed. */
export function answerBeforeRouting (server: Server, options: RefusalOptions): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const error = new ServiceError('EXPECTATION_FAILED', 'Only 100-continue can be expected.')
    const id = logRefusal(unrouted(request, request.socket), error, options)
    const { fields, body } = problemFor(error, id, options)
    // By its own response, since others may be answered before it on the connection.
    response.writeHead(error.statusCode, fields).end(body)
  })
  server.prependListener('tlsClientError', (error: { code?: string }, socket: Socket) => {
    // Checks that open a connection and close it are no failures.
    if (error.code !== 'ECONNRESET')
      options.log?.info({ code: error.code, address: socket.remoteAddress }, 'TLS handshake failed')
    socket.destroy()
  })
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    // Node.js listens to nothing of it any more: an error without a listener would end the process.
    socket
      .on('error', () => {
        socket.destroy()
      })
      .resume()
    refuse(unrouted(request, socket), new ServiceError('METHOD_NOT_ALLOWED', 'This is not a proxy.'), options, {
      Allow: 'GET, HEAD, POST, OPTIONS'
    })
  })
}

/**
 * What is known of what never became a request: `method` is none, and there are no headers, where they were not
 * understood.
 */
interface Unrouted {
  socket: Duplex
  method: string
  address: string | undefined
  headers: IncomingMessage['headers']
}

function unrouted (
  { method = 'none', headers, socket: { remoteAddress: address } }: IncomingMessage,
  socket: Duplex
): Unrouted {
  return { socket, method, address, headers }
}

function refuse (
  unrouted: Unrouted,
  error: ServiceError,
  options: RefusalOptions,
  more: Record<string, string> = {}
): void {
  const { fields, body } = problemFor(error, logRefusal(unrouted, error, options), options)
  const { statusCode: status } = error
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({ ...fields, ...more }).map(([name, value]) => `${name}: ${value}`)
  ]
  const { socket } = unrouted
  refused.add(socket)
  // Requests that were sent before it on the connection (HTTP pipelining) get their responses first.
  socket.pause()
  afterResponses(socket, () => {
    socket.resume()
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
    destroyLater(socket)
  })
}

/** A client that neither reads nor closes would keep the connection for minutes. */
function destroyLater (socket: Duplex): void {
  const linger = setTimeout(() => {
    socket.destroy()
  }, LINGER_MS)
  socket.once('close', () => {
    clearTimeout(linger)
  })
}

/** Logged here, since no hook runs for it; never with a byte of what was sent. */
function logRefusal (
  { method, address, headers }: Unrouted,
  { code, statusCode: status }: ServiceError,
  { log, observer }: RefusalOptions
): string {
  const id = requestIdOf({ headers })
  log?.info({ reqId: id, code, status, address }, 'request refused')
  // When it began is not known.
  observer.requestAnswered({ method, route: 'none', status, seconds: 0 })
  return id
}

function problemFor (
  error: ServiceError,
  id: string,
  { publicPath }: RefusalOptions
): { fields: Record<string, string>; body: string } {
  const body = JSON.stringify(problemOf(error, id, publicPath))
  return {
    fields: {
      Connection: 'close',
      'Cache-Control': 'no-store',
      'X-Request-Id': id,
      'Content-Type': PROBLEM_TYPE,
      'Content-Length': String(Buffer.byteLength(body))
    },
    body
  }
}
