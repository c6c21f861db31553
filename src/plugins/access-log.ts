import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Verdict } from '../../schemas/verification.js'
import { inCohorts } from '../cohort.js'
import type { ServiceError } from '../errors.js'
import type { Observer } from '../observer.js'
import { arrived, onDeparture } from './departure.js'
import { factsAbout } from './request-facts.js'

/** What a generation or a verification was about, and what came of it: names and words, never a policy. */
export interface Audit { kmsKeyArns?: readonly string[], roleArns?: readonly string[], verdict?: Verdict, verdicts?: object, attempts?: number | undefined }

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
 * One line a request, told when it ends: who asked for what, and what was answered. Never a body, a header or a query string: they
 * may hold policies or secrets.
 */
export const accessLog = fp<{ observer: Observer, atExit: (last: () => void) => void }>(async (app, { observer, atExit }) => {
  app.addHook('onRequest', (request, reply, done) => {
    onDeparture(request, reply, () => {
      const ms = reply.elapsedTime
      request.log.info(factsOf(request, reply, ms), 'client left before the answer was complete')
      observe(request, CLIENT_LEFT, ms, observer)
    })
    done()
  })
  const answered = inCohorts<Answered>(({ request, reply, ms }) => {
    const { problem } = factsAbout(request)
    const facts = factsOf(request, reply, ms)
    if (problem === undefined || problem.statusCode < 500) request.log.info(facts, 'request answered')
    else request.log.error({ ...facts, err: problem.cause ?? problem }, 'request failed')
    observe(request, reply.statusCode, ms, observer)
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (arrived(request, reply)) answered.add({ request, reply, ms: reply.elapsedTime })
    done()
  })
  app.addHook('onClose', async () => { answered.flush() })
  atExit(answered.flush)
})

interface Answered { request: FastifyRequest, reply: FastifyReply, ms: number }

function factsOf (request: FastifyRequest, reply: FastifyReply, ms: number): Record<string, unknown> {
  const { problem, caller, audit } = factsAbout(request)
  return {
    method: request.method,
    path: request.url.split('?', 1)[0],
    route: request.routeOptions.url,
    ...(reply.raw.headersSent ? { status: reply.statusCode } : {}),
    ms: Math.round(ms * 10) / 10,
    ...(caller === undefined ? {} : { caller: caller.id }),
    ...audit,
    ...(problem === undefined ? {} : { code: problem.code })
  }
}

/** No status of HTTP: nginx's own word for a client that did not wait. */
const CLIENT_LEFT = 499

function observe (request: FastifyRequest, status: number, ms: number, observer: Observer): void {
  const route = request.routeOptions.url ?? 'none'
  const verdict = factsAbout(request).audit?.verdict
  observer.requestAnswered({ method: request.method, route, status, seconds: ms / 1_000 })
  if (verdict !== undefined) observer.verified({ route, verdict })
}
