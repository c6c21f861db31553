import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { watchSilentConnections } from './silent-connections.js'

/** Whether the service is about to stop: it still answers, but asks for no more. */
export interface Draining {
  begun: boolean
}

/**
 * While the service stops, answers close their connection: a client that kept one alive would otherwise hold the
 * process until the drain limit.
 */
export function watchDraining (app: FastifyInstance, draining: Draining): void {
  const connections = watchSilentConnections(app.server)
  app.addHook('preClose', async () => {
    draining.begun = true
    connections.close()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining.begun) reply.header('connection', 'close')
    done(null, payload)
  })
}

export const REQUEST_ID_HEADER = 'x-request-id'

const ACCEPTABLE = /^[A-Za-z0-9._-]{1,64}$/

/**
 * 96 random bits tell processes apart, and a count the requests of each: to draw such bits for every request takes a
 * good deal of its time.
 */
const PROCESS = randomBytes(12).toString('base64url')
let made = 0

/** The caller's id if it can stand in a log line as it is, else a new one. */
export function requestIdOf (request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER]
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : `${PROCESS}-${(++made).toString(36)}`
}

/**
 * What every answer carries. Helmet would cost a third of the throughput of small answers;
 * it is for the pages of the API browser only. Answers hold account details: no cache should store them.
 */
export function standardHeaders ({ id }: { id: string }): Record<string, string> {
  return { 'x-request-id': id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }
}

export const responseHeaders = fp(async (app) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(standardHeaders(request))
    done()
  })
})
