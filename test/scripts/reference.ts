import t from 'tap'
import { variableRows } from '../../scripts/reference/configuration.js'
import { ERROR_HELP } from '../../scripts/reference/error-help.js'
import { LOG_FIELDS } from '../../scripts/reference/log-fields.js'
import { memberTables } from '../../scripts/reference/members.js'
import { metricRows } from '../../scripts/reference/metrics.js'
import { referencePage } from '../../scripts/reference/page.js'
import { requirementRows } from '../../scripts/reference/requirement-rows.js'
import { ERROR_CODES } from '../../src/errors.js'
import { FINDINGS } from '../../src/findings/catalogue.js'
import { buildServer, start } from '../built-server.js'
import { USAGE } from '../helper.js'

t.test('reference: every finding has an example and what to do', async (t) => {
  const page = await referencePage()
  for (const code of Object.keys(FINDINGS)) {
    const [, section = ''] = page.split(`### \`${code}\`\n`)
    const [text = ''] = section.split('\n### ')
    t.match(text, /^\* Example: \S.+$/m, `${code}: an example`)
    t.match(text, /^\* What to do: \S.+$/m, `${code}: what to do`)
  }
})

t.test('reference: every error has an example and what to do', async (t) => {
  t.strictSame(Object.keys(ERROR_HELP).sort(), [...ERROR_CODES].sort())
  for (const [code, { example, fix }] of Object.entries(ERROR_HELP)) {
    t.match(example, /\.$/, `${code}: the example is a sentence`)
    t.match(fix, /^[A-Z].*\.$/, `${code}: what to do is a sentence`)
  }
})

t.test('reference: every own metric has its labels', async (t) => {
  const rows = await metricRows()
  t.match(
    rows.find(({ name }) => name === 'http_request_duration_seconds'),
    { type: 'histogram', labels: ['route', 'method', 'status'] }
  )
  t.match(rows.find(({ name }) => name === 'aws_calls_throttled_total'), { labels: ['api', 'operation'] })
  t.match(rows.find(({ name }) => name === 'verifications_active'), { type: 'gauge', labels: [] })
  t.equal(rows.some(({ name }) => name.startsWith('nodejs_')), false)
})

t.test('reference: requirements are grouped by principal', async (t) => {
  const rows = requirementRows()
  t.match(rows[0], { operation: '`datasetGroup`', policy: 'key policy', principals: ['service', 'role'] })
  t.ok(rows.some(({ policy, actions }) => policy === 'bucket policy' && actions.includes('s3:GetObject')))
})

t.test('reference: members of members are named with a dot, and each has a meaning', async (t) => {
  const [report] = memberTables()
  for (const { name, rows } of memberTables())
    for (const row of rows) t.not(row.meaning, '', `${name}: ${row.name} has a meaning`)
  t.ok(report?.rows.some(({ name }) => name === 'verdicts.documented'))
  t.ok(report?.rows.some(({ name, type }) => name === 'findings' && type === 'list of Finding'))
})

t.test('reference: variables have their bounds and defaults', async (t) => {
  const port = variableRows().find(({ name }) => name === 'PORT')
  t.strictSame(port, { name: 'PORT', accepts: '0 to 65,535', byDefault: '`3000`' })
})

t.test('reference: log lines of requests have the fields of the table, in its order', async (t) => {
  await buildServer()
  const { port, log, child, exit } = await start(t, { AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback' })
  const send = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body)
    })
  const caller = { 'x-caller': 'team-a', 'x-scopes': 'policies:generate verify:documents' }
  await send('/policies/key', USAGE, caller)
  await send('/policies/key', {}, caller)
  await send('/policies/key', USAGE)
  const [roleArn, kmsKeyArn] = [USAGE.roleArns[0], USAGE.kmsKeyArns[0]]
  const documents = { keys: [{ kmsKeyArn, keyPolicy: {} }], roles: [{ roleArn, identityPolicies: [] }] }
  await send('/verify/documents', { usage: USAGE, ...documents }, caller)
  child.kill('SIGTERM')
  await exit
  const lines = log().trim().split('\n').map((line): Record<string, unknown> => JSON.parse(line))
  const names = LOG_FIELDS.map(([name]) => name)
  const found = new Set<string>()
  for (const line of lines.filter(({ msg }) => msg === 'request answered')) {
    const fields = Object.keys(line)
    for (const field of fields) found.add(field)
    t.strictSame(fields, names.filter((name) => fields.includes(name)), JSON.stringify(line))
  }
  const seldom = ['attempts', 'err']
  t.strictSame(names.filter((name) => !found.has(name)), seldom, 'what these requests do not have')
})
