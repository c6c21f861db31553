import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { isRecord, record } from './compatibility/json.js'
import { lockShipped, readBuilt, withShipped } from './supply-chain/shipped.js'

/**
 * `npm audit` of what is shipped, installed or built in, from "high" upwards. Findings fail. A registry without advisories
 * responds with 405, which is reported as `not available here` and passes: other environments use another registry.
 * Every other error fails.
 */
const { stdout, status, error } = await withShipped(readBuilt(), (folder) => {
  lockShipped(folder)
  const args = ['audit', '--package-lock-only', '--audit-level=high', '--json']
  return spawnSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 })
})
if (error !== undefined) throw error
const answer = parsed(stdout)

if (status === 0 && isRecord(answer['metadata']))
  console.log(`npm audit: nothing of severity high or above${counts(answer)}`)
else if (isRecord(answer['vulnerabilities'])) {
  for (const { name, severity, range } of Object.values(answer['vulnerabilities']).map(record))
    console.error(`${name} ${range}: ${severity}`)
  process.exitCode = 1
} else if (hasNoAdvisories(answer)) console.log(`npm audit: not available here (${answer['message']})`)
else {
  console.error(`npm audit ended with ${status}: ${answer['message'] ?? stdout}`)
  process.exitCode = 1
}

function parsed (text: string): Record<string, unknown> {
  try {
    return record(JSON.parse(text))
  } catch {
    return {}
  }
}

/**
 * npm repeats the status and the address of an answer that it could not use; of one that never came there is neither.
 */
function hasNoAdvisories ({ statusCode, uri }: Record<string, unknown>): boolean {
  return statusCode === 405 && typeof uri === 'string' && new URL(uri).pathname.includes('/-/npm/v1/security/')
}

function counts (answer: Record<string, unknown>): string {
  const found = Object.entries(record(record(answer['metadata'])['vulnerabilities'])).filter(
    ([severity, count]) => severity !== 'total' && count !== 0
  )
  return found.length === 0 ? '' : ` (${found.map(([severity, count]) => `${count} ${severity}`).join(', ')})`
}
