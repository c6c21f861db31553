import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { NotAuthenticated, type Caller, type Scope } from '../access/caller.js'
import type { Authenticate } from '../access/gateway.js'
import { KeysUnavailable } from '../access/jwt.js'
import { ServiceError } from '../errors.js'

/** What an operation asks of its caller: nothing, or a scope. Written in the `config` of its route. */
export interface OperationAccess { access: 'public' | Scope }

const callers = new WeakMap<FastifyRequest, Caller>()

/** Who sent a request; undefined where nobody is asked. */
export function callerOf (request: FastifyRequest): Caller | undefined {
  return callers.get(request)
}

export interface AuthenticationOptions {
  /** Undefined where callers are not told apart. */
  authenticate: Authenticate | undefined
  /** What the client is told to bring (RFC 9110 §11.6.1); undefined where it can bring nothing by itself. */
  challenge: string | undefined
}

/** Every operation of the scope asks for what its route says; one that says nothing is nobody's. Asked before a body is read. */
export const authentication = fp<AuthenticationOptions>(async (app, { authenticate, challenge }) => {
  if (authenticate === undefined) return
  app.addHook('onRequest', async (request, reply) => {
    const wanted = accessOf(request.routeOptions)
    if (wanted === 'public') return
    const { headers, socket: { remoteAddress: address } } = request
    const caller = await identify(() => authenticate({ headers, address }), (error) => { demand(reply, challenge, error) })
    callers.set(request, caller)
    if (wanted !== undefined && caller.scopes.has(wanted)) return
    demand(reply, challenge, `insufficient_scope", scope="${wanted}`)
    throw new ServiceError('FORBIDDEN', `The operation needs the scope ${wanted}.`)
  })
})

async function identify (authenticate: () => Caller | Promise<Caller>, onRefusal: (error: string) => void): Promise<Caller> {
  try {
    return await authenticate()
  } catch (cause) {
    if (cause instanceof KeysUnavailable) throw new ServiceError('SERVICE_UNAVAILABLE', 'Tokens cannot be checked now.', [], { cause: cause.cause })
    if (!(cause instanceof NotAuthenticated)) throw cause
    onRefusal('invalid_token')
    throw new ServiceError('UNAUTHENTICATED', cause.message, [], { cause: cause.cause })
  }
}

function demand (reply: FastifyReply, challenge: string | undefined, error: string): void {
  if (challenge !== undefined) reply.header('www-authenticate', `${challenge} error="${error}"`)
}

/** What a route asks of its caller, if it says so. */
export function accessOf ({ config }: { config?: unknown }): OperationAccess['access'] | undefined {
  return isOperation(config) ? config.access : undefined
}

function isOperation (config: unknown): config is OperationAccess {
  return typeof config === 'object' && config !== null && 'access' in config
}
