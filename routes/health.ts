import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../schemas/ref.js'
import { Health } from '../schemas/service.js'
import { ServiceError } from '../src/errors.js'
import { requires, operation } from '../src/http/docs/operation.js'

const tags = ['service']
const response = { 200: ref(Health) }
const answers = () => ({ ok: { summary: 'OK', value: { status: 'ok' } } })

interface Readiness {
  isDraining: () => boolean
  isLogFailing: () => boolean
}

export const healthRoutes: FastifyPluginAsyncTypebox<Readiness> = async (app, { isDraining, isLogFailing }) => {
  app.get(
    '/livez',
    {
      config: requires('public'),
      schema: operation(
        {
          operationId: 'getLiveness',
          tags,
          summary: 'Liveness probe',
          description: 'For a liveness probe. AWS is not called.',
          response
        },
        { answers, problems: [] }
      )
    },
    async () => ({ status: 'ok' }) as const
  )

  app.get(
    '/readyz',
    {
      config: requires('public'),
      schema: operation(
        {
          operationId: 'getReadiness',
          tags,
          summary: 'Readiness probe',
          description:
            'For a readiness probe. 503 while the service stops or its log cannot be written. ' +
            'AWS is not called: an AWS ' +
            'outage does not affect policy generation.',
          response
        },
        { answers, problems: ['SERVICE_UNAVAILABLE'] }
      )
    },
    async () => {
      if (isDraining()) throw new ServiceError('SERVICE_UNAVAILABLE', 'The service is stopping.')
      if (isLogFailing()) throw new ServiceError('SERVICE_UNAVAILABLE', 'The log cannot be written.')
      return { status: 'ok' } as const
    }
  )
}
