import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ServiceError } from '../../errors.js'
import type { Observer } from '../../telemetry/observer.js'
import { noteProblem } from './access-log.js'
import { isTransient, PROBLEM_TYPE, problemOf, serviceErrorOf } from './problem.js'
import { standardHeaders } from './response-headers.js'

interface KnownPath {
  segments: string[]
  methods: Set<string>
}

/** Which methods a path takes: what a router that keeps one tree a method cannot tell. */
export interface KnownPaths {
  add(pattern: string, methods: readonly string[]): void
  methodsOf(path: string): string[]
  /** The methods of any path. */
  allMethods(): string[]
}

export function createKnownPaths (): KnownPaths {
  const known = new Map<string, KnownPath>()
  return {
    add (pattern, methods) {
      const path = known.get(pattern) ?? { segments: pattern.split('/'), methods: new Set() }
      for (const method of methods) path.methods.add(method)
      known.set(pattern, path)
    },
    methodsOf (path) {
      const segments = path.split('/')
      const matching = [...known.values()].filter((candidate) => matches(candidate.segments, segments))
      return methodsIn(matching)
    },
    allMethods: () => methodsIn([...known.values()])
  }
}

function methodsIn (paths: readonly KnownPath[]): string[] {
  return [...new Set(paths.flatMap(({ methods }) => [...methods]))].sort()
}

function matches (pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '*')
    return path.length >= pattern.length && matches(pattern.slice(0, -1), path.slice(0, pattern.length - 1))
  return (
    pattern.length === path.length &&
    pattern.every((segment, index) => segment === path[index] || (segment.startsWith(':') && path[index] !== ''))
  )
}

/** How long to wait where nothing tells when it will be better. */
const RETRY_SECONDS = '5'

interface ErrorHandlerOptions {
  bodyLimit: number
  publicPath: string
}

/** Any error becomes a problem document; unknown paths and methods are reported before a body is read. */
export const errorHandler = fp<ErrorHandlerOptions>(async (app, options) => {
  const paths = createKnownPaths()
  app.addHook('onRoute', ({ url, method }) => paths.add(url, [method].flat()))

  app.addHook('onRequest', (request, reply, done) => {
    const isHostMissing = request.headers.host === undefined && request.raw.httpVersion === '1.1'
    // RFC 9112 §3.2.4; the router takes it for the path "/".
    const isNoPath = request.url.startsWith('*') && request.method !== 'OPTIONS'
    if (hasSeveralHosts(request.raw)) done(new ServiceError('MALFORMED_HTTP', 'There are several Host headers.'))
    else if (isHostMissing) done(new ServiceError('MALFORMED_HTTP', 'The Host header is missing.'))
    else if (isNoPath) done(new ServiceError('MALFORMED_HTTP', 'Only OPTIONS may ask about * instead of a path.'))
    else if (request.is404) answerUnknownPath(request, reply, done)
    else done()
  })

  const answerUnknownPath = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    // About the service as a whole (RFC 9110 §9.3.7).
    const methods = request.url === '*' ? paths.allMethods() : paths.methodsOf(pathOf(request))
    if (methods.length === 0) {
      done(new ServiceError('NOT_FOUND', `There is nothing at ${pathOf(request)}.`))
      return
    }
    reply.header('allow', [...methods, 'OPTIONS'].join(', '))
    if (request.method === 'OPTIONS') reply.code(204).send()
    else done(new ServiceError('METHOD_NOT_ALLOWED', `${request.method} is not one of: ${methods.join(', ')}.`))
  }

  const refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = serviceErrorOf(thrown, options.bodyLimit)
    noteProblem(request, error)
    return sendProblem(error, request, reply, options)
  }
  app.setErrorHandler(refuse)
  app.setNotFoundHandler((request, reply) =>
    refuse(new ServiceError('NOT_FOUND', `There is nothing at ${pathOf(request)}.`), request, reply)
  )
})

/** A path that the router could not even look up: no hook runs for it, so all that hooks do is done here. */
export function answerRouterError (
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { observer, ...options }: ErrorHandlerOptions & { observer: Observer }
): void {
  const error = serviceErrorOf(thrown, options.bodyLimit)
  sendProblem(error, request, reply.headers(standardHeaders(request)), options)
  const { method } = request
  const { statusCode: status, elapsedTime: ms } = reply
  request.log.info({ method, status, code: error.code, address: request.ip }, 'request answered')
  observer.requestAnswered({ method, route: 'none', status, seconds: ms / 1_000 })
}

function sendProblem (
  error: ServiceError,
  request: FastifyRequest,
  reply: FastifyReply,
  { publicPath }: ErrorHandlerOptions
): FastifyReply {
  // The rate limit knows better, and has set it.
  if (isTransient(error) && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_SECONDS)
  // Bytes, so that Fastify neither adds a charset, which the media type does not have, nor serialises by a schema.
  return reply
    .code(error.statusCode)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problemOf(error, request.id, publicPath))))
}

/** RFC 9112 §3.2: of two, a gateway may have gone by the other one. */
function hasSeveralHosts ({ rawHeaders }: IncomingMessage): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') count++
  return count > 1
}

function pathOf ({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? ''
}
