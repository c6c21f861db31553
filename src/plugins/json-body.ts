import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { inCohorts } from '../cohort.js'
import { ServiceError } from '../errors.js'
import { lookThrough } from '../iam/json-text.js'
import type { KeptAnswers } from '../kept-answers.js'

/** Policies may be 64 levels deep, a list of grants has some ten thousand objects; a body of 1 MiB could hold fifty times that. */
const BOUNDS = { depth: 128, containers: 100_000, members: 10_000 }

/** A body that is there as a whole, and who waits for what it holds. */
interface Received { request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void }

/**
 * Bodies as they were meant: bytes that are no UTF-8, members that come twice and numbers that cannot be kept are refused.
 * Fastify's own parser would put U+FFFD, the last member and the nearest number in their places. What is beyond the bounds is
 * refused before it is parsed: nothing else is answered while the parser works.
 */
export const jsonBody = fp<{ keptAnswers: KeptAnswers<unknown> }>(async (app, { keptAnswers }) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  const bodies = inCohorts<Received>(({ request, body, done }) => {
    const charset = /;\s*charset="?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      done(new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'JSON is UTF-8 (RFC 8259); leave the charset out.'))
      return
    }
    if (!isUtf8(body)) {
      done(new ServiceError('MALFORMED_JSON', 'The body is not UTF-8.'))
      return
    }
    const text = body.toString()
    const known = keptAnswers.bodyOf(text)
    if (known !== undefined) {
      done(null, known)
      return
    }
    const found = lookThrough(text, BOUNDS)
    if (found !== undefined && 'exceeded' in found) {
      done(new ServiceError('INVALID_REQUEST', `The body has ${found.exceeded}.`, [{ pointer: '', detail: `has ${found.exceeded}` }]))
      return
    }
    void parse(request, text, (error, value: unknown) => {
      if (typeof value === 'object' && value !== null) keptAnswers.parsed(text, value)
      done(error ?? (found === undefined ? null : refusal(found)), value)
    })
  })
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => { bodies.add({ request, body, done }) })
})

function refusal ({ pointer, what }: { pointer: string, what: string }): ServiceError {
  return new ServiceError('INVALID_REQUEST', `${pointer} ${what}`, [{ pointer, detail: what }])
}
