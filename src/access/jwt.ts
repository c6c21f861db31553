import { createRemoteJWKSet, errors, jwksCache, jwtVerify, type JWKSCacheInput, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose'
import { setTimeout } from 'node:timers/promises'
import type { JwtAuthentication } from '../config/authentication.js'
import { isCallerId, KeysUnavailable, NotAuthenticated, NothingPresented, scopesOf, type Caller } from './caller.js'
import type { Authenticate } from './gateway.js'

/**
 * How long keys that were fetched are used: until they are fetched anew, and at most, where that fails. `cooldownDuration` is between
 * two attempts, and how long a token of an unknown key is refused before the keys are fetched for it.
 */
export interface KeyAges { renewAge: number, cacheMaxAge: number, cooldownDuration: number, timeoutDuration: number }
const AGES: KeyAges = { renewAge: 10 * 60_000, cacheMaxAge: 60 * 60_000, cooldownDuration: 10_000, timeoutDuration: 5_000 }

/** How long a token waits for keys that are fetched anew while the last ones are still good. */
const PATIENCE_MS = 300

/** Is told once when keys can no longer be fetched anew, and why, and once when they can again. */
export type TellRenewal = (error?: unknown) => void

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Verifies bearer tokens (RFC 6750, RFC 7519): signature by a key of the key set, algorithm, issuer, audience, expiry. The caller is
 * `sub`, or `client_id` for tokens of no user; scopes are those of `scope` or `scp`. Keys may rotate: an unknown one has the set fetched anew.
 */
export function verifyTokens (config: JwtAuthentication, tell: TellRenewal = () => {}, ages: KeyAges = AGES): Authenticate {
  const keys = keysOf(new URL(config.jwksUrl), ages, tell)
  const options: JWTVerifyOptions = {
    issuer: config.issuer,
    audience: config.audience,
    algorithms: config.algorithms,
    clockTolerance: config.clockSkewSeconds,
    requiredClaims: ['exp']
  }
  return async ({ headers: { authorization } }) => {
    const token = BEARER.exec(authorization ?? '')?.[1]
    if (token === undefined) throw new NothingPresented('The request has no bearer token.')
    return callerOf(await payloadOf(async () => (await jwtVerify(token, keys, options)).payload))
  }
}

/** The keys of an issuer. While it cannot be reached the last ones are used, for a while: an outage there need not be one here. */
function keysOf (url: URL, { renewAge, ...ages }: KeyAges, tell: TellRenewal): JWTVerifyGetKey {
  const fetched: JWKSCacheInput = {}
  const keys = createRemoteJWKSet(url, { ...ages, [jwksCache]: fetched })
  let triedAt = 0
  let isFailing = false
  const tellChange = (error?: unknown): void => {
    if (isFailing === (error !== undefined)) return
    isFailing = !isFailing
    tell(error)
  }
  return async (header, token) => {
    const [now, fetchedAt] = [Date.now(), timeOf(fetched)]
    if (fetchedAt >= triedAt) tellChange()
    // One token waits for the attempt, and not for long: an issuer that is silent goes on holding up the attempt alone.
    if (keys.fresh && now - fetchedAt >= renewAge && now - triedAt >= ages.cooldownDuration) {
      triedAt = now
      await Promise.race([keys.reload().catch(tellChange), setTimeout(PATIENCE_MS, undefined, { ref: false })])
    }
    return await keys(header, token)
  }
}

function timeOf ({ uat = 0 }: JWKSCacheInput): number {
  return uat
}

/** What a token fails by is its own fault, unless the keys could not be fetched. */
async function payloadOf (verify: () => Promise<JWTPayload>): Promise<JWTPayload> {
  try {
    return await verify()
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw new NotAuthenticated('The token has expired.', { cause })
    if (isOfToken(cause)) throw new NotAuthenticated('The token is not valid here.', { cause })
    throw new KeysUnavailable('the keys of tokens cannot be fetched', { cause })
  }
}

function isOfToken (cause: unknown): boolean {
  return [
    errors.JWTInvalid, errors.JWTClaimValidationFailed, errors.JWSInvalid, errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed, errors.JOSENotSupported, errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys
  ].some((kind) => cause instanceof kind)
}

function callerOf ({ sub, client_id: clientId, scope, scp }: JWTPayload): Caller {
  const id = sub ?? clientId
  if (typeof id !== 'string' || !isCallerId(id)) throw new NotAuthenticated('The token does not say who the caller is.')
  const scopes = [scope, scp].flat().filter((text) => typeof text === 'string')
  return { id, scopes: scopesOf(scopes.join(' ')) }
}
