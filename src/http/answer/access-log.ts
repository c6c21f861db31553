import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ServiceError } from '../../errors.js'
import type { Observer } from '../../telemetry/observer.js'
import { type Audit, factsAbout } from '../request-state.js'
import { arrived, onDeparture } from './connection.js'

/** What a request was refused with, for its log line. */
export function noteProblem (request: FastifyRequest, error: ServiceError): void {
  factsAbout(request).problem = error
}

/** What a request is about, for its log line. */
export function noteAudit (request: FastifyRequest, audit: Audit): void {
  const facts = factsAbout(request)
  facts.audit = facts.audit === undefined ? audit : { ...facts.audit, ...audit }
}

/**
 * One line a request, logged when it ends: which caller, which operation, and the result. Never a body, a header or a
 * query string:
 * they may hold policies or secrets.
 */
export const accessLog = fp<{ observer: Observer }>(async (app, { observer }) => {
  app.addHook('onRequest', (request, reply, done) => {
    onDeparture(request, reply, () => {
      const ms = reply.elapsedTime
      app.log.info(factsOf(request, reply, ms), 'client left before the answer was complete')
      observe(request, CLIENT_LEFT, ms, observer)
    })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (arrived(request, reply)) {
      const ms = reply.elapsedTime
      const { problem } = factsAbout(request)
      if (problem === undefined || problem.statusCode < 500)
        app.log.info(factsOf(request, reply, ms), 'request answered')
      else app.log.error({ ...factsOf(request, reply, ms), err: problem.cause ?? problem }, 'request failed')
      observe(request, reply.statusCode, ms, observer)
    }
    done()
  })
})

/** Told by the logger of the service: one that is made for each request makes a line several times as dear. */
function factsOf (request: FastifyRequest, reply: FastifyReply, ms: number): Record<string, unknown> {
  const { problem, audit } = factsAbout(request)
  return {
    ...ownFactsOf(request, ms),
    ...operationOf(request, reply),
    ...audit,
    ...(problem === undefined ? {} : refusalOf(request, problem))
  }
}

/** Who is not known, or may not do what it asks for, is told by its address, too. */
function refusalOf (request: FastifyRequest, { code, statusCode }: ServiceError): Record<string, unknown> {
  return { code, address: statusCode === 403 || factsAbout(request).caller === undefined ? request.ip : undefined }
}

function ownFactsOf (request: FastifyRequest, ms: number): Record<string, unknown> {
  // Undefined members are not written.
  return {
    reqId: request.id,
    path: pathOf(request),
    caller: factsAbout(request).caller?.id,
    ms: Math.round(ms * 10) / 10
  }
}

function operationOf (
  request: FastifyRequest,
  { raw: { headersSent, statusCode } }: FastifyReply
): Record<string, unknown> {
  return { method: request.method, route: factsAbout(request).route.url, status: headersSent ? statusCode : undefined }
}

function pathOf ({ url }: FastifyRequest): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/** No status of HTTP: nginx's own word for a client that did not wait. */
const CLIENT_LEFT = 499

function observe (request: FastifyRequest, status: number, ms: number, observer: Observer): void {
  const {
    route: { url: route = 'none' },
    audit
  } = factsAbout(request)
  const verdict = audit?.verdict
  observer.requestAnswered({ method: request.method, route, status, seconds: ms / 1_000 })
  if (verdict !== undefined) observer.verified({ route, verdict })
}
