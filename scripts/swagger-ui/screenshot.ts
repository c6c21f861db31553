import process from 'node:process'
import { loadConfig } from '../../src/config/config.js'
import { execute, inApiBrowser, open } from './browser.js'

/**
 * Executes the first example of each operation given in the API browser, and saves a picture: `tsx
 * scripts/swagger-ui/screenshot.ts docs.png generateKeyPolicy verifyDocuments`.
 */
const [path = 'docs.png', ...operationIds] = process.argv.slice(2)

await inApiBrowser({ config: loadConfig({}) }, async (page) => {
  for (const operationId of operationIds.length > 0 ? operationIds : ['generateKeyPolicy'])
    console.log(`${operationId}: ${await execute(await open(page, operationId))}`)
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: 1280, height: 3000 } })
})
