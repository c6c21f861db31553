import type { GatewayAuthentication } from '../access/gateway.js'
import type { JwtAuthentication } from '../access/jwt.js'
import { type Environment, isHops, isLoopback, listOf } from './environment.js'

/** How callers are identified. */
export type Authentication = { mode: 'none' } | GatewayAuthentication | JwtAuthentication

/** What is wrong between variables, each of which may be right by itself; it is reported for the first. */
export interface CrossFault {
  variables: [keyof Environment, ...Array<keyof Environment>]
  text: string
}

/** The authentication that is asked for, and every fault of it: what is missing, and what could not be safe. */
export interface AskedAuthentication {
  authentication: Authentication
  faults: CrossFault[]
}

export function authenticationOf (values: Environment): AskedAuthentication {
  switch (values.AUTH_MODE) {
    case 'none':
      return { authentication: { mode: 'none' }, faults: faultsOfNone(values) }
    case 'gateway':
      return gatewayOf(values)
    case 'jwt':
      return jwtOf(values)
  }
}

/** Two listeners cannot have one port. */
export function portFaults ({ HOST, PORT, METRICS_PORT, METRICS_HOST = HOST }: Environment): CrossFault[] {
  return METRICS_PORT === PORT && PORT !== 0 && METRICS_HOST === HOST
    ? [{ variables: ['METRICS_PORT', 'PORT'], text: 'must differ from PORT' }]
    : []
}

/** Without authentication only clients on this machine may connect. */
function faultsOfNone ({ HOST, METRICS_PORT, METRICS_HOST, JWT_JWKS_URL, ACCESS_TABLE }: Environment): CrossFault[] {
  const open = 'must be a loopback address while AUTH_MODE is none: set AUTH_MODE to gateway or jwt to listen on others'
  return [
    ...inMode('HOST', !isLoopback(HOST), open),
    ...inMode(
      'METRICS_HOST',
      METRICS_PORT !== undefined && METRICS_HOST !== undefined && !isLoopback(METRICS_HOST),
      open
    ),
    ...inMode(
      'JWT_JWKS_URL',
      JWT_JWKS_URL !== undefined,
      'is set, but AUTH_MODE is none: no client would be asked for a token'
    ),
    ...inMode(
      'ACCESS_TABLE',
      ACCESS_TABLE !== undefined,
      'is set, but AUTH_MODE is none: there are no callers to distinguish'
    )
  ]
}

/** A certificate without its key, or the other way round; client certificates that are not checked. */
export function tlsFaults ({ TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE, AUTH_MODE }: Environment): CrossFault[] {
  const [hasCertificate, hasKey] = [TLS_CERT_FILE !== undefined, TLS_KEY_FILE !== undefined]
  const clientCa = (isFault: boolean, other: keyof Environment, text: string): CrossFault[] =>
    TLS_CLIENT_CA_FILE !== undefined && isFault ? [{ variables: ['TLS_CLIENT_CA_FILE', other], text }] : []
  return [
    ...(hasCertificate && !hasKey
      ? [{ variables: ['TLS_KEY_FILE'], text: 'must be set with TLS_CERT_FILE' } satisfies CrossFault]
      : []),
    ...(hasKey && !hasCertificate
      ? [{ variables: ['TLS_CERT_FILE'], text: 'must be set with TLS_KEY_FILE' } satisfies CrossFault]
      : []),
    ...clientCa(!hasCertificate && !hasKey, 'TLS_CERT_FILE', 'is set, but there is no TLS_CERT_FILE'),
    ...clientCa(
      AUTH_MODE !== 'gateway',
      'AUTH_MODE',
      'is set, but AUTH_MODE is not gateway: no client would need a certificate'
    )
  ]
}

function gatewayOf (values: Environment): AskedAuthentication {
  const { CALLER_HEADER, SCOPES_HEADER, TRUST_PROXY, JWT_JWKS_URL, TLS_CLIENT_CA_FILE } = values
  const proxies = TRUST_PROXY ?? ''
  const [callerHeader, scopesHeader] = [CALLER_HEADER.toLowerCase(), SCOPES_HEADER.toLowerCase()]
  return {
    authentication: {
      mode: 'gateway',
      callerHeader,
      scopesHeader,
      gateways: listOf(proxies),
      needsCertificate: TLS_CLIENT_CA_FILE !== undefined
    },
    faults: [
      ...inMode(
        'TRUST_PROXY',
        proxies === '',
        'must name the addresses of the gateway: headers of others are not believed'
      ),
      ...inMode(
        'TRUST_PROXY',
        isHops(proxies),
        'must be addresses or CIDR blocks while AUTH_MODE is gateway: a number of hops says nothing of who sends'
      ),
      ...(callerHeader === scopesHeader
        ? [
            {
              variables: ['SCOPES_HEADER', 'CALLER_HEADER', 'AUTH_MODE'],
              text: 'must differ from CALLER_HEADER'
            } satisfies CrossFault
        ]
        : []),
      ...inMode(
        'JWT_JWKS_URL',
        JWT_JWKS_URL !== undefined,
        'is set, but AUTH_MODE is gateway: no client would be asked for a token'
      )
    ]
  }
}

function jwtOf (values: Environment): AskedAuthentication {
  const { JWT_JWKS_URL = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = values
  const audience = listOf(JWT_AUDIENCE)
  const missing = 'must be set while AUTH_MODE is jwt'
  return {
    authentication: {
      mode: 'jwt',
      jwksUrl: JWT_JWKS_URL,
      issuer: JWT_ISSUER,
      audience,
      algorithms: listOf(values.JWT_ALGORITHMS),
      clockSkewSeconds: values.JWT_CLOCK_SKEW_SECONDS,
      maxLifetimeSeconds: values.JWT_MAX_LIFETIME_SECONDS,
      hasClientPrefix: values.JWT_CLIENT_PREFIX,
      acceptsBoundTokens: values.JWT_ACCEPT_BOUND_TOKENS
    },
    faults: [
      ...inMode('JWT_JWKS_URL', JWT_JWKS_URL === '', missing),
      ...inMode('JWT_ISSUER', JWT_ISSUER === '', missing),
      ...inMode('JWT_AUDIENCE', audience.length === 0, missing)
    ]
  }
}

/** A fault that a variable has in the mode that is asked for, if it has it. */
function inMode (variable: keyof Environment, isFault: boolean, text: string): CrossFault[] {
  return isFault ? [{ variables: [variable, 'AUTH_MODE'], text }] : []
}
