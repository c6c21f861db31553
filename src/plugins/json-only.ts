import fp from 'fastify-plugin'
import { ServiceError } from '../errors.js'

/** The operations read and write JSON, uncompressed: a request for, or with, anything else is told so. */
export const jsonOnly = fp(async (app) => {
  app.addHook('onRequest', async (request) => {
    const { accept, 'content-encoding': encoding } = request.headers
    if (accept !== undefined && accept !== '*/*' && request.type(['application/json']) === false) {
      throw new ServiceError('NOT_ACCEPTABLE', 'The answer is application/json, which the Accept header excludes.')
    }
    if (encoding !== undefined && encoding !== 'identity') {
      throw new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without a content coding.')
    }
  })
})
