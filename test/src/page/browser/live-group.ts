import t from 'tap'
import { createJobSource } from '../../../../src/aws/personalize.js'
import { createPolicySource } from '../../../../src/aws/policy-source.js'
import { loadConfig } from '../../../../src/config/config.js'
import { fragmentOf } from '../../../../src/page/state/deep-link.js'
import { startFakeAws } from '../../../fake-aws.js'
import { useFakeCredentials } from '../../../fake-aws/credentials.js'
import { immediateRetry } from '../../../fake-aws/immediate-retry.js'
import { accessibilityFaults, launch, openPage, serve, withoutBrowser } from '../../../page-browser.js'
import { FAILURE, GROUP, installAllowedGroup } from '../../../verification/dataset-group.js'

t.setTimeout(300_000)

t.test('Live in Chromium, a dataset group', { skip: withoutBrowser }, async (t) => {
  const fake = await startFakeAws()
  const restore = useFakeCredentials()
  t.teardown(async () => {
    restore()
    await fake.close()
  })
  installAllowedGroup(fake.world)
  const aws = { timeoutMs: 60_000, maxAttempts: 1, concurrency: 8, retryStrategy: immediateRetry, endpoint: fake.url }
  const policySource = createPolicySource(aws)
  let now = 0
  // No time passes between the calls of one operation.
  const jobSource = createJobSource(aws, {
    now: () => now,
    pause: async (ms) => {
      now += ms
    }
  })
  t.teardown(() => {
    policySource.close()
    jobSource.close()
  })
  const config = loadConfig({ MAX_EVENT_LOOP_DELAY_MS: '0', RATE_LIMIT: '0' })
  const address = await serve(t, { config, policySource, jobSource })
  const browser = await launch(t)

  await t.test('the failed job first, what is used, and the joined change', async (t) => {
    const { page, complaints, requests } = await openPage(browser, `${address}#view=live`)
    await page.getByRole('radio', { name: 'A dataset group' }).check()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Give the ARN of the dataset group.').waitFor()
    await page.locator('#group:focus').waitFor()
    await page.keyboard.type(GROUP)
    await page.keyboard.press('Enter')
    await page.locator('#failures', { hasText: FAILURE }).waitFor()
    const sections = await page.locator('.r-report > section').evaluateAll((all) => all.map(({ id }) => id))
    t.strictSame(sections.slice(0, 4), ['failures', 'uses', 'change', 'findings'])
    t.match(await page.locator('#failures').textContent(), 'The statement')
    t.ok((await page.locator('#uses tbody tr').count()) > 3)
    t.match(await page.locator('#change').textContent(), 'amzn-s3-demo-bucket')
    const posts = requests.filter((request) => request.startsWith('POST'))
    t.strictSame(posts.map((request) => new URL(request.slice(5)).pathname), ['/verify/dataset-group'])
    t.equal(new URL(page.url()).hash, fragmentOf('live', undefined, GROUP), 'the address can be shared')
    t.strictSame(await accessibilityFaults(page), [])
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('an ARN that is none: the fault is at the field', async (t) => {
    const { page } = await openPage(browser, `${address}${fragmentOf('live', undefined, 'shop')}`)
    t.equal(await page.getByLabel('Dataset group', { exact: true }).inputValue(), 'shop')
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.locator('#group-faults').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    await page.context().close()
  })
})
