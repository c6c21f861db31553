import type { FastifyInstance } from 'fastify'

/**
 * Whether the service is stopping. While it is, answers close their connection: a client that kept
 * one alive would otherwise hold the process until the drain limit.
 */
export function watchDraining (app: FastifyInstance): () => boolean {
  let draining = false
  app.addHook('preClose', async () => { draining = true })
  app.addHook('onSend', async (_request, reply, payload) => {
    if (draining) reply.header('connection', 'close')
    return payload
  })
  return () => draining
}
