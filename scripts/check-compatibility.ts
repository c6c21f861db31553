import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { record } from './compatibility/json.js'
import { compatibilityBreaks } from './compatibility/operations.js'
import { mayBreak } from './compatibility/versions.js'

/**
 * Holds `openapi/openapi.json` against the last released one, `openapi/released/openapi.json`: what callers rely on may
 * only go with a new major version. A release replaces the released copy.
 */
const [released, current] = await Promise.all(
  ['openapi/released/openapi.json', 'openapi/openapi.json'].map(async (path) =>
    record(JSON.parse(await readFile(path, 'utf8')))
  )
)
if (released === undefined || current === undefined) throw new Error('two documents are compared')
const [before, now] = [released, current].map((document) => String(record(document['info'])['version']))

const breaks = compatibilityBreaks(released, current)
for (const { where, what } of breaks) console.error(`${where}: ${what}`)
const allowed = mayBreak(String(before), String(now))
if (breaks.length === 0) console.log(`API ${now}: compatible with the released ${before}`)
else if (allowed)
  console.log(`API ${now}: ${breaks.length} breaks with the released ${before}, which the version tells`)
else {
  console.error(
    `API ${now}: ${breaks.length} breaks with the released ${before}; they need another ${String(before).startsWith('0.') ? 'minor' : 'major'} version`
  )
  process.exitCode = 1
}
