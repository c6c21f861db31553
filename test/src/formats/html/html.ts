import { createHash } from 'node:crypto'
import t from 'tap'
import { REPORT_CONTENT_SECURITY_POLICY, renderHtml } from '../../../../src/formats/html/html.js'
import { explainedReport, failingReport, HOSTILE, hostileReport, passingReport } from '../example-reports.js'

/** The tags of a page, each with its attributes, as written: text has no `<` of its own, since it is escaped. */
const tagsOf = (html: string): string[] =>
  [...html.replace(/<style>[^<]*<\/style>/, '').matchAll(/<[a-z][^<>]*>/g)].map(([tag]) => tag)
const textOf = (html: string): string =>
  html
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')

t.test('html: title, heading and page order of a failing report, answer first', (t) => {
  const html = renderHtml(failingReport())
  t.match(html, '<title>Fail: Amazon Personalize and key 1234abcd-12ab-34cd-56ef-1234567890ab</title>')
  t.match(html, '<h1>Amazon Personalize cannot use this key yet</h1>')
  t.strictSame(
    [...html.matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id),
    ['change', 'findings', 'matrix', 'limits', 'checks']
  )
  t.notMatch(html, '<time', 'a report without a time shows none')
  t.end()
})

t.test('html: matrix, one row for each principal and one cell for each of its actions', (t) => {
  const html = renderHtml(failingReport())
  t.equal(html.split('<tr role="row" class="r-cells"').length - 1, 3)
  t.equal(html.split('<td role="cell" class="r-cell ').length - 1, 18)
  t.match(textOf(html), 'statement 2 (Personalize)')
  t.end()
})

t.test('html: change, without the document as it was and with it', (t) => {
  for (const report of [failingReport(), explainedReport()]) {
    const text = textOf(renderHtml(report))
    t.match(text, 'adds 2 statements, removes nothing')
    t.match(text, '4 statements stay: EnableIAMUserPermissions, Personalize, DenyOutsideVpc, OldRole')
    t.match(text, /put-key-policy .*--region eu-west-1/)
  }
  t.end()
})

t.test('html: findings, a consequence is listed under its cause and not again', (t) => {
  const html = renderHtml(explainedReport())
  const [cause = ''] = html
    .split('<article')
    .filter((card) => card.includes('BOUNDARY_BLOCKS') && card.includes('r-finding'))
  t.match(cause, 'Because of this')
  t.match(cause, 'ACCESS_DEPENDS_ON_CONDITION')
  t.equal(html.split('ACCESS_DEPENDS_ON_CONDITION').length - 1, 1)
  t.match(textOf(html), 'by: an administrator of the account')
  t.end()
})

t.test('html: a passing report says so and proposes no change', (t) => {
  const html = renderHtml(passingReport())
  t.match(html, '<h1>Amazon Personalize can use this key</h1>')
  t.notMatch(html, 'id="change"')
  t.end()
})

t.test('html: a report without checks has neither matrix nor list', (t) => {
  const { checks: _, ...summary } = failingReport()
  const html = renderHtml(summary)
  t.notMatch(html, 'id="matrix"')
  t.match(html, 'id="findings"')
  t.end()
})

t.test(
  'html: self-contained, no script, no style attribute, no address but pages of AWS, the style sheet of the policy',
  (t) => {
    for (const report of [explainedReport(), passingReport(), hostileReport()]) {
      const html = renderHtml(report)
      const style = /<style>([^<]*)<\/style>/.exec(html)?.[1] ?? ''
      t.match(REPORT_CONTENT_SECURITY_POLICY, `'sha256-${createHash('sha256').update(style).digest('base64')}'`)
      t.equal(html.split('<style').length, 2)
      const tags = tagsOf(html)
      t.strictSame(
        tags.filter((tag) => /\s(style|src|srcset|on[a-z]+)=/.test(tag.replaceAll(/"[^"]*"/g, '""'))),
        []
      )
      t.strictSame(
        tags.filter((tag) => /^<(script|img|iframe|object|embed|link|base|form|input)\b/.test(tag)),
        []
      )
      const addresses = tags.flatMap((tag) => /\shref="([^"]*)"/.exec(tag)?.[1] ?? [])
      t.strictSame(
        addresses.filter((address) => !address.startsWith('#') && !address.startsWith('https://docs.aws.amazon.com/')),
        []
      )
    }
    t.end()
  }
)

t.test('html: hostile names stay text', (t) => {
  const html = renderHtml(hostileReport())
  for (const text of HOSTILE.filter((text) => text.includes('<'))) t.notMatch(html, text)
  t.match(html, '&lt;script>alert(1)')
  t.equal(html.split('</body>').length, 2)
  t.end()
})
