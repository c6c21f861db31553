import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/**
 * A strong entity tag for the answers of one scope. A matching `If-None-Match` saves the body on GET only:
 * on a POST the precondition would mean "do not do it" (RFC 9110 §13.1.2), which nobody wants of a pure function.
 */
export function tagEntities (app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string') { done(); return }
    const tag = entityTag(payload)
    reply.header('etag', tag)
    if (request.method === 'POST' || !matches(request.headers['if-none-match'], tag)) { done(); return }
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    done(null, null)
  })
}

export function entityTag (text: string): string {
  return `"${hash('sha256', text, 'base64url')}"`
}

function matches (condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false
  return condition.split(',').map((candidate) => candidate.trim().replace(/^W\//, '')).some((candidate) => candidate === '*' || candidate === tag)
}
