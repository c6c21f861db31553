import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import t, { type Test } from 'tap'
import { WORKING } from '../../../../routes/examples/verification.js'
import { parseAccessTable } from '../../../../src/access/access-table.js'
import { type Caller, MissingCredentials, NotAuthenticated, SCOPES } from '../../../../src/access/caller.js'
import type { AppDependencies } from '../../../../src/app.js'
import { loadConfig } from '../../../../src/config/config.js'
import { fragmentOf } from '../../../../src/page/state/deep-link.js'
import { EMPTY } from '../../../../src/page/state/usage-form.js'
import { accessibilityFaults, launch, openPage, serve, withoutBrowser } from '../../../page-browser.js'
import { ACCOUNT } from '../../../helper.js'
import { worldOf } from '../../../verification/scenario.js'

t.setTimeout(580_000)

const { usage, key, role } = WORKING
const policySource = worldOf({ keys: [key], roles: [role] })
const FRAGMENT = fragmentOf('live', {
  ...EMPTY,
  operations: usage.operations,
  roles: usage.roleArns.join('\n'),
  keys: (usage.kmsKeyArns ?? []).join('\n')
})
const access = parseAccessTable(JSON.stringify({ callers: { 'team-a': { accounts: [ACCOUNT] } } }))
const table = 'table' in access ? access.table : undefined
const JWT = loadConfig({
  AUTH_MODE: 'jwt',
  JWT_JWKS_URL: 'https://issuer.example.com/keys',
  JWT_ISSUER: 'https://issuer.example.com/',
  JWT_AUDIENCE: 'policies',
  MAX_EVENT_LOOP_DELAY_MS: '0'
})
const GATEWAY = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback', MAX_EVENT_LOOP_DELAY_MS: '0' })

/** Callers by their token: `good`, and `narrow` without the scope for live policies. */
function byToken ({ headers: { authorization } }: Parameters<NonNullable<AppDependencies['authenticate']>>[0]): Caller {
  if (authorization === undefined) throw new MissingCredentials()
  if (authorization === 'Bearer good') return { id: 'team-a', scopes: new Set(SCOPES) }
  if (authorization === 'Bearer narrow') return { id: 'team-a', scopes: new Set() }
  throw new NotAuthenticated('the token is not valid')
}

t.test('Live in Chromium', { skip: withoutBrowser }, async (t) => {
  const browser = await launch(t)
  /** A service, and the page after "Verify" was pressed. */
  const verify = async (t: Test, dependencies: Partial<AppDependencies>) => {
    const opened = await openPage(browser, `${await serve(t, dependencies)}${FRAGMENT}`)
    t.teardown(() => opened.page.context().close())
    await opened.page.getByRole('button', { name: 'Verify' }).click()
    return opened
  }

  await t.test('the report on what AWS has now; only the use is sent', async (t) => {
    const { page, complaints, requests } = await verify(t, { policySource })
    await page.getByRole('heading', { name: 'Amazon Personalize can use this key' }).waitFor()
    t.ok(await page.locator('.r-origin', { hasText: 'read from AWS at' }).isVisible())
    t.strictSame(requests.filter((request) => request.startsWith('POST')).map((request) => new URL(request.slice(5)).pathname), ['/verify'])
    t.strictSame(await accessibilityFaults(page), [])
    t.strictSame(complaints, [])
  })

  await t.test('mode jwt: says which token is needed, takes one, and names a missing scope', async (t) => {
    const { page, complaints } = await verify(t, { config: JWT, policySource, authenticate: byToken, accessTable: () => table })
    await page.getByText('The service takes an access token with the scope').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    await page.getByRole('textbox', { name: 'Access token' }).fill('narrow')
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('You are known to the service, but without the scope').waitFor()
    t.match(await page.locator('.p-note').textContent(), 'verify:live')
    t.strictSame(await accessibilityFaults(page), [], 'a missing scope')
    await page.getByRole('textbox', { name: 'Access token' }).fill('good')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Amazon Personalize can use this key' }).waitFor()
    t.notMatch(page.url(), 'good', 'the token is not in the address')
    t.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0)
    await page.getByRole('link', { name: 'Write' }).click()
    await page.locator('#policy-panel article').first().waitFor()
    t.strictSame(complaints.filter((complaint) => !/status of 40[13]/.test(complaint)), [], 'Chromium logs the refusals')
  })

  await t.test('mode gateway: says that the request has to come through the gateway', async (t) => {
    const { page } = await verify(t, {
      config: GATEWAY,
      policySource,
      authenticate: () => {
        throw new MissingCredentials()
      }
    })
    await page.getByText('has to come through the gateway').waitFor()
    t.equal(await page.getByLabel('Access token').count(), 0)
    t.strictSame(await accessibilityFaults(page), [])
  })

  await t.test('rate limit: when to try again', async (t) => {
    const config = loadConfig({ RATE_LIMIT: '1', MAX_EVENT_LOOP_DELAY_MS: '0' })
    const { page } = await verify(t, { config, policySource })
    await page.getByRole('heading', { name: 'Amazon Personalize can use this key' }).waitFor()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Too many requests').waitFor()
    await page.getByText(/Try again in \d+ seconds/).waitFor()
    t.strictSame(await accessibilityFaults(page), [])
  })

  await t.test('no credentials for AWS: says what works without', async (t) => {
    const read = { state: 'notRead', why: 'no credentials', cause: 'credentials' } as const
    const lost = [{ name: 'identity-based policies', why: read.why, cause: read.cause }]
    const { page } = await verify(t, {
      policySource: {
        ...policySource,
        readKey: async (requestedArn) => ({ requestedArn, kmsKeyArn: requestedArn, metadata: read, keyPolicy: read, grants: read }),
        readRole: async (roleArn) => ({
          roleArn,
          role: read,
          trustPolicy: read,
          permissionsBoundary: read,
          identityPolicies: { read: [], lost }
        })
      }
    })
    await page.getByText('Write, Check and Explain work without.').waitFor()
    await page.getByText('Request id').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
  })

  await t.test('a use of locations alone: keys are read of the bucket', async (t) => {
    const { page, requests } = await openPage(
      browser,
      `${await serve(t, { policySource })}${FRAGMENT.replace(/&keys=[^&]*/, '&locations=s3://amzn-s3-demo-bucket/in/')}`
    )
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.locator('#result-title, .p-note').first().waitFor()
    t.ok(requests.some((request) => request.endsWith('/verify')), 'no key is demanded')
    await page.context().close()
  })

  await t.test('faults go to their field; a service that is gone is said, and asked again', async (t) => {
    const { page } = await verify(t, { policySource })
    await page.getByRole('heading', { name: 'Amazon Personalize can use this key' }).waitFor()
    await page.getByText('Change the use').click()
    await page.locator('#roles').fill('nonsense')
    await page.getByText('This report is from before your last change.').waitFor()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.locator('#roles-faults', { hasText: 'Line 1' }).waitFor()
    await page.locator('#roles').fill(usage.roleArns.join('\n'))
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('The service does not answer.').waitFor()
    t.strictSame(await accessibilityFaults(page), [], 'no answer')
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Amazon Personalize can use this key' }).waitFor()
  })
})

t.test('behind a gateway that strips a path', { skip: withoutBrowser }, async (t) => {
  const origin = new URL(await serve(t, { policySource }))
  // As deploy/gateway/nginx.conf does: 308 for the prefix itself, and the rest without the prefix.
  const gateway = createServer((incoming, outgoing) => {
    if (incoming.url === '/kms') {
      outgoing.writeHead(308, { location: '/kms/' }).end()
      return
    }
    const path = incoming.url?.startsWith('/kms/') === true ? incoming.url.slice('/kms'.length) : undefined
    if (path === undefined) {
      outgoing.writeHead(404).end()
      return
    }
    const { method, headers } = incoming
    const sent = forward({ host: origin.hostname, port: origin.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(sent)
  }).listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  t.teardown(() => gateway.close())
  const address = gateway.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { page, complaints, requests } = await openPage(await launch(t), `http://127.0.0.1:${port}/kms${FRAGMENT}`)
  await page.getByRole('button', { name: 'Verify' }).click()
  await page.getByRole('heading', { name: 'Amazon Personalize can use this key' }).waitFor()
  await page.getByRole('link', { name: 'Write' }).click()
  await page.locator('#policy-panel article').first().waitFor()
  t.ok(requests.every((request) => request.includes(`:${port}/kms`)), 'every request stays below the prefix')
  t.strictSame(complaints, [])
  await page.getByRole('link', { name: 'API' }).click()
  await page.waitForURL('**/kms/docs')
})
