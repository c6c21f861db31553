import { once } from 'node:events'
import t, { type Test } from 'tap'
import { documentRequests } from '../../../routes/examples/verification.js'
import { POLICY_FORMS, policyForm } from '../../../src/formats/policies/policy-forms.js'
import { explain } from '../../../src/explain/explain.js'
import { renderExplanation } from '../../../src/formats/explanation.js'
import { renderMarkdown } from '../../../src/formats/markdown.js'
import { generatePolicies } from '../../../src/policies/generate.js'
import { policiesToDeploy } from '../../../src/policies/to-deploy.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { VERSION } from '../../../src/version.js'
import { KEY, ROLE } from '../../helper.js'
import { connectMcp } from '../../mcp-client.js'

const USAGE = { operations: ['datasetGroup' as const], roleArns: [ROLE], kmsKeyArns: [KEY] }
const FAILING = documentRequests.servicePrincipalMissing.value

/** A process that serves, as a client starts it. */
const SERVE = `import { serveMcp } from './src/mcp/server.ts'
await serveMcp()`
/** The same with a live verification that fails as a service does. */
const SERVE_LIVE = `import { documentRequests } from './routes/examples/verification.ts'
import { ServiceError } from './src/errors.ts'
import { serveMcp } from './src/mcp/server.ts'
import { verifyDocuments } from './src/verify/verify-documents.ts'
await serveMcp({ verifyLive: async ({ usage }) => {
  if (usage.kmsKeyArns[0].includes('alias')) throw new ServiceError('AWS_UNAVAILABLE', 'AWS KMS does not answer.')
  return verifyDocuments(documentRequests.works.value)
} })`

function connect (t: Test, script = SERVE): ReturnType<typeof connectMcp> {
  const connection = connectMcp(['--import', 'tsx', '--input-type=module', '-e', script])
  t.teardown(() => connection.child.kill())
  return connection
}

t.setTimeout(300_000)

t.test('MCP over standard input and output', async (t) => {
  const { child, open, request, call } = connect(t)
  t.match(await open(), { serverInfo: { name: 'personalize-kms', version: VERSION }, instructions: /Nothing is ever written/ })

  t.test('tools/list: pure tools, read-only, with schemas that refer to nothing', async (t) => {
    const { tools } = await request('tools/list')
    t.strictSame(tools.map(({ name }) => name), ['list_requirements', 'generate_policies', 'verify_documents', 'explain'])
    for (const { name, annotations, inputSchema } of tools) {
      t.strictSame(annotations, { readOnlyHint: true, idempotentHint: true, openWorldHint: false }, name)
      t.match(inputSchema, { type: 'object', additionalProperties: false }, name)
      t.notMatch(JSON.stringify(inputSchema), /"\$(ref|id)"/, name)
      t.notOk('anyOf' in inputSchema, `${name}: no alternatives at the top, which not every client takes`)
    }
    t.match(tools[1], {
      inputSchema: {
        required: ['usages'],
        properties: {
          usages: { items: { properties: { roleArns: { items: { type: 'string' } } } } },
          form: { enum: ['json', ...POLICY_FORMS.map(({ name }) => name)] }
        }
      }
    })
  })

  t.test('list_requirements: the rows of the operations', async (t) => {
    const { content, structuredContent } = await call('list_requirements', { operations: ['datasetExportJob'] })
    const rows: unknown = structuredContent['requirements']
    t.ok(Array.isArray(rows) && rows.length > 0 && rows.every(({ operation }) => operation === 'datasetExportJob'))
    t.match(content[0]?.text, '| datasetExportJob')
  })

  t.test('generate_policies: what the service generates, as Markdown and as data', async (t) => {
    const { content, structuredContent } = await call('generate_policies', { usages: [USAGE] })
    const expected = generatePolicies({ usages: [USAGE] })
    t.strictSame(structuredContent, JSON.parse(JSON.stringify(expected)))
    t.match(content[0]?.text, 'Key policy of')
    t.match(content[0]?.text, 'AllowPersonalizeService')
  })

  t.test('generate_policies: a form is one file', async (t) => {
    const { content, structuredContent } = await call('generate_policies', { usages: [USAGE], form: 'terraform' })
    const file = policyForm('terraform', policiesToDeploy({ usages: [USAGE] }))
    t.match(structuredContent, { fileName: 'personalize.tf', mediaType: 'application/vnd.terraform+hcl', content: file })
    t.ok(content[0]?.text.includes(file.trim()))
  })

  t.test('verify_documents: the report as Markdown, and its short form', async (t) => {
    const { content, structuredContent, isError } = await call('verify_documents', FAILING)
    const report = verifyDocuments(FAILING)
    t.not(isError, true, 'a verdict is no error')
    t.equal(content[0]?.text, renderMarkdown(report))
    t.match(structuredContent, { verdict: 'fail', verdicts: report.verdicts, headline: report.summary.headline })
    t.strictSame(structuredContent['findings'], JSON.parse(JSON.stringify(report.findings)))
    t.strictSame(Object.keys(structuredContent).sort(), [
      'findings',
      'headline',
      'notEvaluated',
      'remediation',
      'verdict',
      'verdicts'
    ])
    t.match(structuredContent['remediation'], { keyPolicies: [{ kmsKeyArn: KEY, policy: { Version: '2012-10-17' } }] })
    t.notMatch(JSON.stringify(structuredContent['remediation']), '"before"')
  })

  t.test('locations: bucket policies are generated, and verified', async (t) => {
    const { usage } = documentRequests.bucketPolicyMissing.value
    const generated = await call('generate_policies', { usages: [usage] })
    t.match(generated.structuredContent, { bucketPolicies: [{ bucket: 'amzn-s3-demo-bucket', policy: { Version: '2012-10-17' } }] })
    t.match(generated.content[0]?.text, 'Bucket policy of')
    const verified = await call('verify_documents', documentRequests.bucketPolicyMissing.value)
    t.match(verified.structuredContent, {
      verdict: 'fail',
      remediation: { bucketPolicies: [{ bucket: 'amzn-s3-demo-bucket', policy: { Version: '2012-10-17' } }] }
    })
    const neither = await call('verify_documents', { usage, roles: documentRequests.bucketPolicyMissing.value.roles })
    t.equal(neither.isError, true, 'keys or buckets are needed, though the schema of the tool does not say so')
  })

  t.test('explain: the causes as Markdown and as data, with the statements of the usage', async (t) => {
    const { usage } = documentRequests.bucketPolicyMissing.value
    const input = { text: 'Insufficient privileges for accessing data in Amazon S3.', usage }
    const { content, structuredContent, isError } = await call('explain', input)
    const explanation = explain({ failureReason: input.text, usage })
    t.not(isError, true)
    t.strictSame(structuredContent, JSON.parse(JSON.stringify(explanation)))
    t.equal(content[0]?.text, renderExplanation(explanation))
    t.match(content[0]?.text, 'arn:aws:s3:::amzn-s3-demo-bucket')
    const record = { eventSource: 's3.amazonaws.com', eventName: 'GetObject', errorCode: 'AccessDenied', errorMessage: 'Access Denied' }
    t.match((await call('explain', { text: JSON.stringify(record) })).structuredContent, { said: { action: 's3:GetObject' } })
    t.match((await call('explain', { text: 'Segmentation fault' })).structuredContent, { recognized: false, causes: [] })
    t.equal((await call('explain', { text: '' })).isError, true)
  })

  t.test('input that does not fit: every fault with its pointer', async (t) => {
    const usage = { operations: ['trainModel'], roleArns: ['x'], profile: 'none', extra: 1 }
    const { isError, content } = await call('generate_policies', { usages: [usage], form: 'yaml' })
    t.equal(isError, true)
    for (const pointer of ['/usages/0/operations/0', '/usages/0/roleArns/0', '/usages/0/profile', '/usages/0/extra', '/form'])
      t.match(content[0]?.text, `${pointer} `)
  })

  t.test('input that is refused: code and faults', async (t) => {
    const usage = { ...USAGE, operations: ['dataDeletionJob'] }
    const { isError, content } = await call('generate_policies', { usages: [usage] })
    t.equal(isError, true)
    t.match(content[0]?.text, /^CUSTOMER_KEY_NOT_SUPPORTED: [^]*\/usages\/0\/operations/)
  })

  t.test('end of the input: the process ends', async (t) => {
    child.stdin.end()
    const [status]: unknown[] = await once(child, 'exit')
    t.equal(status, 0)
  })
})

t.test('MCP with a live verification', async (t) => {
  const { open, request, call } = connect(t, SERVE_LIVE)
  await open()
  const { tools } = await request('tools/list')
  t.match(tools.at(-1), {
    name: 'verify_live',
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true }
  })
  t.match((await call('verify_live', { usage: USAGE })).structuredContent, { verdict: 'pass', findings: [] })
  const alias = KEY.replace(/key\/.*/, 'alias/personalize')
  const { isError, content } = await call('verify_live', { usage: { ...USAGE, kmsKeyArns: [alias] } })
  t.equal(isError, true)
  t.match(content[0]?.text, 'AWS_UNAVAILABLE: AWS KMS does not answer.')
})
