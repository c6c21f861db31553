import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
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

/** What is told of an answer that is given again and again, and what writes its lines. */
export interface KeptAudit {
  readonly audit: Audit
  /** Has written out what the last two lines had in common. */
  lines?: { path: string, caller: string | undefined, log: FastifyBaseLogger }
}

/** What a request is about that was answered with a kept answer. */
export function noteKeptAudit (request: FastifyRequest, kept: KeptAudit): void {
  const facts = factsAbout(request)
  facts.audit = kept.audit
  facts.keptAudit = kept
}

/**
 * One line a request, told when it ends: who asked for what, and what was answered. Never a body, a header or a query string: they
 * may hold policies or secrets.
 */
export const accessLog = fp<{ observer: Observer, atExit: (last: () => void) => void }>(async (app, { observer, atExit }) => {
  app.addHook('onRequest', (request, reply, done) => {
    onDeparture(request, reply, () => {
      const ms = reply.elapsedTime
      app.log.info(factsOf(request, reply, ms), 'client left before the answer was complete')
      observe(request, CLIENT_LEFT, ms, observer)
    })
    done()
  })
  const answered = inCohorts<Answered>(({ request, reply, ms }) => {
    const { problem, keptAudit } = factsAbout(request)
    if (problem === undefined && keptAudit !== undefined) {
      linesOf(keptAudit, request, reply, app.log).info({ reqId: request.id, ms: rounded(ms) }, 'request answered')
    } else if (problem === undefined || problem.statusCode < 500) app.log.info(factsOf(request, reply, ms), 'request answered')
    else app.log.error({ ...factsOf(request, reply, ms), err: problem.cause ?? problem }, 'request failed')
    observe(request, reply.statusCode, ms, observer)
  }, queueMicrotask)
  app.addHook('onResponse', (request, reply, done) => {
    if (arrived(request, reply)) answered.add({ request, reply, ms: reply.elapsedTime })
    done()
  })
  app.addHook('onClose', async () => { answered.flush() })
  atExit(answered.flush)
})

interface Answered { request: FastifyRequest, reply: FastifyReply, ms: number }

/** Not by the logger of the request: a logger of its own makes a line several times as dear. */
function factsOf (request: FastifyRequest, reply: FastifyReply, ms: number): Record<string, unknown> {
  const { problem, audit } = factsAbout(request)
  return {
    reqId: request.id,
    ...lastingFactsOf(request, reply),
    ms: rounded(ms),
    ...audit,
    ...(problem === undefined ? {} : { code: problem.code })
  }
}

/** What is the same whenever the same caller is answered the same. */
function lastingFactsOf (request: FastifyRequest, { raw: { headersSent, statusCode } }: FastifyReply): Record<string, unknown> {
  const { caller, route } = factsAbout(request)
  return {
    method: request.method,
    path: pathOf(request),
    route: route.url,
    ...(headersSent ? { status: statusCode } : {}),
    ...(caller === undefined ? {} : { caller: caller.id })
  }
}

function linesOf (kept: KeptAudit, request: FastifyRequest, reply: FastifyReply, log: FastifyBaseLogger): FastifyBaseLogger {
  const [path, caller] = [pathOf(request), factsAbout(request).caller?.id]
  if (kept.lines?.path !== path || kept.lines.caller !== caller) kept.lines = { path, caller, log: log.child({ ...lastingFactsOf(request, reply), ...kept.audit }) }
  return kept.lines.log
}

function pathOf ({ url }: FastifyRequest): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/** Milliseconds, to a tenth. */
function rounded (ms: number): number {
  return Math.round(ms * 10) / 10
}

/** No status of HTTP: nginx's own word for a client that did not wait. */
const CLIENT_LEFT = 499

function observe (request: FastifyRequest, status: number, ms: number, observer: Observer): void {
  const { route: { url: route = 'none' }, audit } = factsAbout(request)
  const verdict = audit?.verdict
  observer.requestAnswered({ method: request.method, route, status, seconds: ms / 1_000 })
  if (verdict !== undefined) observer.verified({ route, verdict })
}
