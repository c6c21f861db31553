import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Verdict } from '../../schemas/verification.js'
import type { Caller } from '../access/caller.js'
import type { ServiceError } from '../errors.js'

/** What is found out about a request on its way, for those who ask later. */
export interface RequestState {
  /**
   * The path that the API document has, and what was written beside it. Kept, since Fastify puts them together each
   * time.
   */
  route: { url: string | undefined; config: unknown }
  caller: Caller | undefined
  /** Whether a page of another host sent it; false with authentication, where that does not matter. */
  isOfOtherPage: boolean
  /** Why the caller could not be identified. */
  refusal: unknown
  /** What the request was refused with. */
  problem: ServiceError | undefined
  audit: Audit | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Read by `stateOf` alone. `getDecorator`, which looks whether there is such a member, would take a thirtieth
     * of a small request.
     */
    facts: RequestState | null
  }
}

/**
 * Gives every request room for its facts: a member of its own is several times cheaper than an entry of a WeakMap,
 * which the garbage collector has to look through.
 */
export function keepRequestState (app: FastifyInstance): void {
  app.decorateRequest('facts', null)
}

export function stateOf (request: FastifyRequest): RequestState {
  if (request.facts !== null) return request.facts
  const { url, config } = request.routeOptions
  return (request.facts = {
    route: { url, config },
    caller: undefined,
    isOfOtherPage: false,
    refusal: undefined,
    problem: undefined,
    audit: undefined
  })
}

/** What a generation or a verification was about, and what came of it: names and words, never a policy. */
export interface Audit {
  kmsKeyArns?: readonly string[]
  roleArns?: readonly string[]
  verdict?: Verdict
  verdicts?: object
  attempts?: number | undefined
}

/** Who sent a request; undefined without authentication, or if it failed. */
export function callerOf (request: FastifyRequest): Caller | undefined {
  return stateOf(request).caller
}
