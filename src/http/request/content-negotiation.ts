import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { ServiceError } from '../../errors.js'

/**
 * Refuses a request whose Accept header excludes every media type of the operation, as its schema lists them, and a
 * body with a content coding.
 */
export const jsonOnly = fp(async (app) => {
  app.addHook('onRoute', (route) => {
    route.onRequest = [refuseOtherTypes(answerTypes(route.schema?.response)), ...[route.onRequest ?? []].flat()]
  })
})

/** `types`: what an operation answers; found once, for every request is held against them. */
function refuseOtherTypes (types: string[]): onRequestHookHandler {
  return (request, reply, done) => {
    // Also of a refusal: which response there is depends on the header.
    if (types.length > 1) reply.header('vary', 'Accept')
    const { 'content-encoding': encoding } = request.headers
    if (preferredType(request, types) === undefined) {
      done(new ServiceError('NOT_ACCEPTABLE', `The answer is ${types.join(' or ')}, which the Accept header excludes.`))
    } else if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      // RFC 9110 §15.5.16; a 415 without it would be for the media type.
      reply.header('accept-encoding', 'identity')
      done(new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without a content coding.'))
    } else done()
  }
}

/**
 * The one of `types` that the Accept header prefers; undefined where it excludes all. The answers are UTF-8: a client
 * may ask for that by the parameter which the answers have.
 */
export function preferredType (request: FastifyRequest, types: readonly string[]): string | undefined {
  // What nearly every client sends needs no parsing.
  const { accept = '*/*' } = request.headers
  if (accept === '*/*') return types[0]
  if (types.includes(accept)) return accept
  const answers = types.map((type) => `${type}; charset=utf-8`)
  const preferred = request.type(answers)
  return typeof preferred === 'string' ? types[answers.indexOf(preferred)] : undefined
}

/** The media types in which an operation answers, as its schema has them: JSON, where it names none. */
function answerTypes (response: unknown): string[] {
  const types = Object.keys(Object(memberOf(memberOf(response, '200'), 'content')))
  return types.length === 0 ? ['application/json'] : types
}

function memberOf (value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
