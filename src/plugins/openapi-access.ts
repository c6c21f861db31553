import { statusesOf, type OperationDocumentation } from '../../routes/operation.js'
import { Problem } from '../../schemas/problem.js'
import { ref } from '../../schemas/ref.js'
import type { Authentication } from '../config/authentication.js'
import type { ErrorCode } from '../errors.js'
import type { OperationAccess } from './authentication.js'

/** How every operation that is not public may be refused before it looks at the request. */
const REFUSALS = ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'OVERLOADED'] as const satisfies readonly ErrorCode[]

const DEFAULT_HEADERS = { callerHeader: 'x-caller', scopesHeader: 'x-scopes' }

/** The ways in which a caller can say who it is. Which of them counts is configured; none does where the service listens to its own machine alone. */
export function securitySchemes (authentication: Authentication) {
  const { callerHeader, scopesHeader } = authentication.mode === 'gateway' ? authentication : DEFAULT_HEADERS
  return {
    bearerToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'With `AUTH_MODE=jwt`: an access token with the scope of the operation in `scope` or `scp`.' },
    gatewayCaller: { type: 'apiKey', in: 'header', name: callerHeader, description: 'With `AUTH_MODE=gateway`: who the caller is, as the gateway that has authenticated it says.' },
    gatewayScopes: { type: 'apiKey', in: 'header', name: scopesHeader, description: 'With `AUTH_MODE=gateway`: the scopes of the caller, divided by spaces.' }
  } as const
}

type RouteSchema = Record<string, unknown>

/** The schema of a route with what follows from what it asks of its caller: how to say who it is, and how it is refused. */
export function withAccess (schema: RouteSchema, access: OperationAccess['access'] | undefined): RouteSchema {
  const documentation = schema['x-documentation']
  if (access === undefined || access === 'public' || !isDocumentation(documentation)) return schema
  const refusals = Object.fromEntries(REFUSALS.flatMap(statusesOf).map((status) => [status, ref(Problem)]))
  return {
    ...schema,
    security: [{ bearerToken: [access] }, { gatewayCaller: [access], gatewayScopes: [access] }, {}],
    response: { ...refusals, ...Object(schema['response']) },
    'x-documentation': { ...documentation, problems: [...documentation.problems, ...REFUSALS.filter((code) => !documentation.problems.includes(code))] }
  }
}

function isDocumentation (value: unknown): value is OperationDocumentation {
  return typeof value === 'object' && value !== null && 'problems' in value
}
