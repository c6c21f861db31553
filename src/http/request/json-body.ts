import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ServiceError } from '../../errors.js'
import { isObject, pointerSegment } from '../../json/json.js'
import { findJsonError } from '../../json/json-error.js'
import { type JsonTextFault, lookThrough } from '../../json/strict-json.js'

/**
 * Policies may be 64 levels deep, a list of grants has some ten thousand objects; a body of 1 MiB could hold fifty
 * times that.
 */
export const BODY_BOUNDS = { depth: 128, containers: 100_000, members: 10_000 }

/**
 * Bodies as they were meant: bytes that are not UTF-8, duplicate members and numbers that cannot be kept exactly are
 * refused. Fastify's own parser would put U+FFFD, the last member and the nearest number in their places. What is
 * beyond the bounds is refused before it is parsed: no other request is served while the parser works.
 */
export const jsonBody = fp(async (app) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const error = charsetError(request)
    if (error !== undefined) done(error)
    else if (!isUtf8(body)) done(new ServiceError('MALFORMED_JSON', 'The body is not UTF-8.'))
    else {
      const text = body.toString()
      const found = lookThrough(text, BODY_BOUNDS)
      if (found !== undefined && 'exceeded' in found) done(tooComplex(found.exceeded))
      // What is not JSON is reported as that, not by the first duplicate that the scan believes to see.
      else
        void parse(request, text, (failure, value) => {
          done(failure === null ? (found === undefined ? null : refusal(found)) : parserError(failure, text), value)
        })
    }
  })
})

/** Where the text stops being JSON, or the member that the parser refuses although it is JSON. */
function parserError (failure: Error, text: string): Error {
  if (text === '') return failure
  // The parser takes a byte order mark for none of the text (RFC 8259 §8.1).
  const json = text.replace(/^\uFEFF/, '')
  const error = findJsonError(json)
  if (error === undefined) {
    const pointer = refusedMember(JSON.parse(json))
    return pointer === undefined ? failure : refusal({ pointer, what: 'is refused everywhere, whatever its value' })
  }
  return new ServiceError(
    'MALFORMED_JSON',
    `The body is not JSON at line ${error.line}, column ` + `${error.column}: ${error.what}.`
  )
}

/**
 * The pointer to the first member that could change the prototype of an object: `__proto__`, `constructor.prototype`.
 * The depth has a bound before.
 */
function refusedMember (value: unknown, path = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const pointer = `${path}/${pointerSegment(name)}`
    if (name === '__proto__') return pointer
    if (name === 'constructor' && isObject(member) && Object.hasOwn(member, 'prototype')) return `${pointer}/prototype`
    const found = refusedMember(member, pointer)
    if (found !== undefined) return found
  }
  return undefined
}

/** RFC 8259 §8.1 knows no other. */
function charsetError ({ headers: { 'content-type': type = '' } }: FastifyRequest): ServiceError | undefined {
  if (!type.includes(';')) return undefined
  const charset = /;\s*charset="?([^\s";]+)/i.exec(type)?.[1]
  if (charset === undefined || /^utf-?8$/i.test(charset)) return undefined
  return new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'JSON is UTF-8 (RFC 8259); leave the charset out.')
}

function tooComplex (exceeded: string): ServiceError {
  return new ServiceError('INVALID_REQUEST', `The body has ${exceeded}.`, [{ pointer: '', detail: `has ${exceeded}` }])
}

function refusal ({ pointer, what }: JsonTextFault): ServiceError {
  return new ServiceError('INVALID_REQUEST', `${pointer} ${what}`, [{ pointer, detail: what }])
}
