import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../schemas/ref.js'
import { Health } from '../schemas/service.js'
import { ServiceError } from '../src/errors.js'
import { asks, operation } from '../src/http/docs/operation.js'

const tags = ['service']
const response = { 200: ref(Health) }
const answers = () => ({ ok: { summary: 'It does', value: { status: 'ok' } } })

export const healthRoutes: FastifyPluginAsyncTypebox<{ isDraining: () => boolean }> = async (app, { isDraining }) => {
  app.get(
    '/livez',
    {
      config: asks('public'),
      schema: operation(
        {
          operationId: 'getLiveness',
          tags,
          summary: 'Tell whether the process lives',
          description: 'For a liveness probe. AWS is not asked.',
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
      config: asks('public'),
      schema: operation(
        {
          operationId: 'getReadiness',
          tags,
          summary: 'Tell whether requests should be sent here',
          description:
            'For a readiness probe. 503 while the service stops. AWS is not asked: an outage there must not take generation away.',
          response
        },
        { answers, problems: ['SERVICE_UNAVAILABLE'] }
      )
    },
    async () => {
      if (isDraining()) throw new ServiceError('SERVICE_UNAVAILABLE', 'The service is stopping.')
      return { status: 'ok' } as const
    }
  )
}
