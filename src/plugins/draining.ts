import type { FastifyInstance } from 'fastify'

/** Whether the service is about to stop: it still answers, but asks for no more. */
export interface Draining { begun: boolean }

/**
 * While the service stops, answers close their connection: a client that kept one alive would otherwise hold the process until
 * the drain limit.
 */
export function watchDraining (app: FastifyInstance, draining: Draining): void {
  app.addHook('preClose', async () => { draining.begun = true })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining.begun) reply.header('connection', 'close')
    done(null, payload)
  })
}
