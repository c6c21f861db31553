import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Verdict } from '../../schemas/verification.js'
import type { ServiceError } from '../errors.js'
import type { Observer } from '../observer.js'
import { callerOf } from './authentication.js'

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
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions: { url: route }, log } = request
    const problem = problems.get(request)
    const audit = audits.get(request)
    const caller = callerOf(request)?.id
    const ms = Math.round(reply.elapsedTime * 10) / 10
    const facts = {
      method,
      path: request.url.split('?', 1)[0],
      route,
      status: reply.statusCode,
      ms,
      ...(caller === undefined ? {} : { caller }),
      ...audit,
      ...(problem === undefined ? {} : { code: problem.code })
    }
    if (problem === undefined || problem.statusCode < 500) log.info(facts, 'request answered')
    else log.error({ ...facts, err: problem.cause ?? problem }, 'request failed')
    observer.requestAnswered({ method, route: route ?? 'none', status: reply.statusCode, seconds: reply.elapsedTime / 1_000 })
    if (audit?.verdict !== undefined) observer.verified({ route: route ?? 'none', verdict: audit.verdict })
  })
  app.addHook('onRequestAbort', async (request) => {
    const { method, routeOptions: { url: route } } = request
    request.log.info({ method, route, caller: callerOf(request)?.id, ...audits.get(request) }, 'request aborted by the client')
  })
})
