import assert from 'node:assert/strict'
import process from 'node:process'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { verifyTokens } from '../../src/access/jwt.js'
import { loadConfig } from '../../src/config/config.js'
import { listen } from '../gateway/processes.js'
import { execute, inApiBrowser, open } from './browser.js'

/**
 * A caller of `AUTH_MODE=jwt` in the API browser: refused, then accepted once its token is entered in "Authorize".
 * Saves a picture of the dialog: `tsx scripts/swagger-ui/authorize.ts authorize.png`.
 */
const [path = 'authorize.png'] = process.argv.slice(2)
const [ISSUER, AUDIENCE, ALGORITHM] = ['https://issuer.example.com/', 'personalize-kms-policies', 'ES256']

const { privateKey, publicKey } = await generateKeyPair(ALGORITHM)
const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: ALGORITHM }] }
const token = await new SignJWT({ scope: 'policies:generate' })
  .setProtectedHeader({ alg: ALGORITHM, kid: '1' })
  .setIssuer(ISSUER)
  .setAudience(AUDIENCE)
  .setSubject('team-search')
  .setExpirationTime('5 minutes')
  .sign(privateKey)
const issuer = await listen((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys))
})
const config = loadConfig({
  AUTH_MODE: 'jwt',
  JWT_JWKS_URL: `http://${issuer.address}/keys`,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE
})
assert(config.authentication.mode === 'jwt')

try {
  await inApiBrowser(
    { config, authenticate: verifyTokens(config.authentication) },
    async (page) => {
      const operation = await open(page, 'generateKeyPolicy')
      assert.equal(await execute(operation), '401')
      await page.locator('.scheme-container .btn.authorize').click()
      const scheme = page.locator('.auth-container', { hasText: 'bearerToken' })
      await scheme.locator('input').fill(token)
      await page.screenshot({ path })
      await scheme.locator('button.authorize').click()
      await page.locator('.modal-ux .close-modal').click()
      assert.equal(await execute(operation), '200')
      // The operation that the token has no scope for.
      assert.equal(await execute(await open(page, 'verifyDocuments')), '403')
    },
    /a status of 40[13]/
  )
} finally {
  issuer.close()
}
console.log('API browser: 401 without a token; with the token given to "Authorize" 200, and 403 without the scope')
