import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ServiceError } from '../errors.js'

const problems = new WeakMap<FastifyRequest, ServiceError>()

/** What a request was refused with, for its log line. */
export function noteProblem (request: FastifyRequest, error: ServiceError): void {
  problems.set(request, error)
}

/** One line a request, told when it ends. Never a body, a header or a query string: they may hold policies or secrets. */
export const accessLog = fp(async (app) => {
  app.addHook('onResponse', async (request, reply) => {
    const problem = problems.get(request)
    const facts = {
      method: request.method,
      path: request.url.split('?', 1)[0],
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(problem === undefined ? {} : { code: problem.code })
    }
    if (problem === undefined || problem.statusCode < 500) request.log.info(facts, 'request answered')
    else request.log.error({ ...facts, err: problem.cause ?? problem }, 'request failed')
  })
  app.addHook('onRequestAbort', async (request) => {
    request.log.info({ method: request.method, route: request.routeOptions.url }, 'request aborted by the client')
  })
})
