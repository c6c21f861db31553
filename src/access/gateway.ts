import { compile } from '@fastify/proxy-addr'
import type { IncomingHttpHeaders } from 'node:http'
import type { GatewayAuthentication } from '../config/authentication.js'
import { isCallerId, NotAuthenticated, scopesOf, type Caller } from './caller.js'

/** What says who sends a request: its headers, and the address at the other end of the connection. */
export interface Presented { headers: IncomingHttpHeaders, address: string | undefined }

/** Tells who sends a request; rejects with NotAuthenticated. */
export type Authenticate = (request: Presented) => Caller | Promise<Caller>

/** Believes the headers of a gateway, and of nobody else: anyone can write a header. */
export function believeGateway ({ callerHeader, scopesHeader, gateways }: GatewayAuthentication): Authenticate {
  const isGateway = compile(gateways)
  return ({ headers, address }) => {
    if (address === undefined || !isGateway(address, 0)) throw new NotAuthenticated('The request does not come from the gateway.')
    const id = headers[callerHeader]
    const scopes = headers[scopesHeader]
    if (typeof id !== 'string' || !isCallerId(id)) throw new NotAuthenticated('The gateway does not say who the caller is.')
    return { id, scopes: scopesOf(typeof scopes === 'string' ? scopes : '') }
  }
}
