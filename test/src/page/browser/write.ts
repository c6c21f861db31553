import t from 'tap'
import { accessibilityFaults, launch, openPage, serve, withoutBrowser } from '../../../page-browser.js'

t.setTimeout(580_000)

const FOREIGN = [
  { Sid: 'Root', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' },
  { Sid: '</pre><img src=x onerror=alert(1)>', Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:ListAliases', Resource: '*' }
]
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)

t.test('Write in Chromium', { skip: withoutBrowser }, async (t) => {
  const address = await serve(t)
  const browser = await launch(t)

  await t.test('opens with a complete example, and follows as one types, without a request', async (t) => {
    const { page, complaints, requests } = await openPage(browser, address)
    const cards = page.locator('#policy-panel article h3')
    t.strictSame(await cards.allTextContents(), ['EnableIAMPolicies', 'AllowPersonalizeService', 'AllowPersonalizeRole'])
    t.ok(await page.getByText('This is an example.').isVisible())
    const loaded = requests.length
    const later = /\/(verification|explanation|report-result|plan|client|group-request)-/
    t.strictSame(requests.filter((request) => later.test(request)), [], 'nothing of the other views')
    await page.getByLabel('Dataset export job').uncheck()
    await page.getByLabel('Service role').fill('arn:aws:iam::111122223333:role/Other')
    await page.locator('#policy-panel', { hasText: 'role/Other' }).waitFor()
    t.notMatch(await page.locator('#policy-panel').textContent(), /WithoutPlaintext/)
    t.notOk(await page.getByText('This is an example.').isVisible())
    t.equal(requests.length, loaded, 'nothing is sent')
    t.ok(requests.every((request) => request.startsWith(`GET ${address}`)), 'all is loaded from the service itself')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('each state: no axe violations, no complaints, as wide as the window', async (t) => {
    const states: Record<string, (page: Awaited<ReturnType<typeof openPage>>['page']) => Promise<void>> = {
      example: async () => {},
      empty: async (page) => {
        await page.getByText('Start empty').click()
        await page.getByText('Choose at least one.').waitFor()
      },
      faults: async (page) => {
        await page.getByLabel('Service role').fill('arn:aws:iam::111122223333:role/x\nnonsense')
        await page.getByText('Line 2 is not of the form required').waitFor()
      },
      'conflict with a foreign statement': async (page) => {
        await page.getByText('There are policies already').click()
        await page.locator('#existingKeyPolicy').fill(policy({ ...FOREIGN[0], Sid: 'AllowPersonalizeRole', Effect: 'Deny' }))
        await page.getByText('A statement of yours has one of our names').waitFor()
      },
      'merged into a hostile policy': async (page) => {
        await page.getByText('There are policies already').click()
        await page.locator('#existingKeyPolicy').fill(JSON.stringify({ Policy: policy(...FOREIGN) }))
        await page.locator('#policy-panel article', { hasText: '<img' }).waitFor()
        t.equal(await page.locator('img').count(), 0, 'a Sid stays text')
      },
      'a file that is deployed': async (page) => {
        await page.getByLabel('Form of the policies').selectOption('cloudformation')
        await page.locator('.p-file', { hasText: 'AWSTemplateFormatVersion' }).waitFor()
      },
      'bucket policy, merged': async (page) => {
        await page.getByLabel('Amazon S3 (optional)').fill('s3://amzn-s3-demo-bucket/out/')
        await page.getByRole('tab', { name: 'Bucket policy' }).click()
        await page.locator('#policy-panel article', { hasText: 'amzn-s3-demo-bucket' }).first().waitFor()
        await page.getByText('There are policies already').click()
        await page.locator('#existingBucketPolicy').fill(policy({
          Sid: FOREIGN[1]?.Sid, Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::amzn-s3-demo-bucket/*'
        }))
        await page.locator('#policy-panel article', { hasText: '<img' }).waitFor()
        t.equal(await page.locator('img').count(), 0, 'a Sid stays text')
      },
      'a location that is none, and one more bucket': async (page) => {
        await page.getByLabel('Amazon S3 (optional)').fill('s3://amzn-s3-demo-bucket/out/\nmy bucket')
        await page.getByText('Line 2 is not of the form required').waitFor()
        await page.getByLabel('Amazon S3 (optional)').fill('s3://amzn-s3-demo-bucket/out/\ns3://amzn-s3-demo-other/out/')
        await page.getByText('The locations are in several buckets.').waitFor({ state: 'attached' })
        await page.getByRole('tab', { name: 'Bucket policy' }).click()
        await page.locator('.p-which', { hasText: 'For' }).last().locator('select').selectOption('amzn-s3-demo-other')
        await page.locator('#policy-panel article', { hasText: 'amzn-s3-demo-other' }).first().waitFor()
        await page.getByLabel('Amazon S3 (optional)').fill('')
        await page.getByRole('tab', { name: 'Key policy', selected: true }).waitFor()
        t.equal(await page.getByRole('tab', { name: 'Bucket policy' }).count(), 0)
      },
      'no IAM policy needed, warnings': async (page) => {
        await page.getByText('Start empty').click()
        await page.getByLabel('Dataset import job').check()
        await page.getByLabel('Service role').fill('arn:aws:iam::111122223333:role/x')
        await page.getByLabel('Always').check()
        await page.getByLabel('Key', { exact: true }).fill('arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab')
        await page.getByRole('tab', { name: 'IAM policy' }).click()
        await page.getByText('No IAM policy is needed.').waitFor()
      }
    }
    for (const [name, reach] of Object.entries(states)) {
      const { page, complaints } = await openPage(browser, address)
      await page.locator('#policy-panel article').first().waitFor()
      await reach(page)
      t.strictSame(await accessibilityFaults(page), [], name)
      t.strictSame(complaints, [], `${name}: nothing in the console`)
      await page.context().close()
    }
  })

  await t.test('a half-typed ARN is no error yet; the last good policies stay', async (t) => {
    const { page } = await openPage(browser, address)
    await page.locator('#policy-panel article').first().waitFor()
    await page.getByLabel('Service role').fill('')
    await page.getByLabel('Service role').pressSequentially('arn:aws', { delay: 40 })
    await page.waitForTimeout(300)
    t.equal(await page.locator('[aria-invalid="true"]').count(), 0)
    await page.getByText('Line 1 is not of the form required').waitFor()
    await page.getByText('The policies below are from before this change.').waitFor()
    t.equal(await page.locator('#policy-panel article').count(), 3)
    t.equal(await page.getByLabel('Service role').getAttribute('aria-describedby'), 'roles-hint roles-faults')
    await page.context().close()
  })

  await t.test('keyboard: arrows move between the tabs, only the selected one is in the order', async (t) => {
    const { page } = await openPage(browser, address)
    await page.locator('#policy-panel article').first().waitFor()
    await page.getByRole('tab', { name: 'Key policy' }).focus()
    const focused = (): Promise<unknown> => page.evaluate('document.activeElement.id')
    for (const [key, id] of [
      ['ArrowRight', 'role'],
      ['End', 'trust'],
      ['ArrowRight', 'key'],
      ['ArrowLeft', 'trust'],
      ['Home', 'key']
    ] as const) {
      await page.keyboard.press(key)
      t.equal(await focused(), `tab-${id}`, key)
      t.equal(await page.locator('[role="tab"][tabindex="0"]').count(), 1)
    }
    await page.keyboard.press('Tab')
    t.equal(await focused(), 'policy-panel')
    await page.context().close()
  })

  await t.test('copy and download give the text that is shown, whole', async (t) => {
    const { page, complaints } = await openPage(browser, address, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Key policy copied.').waitFor()
    const copied = String(await page.evaluate('navigator.clipboard.readText()'))
    t.equal(JSON.parse(copied).Statement.length, 3)
    t.equal(await page.locator('.p-size').textContent(), `${Buffer.byteLength(copied).toLocaleString('en-US')} of 32,768 bytes`)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Download').click()])
    t.equal(download.suggestedFilename(), 'key-policy.json')
    const chunks = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk)
    t.equal(Buffer.concat(chunks).toString(), copied)
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('deep link: restores the form in a new tab, and never holds a pasted policy', async (t) => {
    const { page } = await openPage(browser, address)
    await page.getByLabel('Batch segment job').check()
    await page.getByLabel('Amazon S3 (optional)').fill('s3://amzn-s3-demo-bucket/in/')
    await page.getByLabel('Least, inferred').check()
    await page.getByText('There are policies already').click()
    await page.locator('#existingKeyPolicy').fill(policy(...FOREIGN))
    await page.locator('#policy-panel article', { hasText: '<img' }).waitFor()
    const link = page.url()
    t.match(link, /#operations=datasetGroup,datasetExportJob,batchSegmentJob&roles=arn:aws:iam::/)
    t.notMatch(link, /Root|Statement|img/)
    const other = await openPage(browser, link)
    t.ok(await other.page.getByLabel('Batch segment job').isChecked())
    t.equal(await other.page.getByLabel('Amazon S3 (optional)').inputValue(), 's3://amzn-s3-demo-bucket/in/')
    t.ok(await other.page.getByLabel('Least, inferred').isChecked())
    t.equal(await other.page.locator('#existingKeyPolicy').inputValue(), '')
    t.notOk(other.requests.some((request) => request.includes('operations=')), 'a fragment is not sent')
    await Promise.all([page.context().close(), other.page.context().close()])
  })

  await t.test('phone: a bar at the foot leads to the policies; text of twice the size stays within the window', async (t) => {
    const { page } = await openPage(browser, address, { viewport: { width: 390, height: 800 } })
    await page.getByRole('button', { name: 'See them' }).click()
    t.ok(Number(await page.evaluate('document.querySelector("#policies").getBoundingClientRect().top')) < 200)
    t.notOk(await page.evaluate(`(({ top, bottom }) => bottom > 100 && top < innerHeight)(document.querySelector('.p-bar')
      .getBoundingClientRect())`), 'no bar over the policies')
    await page.evaluate('document.documentElement.style.fontSize = "200%"')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
    t.strictSame(
      await page.evaluate(`[...document.querySelectorAll('.p-options, .p-segments')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ className }) => className)`),
      [],
      'nothing is cut off'
    )
    await page.context().close()
  })

  await t.test('a larger text size of the browser enlarges every text; a low window has no fixed bars', async (t) => {
    const { page } = await openPage(browser, address, { viewport: { width: 320, height: 256 } })
    await page.locator('#policy-panel article').first().waitFor()
    const sizes = (): Promise<number[]> => page.evaluate(`[...document.querySelectorAll('#app *')]
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
      .map((element) => Math.round(parseFloat(getComputedStyle(element).fontSize) * 10))`)
    const small = await sizes()
    // A browser sets the size of the root when one asks it for larger text.
    await page.evaluate('document.documentElement.style.fontSize = "200%"')
    const large = await sizes()
    t.strictSame(large.filter((size, index) => size < (small[index] ?? 0) * 1.6), [])
    t.strictSame(
      await page.evaluate("['.p-head', '.p-bar'].map((each) => getComputedStyle(document.querySelector(each)).position)"),
      ['static', 'static']
    )
    await page.context().close()
  })

  await t.test('phone, keyboard alone: what has the focus is never behind the head or the bar', async (t) => {
    const { page } = await openPage(browser, address, { viewport: { width: 390, height: 800 } })
    const hidden: unknown[] = []
    for (let count = 0; count < 24; count++) {
      await page.keyboard.press('Tab')
      hidden.push(
        await page.evaluate(`{
          const { left, top } = document.activeElement.getBoundingClientRect()
          const shown = document.elementFromPoint(left + 5, top + 5)
          shown !== null && (shown.contains(document.activeElement) || document.activeElement.contains(shown))
            ? '' : document.activeElement.id || document.activeElement.textContent }`)
      )
    }
    t.strictSame(hidden.filter((name) => name !== ''), [])
    await page.context().close()
  })
})
