import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ServiceError } from '../errors.js'

/** The operations read and write JSON, uncompressed: a request for, or with, anything else is told so. */
export const jsonOnly = fp(async (app) => {
  app.addHook('onRequest', async (request) => {
    const { accept, 'content-encoding': encoding } = request.headers
    if (accept !== undefined && accept !== '*/*') refuseOtherTypes(request)
    if (encoding !== undefined && encoding !== 'identity') {
      throw new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without a content coding.')
    }
  })
})

function refuseOtherTypes (request: FastifyRequest): void {
  const types = answerTypes(request.routeOptions.schema?.response)
  if (request.type(types) === false) throw new ServiceError('NOT_ACCEPTABLE', `The answer is ${types.join(' or ')}, which the Accept header excludes.`)
}

/** The media types in which an operation answers, as its schema has them: JSON, where it names none. */
function answerTypes (response: unknown): string[] {
  const types = Object.keys(Object(memberOf(memberOf(response, '200'), 'content')))
  return types.length === 0 ? ['application/json'] : types
}

function memberOf (value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
