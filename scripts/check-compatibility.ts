import { readdir, readFile } from 'node:fs/promises'
import process from 'node:process'
import { type Json, record } from './compatibility/json.js'
import { compatibilityBreaks } from './compatibility/operations.js'
import { byVersion, mayBreak } from './compatibility/versions.js'

const RELEASED = 'openapi/released'

async function document (path: string): Promise<Json> {
  const found = record(JSON.parse(await readFile(path, 'utf8')))
  if (found['openapi'] === undefined) throw new Error(`${path} is no OpenAPI document`)
  return found
}

const versionOf = (document: Json): string => String(record(document['info'])['version'])

/**
 * Holds `openapi/openapi.json` against every released one, `openapi/released/VERSION.json`: what callers rely on may only
 * go with a new major version (before 1.0.0 a minor one). A release adds its copy.
 */
const names = (await readdir(RELEASED)).filter((name) => name.endsWith('.json'))
const releases = await Promise.all(
  names.map(async (name) => ({ version: name.slice(0, -'.json'.length), document: await document(`${RELEASED}/${name}`) }))
)
if (releases.length === 0) throw new Error(`${RELEASED} has no document`)
const current = await document('openapi/openapi.json')
const now = versionOf(current)

for (const { version, document: released } of releases.sort((a, b) => byVersion(a.version, b.version))) {
  if (versionOf(released) !== version) throw new Error(`${RELEASED}/${version}.json is of ${versionOf(released)}`)
  const breaks = compatibilityBreaks(released, current)
  for (const { where, what } of breaks) console.error(`${version}: ${where}: ${what}`)
  if (breaks.length === 0) console.log(`API ${now}: compatible with the released ${version}`)
  else if (mayBreak(version, now))
    console.log(`API ${now}: ${breaks.length} breaks with the released ${version}, which the version tells`)
  else {
    console.error(
      `API ${now}: ${breaks.length} breaks with the released ${version}; ` +
        `they need another ${version.startsWith('0.') ? 'minor' : 'major'} version`
    )
    process.exitCode = 1
  }
}
