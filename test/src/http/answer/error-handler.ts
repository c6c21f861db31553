import Fastify from 'fastify'
import t from 'tap'
import { ERROR_CODES, ServiceError } from '../../../../src/errors.js'
import { errorHandler } from '../../../../src/http/answer/error-handler.js'
import { statusesOf } from '../../../../src/http/docs/operation.js'
import { keepRequestState } from '../../../../src/http/request-state.js'

t.test('every problem of the catalogue that is transient has Retry-After, and no other does', async (t) => {
  const app = Fastify()
  t.after(async () => {
    await app.close()
  })
  keepRequestState(app)
  await app.register(errorHandler, { bodyLimit: 1_024, publicPath: '' })
  const problems = ERROR_CODES.flatMap((code) => statusesOf(code).map((statusCode) => ({ code, statusCode })))
  for (const { code, statusCode } of problems)
    app.get(`/${code}/${statusCode}`, async () => {
      throw new ServiceError(code, 'Not now.', [], { statusCode })
    })
  app.get('/counted', async (_request, reply) => {
    reply.header('retry-after', '42')
    throw new ServiceError('RATE_LIMITED', 'Not now.')
  })
  for (const { code, statusCode } of problems) {
    const { statusCode: status, headers } = await app.inject(`/${code}/${statusCode}`)
    t.equal(status, statusCode, code)
    const isTransient = (status === 429 || status === 503) && code !== 'AWS_CREDENTIALS_UNAVAILABLE'
    t.match(headers['retry-after'], isTransient ? /^[1-9]\d*$/ : undefined, `${code} ${status}`)
  }
  t.equal((await app.inject('/counted')).headers['retry-after'], '42', 'what is known holds')
})
