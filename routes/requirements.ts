import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RequirementsResponse } from '../schemas/generation.js'
import { ref } from '../schemas/ref.js'
import { layOut, PrettyQuery, tagEntities } from '../src/http/answer/json-answer.js'
import { asks, operation } from '../src/http/docs/operation.js'
import { ACCESS_REQUIREMENTS } from '../src/personalize/requirements.js'

export const requirementRoutes: FastifyPluginAsyncTypebox = async (app) => {
  tagEntities(app)

  app.get(
    '/requirements',
    {
      config: asks('policies:generate'),
      schema: operation(
        {
          operationId: 'listRequirements',
          tags: ['policies'],
          summary: 'List what AWS demands',
          description:
            'The catalogue that generator and verifier both work from: for each operation, principal and policy the actions, with the AWS page and how sure it is.',
          querystring: PrettyQuery,
          response: { 200: ref(RequirementsResponse) }
        },
        {
          answers: () => ({
            first: { summary: 'The first rows', value: { requirements: ACCESS_REQUIREMENTS.slice(0, 3) } }
          }),
          problems: ['INVALID_REQUEST'],
          hasEntityTag: true
        }
      )
    },
    async ({ query }, reply) =>
      layOut(reply, query)
        // No secret, and the same until the next release: worth keeping, if asked again first.
        .header('cache-control', 'no-cache')
        .send({ requirements: [...ACCESS_REQUIREMENTS] })
  )
}
