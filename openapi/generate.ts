import { writeFile } from 'node:fs/promises'
import { buildApp } from '../src/app.js'
import { loadConfig } from '../src/config/config.js'
import type { PolicySource } from '../src/verify/read/policy-source.js'

/** Writing the document reads nothing from AWS. */
const policySource: PolicySource = {
  readKey: async () => {
    throw new Error('the API document needs no key')
  },
  readRole: async () => {
    throw new Error('the API document needs no role')
  }
}

const app = await buildApp({ config: loadConfig({}), policySource })
await writeFile(new URL('openapi.json', import.meta.url), `${JSON.stringify(app.swagger(), null, 2)}\n`)
await app.close()
