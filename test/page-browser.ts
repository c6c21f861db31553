import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import type { AppDependencies } from '../src/app.js'
import { loadConfig } from '../src/config/config.js'
import { listen, startApp } from './helper.js'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** Why tests in a browser are skipped; false where there is one. */
export const withoutBrowser = await access(executablePath).then(
  () => false as const,
  () => `no Chromium at ${executablePath}`
)

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export async function launch (t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    timeout: 240_000,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']
  })
  t.teardown(() => browser.close())
  return browser
}

/** A service on loopback; its address with a slash at the end. */
export async function serve (t: Test, dependencies: Partial<AppDependencies> = {}): Promise<string> {
  const { app } = await startApp(
    { after: (close) => t.teardown(close) },
    // A page and its files are many requests, and the pages of all tests are one caller.
    { config: loadConfig({ MAX_EVENT_LOOP_DELAY_MS: '0', RATE_LIMIT: '0' }), ...dependencies }
  )
  return `http://127.0.0.1:${await listen(app)}/`
}

export interface Opened {
  page: Page
  /** Everything in the console, errors of scripts, dialogs, and refusals by the content security policy. */
  complaints: string[]
  /** Address and method of every request. */
  requests: string[]
}

/** The page at an address, once it has been set up. */
export async function openPage (browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  // A busy machine may be slow.
  context.setDefaultTimeout(240_000)
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push('a dialog')
    void dialog.dismiss()
  })
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`))
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective + ' ' + event.blockedURI))"
  )
  await page.goto(address, { waitUntil: 'load' })
  await page.locator('h1').waitFor()
  return { page, complaints, requests }
}

const VIEWS = [
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'dark'],
  [390, 'light']
] as const

/** What axe finds at a desk and on a phone, light and dark, with every fold open, and where the page is too wide. */
export async function accessibilityFaults (page: Page): Promise<string[]> {
  await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true')
  // Evaluated by the debugger, so that the policy of the page need not allow scripts.
  await page.evaluate(`${AXE}; undefined`)
  const faults: string[] = []
  for (const [width, colorScheme] of VIEWS) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    // Where an earlier click has left the page, the head that stays may cover half of a link.
    await page.evaluate('scrollTo(0, 0)')
    const found: string[] = await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(TAGS)} }).then(({ violations }) => [
      ...violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 160)).join(' ')),
      ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the window'] : [])])`)
    faults.push(...found.map((fault) => `${width} ${colorScheme}: ${fault}`))
  }
  return faults
}
