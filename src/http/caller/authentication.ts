import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Caller, KeysUnavailable, NotAuthenticated, MissingCredentials, type Scope } from '../../access/caller.js'
import type { Authenticate } from '../../access/gateway.js'
import { ServiceError } from '../../errors.js'
import { stateOf } from '../request-state.js'
import { hasClientCertificate } from '../tls.js'

/** What an operation asks of its caller: nothing, or a scope. Written in the `config` of its route. */
export interface OperationAccess {
  access: 'public' | Scope
}

export interface AuthenticationOptions {
  /** Undefined without authentication. */
  authenticate: Authenticate | undefined
  /** The scheme that is asked for (RFC 9110 §11.6.1). */
  challenge: string
}

/** Identifies the caller. An unknown caller is refused later, so that its requests are counted, too. */
export const identification = fp<Pick<AuthenticationOptions, 'authenticate'>>(async (app, { authenticate }) => {
  if (authenticate === undefined) return
  app.addHook('onRequest', (request, _reply, done) => {
    if (accessOf(stateOf(request).route) === 'public') {
      done()
      return
    }
    const know = (caller: Caller): void => {
      stateOf(request).caller = caller
      done()
    }
    const refuse = (error: unknown): void => {
      stateOf(request).refusal = error
      done()
    }
    const {
      headers,
      raw: { rawHeaders },
      socket
    } = request
    let caller: Caller | Promise<Caller>
    try {
      caller = authenticate({
        headers,
        rawHeaders,
        address: socket.remoteAddress,
        hasClientCertificate: hasClientCertificate(socket)
      })
    } catch (error) {
      refuse(error)
      return
    }
    // Tokens take their time; what a gateway says is known at once.
    if (caller instanceof Promise) caller.then(know, refuse)
    else know(caller)
  })
})

/**
 * Every operation requires the scope of its route; one without a scope is refused to all. Checked before a body
 * is read.
 */
export const authorization = fp<AuthenticationOptions>(async (app, { authenticate, challenge }) => {
  if (authenticate === undefined) return
  app.addHook('onRequest', (request, reply, done) => {
    const { caller, refusal, route } = stateOf(request)
    const wanted = accessOf(route)
    if (wanted === 'public' || (wanted !== undefined && caller?.scopes.has(wanted) === true)) done()
    else if (caller === undefined) done(unauthenticated(refusal, reply, challenge))
    else {
      reply.header('www-authenticate', `${challenge} error="insufficient_scope", scope="${wanted}"`)
      done(new ServiceError('FORBIDDEN', `The operation needs the scope ${wanted}.`))
    }
  })
})

/**
 * For an operation of which only some requests need a further scope. Without authentication there are no scopes.
 */
export function assertScope (request: FastifyRequest, scope: Scope): void {
  const { caller, isOfOtherPage } = stateOf(request)
  if (isOfOtherPage && scope === 'verify:live') throw refusedPage()
  if (caller !== undefined && !caller.scopes.has(scope))
    throw new ServiceError('FORBIDDEN', `The operation needs the scope ${scope}.`)
}

/** Without authentication, of a page that `isOwnOrigin` refuses. */
export function refusedPage (): ServiceError {
  return new ServiceError('FORBIDDEN', 'Pages of other hosts may not read live policies.')
}

function unauthenticated (cause: unknown, reply: FastifyReply, challenge: string): Error {
  if (cause instanceof KeysUnavailable)
    return new ServiceError('SERVICE_UNAVAILABLE', 'Tokens cannot be checked now.', [], { cause: cause.cause })
  if (!(cause instanceof NotAuthenticated))
    return new ServiceError('INTERNAL_ERROR', 'The caller could not be identified.', [], { cause })
  // RFC 6750 §3.1: no error for a request without credentials.
  reply.header(
    'www-authenticate',
    cause instanceof MissingCredentials ? challenge : `${challenge} ` + 'error="invalid_token"'
  )
  return new ServiceError('UNAUTHENTICATED', cause.message, [], { cause: cause.cause })
}

/** What a route asks of its caller, if it says so. */
export function accessOf ({ config }: { config?: unknown }): OperationAccess['access'] | undefined {
  return isOperation(config) ? config.access : undefined
}

function isOperation (config: unknown): config is OperationAccess {
  return typeof config === 'object' && config !== null && 'access' in config
}
