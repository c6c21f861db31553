import { once } from 'node:events'
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { documentRequests } from '../../../routes/examples/verification.js'
import { runCommand } from '../../built-command.js'
import { buildServer } from '../../built-server.js'

const REQUEST = JSON.stringify(documentRequests.servicePrincipalMissing.value)
/** A line that the runner of GitHub takes for a command. */
const WORKFLOW_COMMAND = /^\s*::/m

t.before(buildServer)

/** A service that gives this answer to every request. */
async function serviceWith (t: Test, status: number, body: string): Promise<string> {
  const service = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/problem+json', location: 'http://127.0.0.1:9/' })
    response.end(body)
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  t.teardown(() => service.close())
  const address = service.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const problem = { code: 'A\n::error::code', detail: 'b\n::error::detail\r\n  ::add-mask::c', errors: [{ pointer: '::error::p', detail: '\n::error::d' }] }
const answers: Array<[name: string, status: number, body: string, message: RegExp]> = [
  ['a refusal', 403, JSON.stringify({ code: 'FORBIDDEN', detail: 'Not this key.', errors: [] }), /FORBIDDEN: Not this key\. \(HTTP 403\)/],
  ['an overload', 503, JSON.stringify({ code: 'OVERLOADED', detail: 'Later.', errors: [] }), /OVERLOADED: Later\. \(HTTP 503\)/],
  ['a page instead of a report', 200, '<html>', /answered 200, and neither a report nor a problem document/],
  ['a report without its parts', 200, '{"verdict":"pass","findings":[]}', /answered 200, and neither a report/],
  ['a redirect', 302, '', /does not answer/],
  ['texts that are commands of a workflow', 400, JSON.stringify(problem), /error::detail/]
]

for (const [name, status, body, message] of answers)
  t.test(`--url: ${name} is exit status 3`, async (t) => {
    const result = await runCommand(['verify-documents', '-', '--url', await serviceWith(t, status, body)], { cwd: t.testdir({}), stdin: REQUEST })
    t.equal(result.status, 3)
    t.equal(result.stdout, '')
    t.match(result.stderr, message)
    t.notMatch(result.stderr, WORKFLOW_COMMAND)
    t.notMatch(result.stderr, /this is a bug/)
  })

t.test('a token with a line break is refused, and not printed', async (t) => {
  const env = { PERSONALIZE_KMS_TOKEN: 'secret\nvalue' }
  const result = await runCommand(['verify-documents', '-', '--url', await serviceWith(t, 200, '')], { cwd: t.testdir({}), stdin: REQUEST, env })
  t.equal(result.status, 3)
  t.match(result.stderr, /^personalize-kms: PERSONALIZE_KMS_TOKEN contains a character/)
  t.notMatch(result.stderr, /secret|value/)
})

t.test('names of files and commands begin no line of the log as a command of a workflow', async (t) => {
  const cwd = t.testdir({ 'a\n::error::b.json': '{' })
  for (const args of [['verify-documents', 'a\n::error::b.json'], ['\n::error::c'], ['explain', 'x\n::error::d\n ::add-mask::e']]) {
    const { stdout, stderr } = await runCommand(args, { cwd })
    t.match(`${stdout}${stderr}`, /error::[bcd]/)
    t.notMatch(`${stdout}\n${stderr}`, WORKFLOW_COMMAND)
  }
})
