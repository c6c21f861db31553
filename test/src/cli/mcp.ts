import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { documentRequests } from '../../../routes/examples/verification.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { COMMAND } from '../../built-command.js'
import { buildServer, ENVIRONMENT } from '../../built-server.js'
import { KEY, ROLE } from '../../helper.js'
import { connectMcp } from '../../mcp-client.js'

const USAGE = { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }
const REPORT = verifyDocuments(documentRequests.servicePrincipalMissing.value)

t.before(buildServer)
t.setTimeout(300_000)

t.test('mcp: without the address of a service no tool reads AWS', async (t) => {
  const { child, open, request } = connectMcp([COMMAND, 'mcp'], ENVIRONMENT)
  t.teardown(() => child.kill())
  await open()
  t.notOk((await request('tools/list')).tools.some(({ name }) => name === 'verify_live'))
  child.stdin.end()
  t.strictSame(await once(child, 'exit'), [0, null])
})

t.test('mcp --url: the service verifies, with the token of the caller', async (t) => {
  const received: Array<{ path: string | undefined; token: string | undefined; body: unknown }> = []
  const service = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ path: request.url, token: request.headers.authorization, body: JSON.parse(body) })
      const isFirst = received.length === 1
      response.writeHead(isFirst ? 200 : 403, { 'content-type': 'application/json' })
      const problem = { code: 'FORBIDDEN', detail: 'The caller may not verify this key.', errors: [] }
      response.end(JSON.stringify(isFirst ? REPORT : problem))
    })
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  t.teardown(() => service.close())
  const address = service.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const env = { ...ENVIRONMENT, PERSONALIZE_KMS_TOKEN: 'a-token' }
  const { child, open, call } = connectMcp([COMMAND, 'mcp', '--url', `http://127.0.0.1:${port}`], env)
  t.teardown(() => child.kill())
  await open()
  const { structuredContent } = await call('verify_live', { usage: USAGE })
  t.match(structuredContent, { verdict: 'fail', headline: REPORT.summary.headline })
  t.strictSame(received, [{ path: '/verify', token: 'Bearer a-token', body: { usage: USAGE } }])
  const refused = await call('verify_live', { usage: USAGE })
  t.equal(refused.isError, true)
  t.match(refused.content[0]?.text, 'FORBIDDEN: The caller may not verify this key.')
})
