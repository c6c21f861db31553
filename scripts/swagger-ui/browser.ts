import process from 'node:process'
import { chromium, type Locator, type Page } from 'playwright-core'
import { buildApp, type AppDependencies } from '../../src/app.js'

/**
 * Opens the API browser of a service on loopback in Chromium (`CHROMIUM`, `/usr/bin/chromium` by default) and lets
 * `look` use it.
 * Tells, as exit code 1, of every error in the console, such as a breach of the content-security policy, and of
 * whatever is loaded from elsewhere. `expected`: errors that are meant to be.
 */
export async function inApiBrowser (
  dependencies: Omit<AppDependencies, 'policySource'>,
  look: (page: Page) => Promise<void>,
  expected?: RegExp
): Promise<void> {
  const policySource = {
    readKey: async () => {
      throw new Error('nothing live is read here')
    },
    readRole: async () => {
      throw new Error('nothing live is read here')
    }
  }
  const app = await buildApp({ ...dependencies, policySource })
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync'
    ]
  })
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } })
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && expected?.test(message.text()) !== true)
        complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url())) complaints.push(`loaded ${request.url()}`)
    })
    await page.goto(`${url}/docs`, { waitUntil: 'networkidle' })
    await look(page)
    for (const complaint of complaints) console.error(complaint)
    if (complaints.length > 0) process.exitCode = 1
  } finally {
    await browser.close()
    await app.close()
  }
}

/** Opens an operation. */
export async function open (page: Page, operationId: string): Promise<Locator> {
  const operation = page.locator(`[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary-control').click()
  return operation
}

/** Executes the first example of an open operation; what it was answered with, e.g. `200`. */
export async function execute (operation: Locator): Promise<string> {
  const answered = operation.page().waitForResponse((response) => response.request().resourceType() === 'fetch')
  const [answer] = await Promise.all([answered, operation.locator('button.execute').click()])
  const status = String(answer.status())
  await operation
    .locator('.live-responses-table .response-col_status', { hasText: status })
    .first()
    .waitFor({ timeout: 10_000 })
  return status
}
