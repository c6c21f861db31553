import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { inCohorts, inTurns } from '../cohort.js'
import { ServiceError } from '../errors.js'
import { lookThrough } from '../iam/json-text.js'
import type { KeptAnswers } from '../kept-answers.js'
import { callerOf } from './authentication.js'

/** Policies may be 64 levels deep, a list of grants has some ten thousand objects; a body of 1 MiB could hold fifty times that. */
const BOUNDS = { depth: 128, containers: 100_000, members: 10_000 }

/** A larger body may take milliseconds to read and again to judge; others have their turn in between, and smaller bodies need not wait for it. */
export const LARGE_BYTES = 16_384

/** What bodies of one kind may take of a turn of the event loop; one that takes longer has it for itself. */
const TURN_MS = 10

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
  const read = (request: FastifyRequest, body: Buffer): unknown => {
    const charset = /;\s*charset="?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'JSON is UTF-8 (RFC 8259); leave the charset out.')
    if (!isUtf8(body)) throw new ServiceError('MALFORMED_JSON', 'The body is not UTF-8.')
    const text = body.toString()
    const known = keptAnswers.bodyOf(text)
    if (known !== undefined) return known
    const found = lookThrough(text, BOUNDS)
    if (found !== undefined && 'exceeded' in found) throw new ServiceError('INVALID_REQUEST', `The body has ${found.exceeded}.`, [{ pointer: '', detail: `has ${found.exceeded}` }])
    let value: unknown
    // It calls back at once.
    void parse(request, text, (error, parsed) => {
      if (error !== null) throw error
      value = parsed
    })
    if (found !== undefined) throw refusal(found)
    if (typeof value === 'object' && value !== null) keptAnswers.parsed(text, value)
    return value
  }
  const receive = ({ request, body, done }: Received): void => {
    let value: unknown
    // Nobody above catches here, so what is thrown is answered, whatever it is.
    try {
      value = read(request, body)
    } catch (error) {
      done(error instanceof Error ? error : new Error('a body could not be read', { cause: error }))
      return
    }
    if (body.length < LARGE_BYTES) done(null, value)
    else judged.add({ request, go: () => { done(null, value) } })
  }
  const judged = inTurns<{ request: FastifyRequest, go: () => void }>(({ go }) => { go() }, senderOf, TURN_MS)
  const large = inTurns(receive, senderOf, TURN_MS)
  const small = inCohorts(receive, { mostMs: TURN_MS, rest: large })
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    (body.length < LARGE_BYTES ? small : large).add({ request, body, done })
  })
})

/** Whom else it must not keep waiting; where callers are not told apart there is one. */
function senderOf ({ request }: { request: FastifyRequest }): string {
  return callerOf(request)?.id ?? ''
}

function refusal ({ pointer, what }: { pointer: string, what: string }): ServiceError {
  return new ServiceError('INVALID_REQUEST', `${pointer} ${what}`, [{ pointer, detail: what }])
}
