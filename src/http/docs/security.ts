import { Problem } from '../../../schemas/problem.js'
import { ref } from '../../../schemas/ref.js'
import type { Authentication } from '../../config/authentication.js'
import type { ErrorCode } from '../../errors.js'
import type { OperationAccess } from '../caller/authentication.js'
import { isDocumentation, statusesOf } from './operation.js'

/** How every operation that is not public may be refused before it looks at the request. */
const REFUSALS = ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'OVERLOADED'] as const satisfies readonly ErrorCode[]

/**
 * How a caller authenticates in the configured mode. Undefined without authentication: the document then has no
 * security scheme, so that Swagger UI has no padlocks and no "Authorize".
 */
export function securitySchemes (authentication: Authentication) {
  switch (authentication.mode) {
    case 'none':
      return undefined
    case 'jwt':
      return {
        bearerToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token with the scope of the operation in `scope` or `scp`.'
        }
      } as const
    case 'gateway':
      return {
        gatewayCaller: {
          type: 'apiKey',
          in: 'header',
          name: authentication.callerHeader,
          description: 'The caller, as authenticated by the gateway. The gateway sets this header.'
        },
        gatewayScopes: {
          type: 'apiKey',
          in: 'header',
          name: authentication.scopesHeader,
          description: 'The scopes of the caller, separated by spaces. The gateway sets this header.'
        }
      } as const
  }
}

type RouteSchema = Record<string, unknown>

/**
 * The schema of a route with what follows from what it requires of its caller: how to authenticate, and how it is
 * refused. The refusals are the same in every mode: a client works with each installation.
 */
export function withAccess (
  schema: RouteSchema,
  access: OperationAccess['access'] | undefined,
  authentication: Authentication
): RouteSchema {
  const documentation = schema['x-documentation']
  if (access === undefined || access === 'public' || !isDocumentation(documentation)) return schema
  const refusals = Object.fromEntries(REFUSALS.flatMap(statusesOf).map((status) => [status, ref(Problem)]))
  const schemes = Object.keys(securitySchemes(authentication) ?? {})
  return {
    ...schema,
    ...(schemes.length === 0
      ? {}
      : {
        // All schemes of a mode are needed together.
        security: [Object.fromEntries(schemes.map((name) => [name, [access]]))],
        description: `${schema['description']} Scope: \`${access}\`.`
      }),
    response: { ...refusals, ...Object(schema['response']) },
    'x-documentation': {
      ...documentation,
      problems: [...documentation.problems, ...REFUSALS.filter((code) => !documentation.problems.includes(code))]
    }
  }
}
