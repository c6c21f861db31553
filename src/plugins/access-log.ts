import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Verdict } from '../../schemas/verification.js'
import type { ServiceError } from '../errors.js'
import type { Observer } from '../observer.js'
import { callerOf } from './authentication.js'
import { onceOver } from './departure.js'

/** What a generation or a verification was about, and what came of it: names and words, never a policy. */
export interface Audit { kmsKeyArns?: readonly string[], roleArns?: readonly string[], verdict?: Verdict, verdicts?: object, attempts?: number | undefined }

const problems = new WeakMap<FastifyRequest, ServiceError>()
const audits = new WeakMap<FastifyRequest, Audit>()

/** What a request was refused with, for its log line. */
export function noteProblem (request: FastifyRequest, error: ServiceError): void {
  problems.set(request, error)
}

/** What a request is about, for its log line. */
export function noteAudit (request: FastifyRequest, audit: Audit): void {
  audits.set(request, { ...audits.get(request), ...audit })
}

/**
 * One line a request, told when it ends: who asked for what, and what was answered. Never a body, a header or a query string: they
 * may hold policies or secrets.
 */
export const accessLog = fp<{ observer: Observer }>(async (app, { observer }) => {
  app.addHook('onRequest', (request, reply, done) => {
    onceOver(request, reply, (isComplete) => {
      if (isComplete) return
      request.log.info(factsOf(request, reply), 'client left before the answer was complete')
      observe(request, CLIENT_LEFT, reply.elapsedTime, observer)
    })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const problem = problems.get(request)
    const facts = factsOf(request, reply)
    if (problem === undefined || problem.statusCode < 500) request.log.info(facts, 'request answered')
    else request.log.error({ ...facts, err: problem.cause ?? problem }, 'request failed')
    observe(request, reply.statusCode, reply.elapsedTime, observer)
    done()
  })
})

function factsOf (request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  const problem = problems.get(request)
  const caller = callerOf(request)?.id
  return {
    method: request.method,
    path: request.url.split('?', 1)[0],
    route: request.routeOptions.url,
    ...(reply.raw.headersSent ? { status: reply.statusCode } : {}),
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...(caller === undefined ? {} : { caller }),
    ...audits.get(request),
    ...(problem === undefined ? {} : { code: problem.code })
  }
}

/** No status of HTTP: nginx's own word for a client that did not wait. */
const CLIENT_LEFT = 499

function observe (request: FastifyRequest, status: number, ms: number, observer: Observer): void {
  const route = request.routeOptions.url ?? 'none'
  const verdict = audits.get(request)?.verdict
  observer.requestAnswered({ method: request.method, route, status, seconds: ms / 1_000 })
  if (verdict !== undefined) observer.verified({ route, verdict })
}
