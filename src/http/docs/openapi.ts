import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../../../schemas/problem.js'
import { ref } from '../../../schemas/ref.js'
import type { Authentication } from '../../config/authentication.js'
import { ERROR_CODES, type ErrorCode, ERRORS, type Fault, ServiceError } from '../../errors.js'
import { VERSION } from '../../version.js'
import { asksForLater, PROBLEM_TYPE, problemOf } from '../answer/problem.js'
import { accessOf, type OperationAccess } from '../caller/authentication.js'
import { type Examples, type OperationDocumentation, statusesOf } from './operation.js'

/** How every operation that is not public may be refused before it looks at the request. */
const REFUSALS = ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'OVERLOADED'] as const satisfies readonly ErrorCode[]

const DEFAULT_HEADERS = { callerHeader: 'x-caller', scopesHeader: 'x-scopes' }

/**
 * The ways in which a caller can say who it is. Which of them counts is configured; none does where the service
 * listens to its own machine alone.
 */
export function securitySchemes (authentication: Authentication) {
  const { callerHeader, scopesHeader } = authentication.mode === 'gateway' ? authentication : DEFAULT_HEADERS
  return {
    bearerToken: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'With `AUTH_MODE=jwt`: an access token with the scope of the operation in `scope` or `scp`.'
    },
    gatewayCaller: {
      type: 'apiKey',
      in: 'header',
      name: callerHeader,
      description: 'With `AUTH_MODE=gateway`: who the caller is, as the gateway that has authenticated it says.'
    },
    gatewayScopes: {
      type: 'apiKey',
      in: 'header',
      name: scopesHeader,
      description: 'With `AUTH_MODE=gateway`: the scopes of the caller, divided by spaces.'
    }
  } as const
}

type RouteSchema = Record<string, unknown>

/**
 * The schema of a route with what follows from what it asks of its caller: how to say who it is, and how it is
 * refused.
 */
export function withAccess (schema: RouteSchema, access: OperationAccess['access'] | undefined): RouteSchema {
  const documentation = schema['x-documentation']
  if (access === undefined || access === 'public' || !isDocumentation(documentation)) return schema
  const refusals = Object.fromEntries(REFUSALS.flatMap(statusesOf).map((status) => [status, ref(Problem)]))
  return {
    ...schema,
    security: [{ bearerToken: [access] }, { gatewayCaller: [access], gatewayScopes: [access] }, {}],
    response: { ...refusals, ...Object(schema['response']) },
    'x-documentation': {
      ...documentation,
      problems: [...documentation.problems, ...REFUSALS.filter((code) => !documentation.problems.includes(code))]
    }
  }
}

const EXAMPLES: Partial<Record<ErrorCode, { detail: string; faults?: Fault[] }>> = {
  INVALID_REQUEST: {
    detail: 'The body has 2 faults.',
    faults: [
      { pointer: '/roleArns', detail: 'is required' },
      {
        pointer: '/operations/0',
        detail:
          'must be one of: datasetGroup, datasetImportJob, datasetExportJob, batchInferenceJob, batchSegmentJob, ' +
          'metricAttribution, dataDeletionJob'
      }
    ]
  },
  MALFORMED_JSON: { detail: 'The body is empty.' },
  NOT_FOUND: { detail: 'There is no error code SPELLING.' },
  BODY_TOO_LARGE: { detail: 'The body is larger than 1048576 bytes.' },
  SID_CONFLICT: {
    detail: 'The statement AllowPersonalizeService of the existing policy has another meaning than ours.',
    faults: [{ pointer: '/existingKeyPolicy/Statement/1', detail: 'has a Sid of this service, but another meaning' }]
  },
  INCONSISTENT_USAGE: {
    detail: 'The usage has 1 fault.',
    faults: [{ pointer: '/kmsKeyArns/0', detail: 'is in partition aws-cn, the first role in aws' }]
  },
  CUSTOMER_KEY_NOT_SUPPORTED: {
    detail: 'Data deletion jobs cannot use a customer-managed key.',
    faults: [{ pointer: '/operations/0', detail: 'dataDeletionJob supports no customer-managed key' }]
  },
  POLICY_TOO_LARGE: { detail: 'The key policy has 40210 bytes; AWS takes 32768.' },
  LIMIT_EXCEEDED: {
    detail: 'Over a limit: /roleArns must not have more than 50 items.',
    faults: [{ pointer: '/roleArns', detail: 'must not have more than 50 items' }]
  }
}

/** One example for each code and status, named so that operations can refer to it. */
export function problemExamples (): Examples {
  return Object.fromEntries(
    ERROR_CODES.flatMap((code) =>
      statusesOf(code).map((status) => [
        exampleName(code, status),
        { summary: ERRORS[code].title, value: problemExample(code, status) }
      ])
    )
  )
}

export function exampleName (code: ErrorCode, status: number): string {
  return status === ERRORS[code].status ? code : `${code}_${status}`
}

function problemExample (code: ErrorCode, status: number): Problem {
  const { detail, faults } = EXAMPLES[code] ?? { detail: ERRORS[code].description }
  return problemOf(
    new ServiceError(code, detail, faults, { statusCode: status }),
    '0f8f6bd1-6a5f-4f2c-9d1b-6c2b8a1f7a55',
    ''
  )
}

type Json = Record<string, unknown>

const EXTENSION = 'x-documentation'

/**
 * Puts what `operation()` of the routes says of each operation in its place. Swagger itself drops examples
 * beside a `$ref`, and knows one media type an operation, where ours answer problems in another.
 */
export function documentOperations<T extends object> (document: T): T {
  const root: Json = Object.fromEntries(Object.entries(document))
  Object.assign(record(root['components']), { headers: HEADERS, examples: problemExamples() })
  for (const path of Object.values(record(root['paths']))) {
    for (const operation of Object.values(record(path))) documentOperation(record(operation))
  }
  return document
}

const HEADERS = {
  'X-Request-Id': {
    description: 'The id of the request: the one that was sent if it matches `^[A-Za-z0-9._-]{1,64}$`, else a new one.',
    schema: { type: 'string' }
  },
  ETag: { description: 'Strong entity tag: the same request gives the same bytes.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds after which to ask again.', schema: { type: 'integer' } }
}
const headerRef = (name: keyof typeof HEADERS) => ({ [name]: { $ref: `#/components/headers/${name}` } })

function documentOperation (operation: Json): void {
  const documentation = operation[EXTENSION]
  delete operation[EXTENSION]
  if (!isDocumentation(documentation)) return
  if (documentation.requests !== undefined) setExamples(operation['requestBody'], documentation.requests)
  for (const [status, response] of Object.entries(record(operation['responses']))) {
    documentResponse(Number(status), record(response), documentation)
  }
}

function documentResponse (
  status: number,
  response: Json,
  { answers, otherAnswers, problems, hasEntityTag }: OperationDocumentation
): void {
  response['headers'] = {
    ...headerRef('X-Request-Id'),
    ...(hasEntityTag === true && status === 200 ? headerRef('ETag') : {}),
    ...(asksForLater(status) ? headerRef('Retry-After') : {})
  }
  if (status === 200 && answers !== undefined) setExamples(response, answers())
  if (status === 200 && otherAnswers !== undefined) {
    for (const [type, examples] of Object.entries(otherAnswers())) setExamples(response, examples, type)
  }
  if (status < 400) return
  const codes = problems.filter((code) => statusesOf(code).includes(status))
  const schema = record(record(response['content'])['application/json'])['schema']
  response['description'] = codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' ')
  response['content'] = {
    [PROBLEM_TYPE]: {
      schema,
      examples: Object.fromEntries(
        codes.map((code) => [code, { $ref: `#/components/examples/${exampleName(code, status)}` }])
      )
    }
  }
}

function setExamples (holder: unknown, examples: Examples, type = 'application/json'): void {
  const media = record(record(record(holder)['content'])[type])
  media['examples'] = examples
}

function isDocumentation (value: unknown): value is OperationDocumentation {
  return typeof value === 'object' && value !== null && 'problems' in value
}

/** A member that is an object, to be changed in place; of anything else, an unused object. */
function record (value: unknown): Json {
  return isRecord(value) ? value : {}
}

function isRecord (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const description = `Which policies do Amazon Personalize and a customer-managed KMS key need, and do the ones at hand work?

The service never writes to AWS. Generation and \`POST /verify/documents\` need no AWS at all; \`POST /verify\` reads the live policies.
Every error is a problem document (RFC 9457) with all the faults of the request.`

/** The API document: OpenAPI 3.1, with every shared schema under its own name. */
export const openapi = fp<{ publicUrl: string | undefined; authentication: Authentication }>(
  async (app: FastifyInstance, { publicUrl, authentication }) => {
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
        tags: [
          { name: 'policies', description: 'Which policies are needed.' },
          { name: 'verification', description: 'Whether policies work.' },
          { name: 'service', description: 'The service itself.' }
        ],
        components: { securitySchemes: securitySchemes(authentication) }
      },
      transform: ({ schema, url, route }) => ({ schema: withAccess({ ...schema }, accessOf(route)), url }),
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
