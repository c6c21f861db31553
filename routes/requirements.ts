import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RequirementsResponse } from '../schemas/generation.js'
import { ref } from '../schemas/ref.js'
import { prettyPrint, PrettyQuery, tagEntities } from '../src/http/answer/json-answer.js'
import { requires, operation } from '../src/http/docs/operation.js'
import { ACCESS_REQUIREMENTS } from '../src/personalize/requirements.js'

export const requirementRoutes: FastifyPluginAsyncTypebox = async (app) => {
  tagEntities(app)

  app.get(
    '/requirements',
    {
      config: requires('policies:generate'),
      schema: operation(
        {
          operationId: 'listRequirements',
          tags: ['policies'],
          summary: 'List what AWS demands',
          description:
            'The catalogue that generator and verifier both work from: the actions for each operation, principal and ' +
            'policy, with the AWS page and its confidence.',
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
      prettyPrint(reply, query)
        // No secret, and the same until the next release: worth keeping, if asked again first.
        .header('cache-control', 'no-cache')
        .send({ requirements: [...ACCESS_REQUIREMENTS] })
  )
}
