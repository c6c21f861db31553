import { setTimeout } from 'node:timers/promises'
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  jwksCache,
  type JWKSCacheInput,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult
} from 'jose'
import { type Caller, isCallerId, KeysUnavailable, NotAuthenticated, MissingCredentials, scopesOf } from './caller.js'
import type { Authenticate } from './gateway.js'

/** The caller brings a signed token (RFC 7519, RFC 9068). */
export interface JwtAuthentication {
  mode: 'jwt'
  jwksUrl: string
  issuer: string
  audience: string[]
  algorithms: string[]
  clockSkewSeconds: number
  /** Upper bound of the time until `exp`. */
  maxLifetimeSeconds: number
  /** Whether a client without a user is `client:<client_id>` in the access table, so that no user can have its name. */
  hasClientPrefix: boolean
  /** Whether tokens that are bound to a key (`cnf`) are accepted: a gateway has verified the proof of possession. */
  acceptsBoundTokens: boolean
}

/**
 * How long keys that were fetched are used: until they are fetched again, and at most, where that fails.
 * `cooldownDuration` is between two attempts, and how long a token of an unknown key is refused before the keys are
 * fetched for it.
 */
export interface KeyAges {
  renewAge: number
  cacheMaxAge: number
  cooldownDuration: number
  timeoutDuration: number
}
const AGES: KeyAges = {
  renewAge: 10 * 60_000,
  cacheMaxAge: 60 * 60_000,
  cooldownDuration: 10_000,
  timeoutDuration: 5_000
}

/** How long a token waits for keys that are fetched again while the last ones are still good. */
const PATIENCE_MS = 300

/** Called once when keys can no longer be fetched, with the error, and once when they can again. */
export type TellRenewal = (error?: unknown) => void

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Verifies bearer tokens (RFC 6750, RFC 7519): signature by a key of the key set, algorithm, issuer, audience,
 * expiry. The caller is `sub`, or `client_id` for tokens of no user; scopes are those of `scope` or `scp`. Keys may
 * rotate: the set is fetched again for an unknown key.
 */
export function verifyTokens (
  config: JwtAuthentication,
  tell: TellRenewal = () => {},
  ages: KeyAges = AGES
): Authenticate {
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
    if (token === undefined) throw new MissingCredentials('The request has no bearer token.')
    const { payload, protectedHeader } = await verified(async () => await jwtVerify(token, keys, options))
    assertAccessToken(payload, protectedHeader.typ, config)
    return callerOf(payload, config)
  }
}

/**
 * The keys of an issuer. While it cannot be reached the last ones are used, for a while: an outage there need not be
 * one here.
 */
function keysOf (url: URL, { renewAge, ...ages }: KeyAges, tell: TellRenewal): JWTVerifyGetKey {
  const fetched: JWKSCacheInput = {}
  const keys = createRemoteJWKSet(url, {
    ...ages,
    [jwksCache]: fetched,
    [customFetch]: boundedFetch(ages.cooldownDuration)
  })
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

const MAX_KEY_SET_BYTES = 1_000_000
const MIN_BACK_OFF_MS = 1_000
const MAX_BACK_OFF_MS = 30_000

/** Fetches a key set of bounded size. After a failed fetch the next ones fail at once, for a time that doubles. */
function boundedFetch (cooldownMs: number): FetchImplementation {
  let failedAt = 0
  let backOffMs = 0
  return async (url, options) => {
    const elapsedMs = Date.now() - failedAt
    if (elapsedMs >= 0 && elapsedMs < backOffMs) throw new Error('the last fetch of the key set failed')
    try {
      const response = await fetch(url, options)
      if (response.status !== 200) throw new Error(`the key set has the status ${response.status}`)
      const text = await boundedText(response)
      backOffMs = 0
      return new Response(text, { status: 200 })
    } catch (error) {
      failedAt = Date.now()
      backOffMs = cooldownMs === 0 ? 0 : Math.min(Math.max(MIN_BACK_OFF_MS, 2 * backOffMs), MAX_BACK_OFF_MS)
      throw error
    }
  }
}

async function boundedText ({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > MAX_KEY_SET_BYTES) throw new Error(`the key set has more than ${MAX_KEY_SET_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function timeOf ({ uat = 0 }: JWKSCacheInput): number {
  return uat
}

/** What a token fails by is its own fault, unless the keys could not be fetched. */
async function verified (verify: () => Promise<JWTVerifyResult>): Promise<JWTVerifyResult> {
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
    errors.JWTInvalid,
    errors.JWTClaimValidationFailed,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys
  ].some((kind) => cause instanceof kind)
}

/** RFC 9068 §2.1; some issuers send `JWT`, or no type at all. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt'])

/**
 * Refuses a token of another kind (an ID token, a logout token), one that is valid for too long, and one that is
 * bound to a key.
 */
function assertAccessToken (
  { exp = Infinity, cnf }: JWTPayload,
  type: unknown,
  { maxLifetimeSeconds, acceptsBoundTokens }: JwtAuthentication
): void {
  // An issuer may sign a type that is no text.
  if (type !== undefined && !(typeof type === 'string' && TYPES.has(type.toLowerCase())))
    throw new NotAuthenticated('The token is not an access token.')
  if (exp - Date.now() / 1_000 > maxLifetimeSeconds) throw new NotAuthenticated('The token is valid for too long.')
  if (cnf !== undefined && !acceptsBoundTokens)
    throw new NotAuthenticated('The token is bound to a key that is not verified here.')
}

const CLIENT_PREFIX = 'client:'

function callerOf (
  { sub, client_id: clientId, scope, scp }: JWTPayload,
  { hasClientPrefix }: JwtAuthentication
): Caller {
  // RFC 9068 §2.2: without a user, `sub` may be the client itself.
  const isClient = sub === undefined || sub === clientId
  const name = sub ?? clientId
  const isReserved = hasClientPrefix && !isClient && sub.startsWith(CLIENT_PREFIX)
  const id = hasClientPrefix && isClient && typeof name === 'string' ? `${CLIENT_PREFIX}${name}` : name
  if (typeof id !== 'string' || !isCallerId(id) || isReserved)
    throw new NotAuthenticated('The token does not say who the caller is.')
  const scopes = [scope, scp].flat().filter((text) => typeof text === 'string')
  return { id, scopes: scopesOf(scopes.join(' ')) }
}
