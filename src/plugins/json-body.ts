import { isUtf8 } from 'node:buffer'
import fp from 'fastify-plugin'
import { ServiceError } from '../errors.js'
import { faultInJsonText } from '../iam/json-text.js'

/**
 * Bodies as they were meant: bytes that are no UTF-8, members that come twice and numbers that cannot be kept are refused.
 * Fastify's own parser would put U+FFFD, the last member and the nearest number in their places.
 */
export const jsonBody = fp(async (app) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /;\s*charset="?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      done(new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'JSON is UTF-8 (RFC 8259); leave the charset out.'))
      return
    }
    if (typeof body !== 'string' && !isUtf8(body)) {
      done(new ServiceError('MALFORMED_JSON', 'The body is not UTF-8.'))
      return
    }
    const text = body.toString()
    void parse(request, text, (error, value) => { done(error ?? refusal(text), value) })
  })
})

function refusal (text: string): ServiceError | null {
  const fault = text === '' ? undefined : faultInJsonText(text)
  return fault === undefined ? null : new ServiceError('INVALID_REQUEST', `${fault.pointer} ${fault.what}`, [{ pointer: fault.pointer, detail: fault.what }])
}
