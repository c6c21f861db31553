import fc from 'fast-check'
import t from 'tap'
import { arbitraryUsage } from '../../../arbitrary-usage.js'
import { BODIES, type PageOperation } from '../../../page-bodies.js'
import { EXAMPLE, usageOf } from '../../../../src/page/state/usage-form.js'
import { launch, openPage, serve, withoutBrowser } from '../../../page-browser.js'

t.setTimeout(580_000)

const EXAMPLE_USAGE = usageOf(EXAMPLE)

const PATHS: Readonly<Record<PageOperation, string>> = {
  policies: 'policies',
  keyPolicy: 'policies/key',
  rolePolicy: 'policies/iam',
  trustPolicy: 'policies/trust',
  bucketPolicy: 'policies/bucket',
  verification: 'verify/documents',
  explanation: 'explain'
}

t.test('page and service give the same bytes', { skip: withoutBrowser }, async (t) => {
  const address = await serve(t)
  const { page, complaints } = await openPage(await launch(t), address)
  const files = await Promise.all(
    ['generation', 'verification', 'forms', 'explanation'].map(async (name) => {
      const app = /assets\/app-\w+\.js/.exec(await (await fetch(address)).text())?.[0]
      return new RegExp(`${name}-\\w+\\.js`).exec(await (await fetch(`${address}${app}`)).text())?.[0]
    })
  )
  await page.evaluate(
    `Promise.all(${JSON.stringify(files)}.map((file) => import(new URL('assets/' + file, document.baseURI).href)))
      .then((modules) => { globalThis.engine = Object.assign({}, ...modules) })`
  )

  /** Status and text of the answer; the request id of a problem and its address are the service's own. */
  const served = async (operation: PageOperation, body: object): Promise<unknown> => {
    const response = await fetch(`${address}${PATHS[operation]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    const text = await response.text()
    if (response.status < 400) return [200, response.status === 204 ? 'null' : text]
    const { type: _type, instance: _instance, ...problem } = JSON.parse(text)
    return [response.status, JSON.stringify(problem)]
  }
  const inPage = async (operation: PageOperation, body: object): Promise<unknown> =>
    await page.evaluate(`{
      const { status, body, problem } = engine[${JSON.stringify(operation)}](${JSON.stringify(body)})
      const answer = [status, JSON.stringify(problem ?? body)]
      answer
    }`)

  await t.test('for every example and every kind of refusal', async (t) => {
    for (const { operation, name, body } of BODIES)
      t.strictSame(await inPage(operation, body), await served(operation, body), `${operation}: ${name}`)
  })

  await t.test('for every form of the policies, with and without a key', async (t) => {
    const forms: Array<{ name: string; mediaType: string }> = await page.evaluate('engine.FORMS')
    t.ok(forms.length >= 2)
    for (const { name, mediaType } of forms) {
      for (const usage of [{ ...EXAMPLE_USAGE }, { ...EXAMPLE_USAGE, kmsKeyArns: undefined }]) {
        const body = { usages: [usage] }
        const response = await fetch(`${address}policies`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: mediaType },
          body: JSON.stringify(body)
        })
        const here: unknown = await page.evaluate(`engine.policiesAs(${JSON.stringify(name)}, ${JSON.stringify(body)}).body`)
        t.equal(here, await response.text(), name)
      }
    }
  })

  await t.test('for arbitrary usages, and the report on what was generated', async (t) => {
    await fc.assert(
      fc.asyncProperty(arbitraryUsage({ keys: 'always', oneAccount: true }), async (usage) => {
        const generated = await served('policies', { usages: [usage] })
        t.strictSame(await inPage('policies', { usages: [usage] }), generated)
        const { keyPolicies, rolePolicies, trustPolicies } = JSON.parse(Array.isArray(generated) ? String(generated[1]) : '')
        const body = {
          usage,
          keys: keyPolicies.map(({ kmsKeyArn, policy }: Record<string, unknown>) => ({ kmsKeyArn, keyPolicy: policy })),
          roles: rolePolicies.map(({ roleArn, policy }: Record<string, unknown>, index: number) => ({
            roleArn,
            identityPolicies: policy === null ? [] : [{ name: 'generated', document: JSON.stringify(policy) }],
            trustPolicy: trustPolicies[index].policy
          }))
        }
        t.strictSame(await inPage('verification', body), await served('verification', body))
      }),
      { numRuns: 25 }
    )
  })
  t.strictSame(complaints, [])
})
