import t from 'tap'
import { WORKING } from '../../../../routes/examples/verification.js'
import { loadConfig } from '../../../../src/config/config.js'
import { MissingCredentials } from '../../../../src/access/caller.js'
import { fragmentOf } from '../../../../src/page/state/deep-link.js'
import { EMPTY } from '../../../../src/page/state/usage-form.js'
import { accessibilityFaults, launch, openPage, serve, withoutBrowser } from '../../../page-browser.js'
import { worldOf } from '../../../verification/scenario.js'

t.setTimeout(580_000)

const REASON = 'Insufficient privileges for accessing data in Amazon S3.'
const HOSTILE = '</pre><script>alert(1)</script><img src=x onerror=alert(1)>'
const { usage, key, role } = WORKING
const policySource = worldOf({ keys: [{ ...key, keyPolicy: { Version: '2012-10-17', Statement: [] } }], roles: [role] })
const WITH_USE = fragmentOf('explain', {
  ...EMPTY,
  operations: usage.operations,
  roles: usage.roleArns.join('\n'),
  keys: (usage.kmsKeyArns ?? []).join('\n'),
  locations: 's3://amzn-s3-demo-bucket/interactions/'
})
const isFile = (request: string): boolean => /^GET [^ ]+\/(?:assets\/[^/]+)?(?:#.*)?$/.test(request)

t.test('Explain in Chromium', { skip: withoutBrowser }, async (t) => {
  const browser = await launch(t)

  await t.test('the message alone: found from the first view, explained in the browser', async (t) => {
    const { page, complaints, requests } = await openPage(browser, await serve(t))
    await page.getByRole('link', { name: 'Explain its error' }).click()
    await page.getByRole('heading', { name: 'What does this error mean?' }).waitFor()
    t.strictSame(await accessibilityFaults(page), [], 'before a text')
    await page.locator('#error').fill(REASON)
    await page.getByRole('heading', { name: '1. The bucket policy does not allow Amazon Personalize' }).waitFor()
    t.match(await page.locator('.p-cause').first().textContent(), /arn:aws:s3:::<bucket>/)
    t.equal(await page.getByRole('button', { name: 'Read the live policies' }).count(), 0, 'nothing to read without a use')
    t.strictSame(await accessibilityFaults(page), [], 'explained')
    t.notMatch(page.url(), 'Insufficient')
    t.ok(requests.every(isFile), 'no request but for files of the page')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('with a use: the statements are complete, copied as they are shown', async (t) => {
    const { page, complaints } = await openPage(browser, `${await serve(t)}#view=explain`, {
      permissions: ['clipboard-read', 'clipboard-write']
    })
    await page.getByRole('button', { name: 'Explain “' }).click()
    await page.getByText('Say which job it was').click()
    await page.getByLabel('Dataset import job').check()
    await page.getByLabel('Service role').fill('nonsense')
    await page.locator('#roles-faults', { hasText: 'Line 1' }).waitFor()
    t.strictSame(await accessibilityFaults(page), [], 'faults of the use')
    await page.getByLabel('Service role').fill('arn:aws:iam::111122223333:role/Importer')
    await page.getByLabel('Amazon S3 (optional)').fill('s3://amzn-s3-demo-bucket/in/')
    await page.locator('.p-cause', { hasText: 'arn:aws:s3:::amzn-s3-demo-bucket/in/*' }).first().waitFor()
    await page.getByRole('button', { name: 'Copy To add to the bucket policy' }).first().click()
    t.strictSame(JSON.parse(String(await page.evaluate('navigator.clipboard.readText()'))).Resource, [
      'arn:aws:s3:::amzn-s3-demo-bucket',
      'arn:aws:s3:::amzn-s3-demo-bucket/in/*'
    ])
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('hostile and unknown texts, and a record of CloudTrail', async (t) => {
    const { page, complaints } = await openPage(browser, `${await serve(t)}#view=explain`)
    await page.locator('#error').fill(
      `User: arn:aws:sts::111122223333:assumed-role/${HOSTILE.replaceAll(' ', '/')}/s is not authorized to perform: s3:GetObject on resource: "${HOSTILE}" with an explicit deny in a service control policy`
    )
    await page.locator('.p-cause').first().waitFor()
    t.match(await page.locator('#app').textContent(), HOSTILE)
    t.equal(await page.locator('#app :is(script, img, [onclick], [onerror])').count(), 0)
    t.strictSame(await accessibilityFaults(page), [], 'hostile')
    await page.locator('#error').fill(HOSTILE)
    await page.getByText('This text is not known.').waitFor()
    t.strictSame(await accessibilityFaults(page), [], 'unknown')
    await page.locator('#error').fill(JSON.stringify({
      Records: [{ eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', errorCode: 'AccessDenied', errorMessage: HOSTILE }]
    }))
    await page.locator('.r-facts', { hasText: 'Decrypt' }).waitFor()
    await page.locator('#error').fill('x'.repeat(20_001))
    await page.locator('#error-faults').waitFor()
    t.strictSame(await accessibilityFaults(page), [], 'too long')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('live policies: one request, and the cause that they confirm comes first', async (t) => {
    const { page, complaints, requests } = await openPage(browser, `${await serve(t, { policySource })}${WITH_USE}`)
    await page.locator('#error').fill(REASON)
    await page.getByRole('button', { name: 'Read the live policies' }).click()
    await page.locator('#result-title').waitFor()
    await page.getByText('confirmed', { exact: true }).first().waitFor()
    t.match(await page.locator('.p-cause').first().textContent(), 'confirmed')
    t.strictSame(
      requests.filter((request) => !isFile(request)).map((request) => request.replace(/ .*\//, ' /')),
      ['POST /explain']
    )
    t.strictSame(await accessibilityFaults(page), [])
    await page.locator('#error').fill(`${REASON} Changed.`)
    await page.getByText('This report is from before your last change.').waitFor()
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('live policies refused: says what is needed; a service that is gone is said', async (t) => {
    const { page } = await openPage(
      browser,
      `${await serve(t, {
        config: loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback', MAX_EVENT_LOOP_DELAY_MS: '0' }),
        authenticate: () => {
          throw new MissingCredentials()
        }
      })}${WITH_USE}`
    )
    await page.locator('#error').fill(REASON)
    await page.getByRole('button', { name: 'Read the live policies' }).click()
    await page.getByText('has to come through the gateway').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Read the live policies' }).click()
    await page.getByText('The service does not answer.').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    await page.context().close()
  })
})
