import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWK, type JWTPayload } from 'jose'
import t, { type Test } from 'tap'
import { NotAuthenticated, MissingCredentials } from '../../../src/access/caller.js'
import type { Authenticate } from '../../../src/access/gateway.js'
import { KeysUnavailable } from '../../../src/access/caller.js'
import { verifyTokens } from '../../../src/access/jwt.js'

const ISSUER = 'https://issuer.example.com/'
const AUDIENCE = 'personalize-kms-policies'

async function keyPair (kid: string, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg }
  const sign = async (claims: Claims = {}, header = {}) =>
    await new SignJWT(
      Object({ iss: ISSUER, aud: AUDIENCE, sub: 'team-a', scope: 'verify:live', exp: now() + 60, ...claims })
    )
      .setProtectedHeader({ alg, kid, ...header })
      .sign(privateKey)
  return { jwk, sign }
}

/** A claim may be left out. */
type Claims = { [K in keyof JWTPayload]?: JWTPayload[K] | undefined }

const now = () => Math.floor(Date.now() / 1_000)

/** An issuer on loopback, whose keys may change, and which may be down. */
async function issuer (t: Test) {
  const served: { keys: JWK[]; status: number; asked: number } = { keys: [], status: 200, asked: 0 }
  const server = createServer((_request, response) => {
    served.asked++
    // As one that is overloaded: connected, and silent.
    if (served.status === 0) return
    response.writeHead(served.status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: served.keys }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { served, url: `http://127.0.0.1:${port}/keys` }
}

const OPTIONS = { maxLifetimeSeconds: 3_600, hasClientPrefix: false, acceptsBoundTokens: false }

function verifier (jwksUrl: string, options: Partial<typeof OPTIONS> = {}): Authenticate {
  return verifyTokens(
    {
      mode: 'jwt',
      jwksUrl,
      issuer: ISSUER,
      audience: [AUDIENCE],
      algorithms: ['ES256', 'RS256'],
      clockSkewSeconds: 5,
      ...OPTIONS,
      ...options
    },
    () => {},
    { renewAge: 60_000, cacheMaxAge: 60_000, cooldownDuration: 0, timeoutDuration: 500 }
  )
}

const present = (token: string) => ({
  address: '192.0.2.1',
  rawHeaders: [],
  headers: { authorization: `Bearer ${token}` }
})

t.test('a valid token says who the caller is, and what it may do', async (t) => {
  const { served, url } = await issuer(t)
  const { jwk, sign } = await keyPair('1')
  served.keys = [jwk]
  const authenticate = verifier(url)
  const callerOf = async (claims: Claims) => {
    const { id, scopes } = await authenticate(present(await sign(claims)))
    return [id, ...scopes]
  }
  t.same(await callerOf({ scope: 'verify:live policies:generate' }), ['team-a', 'verify:live', 'policies:generate'])
  t.same(await callerOf({ scope: undefined, scp: ['verify:documents'] }), ['team-a', 'verify:documents'])
  t.same(await callerOf({ sub: undefined, client_id: 'pipeline', scope: undefined }), ['pipeline'])
  t.same(await callerOf({ aud: ['other', AUDIENCE] }), ['team-a', 'verify:live'])
  t.same(await callerOf({ exp: now() - 2 }), ['team-a', 'verify:live'], 'within the skew of the clocks')
  t.equal(served.asked, 1, 'the keys are fetched once')
})

t.test('a token that is not for this service, not valid now, or not of the issuer is refused', async (t) => {
  const { served, url } = await issuer(t)
  const [{ jwk, sign }, other, hmac] = [await keyPair('1'), await keyPair('1'), new Uint8Array(32)]
  served.keys = [jwk]
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'team-a', exp: now() + 60 }
  const [head = '', , signature = ''] = (await sign()).split('.')
  const refused: Record<string, string> = {
    'another issuer': await sign({ iss: 'https://other.example.com/' }),
    'another audience': await sign({ aud: 'other' }),
    'no audience': await sign({ aud: undefined }),
    expired: await sign({ exp: now() - 10 }),
    'no expiry': await sign({ exp: undefined }),
    'not valid yet': await sign({ nbf: now() + 60 }),
    'no subject': await sign({ sub: undefined }),
    'a subject of two names': await sign({ sub: 'team-b, team-a' }),
    'another key under the same id': await other.sign(),
    'an unknown key': await sign({}, { kid: '2' }),
    'an algorithm that is not allowed': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: '1' })
      .sign(hmac),
    'no signature': new UnsecuredJWT(claims).encode(),
    'changed claims': `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'team-b' })).toString('base64url')}.${signature}`,
    'no token': 'a.b.c'
  }
  for (const [what, token] of Object.entries(refused))
    await t.rejects(async () => await verifier(url)(present(token)), NotAuthenticated, what)
  for (const authorization of [undefined, '', 'Bearer', 'Basic dTpw', `Bearer ${await sign()} x`]) {
    await t.rejects(
      async () =>
        await verifier(url)({
          address: undefined,
          rawHeaders: [],
          headers: authorization === undefined ? {} : { authorization }
        }),
      MissingCredentials,
      authorization ?? 'nothing'
    )
  }
})

t.test('keys rotate while the service runs', async (t) => {
  const { served, url } = await issuer(t)
  const [first, second] = [await keyPair('1'), await keyPair('2', 'RS256')]
  const authenticate = verifier(url)
  served.keys = [first.jwk]
  t.match(await authenticate(present(await first.sign())), { id: 'team-a' })
  served.keys = [second.jwk]
  t.match(await authenticate(present(await second.sign())), { id: 'team-a' })
  await t.rejects(async () => await authenticate(present(await first.sign())), NotAuthenticated, 'the old key is gone')
})

t.test('jwt: the keys cannot be fetched, keys unavailable and not a refused token', async (t) => {
  const { served, url } = await issuer(t)
  const { sign } = await keyPair('1')
  served.status = 500
  await t.rejects(async () => await verifier(url)(present(await sign())), KeysUnavailable)
  await t.rejects(async () => await verifier('http://127.0.0.1:1/keys')(present(await sign())), KeysUnavailable)
})

t.test('a token does not wait long for an issuer that is silent', async (t) => {
  const { served, url } = await issuer(t)
  const { jwk, sign } = await keyPair('1')
  served.keys = [jwk]
  const authenticate = verifyTokens(
    {
      mode: 'jwt',
      jwksUrl: url,
      issuer: ISSUER,
      audience: [AUDIENCE],
      algorithms: ['ES256'],
      clockSkewSeconds: 5,
      ...OPTIONS
    },
    () => {},
    { renewAge: 1, cacheMaxAge: 60_000, cooldownDuration: 0, timeoutDuration: 5_000 }
  )
  await authenticate(present(await sign()))
  served.status = 0
  await setTimeout(10)
  const token = present(await sign())
  const begin = performance.now()
  t.match(await authenticate(token), { id: 'team-a' })
  t.equal(served.asked, 2)
  t.ok(performance.now() - begin < 60_000)
})

t.test('jwt: the issuer is down, its last keys are used for up to an hour, reported once', async (t) => {
  const { served, url } = await issuer(t)
  const [{ jwk, sign }, unknown] = [await keyPair('1'), await keyPair('2')]
  served.keys = [jwk]
  const reported: unknown[] = []
  const authenticate = verifyTokens(
    {
      mode: 'jwt',
      jwksUrl: url,
      issuer: ISSUER,
      audience: [AUDIENCE],
      algorithms: ['ES256'],
      clockSkewSeconds: 5,
      ...OPTIONS
    },
    (error) => {
      reported.push(error)
    }
  )
  const begun = Date.now()
  let minutes = 0
  t.intercept(Date, 'now', { value: () => begun + minutes * 60_000 })
  const verify = async (at: number) => {
    minutes = at
    return await authenticate(present(await sign()))
  }

  t.match(await verify(0), { id: 'team-a' })
  t.match(await verify(9), { id: 'team-a' })
  t.equal(served.asked, 1)
  served.status = 500
  for (const minutes of [10, 10.1, 30, 59]) t.match(await verify(minutes), { id: 'team-a' }, `after ${minutes} minutes`)
  t.equal(served.asked, 4, 'it is not asked for each token')
  t.match(reported, [Error], 'reported when it begins')
  await t.rejects(
    async () => await authenticate(present(await unknown.sign())),
    KeysUnavailable,
    'no last key is one for an unknown one'
  )
  await t.rejects(verify(60), KeysUnavailable)
  served.status = 200
  t.match(await verify(61), { id: 'team-a' })
  t.match(await verify(62), { id: 'team-a' })
  t.match(reported, [Error, undefined], 'and when it ends')

  served.keys = [unknown.jwk]
  await t.rejects(verify(72), NotAuthenticated, 'a key that the issuer has withdrawn is gone with the next fetch')
})

t.test('verifyTokens: type, lifetime and bound key of a token, only plain access tokens are accepted', async (t) => {
  const { served, url } = await issuer(t)
  const { jwk, sign } = await keyPair('1')
  served.keys = [jwk]
  const authenticate = verifier(url)
  for (const typ of [undefined, 'JWT', 'at+jwt', 'AT+JWT']) {
    t.match(
      await authenticate(present(await sign({}, typ === undefined ? {} : { typ }))),
      { id: 'team-a' },
      typ ?? 'no type'
    )
  }
  for (const typ of ['logout+jwt', 'dpop+jwt', '', 5, null, { a: 1 }, ['JWT']])
    await t.rejects(
      async () => await authenticate(present(await sign({}, { typ }))),
      NotAuthenticated,
      JSON.stringify(typ)
    )
  await t.rejects(
    async () => await authenticate(present(await sign({ exp: now() + 3_700 }))),
    NotAuthenticated,
    'too long'
  )
  const bound = present(await sign({ cnf: { jkt: 'thumbprint' } }))
  await t.rejects(async () => await authenticate(bound), NotAuthenticated, 'bound')
  t.match(await verifier(url, { acceptsBoundTokens: true })(bound), { id: 'team-a' })
})

t.test('verifyTokens: with the client prefix, a client and a user of one name are different callers', async (t) => {
  const { served, url } = await issuer(t)
  const { jwk, sign } = await keyPair('1')
  served.keys = [jwk]
  const authenticate = verifier(url, { hasClientPrefix: true })
  t.match(await authenticate(present(await sign({ sub: 'a', client_id: 'b' }))), { id: 'a' })
  for (const sub of [undefined, 'b'])
    t.match(await authenticate(present(await sign({ sub, client_id: 'b' }))), { id: 'client:b' })
  await t.rejects(async () => await authenticate(present(await sign({ sub: 'client:b' }))), NotAuthenticated)
})

t.test('verifyTokens: a key set of more than 1 MB is not used', async (t) => {
  const { served, url } = await issuer(t)
  const { jwk, sign } = await keyPair('1')
  served.keys = [jwk, { kty: 'oct', k: 'x'.repeat(1_000_000) }]
  await t.rejects(async () => await verifier(url)(present(await sign())), KeysUnavailable)
})

t.test('verifyTokens: after a failed fetch, the keys are not fetched for every token', async (t) => {
  const { served, url } = await issuer(t)
  const { sign } = await keyPair('1')
  served.status = 500
  let now = Date.now()
  t.intercept(Date, 'now', { value: () => now })
  const authenticate = verifyTokens({
    mode: 'jwt',
    jwksUrl: url,
    issuer: ISSUER,
    audience: [AUDIENCE],
    algorithms: ['ES256'],
    clockSkewSeconds: 5,
    ...OPTIONS
  })
  const fetchesAfter = async (ms: number): Promise<number> => {
    now += ms
    await t.rejects(async () => await authenticate(present(await sign())), KeysUnavailable)
    return served.asked
  }
  t.same(
    [
      await fetchesAfter(0),
      await fetchesAfter(900),
      await fetchesAfter(200),
      await fetchesAfter(1_100),
      await fetchesAfter(1_000)
    ],
    [1, 1, 2, 2, 3]
  )
})
