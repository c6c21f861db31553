import process from 'node:process'
import { chromium, type Page } from 'playwright-core'
import { buildApp } from '../src/app.js'
import { loadConfig } from '../src/config.js'

/**
 * Opens the API browser in Chromium, executes the first example of each operation given, and saves a picture:
 * `tsx scripts/docs-screenshot.ts docs.png generateKeyPolicy verifyDocuments`. Fails on any error in the console,
 * such as a breach of the content-security policy.
 */
const [path = 'docs.png', ...operationIds] = process.argv.slice(2)
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const policySource = {
  readKey: async () => { throw new Error('nothing live is read here') },
  readRole: async () => { throw new Error('nothing live is read here') }
}

const app = await buildApp({ config: loadConfig({}), policySource })
const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})
try {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } })
  const complaints: string[] = []
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => { if (!/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url())) complaints.push(`loaded ${request.url()}`) })
  await page.goto(`${url}/docs`, { waitUntil: 'networkidle' })
  for (const operationId of operationIds.length > 0 ? operationIds : ['generateKeyPolicy']) await execute(page, operationId)
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: 1280, height: 3000 } })
  for (const complaint of complaints) console.error(complaint)
  if (complaints.length > 0) process.exitCode = 1
} finally {
  await browser.close()
  await app.close()
}

async function execute (page: Page, operationId: string): Promise<void> {
  const operation = page.locator(`[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary').click()
  await operation.locator('button.execute').click()
  const status = await operation.locator('.live-responses-table .response-col_status').last().innerText({ timeout: 10_000 })
  console.log(`${operationId}: ${status.trim()}`)
}
