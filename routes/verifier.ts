import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { PolicyDocument } from '../schemas/policy-document.js'
import { ref } from '../schemas/ref.js'
import { prettyPrint, PrettyQuery, tagEntities } from '../src/http/answer/json-answer.js'
import { requires, operation } from '../src/http/docs/operation.js'
import { type Partition, PARTITIONS } from '../src/personalize/identifiers.js'
import { partitionOfVerifier, type VerifierFeatures, verifierPolicy } from '../src/policies/reader-policy.js'

const VerifierQuery = Type.Object(
  {
    ...PrettyQuery.properties,
    partition: Type.Optional(
      Type.Unsafe<Partition>({
        type: 'string',
        enum: PARTITIONS,
        examples: ['aws'],
        description:
          "The partition of the service's own account. Default: that of the configured roles, else `aws`."
      })
    )
  },
  { additionalProperties: false }
)

/** What the example shows; an answer is made of the configuration. */
const EXAMPLE: VerifierFeatures = {
  assumeRoleArns: ['arn:aws:iam::444455556666:role/PersonalizePolicyReader'],
  organizationPolicies: true,
  sampleObjects: false
}

export const verifierRoute: FastifyPluginAsyncTypebox<{
  features: (request: FastifyRequest) => VerifierFeatures
}> = async (app, { features: featuresFor }) => {
  tagEntities(app)

  app.get(
    '/policies/verifier',
    {
      config: requires('verify:live'),
      schema: operation(
        {
          operationId: 'getVerifierPolicy',
          tags: ['service'],
          summary: 'Get the policy that the service itself needs',
          description:
            'The least-privilege permissions policy of the role that this service runs as, for the configured ' +
            'features: all that `POST /verify` reads, and the roles that it assumes to read other accounts. In those ' +
            'accounts the roles need the same statements except `AssumeReaderRoles`.',
          querystring: VerifierQuery,
          response: { 200: ref(PolicyDocument) }
        },
        {
          answers: () => ({
            policy: {
              summary: 'With a role of another account, and organizations',
              value: verifierPolicy(EXAMPLE, 'aws')
            }
          }),
          problems: ['INVALID_REQUEST'],
          hasEntityTag: true
        }
      )
    },
    async (request, reply) => {
      const features = featuresFor(request)
      const { query } = request
      return (
        prettyPrint(reply, query)
          // The same until the service is reconfigured: cacheable with revalidation.
          .header('cache-control', 'no-cache')
          .send(verifierPolicy(features, query.partition ?? partitionOfVerifier(features)))
      )
    }
  )
}
