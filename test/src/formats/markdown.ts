import { marked, type Token } from 'marked'
import t from 'tap'
import { MARKDOWN_MARKER, MAX_MARKDOWN_CHARACTERS, renderMarkdown } from '../../../src/formats/markdown.js'
import type { ReportModel } from '../../../src/formats/report-model.js'
import { BUCKET, bucketReport, explainedReport, failingReport, HOSTILE_TEXT, hostileReport, passingReport } from './example-reports.js'

function tokensOf (markdown: string): Token[] {
  const tokens: Token[] = []
  marked.walkTokens(marked.lexer(markdown), (token) => {
    tokens.push(token)
  })
  return tokens
}

/** The statements in the blocks of JSON, parsed. */
function jsonBlocks (markdown: string): unknown[] {
  return tokensOf(markdown).flatMap((token) =>
    token.type === 'code' && token['lang'] === 'json' ? [JSON.parse(String(token['text']))] : []
  )
}

t.test('markdown: hidden first line, answer as heading, verdicts in words', (t) => {
  const [first, second, , ...rest] = renderMarkdown(failingReport()).split('\n')
  t.equal(first, MARKDOWN_MARKER)
  t.equal(second, '## ❌ Amazon Personalize cannot use this key yet')
  t.match(rest.join('\n'), 'AWS’s page: **fail**; AWS’s evaluation: **fail**.')
  t.match(renderMarkdown(passingReport()), '## ✅ Amazon Personalize can use this key')
  t.end()
})

t.test('markdown: the statements to add, as JSON that parses', (t) => {
  const report = explainedReport()
  const blocks = jsonBlocks(renderMarkdown(report))
  const policy = report.remediation?.keyPolicies[0]?.policy
  t.ok(
    blocks.some((block) => JSON.stringify(block) === JSON.stringify(policy)),
    'the whole document'
  )
  t.strictSame(
    blocks.slice(0, 2).map((block) => Object(block).Sid),
    ['AllowPersonalizeService', 'AllowPersonalizeRole']
  )
  t.end()
})

t.test('markdown: matrix, a table with a row for each principal and a cell for each action', (t) => {
  const [table] = tokensOf(renderMarkdown(failingReport())).filter(({ type }) => type === 'table')
  const { header, rows } = Object(table)
  t.equal(header.length, 7)
  t.strictSame(
    rows.map((row: Array<{ text: string }>) => row.map(({ text }) => text).slice(1)),
    [
      ['⚠️', '⚠️', '⚠️', '❌', '❌', '❌'],
      ['✅', '✅', '❌', '❌', '❌', '❌'],
      ['✅', '❌', '❌', '❌', '❌', '❌']
    ]
  )
  t.end()
})

t.test('markdown: two folders of a bucket, a matrix for each, so that the one that fails is seen', (t) => {
  const markdown = renderMarkdown(bucketReport())
  t.match(markdown, '## ❌ Amazon Personalize cannot use this bucket yet')
  const tables = tokensOf(markdown).filter(({ type }) => type === 'table')
  t.strictSame(
    tables.slice(1).map((table) => Object(table).rows.map((row: Array<{ text: string }>) => row.map(({ text }) => text).slice(1))),
    [
      [['✅', '✅'], ['✅', '✅']],
      [['❌', '✅'], ['✅', '✅']]
    ]
  )
  const text = markdown.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
  t.ok(text.includes(`On <code>s3://${BUCKET}/users/</code>`))
  t.ok(text.includes(`On <code>s3://${BUCKET}/items/</code>`))
  t.end()
})

t.test('markdown: the statement to add to a bucket policy, and the command', (t) => {
  const report = bucketReport()
  const markdown = renderMarkdown(report)
  const [statement, policy] = jsonBlocks(markdown)
  t.match(statement, { Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: ['s3:GetObject', 's3:ListBucket'] })
  t.strictSame(policy, report.remediation?.bucketPolicies?.[0]?.policy)
  t.match(markdown, `aws s3api put-bucket-policy --bucket ${BUCKET}`)
  t.end()
})

t.test('markdown: hostile names, no element, link, mention, reference or image comes from them', (t) => {
  const markdown = renderMarkdown(hostileReport())
  const outside = tokensOf(markdown).filter(({ type }) => type !== 'code')
  const html = outside
    .filter(({ type }) => type === 'html')
    .map(({ raw }) => raw)
    .join('')
  t.notMatch(html, /<(script|img|svg|b|x)\b/)
  t.strictSame(
    outside.filter(({ type }) => type === 'image'),
    []
  )
  t.strictSame(
    outside.flatMap((token) => (token.type === 'link' ? [String(token['href'])] : [])),
    [],
    'no source of AWS, so no link'
  )
  const withoutBlocks = markdown.replaceAll(/^(`{3,})[a-z]*\n[\s\S]*?\n\1$/gm, '')
  t.notMatch(withoutBlocks, /@|\u2028|https?:\/\//)
  t.notOk(withoutBlocks.includes('\u0000'))
  t.notMatch(withoutBlocks, /#1\b/)
  t.equal(withoutBlocks.match(/^## /gm)?.length, 1)
  t.equal(markdown.match(/^<details(?: open)?>/gm)?.length, markdown.match(/^<\/details>/gm)?.length)
  t.ok(
    jsonBlocks(markdown).some((block) => Object(block).Sid === `Narrow ${HOSTILE_TEXT}`),
    'a suggested statement is the statement'
  )
  t.end()
})

t.test('markdown: a report too large for a comment says what is left out', (t) => {
  const report = failingReport()
  const [finding = never()] = report.findings
  const many: ReportModel = {
    ...report,
    findings: Array.from({ length: 400 }, (_, index) => ({ ...finding, code: `CODE_${index}` }))
  }
  const markdown = renderMarkdown(many)
  t.ok(markdown.length <= MAX_MARKDOWN_CHARACTERS)
  t.ok(markdown.length > MAX_MARKDOWN_CHARACTERS * 0.9, 'and uses the room that there is')
  t.match(markdown, /Left out, because a comment has at most 65536 characters\*\*: the finding <code>CODE/)
  t.match(markdown, /and \d+ more\. The JSON or HTML form/)
  t.notMatch(renderMarkdown(report), 'Left out')
  t.end()
})

function never (): never {
  throw new Error('the report has no finding')
}
