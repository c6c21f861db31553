import { createHash } from 'node:crypto'
import { marked } from 'marked'
import { SaxesParser } from 'saxes'
import t from 'tap'
import { documentRequests } from '../../routes/examples/verification.js'
import { REPORT_FORMS, REPORT_MEDIA_TYPES } from '../../src/formats/formats.js'
import { KEY, ROLE, startApp, USAGE } from '../helper.js'
import { worldOf } from '../verification/scenario.js'

const DOCUMENTS = '/verify/documents'
const FAILING = documentRequests.servicePrincipalMissing.value
const HOSTILE_SID = ']]></system-out><script>alert(1)</script>]]><x a="\u0000'
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: HOSTILE_SID,
      Effect: 'Allow',
      Principal: { AWS: ROLE, Service: 'personalize.amazonaws.com' },
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceVpc': HOSTILE_SID } }
    }
  ]
}
const HOSTILE = {
  usage: USAGE,
  keys: [{ kmsKeyArn: KEY, keyPolicy: KEY_POLICY }],
  roles: [{ roleArn: ROLE, identityPolicies: [] }]
}

/** What a form says, parsed by another reader of it than ours. */
const READERS: Record<string, (text: string) => unknown> = {
  'text/html': (text) => /<title>([^<]*)<\/title>/.exec(text)?.[1],
  'text/markdown': (text) => Object(marked.lexer(text).find(({ type }) => type === 'heading')).text,
  'application/sarif+json': (text) => JSON.parse(text).runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId),
  'application/xml': (text) => tagsOf(text).length > 0
}

/** The names of the elements of a document that is well-formed. */
function tagsOf (xml: string): string[] {
  const names: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => names.push(name))
  parser.write(xml).close()
  return names
}

function collect (response: NodeJS.ReadableStream, done: (error: Error | null, text: string) => void): void {
  let text = ''
  response.setEncoding('utf8').on('data', (chunk) => {
    text += String(chunk)
  })
  response.on('end', () => {
    done(null, text)
  })
}

async function post (agent: Agent, accept: string | undefined, body: object, path = DOCUMENTS) {
  const request = agent
    .post(path)
    .buffer(true)
    .parse((response, done) => {
      collect(Object(response), done)
    })
  const {
    status,
    headers,
    body: text
  } = await (accept === undefined ? request : request.set('accept', accept)).send(body)
  return { status, headers, text: String(text) }
}
type Agent = Awaited<ReturnType<typeof startApp>>['agent']

const { agent } = await startApp({
  after: (close) => {
    t.teardown(close)
  }
})
t.setTimeout(300_000)

t.test(
  'POST /verify/documents: each form by Accept, with its media type, Vary and a strong ETag of its own',
  async (t) => {
    const tags = new Set<string | undefined>()
    for (const mediaType of ['application/json', ...REPORT_MEDIA_TYPES]) {
      const { status, headers, text } = await post(agent, mediaType, FAILING)
      t.equal(status, 200, mediaType)
      t.match(headers['content-type'], mediaType)
      t.equal(headers['vary'], 'Accept', mediaType)
      t.equal(headers['etag'], `"${createHash('sha256').update(text).digest('base64url')}"`, mediaType)
      t.equal((await post(agent, mediaType, FAILING)).headers['etag'], headers['etag'], `${mediaType}: the same bytes`)
      tags.add(headers['etag'])
    }
    t.equal(tags.size, REPORT_FORMS.length + 1)
  }
)

t.test('POST /verify/documents: each form says what the report says', async (t) => {
  const report = JSON.parse((await post(agent, undefined, FAILING)).text)
  const expected: Record<string, unknown> = {
    'text/html': /^Fail: Amazon Personalize and key /,
    'text/markdown': /cannot use this key yet$/,
    'application/sarif+json': report.findings.map(({ code }: { code: string }) => code),
    'application/xml': true
  }
  for (const mediaType of REPORT_MEDIA_TYPES) {
    const { text } = await post(agent, mediaType, FAILING)
    t.match(READERS[mediaType]?.(text), expected[mediaType], mediaType)
  }
})

t.test('POST /verify/documents: JSON without a preference, else what the header prefers', async (t) => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const cases: ReadonlyArray<readonly [string | undefined, string]> = [
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/csv, */*;q=0.1', 'application/json'],
    [browser, 'text/html'],
    ['application/xml;q=0.5, text/markdown', 'text/markdown'],
    ['application/json;q=0, application/sarif+json', 'application/sarif+json']
  ]
  for (const [accept, mediaType] of cases)
    t.match((await post(agent, accept, FAILING)).headers['content-type'], mediaType, String(accept))
})

t.test('POST /verify/documents: 406 lists the media types, and varies too', async (t) => {
  const { status, headers, text } = await post(agent, 'text/csv', FAILING)
  t.equal(status, 406)
  t.equal(headers['vary'], 'Accept')
  for (const mediaType of ['application/json', ...REPORT_MEDIA_TYPES]) t.match(JSON.parse(text).detail, mediaType)
})

t.test('POST /verify/documents: HTML, served with the policy that allows its style sheet alone', async (t) => {
  const { headers, text } = await post(agent, 'text/html', FAILING)
  const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? ''
  const digest = createHash('sha256').update(style).digest('base64')
  t.equal(
    headers['content-security-policy'],
    `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  )
  t.equal(headers['x-content-type-options'], 'nosniff')
  t.equal((await post(agent, 'text/markdown', FAILING)).headers['content-security-policy'], undefined)
})

t.test('POST /verify/documents: a problem stays a problem document whatever the form', async (t) => {
  const { status, headers } = await post(agent, 'text/html, */*;q=0.1', {})
  t.equal(status, 400)
  t.match(headers['content-type'], 'application/problem+json')
})

t.test('POST /verify/documents: a hostile Sid, text in every form', async (t) => {
  const html = await post(agent, 'text/html', HOSTILE)
  t.equal(html.status, 200)
  t.match(html.text, '&lt;script>alert(1)')
  t.notMatch(html.text, /<script/)
  const markdown = await post(agent, 'text/markdown', HOSTILE)
  const outside = marked
    .lexer(markdown.text)
    .filter(({ type }) => type === 'html')
    .map(({ raw }) => raw)
    .join('')
  t.notMatch(outside, /<script/)
  const junit = await post(agent, 'application/xml', HOSTILE)
  t.notOk(tagsOf(junit.text).some((name) => name === 'script' || name === 'x'))
  const sarif = await post(agent, 'application/sarif+json', HOSTILE)
  t.ok(JSON.parse(sarif.text).runs[0].results.length > 0)
})

t.test('POST /verify/documents?view=summary: forms without the list of checks', async (t) => {
  const { text } = await post(agent, 'text/html', FAILING, `${DOCUMENTS}?view=summary`)
  t.notMatch(text, 'id="matrix"')
  t.match(text, 'id="findings"')
})

t.test('POST /verify: the same forms of the live report, with the time of the reads', async (t) => {
  const policySource = worldOf({ keys: [{ kmsKeyArn: KEY, keyPolicy: KEY_POLICY }], roles: HOSTILE.roles })
  const { agent } = await startApp(t, { policySource })
  for (const mediaType of REPORT_MEDIA_TYPES) {
    const { status, headers, text } = await post(agent, mediaType, { usage: USAGE }, '/verify')
    t.equal(status, 200, `${mediaType} ${text.slice(0, 300)}`)
    t.match(headers['content-type'], mediaType)
    t.equal(headers['vary'], 'Accept')
    t.equal(headers['etag'], undefined)
    t.ok(READERS[mediaType]?.(text), mediaType)
  }
  const html = await post(agent, 'text/html', { usage: USAGE }, '/verify')
  t.match(html.text, '<time')
  t.match(html.headers['content-security-policy'], "default-src 'none'")
  const refused = await post(agent, 'text/csv', { usage: USAGE }, '/verify')
  t.equal(refused.status, 406)
  t.match(JSON.parse(refused.text).detail, 'application/x-ndjson')
})
