import fp from 'fastify-plugin'
import { ServiceError } from '../errors.js'
import { faultInJsonText } from '../iam/json-text.js'

const utf8 = new TextDecoder('utf-8', { fatal: true })

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
    const text = decode(body)
    if (text === undefined) {
      done(new ServiceError('MALFORMED_JSON', 'The body is not UTF-8.'))
      return
    }
    void parse(request, text, (error, value) => { done(error ?? refusal(text), value) })
  })
})

function decode (body: string | Buffer): string | undefined {
  try {
    return typeof body === 'string' ? body : utf8.decode(body)
  } catch {
    return undefined
  }
}

function refusal (text: string): ServiceError | null {
  const fault = text === '' ? undefined : faultInJsonText(text)
  return fault === undefined ? null : new ServiceError('INVALID_REQUEST', `${fault.pointer} ${fault.what}`, [{ pointer: fault.pointer, detail: fault.what }])
}
