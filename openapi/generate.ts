import { writeFile } from 'node:fs/promises'
import { buildApp } from '../src/app.js'
import { loadConfig } from '../src/config/config.js'
import type { PolicySource } from '../src/verify/read/policy-source.js'
import { clientTypes } from './client-types.js'

/** Writing the API document and the types of the client reads nothing from AWS. */
const policySource: PolicySource = {
  readKey: async () => {
    throw new Error('the API document needs no key')
  },
  readRole: async () => {
    throw new Error('the API document needs no role')
  }
}

const app = await buildApp({ config: loadConfig({}), policySource })
const document = `${JSON.stringify(app.swagger(), null, 2)}\n`
await writeFile(new URL('openapi.json', import.meta.url), document)
await writeFile(new URL('../client/api.d.ts', import.meta.url), await clientTypes(document))
await app.close()
