import { readFileSync } from 'node:fs'
import t from 'tap'
import { accessibilityFaults, launch, openPage, serve, withoutBrowser } from '../../../page-browser.js'

t.setTimeout(580_000)

const ROOT = { Sid: 'Root', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }
const HOSTILE = '</pre><script>alert(1)</script><img src=x onerror=alert(1)>" onclick="alert(1)'
const hostile = {
  Sid: HOSTILE,
  Effect: 'Deny',
  Principal: '*',
  Action: ['kms:CreateGrant', HOSTILE],
  Resource: '*',
  Condition: { StringNotEquals: { 'aws:SourceVpc': HOSTILE } }
}
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })

t.test('Check in Chromium', { skip: withoutBrowser }, async (t) => {
  const address = `${await serve(t)}#view=check`
  const browser = await launch(t)

  await t.test('nothing pasted: the field says so, and nothing is sent', async (t) => {
    const { page, complaints } = await openPage(browser, address)
    t.strictSame(await accessibilityFaults(page), [], 'before the first check')
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByText('Paste the key policy.').waitFor()
    await page.locator('#keyPolicy:focus').waitFor()
    t.strictSame(await accessibilityFaults(page), [], 'after it')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('failing report: in the browser, with what fixes it one click away', async (t) => {
    const { page, complaints, requests } = await openPage(browser, address)
    await page.locator('#keyPolicy').fill(JSON.stringify({ Policy: policy(ROOT), PolicyName: 'default' }))
    await page.getByText('Fill in').waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'They do not work yet' }).waitFor()
    t.equal(await page.evaluate('document.activeElement.id'), 'result-title', 'the heading of the result has the focus')
    t.strictSame(await accessibilityFaults(page), [])
    const url = page.url()
    await page.locator('.r-contents a', { hasText: 'Findings' }).click()
    t.equal(page.url(), url, 'links within the report leave the address alone')
    await page.getByRole('button', { name: 'Put them into the form and check again' }).click()
    await page.getByRole('heading', { name: 'Not settled' }).waitFor()
    await page.locator('#trustPolicy').fill(policy({
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } }
    }))
    await page.getByText('This report is from before your last change.').waitFor()
    await page.getByRole('button', { name: 'Check again' }).click()
    await page.getByRole('heading', { name: 'They work' }).waitFor()
    t.ok(requests.every((request) => /^GET [^ ]+\/(?:assets\/[^/]+)?(?:#.*)?$/.test(request)), 'no request but for files of the page')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('hostile names stay text, at a desk and on a phone, light and dark', async (t) => {
    const { page, complaints } = await openPage(browser, address)
    await page.locator('#keyPolicy').fill(policy(ROOT, hostile))
    await page.locator('#rolePolicies').fill(JSON.stringify({ PolicyName: HOSTILE, PolicyDocument: { Statement: [hostile] } }))
    await page.keyboard.press('Control+Enter')
    await page.locator('#result-title').waitFor()
    t.match(await page.locator('.p-report').textContent(), HOSTILE)
    t.equal(await page.locator('#app :is(script, img, [onclick], [onerror])').count(), 0)
    t.strictSame(await accessibilityFaults(page), [])
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('faults go to their field: the use, a document, a list of grants', async (t) => {
    const { page, complaints } = await openPage(browser, address)
    await page.locator('#keyPolicy').fill('{"Grants":[]}')
    await page.keyboard.press('Control+Enter')
    await page.locator('#keyPolicy-faults', { hasText: 'Is not a policy' }).waitFor()
    await page.locator('#keyPolicy').fill(policy(ROOT))
    await page.getByText('Permissions boundary, grants').click()
    await page.locator('#grants').fill('7')
    await page.keyboard.press('Control+Enter')
    await page.locator('#grants-faults').waitFor()
    await page.locator('#grants').fill('{"Grants":[]}')
    await page.getByText('Change the use').click()
    await page.locator('#roles').fill('nonsense')
    await page.keyboard.press('Control+Enter')
    await page.locator('#roles-faults', { hasText: 'Line 1 is not of the form required' }).waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('a bucket: its policy beside the others, its checks and its change in the report', async (t) => {
    const { page, complaints, requests } = await openPage(
      browser,
      address.replace('#view', '#operations=datasetExportJob&roles=arn:aws:iam::111122223333:role/R' +
        '&keys=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab&locations=s3://amzn-s3-demo-bucket/out/&view')
    )
    await page.getByRole('button', { name: 'Fill in the policies of Write' }).click()
    await page.waitForFunction('document.querySelector("#bucket-0-policy").value !== ""')
    await page.locator('#bucket-0-policy').fill('An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation')
    await page.locator('#bucket-0-encryption').fill('{"Rules":7}')
    await page.keyboard.press('Control+Enter')
    await page.locator('#bucket-0-encryption-faults').waitFor()
    await page.locator('#bucket-0-encryption').fill('')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { name: 'They do not work yet' }).waitFor()
    await page.getByRole('heading', { name: 'Bucket policy of amzn-s3-demo-bucket' }).waitFor()
    t.equal(await page.getByRole('region', { name: /^Who may do what with .*amzn-s3-demo-bucket/ }).count(), 1)
    t.strictSame(await accessibilityFaults(page), [])
    await page.getByRole('button', { name: 'Put them into the form and check again' }).click()
    await page.getByRole('heading', { name: 'They work' }).waitFor()
    t.ok(requests.every((request) => request.startsWith('GET ')), 'nothing is sent')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('a plan or template: chosen or dropped, and checked in the browser', async (t) => {
    const { page, complaints, requests } = await openPage(browser, address)
    await page.locator('#plan').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{}') })
    await page.getByText('neither a Terraform plan').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    await page.locator('#plan').setInputFiles('test/fixtures/plans/known.json')
    await page.getByText('known.json').first().waitFor()
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.locator('#result-title').waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    await page.getByRole('button', { name: 'Remove known.json' }).click()
    await page.locator('#keyPolicy').waitFor()
    await page.evaluate(`{
      const files = new DataTransfer()
      files.items.add(new File([${JSON.stringify(readFileSync('test/fixtures/plans/template.yaml', 'utf8'))}], 'template.yaml'))
      document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }))
    }`)
    await page.getByText('CloudFormation template, ').waitFor()
    await page.locator('#plan-key').press('Control+Enter')
    await page.locator('#result-title').waitFor()
    await page.getByRole('button', { name: 'Remove template.yaml' }).click()
    await page.locator('#plan').setInputFiles('test/fixtures/plans/bucket.json')
    await page.locator('#plan-bucket').selectOption('aws_s3_bucket.data')
    await page.locator('#plan-prefix').fill('out/')
    await page.locator('#plan-prefix').press('Control+Enter')
    await page.getByRole('region', { name: /^Who may do what with .*personalize-training-data\/out/ }).waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    t.ok(requests.every((request) => request.startsWith('GET ')), 'nothing is sent')
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('a text that is no policy: said at its field, not in a report', async (t) => {
    const { page, complaints } = await openPage(browser, address)
    await page.locator('#keyPolicy').fill('$ aws kms get-key-policy --key-id x\n{ “Version”: “2012-10-17” }')
    await page.locator('#rolePolicies').fill('An error occurred (NoSuchEntity)')
    await page.locator('#trustPolicy').fill('[]')
    await page.keyboard.press('Control+Enter')
    await page.locator('#keyPolicy-faults', { hasText: 'Is neither JSON nor URL-encoded JSON.' }).waitFor()
    await page.locator('#rolePolicies-faults', { hasText: 'Document 1 is neither JSON' }).waitFor()
    await page.locator('#trustPolicy-faults', { hasText: 'Is not a JSON object.' }).waitFor()
    await page.locator('#keyPolicy:focus').waitFor()
    t.equal(await page.locator('.p-report').count(), 0)
    t.strictSame(await accessibilityFaults(page), [])
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('a plan or template pasted for a key policy is read as what it is', async (t) => {
    const { page, complaints } = await openPage(browser, address)
    for (const [file, words] of [['known.json', 'Terraform plan, '], ['template.yaml', 'CloudFormation template, ']] as const) {
      await page.locator('#keyPolicy').fill(readFileSync(`test/fixtures/plans/${file}`, 'utf8'))
      await page.locator('#keyPolicy').press('Control+Enter')
      await page.locator('.p-plan', { hasText: words }).waitFor()
      await page.locator('#result-title').waitFor()
      await page.getByRole('button', { name: 'Remove Pasted text' }).click()
    }
    await page.getByRole('button', { name: 'Give yours' }).click()
    await page.locator('#keyPolicy').fill('{"Resources":{"K":{"Type":"AWS::KMS::Key","Properties":{}}}}')
    await page.locator('#keyPolicy').press('Control+Enter')
    await page.locator('#plan-faults', { hasText: /; give the ARN of .* in the form above\.$/ }).waitFor()
    t.strictSame(await accessibilityFaults(page), [])
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('role and key of the example are not taken for one’s own', async (t) => {
    const { page, complaints } = await openPage(browser, address)
    await page.getByText('Still with the role and the key of the example').waitFor()
    await page.getByRole('button', { name: 'Give yours' }).click()
    await page.locator('#roles:focus').waitFor()
    await page.keyboard.type('arn:aws:iam::444455556666:role/Own')
    await page.locator('#keys').pressSequentially('arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab')
    await page.locator('#keys:focus').waitFor()
    t.equal(await page.getByText('of the example').count(), 0)
    t.match(page.url(), /roles=arn:aws:iam::444455556666:role\/Own&keys=arn:aws:kms:.*&view=check$/)
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('320 px: a long location within a finding breaks its line', async (t) => {
    const { page } = await openPage(
      browser,
      address.replace('#view', `#operations=batchInferenceJob&roles=arn:aws:iam::111122223333:role/${'R'.repeat(64)}` +
        '&keys=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' +
        `&locations=s3://amzn-s3-demo-bucket/in/,s3://amzn-s3-demo-other/${'x'.repeat(100)}/&view`),
      { viewport: { width: 320, height: 800 } }
    )
    await page.getByRole('button', { name: 'Fill in the policies of Write' }).click()
    await page.waitForFunction('document.querySelector("#keyPolicy").value !== ""')
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.locator('.r-finding').first().waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    await page.setViewportSize({ width: 390, height: 800 })
    await page.evaluate('document.documentElement.style.fontSize = "200%"')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, 'text of twice the size')
    await page.context().close()
  })

  await t.test('back and forward go between views; what was typed and pasted stays', async (t) => {
    const { page, complaints } = await openPage(browser, address.replace('#view=check', ''))
    await page.getByText('There are policies already').click()
    await page.locator('#existingKeyPolicy').fill(policy(ROOT))
    await page.getByRole('link', { name: 'Check' }).click()
    t.equal(await page.title(), 'Check · Amazon Personalize KMS policies')
    await page.locator('#keyPolicy').fill('{}')
    await page.getByText('Change the use').click()
    await page.locator('#roles').fill('arn:aws:iam::111122223333:role/Later')
    await page.goBack()
    await page.getByRole('heading', { name: 'The policies your key needs' }).waitFor()
    t.equal(await page.title(), 'Amazon Personalize KMS policies')
    t.equal(await page.locator('#roles').inputValue(), 'arn:aws:iam::111122223333:role/Later')
    t.equal(await page.locator('#existingKeyPolicy').inputValue(), policy(ROOT))
    await page.goForward()
    await page.getByRole('heading', { name: 'Do these policies work?' }).waitFor()
    t.equal(await page.locator('#keyPolicy').inputValue(), '{}')
    await page.getByRole('link', { name: 'Write' }).click()
    await page.getByRole('link', { name: 'Explain its error' }).click()
    await page.getByRole('heading', { name: 'What does this error mean?' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'The policies your key needs' }).waitFor()
    t.equal(await page.locator('#existingKeyPolicy').inputValue(), policy(ROOT))
    t.strictSame(complaints, [])
    await page.context().close()
  })

  await t.test('what was pasted and the report stay while one looks at another view', async (t) => {
    const { page } = await openPage(browser, address)
    await page.getByRole('button', { name: 'Fill in the policies of Write' }).click()
    await page.waitForFunction('document.querySelector("#keyPolicy").value !== ""')
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByRole('heading', { name: 'They work' }).waitFor()
    await page.getByRole('link', { name: 'Write' }).click()
    await page.getByRole('heading', { name: 'The policies your key needs' }).waitFor()
    await page.getByRole('link', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'They work' }).waitFor()
    t.match(page.url(), /#view=check$/)
    await page.context().close()
  })
})
