import type { Environment } from './environment.js'
import { isHops, isLoopback, listOf } from './formats.js'

/** How callers are told apart. */
export type Authentication =
  | { mode: 'none' }
  | GatewayAuthentication
  | JwtAuthentication

/** A gateway has authenticated the caller and says who it is, in headers that only it can set. */
export interface GatewayAuthentication { mode: 'gateway', callerHeader: string, scopesHeader: string, gateways: string[] }

/** The caller brings a signed token (RFC 7519, RFC 9068). */
export interface JwtAuthentication { mode: 'jwt', jwksUrl: string, issuer: string, audience: string[], algorithms: string[], clockSkewSeconds: number }

/** The authentication that is asked for, or every fault of it: what is missing, and what could not be safe. */
export function authenticationOf (values: Environment): { authentication: Authentication } | { faults: string[] } {
  switch (values.AUTH_MODE) {
    case 'none': return outcome({ mode: 'none' }, faultsOfNone(values))
    case 'gateway': return gatewayOf(values)
    case 'jwt': return jwtOf(values)
  }
}

function outcome (authentication: Authentication, faults: string[]): { authentication: Authentication } | { faults: string[] } {
  return faults.length === 0 ? { authentication } : { faults }
}

/** Two listeners cannot have one port. */
export function portFaults ({ HOST, PORT, METRICS_PORT, METRICS_HOST = HOST }: Environment): string[] {
  return METRICS_PORT === PORT && PORT !== 0 && METRICS_HOST === HOST ? ['METRICS_PORT must differ from PORT'] : []
}

/** Who may ask whatever they like must already be on this machine. */
function faultsOfNone ({ HOST, METRICS_PORT, METRICS_HOST, JWT_JWKS_URL, ACCESS_TABLE }: Environment): string[] {
  const open = 'must be a loopback address while AUTH_MODE is none: set AUTH_MODE to gateway or jwt to listen on others'
  return [
    ...(isLoopback(HOST) ? [] : [`HOST ${open}`]),
    ...(METRICS_PORT === undefined || METRICS_HOST === undefined || isLoopback(METRICS_HOST) ? [] : [`METRICS_HOST ${open}`]),
    ...(JWT_JWKS_URL === undefined ? [] : ['JWT_JWKS_URL is set, but AUTH_MODE is none: nobody would be asked for a token']),
    ...(ACCESS_TABLE === undefined ? [] : ['ACCESS_TABLE is set, but AUTH_MODE is none: there are no callers to tell apart'])
  ]
}

function gatewayOf ({ CALLER_HEADER, SCOPES_HEADER, TRUST_PROXY, JWT_JWKS_URL }: Environment): ReturnType<typeof authenticationOf> {
  const proxies = TRUST_PROXY ?? ''
  const headers = [CALLER_HEADER.toLowerCase(), SCOPES_HEADER.toLowerCase()] as const
  const [callerHeader, scopesHeader] = headers
  return outcome({ mode: 'gateway', callerHeader, scopesHeader, gateways: listOf(proxies) }, [
    ...(proxies === '' ? ['TRUST_PROXY must name the addresses of the gateway: headers of others are not believed'] : []),
    ...(isHops(proxies) ? ['TRUST_PROXY must be addresses or CIDR blocks while AUTH_MODE is gateway: a number of hops says nothing of who sends'] : []),
    ...(callerHeader === scopesHeader ? ['SCOPES_HEADER must differ from CALLER_HEADER'] : []),
    ...(JWT_JWKS_URL === undefined ? [] : ['JWT_JWKS_URL is set, but AUTH_MODE is gateway: nobody would be asked for a token'])
  ])
}

function jwtOf ({ JWT_JWKS_URL = '', JWT_ISSUER = '', JWT_AUDIENCE = '', JWT_ALGORITHMS, JWT_CLOCK_SKEW_SECONDS }: Environment): ReturnType<typeof authenticationOf> {
  const audience = listOf(JWT_AUDIENCE)
  const missing = Object.entries({ JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE: audience.join() }).filter(([, value]) => value === '')
  return outcome(
    { mode: 'jwt', jwksUrl: JWT_JWKS_URL, issuer: JWT_ISSUER, audience, algorithms: listOf(JWT_ALGORITHMS), clockSkewSeconds: JWT_CLOCK_SKEW_SECONDS },
    missing.map(([name]) => `${name} must be set while AUTH_MODE is jwt`)
  )
}
