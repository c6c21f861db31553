import { access } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import t from 'tap'
import { renderHtml } from '../../../../src/formats/html/html.js'
import { explainedReport, hostileReport, passingReport } from '../example-reports.js'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const skip = await access(executablePath).then(
  () => false as const,
  () => `no Chromium at ${executablePath}`
)
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// Four views in a browser, beside whatever else the machine does.
t.setTimeout(580_000)

t.test(
  'html in Chromium: no axe violations, no sideways scrolling, nothing refused by the policy',
  { skip },
  async (t) => {
    const browser = await chromium.launch({
      executablePath,
      timeout: 240_000,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']
    })
    t.teardown(() => browser.close())
    const views = [
      [1280, 'light', explainedReport()],
      [390, 'dark', explainedReport()],
      [390, 'light', hostileReport()],
      [1280, 'dark', passingReport()]
    ] as const
    for (const [width, colorScheme, report] of views) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      context.setDefaultTimeout(240_000)
      const page = await context.newPage()
      const messages: string[] = []
      page.on('console', (message) => messages.push(message.text()))
      page.on('dialog', (dialog) => {
        messages.push('a dialog')
        void dialog.dismiss()
      })
      await page.setContent(renderHtml(report))
      await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true')
      const scrollWidth: unknown = await page.evaluate('document.documentElement.scrollWidth')
      t.equal(scrollWidth, width, `${width} ${colorScheme}: as wide as the window`)
      t.strictSame(messages, [], `${width} ${colorScheme}: nothing in the console`)
      // Evaluated by the debugger, so that the policy of the page need not allow scripts.
      await page.evaluate(`${AXE}; undefined`)
      const violations: unknown =
        await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(TAGS)} }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 120)).join(' ')))`)
      t.strictSame(violations, [], `${width} ${colorScheme}: no violations`)
      await context.close()
    }
  }
)
