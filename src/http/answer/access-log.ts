import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../../access/caller.js'
import type { ServiceError } from '../../errors.js'
import type { Observer } from '../../telemetry/observer.js'
import { type Audit, stateOf } from '../request-state.js'
import { markSent, onClientDisconnect } from './connection.js'

/** What a request was refused with, for its log line. */
export function noteProblem (request: FastifyRequest, error: ServiceError): void {
  stateOf(request).problem = error
}

/** What a request is about, for its log line. */
export function setAudit (request: FastifyRequest, audit: Audit): void {
  const facts = stateOf(request)
  facts.audit = facts.audit === undefined ? audit : { ...facts.audit, ...audit }
}

/**
 * One line a request, logged when it ends: which caller, which operation, and the result. Never a body, a header or a
 * query string:
 * they may hold policies or secrets.
 */
export const accessLog = fp<{ observer: Observer }>(async (app, { observer }) => {
  app.addHook('onRequest', (request, reply, done) => {
    onClientDisconnect(request, reply, () => {
      const ms = reply.elapsedTime
      app.log.info(factsOf(request, reply, ms), 'client left before the answer was complete')
      observe(request, CLIENT_LEFT, ms, observer)
    })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (markSent(request, reply)) {
      const ms = reply.elapsedTime
      const { problem } = stateOf(request)
      if (problem === undefined || problem.statusCode < 500)
        app.log.info(factsOf(request, reply, ms), 'request answered')
      else if (problem.code === 'OVERLOADED') app.log.warn(factsOf(request, reply, ms), 'request rejected: overloaded')
      else app.log.error({ ...factsOf(request, reply, ms), err: problem.cause ?? problem }, 'request failed')
      observe(request, reply.statusCode, ms, observer)
    }
    done()
  })
})

/** Logged with the logger of the service: a child logger per request makes a line several times as expensive. */
function factsOf (
  request: FastifyRequest,
  { raw: { headersSent, statusCode } }: FastifyReply,
  ms: number
): Record<string, unknown> {
  const { problem, audit, caller, route } = stateOf(request)
  // One literal: to put it together of parts takes as long as to write the line. Undefined members are not written.
  return {
    reqId: request.id,
    path: pathOf(request),
    caller: caller?.id,
    ms: Math.round(ms * 10) / 10,
    method: request.method,
    route: route.url,
    status: headersSent ? statusCode : undefined,
    kmsKeyArns: audit?.kmsKeyArns,
    roleArns: audit?.roleArns,
    verdict: audit?.verdict,
    verdicts: audit?.verdicts,
    attempts: audit?.attempts,
    code: problem?.code,
    address: problem !== undefined && isAddressLogged(problem, caller) ? request.ip : undefined
  }
}

/** A caller that is unknown or not authorized is logged with its address, too. */
function isAddressLogged ({ statusCode }: ServiceError, caller: Caller | undefined): boolean {
  return statusCode === 403 || caller === undefined
}

/** Without the query string, and without the user information of an absolute-form target (RFC 9112 §3.2.2). */
function pathOf ({ url }: FastifyRequest): string {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  return path.startsWith('/') ? path : path.replace(/^([^/]*\/\/)[^/]*@/, '$1')
}

/** No status of HTTP: nginx's own word for a client that did not wait. */
const CLIENT_LEFT = 499

function observe (request: FastifyRequest, status: number, ms: number, observer: Observer): void {
  const {
    route: { url: route = 'none' },
    audit
  } = stateOf(request)
  const verdict = audit?.verdict
  observer.requestAnswered({ method: request.method, route, status, seconds: ms / 1_000 })
  if (verdict !== undefined) observer.verified({ route, verdict })
}
