import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Authentication } from '../../config/authentication.js'
import { VERSION } from '../../version.js'
import { accessOf } from '../caller/authentication.js'
import { documentOperations } from './documented-operations.js'
import { securitySchemes, withAccess } from './security.js'

/** The tag that each group of routes names, as the document shows it. */
const TAGS = {
  policies: {
    name: 'Get the policies',
    description: 'What the KMS key policy and the policies of the role must grant.'
  },
  verification: {
    name: 'Check that they work',
    description: 'Policies in AWS, or documents that are about to be applied.'
  },
  service: { name: 'Operate', description: 'Probes, the permissions that the service needs, and this document.' }
} as const

function tagNames (tags: readonly string[] = []): string[] {
  return tags.map((tag) => Object.entries(TAGS).find(([key]) => key === tag)?.[1].name ?? tag)
}

const description = `Which policies do Amazon Personalize and a customer-managed KMS key need, and do the ones at \
hand work?

The service never writes to AWS. Generation and \`POST /verify/documents\` need no AWS at all; \`POST /verify\` reads \
the live policies.
Every error is a problem document (RFC 9457) with all the faults of the request.`

/** The API document: OpenAPI 3.1, with every shared schema under its own name. */
export const openapi = fp<{ publicUrl: string | undefined; authentication: Authentication }>(
  async (app: FastifyInstance, { publicUrl, authentication }) => {
    const schemes = securitySchemes(authentication)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Amazon Personalize KMS policies',
          description,
          version: VERSION,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
        },
        servers: [
          {
            url: publicUrl ?? '/',
            description: publicUrl === undefined ? 'The host that serves this document.' : 'The service.'
          }
        ],
        tags: Object.values(TAGS),
        ...(schemes === undefined ? {} : { components: { securitySchemes: schemes } })
      },
      transform: ({ schema, url, route }) => ({
        schema: { ...withAccess({ ...schema }, accessOf(route), authentication), tags: tagNames(schema?.tags) },
        url
      }),
      stripBasePath: false,
      convertConstToEnum: false,
      // Components are named by their `$id` instead of by number.
      refResolver: {
        buildLocalReference: (json, _baseUri, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `def-${i}`)
      },
      transformObject: (document) =>
        'openapiObject' in document ? documentOperations(document.openapiObject) : document.swaggerObject
    })
  }
)
