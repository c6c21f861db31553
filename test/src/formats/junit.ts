import { SaxesParser } from 'saxes'
import t from 'tap'
import { renderJunit } from '../../../src/formats/junit.js'
import { BUCKET, bucketReport, HOSTILE_TEXT, explainedReport, failingReport, hostileReport, passingReport } from './example-reports.js'

interface Element {
  name: string
  attributes: Record<string, string>
  /** The names of the elements in it. */
  inside: string[]
  text: string
}

/** The elements of a document, by a parser that refuses what is not well-formed. */
function elementsOf (xml: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  const parser = new SaxesParser()
  const add = (text: string): void => {
    for (const element of open) element.text += text
  }
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    open.at(-1)?.inside.push(name)
    const element = { name, attributes: { ...attributes }, inside: [], text: '' }
    elements.push(element)
    open.push(element)
  })
  parser.on('closetag', () => open.pop())
  parser.on('text', add)
  parser.on('cdata', add)
  // As a client receives it: encoded, so that half a surrogate pair is no character.
  parser.write(Buffer.from(xml).toString('utf8')).close()
  return elements
}

const casesOf = (xml: string, className?: string): Element[] =>
  elementsOf(xml).filter(
    ({ name, attributes }) => name === 'testcase' && (className === undefined || attributes['classname'] === className)
  )

t.test('junit: failing report, a case for each verdict, check and error', (t) => {
  const report = failingReport()
  const xml = renderJunit(report)
  const errors = report.findings.filter(({ severity }) => severity === 'error').length
  const checks = report.checks ?? []
  t.equal(casesOf(xml).length, 2 + checks.length + errors)
  t.strictSame(
    casesOf(xml, 'verdict').map(({ inside }) => inside),
    [['failure'], ['failure']]
  )
  const [denied] = casesOf(xml).filter(
    ({ attributes }) => attributes['name'] === 'personalize.amazonaws.com kms:CreateGrant'
  )
  t.strictSame(denied?.inside, ['failure'])
  t.equal(denied?.attributes['classname'], checks[0]?.kmsKeyArn)
  t.end()
})

t.test('junit: conditional check, skipped with the condition as its reason', (t) => {
  const skipped = casesOf(renderJunit(failingReport())).filter(({ inside }) => inside.includes('skipped'))
  t.ok(skipped.length > 0)
  for (const { inside, text } of skipped) {
    t.strictSame(inside, ['skipped', 'system-out'])
    t.match(text, 'conditional, if aws:SourceAccount StringEquals 111122223333')
  }
  t.end()
})

t.test('junit: checks of a bucket, a case for each, by its location', (t) => {
  const report = bucketReport()
  const xml = renderJunit(report)
  const cases = (prefix: string): string[][] =>
    casesOf(xml, `s3://${BUCKET}/${prefix}`).map(({ attributes, inside }) => [attributes['name'] ?? '', ...inside])
  t.equal(cases('users/').length + cases('items/').length, report.s3Checks?.length)
  t.notOk(cases('users/').some((each) => each.includes('failure')))
  t.strictSame(
    cases('items/').filter((each) => each.includes('failure')),
    [['personalize.amazonaws.com s3:GetObject', 'failure']]
  )
  t.match(
    casesOf(xml, BUCKET).map(({ attributes }) => attributes['name']),
    [/^S3_SERVICE_PRINCIPAL_NOT_ALLOWED/],
    'the finding is about the bucket'
  )
  t.end()
})

t.test('junit: report without checks, verdicts as failed, passed or skipped', (t) => {
  const { checks: _, ...summary } = passingReport()
  const inside = (verdict: 'pass' | 'fail' | 'indeterminate'): unknown =>
    casesOf(renderJunit({ ...summary, verdicts: { documented: verdict, effective: verdict } })).map((one) => one.inside)
  t.strictSame(inside('pass'), [['system-out'], ['system-out']])
  t.strictSame(inside('fail'), [['failure'], ['failure']])
  t.strictSame(inside('indeterminate'), [
    ['skipped', 'system-out'],
    ['skipped', 'system-out']
  ])
  t.end()
})

t.test('junit: counters of a passing report, no failure', (t) => {
  const [suites] = elementsOf(renderJunit(passingReport()))
  t.match(suites?.attributes, { failures: '0', errors: '0' })
  t.notMatch(renderJunit(passingReport()), 'timestamp', 'the same report has the same bytes')
  t.match(renderJunit(explainedReport()), 'timestamp="2026-11-29T15:20:00.000Z"')
  t.end()
})

t.test('junit: hostile names, well-formed, and nothing of them is an element', (t) => {
  const xml = renderJunit(hostileReport())
  const names = new Set(elementsOf(xml).map(({ name }) => name))
  t.strictSame([...names].sort(), ['failure', 'skipped', 'system-out', 'testcase', 'testsuite', 'testsuites'])
  const sent = HOSTILE_TEXT.replace('\u0000\u0008\uD800', '')
    .replaceAll(']]>', ']] >')
    .slice(0, 120)
  t.ok(
    casesOf(xml).some(({ text }) => text.includes(sent)),
    'what XML can hold arrives'
  )
  t.end()
})
