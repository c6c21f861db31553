import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** A strong entity tag for the answers to GET of one scope; a matching `If-None-Match` saves the body. */
export function tagEntities (app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string') { done(); return }
    const tag = entityTag(payload)
    reply.header('etag', tag)
    if (!matches(request.headers['if-none-match'], tag)) { done(); return }
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    done(null, null)
  })
}

/** The strong entity tag of an answer, RFC 9110 §8.8.3. */
export function entityTag (text: string): string {
  return `"${hash('sha256', text, 'base64url')}"`
}

function matches (condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false
  return condition.split(',').map((candidate) => candidate.trim().replace(/^W\//, '')).some((candidate) => candidate === '*' || candidate === tag)
}
