import type { IncomingHttpHeaders } from 'node:http'
import { compile } from '@fastify/proxy-addr'
import { LRUCache } from 'lru-cache'
import { type Caller, isCallerId, NotAuthenticated, scopesOf } from './caller.js'

/** A gateway has authenticated the caller and says who it is, in headers that only it can set. */
export interface GatewayAuthentication {
  mode: 'gateway'
  callerHeader: string
  scopesHeader: string
  gateways: string[]
  /** Whether the gateway has to present a client certificate (TLS_CLIENT_CA_FILE). */
  needsCertificate: boolean
}

/** What says who sends a request: its headers, and who is at the other end of the connection. */
export interface Presented {
  headers: IncomingHttpHeaders
  rawHeaders: readonly string[]
  address: string | undefined
  hasClientCertificate?: boolean
}

/** Tells who sends a request; rejects with NotAuthenticated. */
export type Authenticate = (request: Presented) => Caller | Promise<Caller>

/** So many addresses are remembered. */
const MAX_ADDRESSES = 1_000

/** Trusts the headers of a gateway, and of no other address: any client can write a header. */
export function gatewayAuthentication ({
  callerHeader,
  scopesHeader,
  gateways,
  needsCertificate
}: GatewayAuthentication): Authenticate {
  const isOfGateway = compile(gateways)
  // Gateways have few addresses and send every request: to parse an address takes as long as all the rest.
  const addresses = new LRUCache<string, boolean>({ max: MAX_ADDRESSES })
  const isGateway = (address: string): boolean => {
    const known = addresses.get(address)
    if (known !== undefined) return known
    const found = isOfGateway(address, 0)
    addresses.set(address, found)
    return found
  }
  return ({ rawHeaders, address, hasClientCertificate }) => {
    if (address === undefined || !isGateway(address) || (needsCertificate && hasClientCertificate !== true))
      throw new NotAuthenticated('The request does not come from the gateway.')
    const id = onlyValue(rawHeaders, callerHeader)
    const scopes = onlyValue(rawHeaders, scopesHeader)
    if (id === undefined || !isCallerId(id)) throw new NotAuthenticated('The gateway does not say who the caller is.')
    if (scopes?.includes(',') === true)
      throw new NotAuthenticated('The gateway does not say clearly what the caller may do.')
    return { id, scopes: scopesOf(scopes ?? '') }
  }
}

/**
 * The value of a header that comes once. Of two, one may be the client's own; so may a part of a value that holds a
 * comma, for that is how two are joined on the way.
 */
function onlyValue (rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length !== name.length || rawHeaders[at]?.toLowerCase() !== name) continue
    if (found !== undefined) throw new NotAuthenticated(`The request has several ${name} headers.`)
    found = rawHeaders[at + 1]
  }
  return found
}
