import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ref } from '../schemas/ref.js'
import { ErrorDocumentation } from '../schemas/service.js'
import { ERROR_DESCRIPTIONS } from '../src/error-descriptions.js'
import { type ErrorCode, ERRORS, isErrorCode, ServiceError } from '../src/errors.js'
import { requires, operation } from '../src/http/docs/operation.js'

const tags = ['service']

export const documentationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  // Every route is known when somebody asks; the document follows from them alone.
  let document: Buffer | undefined
  app.get(
    '/openapi.json',
    {
      config: requires('public'),
      schema: operation(
        {
          operationId: 'getApiDocument',
          tags,
          summary: 'Get this document',
          description: 'The API as an OpenAPI 3.1 document. `/docs/json` redirects here; there is no YAML.',
          response: { 200: Type.Object({}, { additionalProperties: true, description: 'The OpenAPI document.' }) }
        },
        { answers: () => ({ head: { summary: 'Its head', value: { openapi: '3.1.0' } } }), problems: [] }
      )
    },
    async (_request, reply) => {
      document ??= Buffer.from(JSON.stringify(app.swagger()))
      return reply
        .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' })
        .send(document)
    }
  )

  app.get(
    '/problems/:code',
    {
      config: requires('public'),
      schema: operation(
        {
          operationId: 'getErrorDocumentation',
          tags,
          summary: 'Look up an error code',
          description: 'The documentation of the `code` of a problem document; its `type` points here.',
          params: Type.Object({
            code: Type.String({ description: 'The code of a problem document.', examples: ['KEY_LOCKOUT'] })
          }),
          response: { 200: ref(ErrorDocumentation) }
        },
        {
          answers: () => ({ keyLockout: { summary: 'A code', value: documentationOf('KEY_LOCKOUT') } }),
          problems: ['NOT_FOUND']
        }
      )
    },
    async ({ params: { code } }) => {
      if (!isErrorCode(code)) throw new ServiceError('NOT_FOUND', `There is no error code ${code}.`)
      return documentationOf(code)
    }
  )
}

function documentationOf (code: ErrorCode): ErrorDocumentation {
  return { code, ...ERRORS[code], description: ERROR_DESCRIPTIONS[code] }
}
