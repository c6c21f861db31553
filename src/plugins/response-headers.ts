import fp from 'fastify-plugin'
import { REQUEST_ID_HEADER } from './request-id.js'

/**
 * What every answer carries. Helmet would cost a third of the throughput of small answers;
 * it is for the pages of the API browser only. Answers hold account details: nobody should store them.
 */
export function standardHeaders ({ id }: { id: string }): Record<string, string> {
  return { [REQUEST_ID_HEADER]: id, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }
}

export const responseHeaders = fp(async (app) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(standardHeaders(request))
    done()
  })
})
