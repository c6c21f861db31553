import type { Log, Result, Run } from 'sarif'
import t from 'tap'
import { renderSarif } from '../../../src/formats/sarif.js'
import type { ReportModel } from '../../../src/formats/report-model.js'
import { BUCKET, bucketReport, failingReport, hostileReport, passingReport } from './example-reports.js'

function runOf (report: ReportModel): Run {
  const log: Log = JSON.parse(renderSarif(report))
  const [run] = log.runs
  if (run === undefined) throw new Error('the log has no run')
  return run
}

const resultsOf = (report: ReportModel): Result[] => runOf(report).results ?? []
const fingerprintsOf = (report: ReportModel): unknown[] =>
  resultsOf(report).map(({ partialFingerprints }) => partialFingerprints?.['personalizeKms/v1'])

t.test('sarif: a result for each finding, with level, rule, file and line', (t) => {
  const report = failingReport()
  const { results = [], tool, automationDetails } = runOf(report)
  const rules = tool.driver.rules ?? []
  t.equal(results.length, report.findings.length)
  t.equal(automationDetails?.id, 'personalize-kms/1234abcd-12ab-34cd-56ef-1234567890ab')
  for (const [index, result] of results.entries()) {
    t.equal(result.level, report.findings[index]?.severity)
    t.equal(rules[result.ruleIndex ?? -1]?.id, result.ruleId)
    const [location] = result.locations ?? []
    t.match(location?.physicalLocation?.artifactLocation?.uri, /^personalize-kms\/[A-Za-z0-9._-]+\.json$/)
    t.equal(location?.physicalLocation?.region?.startLine, 1)
  }
  const [first] = results
  t.equal(
    first?.locations?.[0]?.physicalLocation?.artifactLocation?.uri,
    'personalize-kms/1234abcd-12ab-34cd-56ef-1234567890ab.json'
  )
  t.end()
})

t.test('sarif: findings of a bucket point at the file of its name', (t) => {
  const { checks: _, ...withoutKey } = bucketReport()
  const results = resultsOf(withoutKey)
  const finding = results.find(({ ruleId }) => ruleId === 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED')
  t.match(finding?.locations, [
    {
      physicalLocation: { artifactLocation: { uri: `personalize-kms/${BUCKET}.json` }, region: { startLine: 1 } },
      logicalLocations: [{ fullyQualifiedName: BUCKET }]
    }
  ])
  const { summary: __, ...ofBucket } = withoutKey
  t.equal(runOf(ofBucket).automationDetails?.id, `personalize-kms/${BUCKET}`)
  t.end()
})

t.test('sarif: rules, each code once, from the catalogue with level and page', (t) => {
  const rules = runOf(failingReport()).tool.driver.rules ?? []
  t.equal(new Set(rules.map(({ id }) => id)).size, rules.length)
  t.match(
    rules.find(({ id }) => id === 'SERVICE_PRINCIPAL_NOT_ALLOWED'),
    {
      name: 'ServicePrincipalNotAllowed',
      helpUri: 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html',
      defaultConfiguration: { level: 'error' }
    }
  )
  t.end()
})

t.test('sarif: fingerprints, unique, and the same after texts and order have changed', (t) => {
  const report = failingReport()
  const fingerprints = fingerprintsOf(report)
  t.equal(new Set(fingerprints).size, report.findings.length)
  const reworded = {
    ...report,
    findings: report.findings
      .map((finding) => ({ ...finding, title: 'x', detail: 'y', why: 'z', remedy: 'w' }))
      .toReversed()
  }
  t.strictSame(fingerprintsOf(reworded).toReversed(), fingerprints)
  t.end()
})

t.test('sarif: fingerprints of other roles and actions differ, equal ones are numbered', (t) => {
  const report = passingReport()
  const [finding = never()] = failingReport().findings
  const findings = [
    finding,
    { ...finding, actions: ['kms:Decrypt'] },
    { ...finding, roleArn: 'arn:aws:iam::111122223333:role/other' },
    finding
  ]
  const [first, ...others] = fingerprintsOf({ ...report, findings })
  t.equal(new Set([first, ...others]).size, 4)
  t.equal(others.at(-1), `${String(first)}:2`)
  t.end()
})

t.test('sarif: what was not evaluated is a notification', (t) => {
  const report = { ...passingReport(), notEvaluated: [{ what: 'Grants', why: 'They were not given.' }] }
  t.match(runOf(report).invocations?.[0]?.toolExecutionNotifications, [
    { level: 'note', message: { text: 'Not evaluated: Grants. They were not given.' } }
  ])
  t.end()
})

t.test('sarif: hostile names, neither a link, nor a placeholder, nor a page that is not of AWS', (t) => {
  const report = hostileReport()
  const [finding = never()] = report.findings
  const withBraces = { ...finding, detail: 'a {0} b ${aws:username} [x](https://evil.example)' }
  const { results = [], tool } = runOf({ ...report, findings: [...report.findings, withBraces] })
  for (const { message } of results) {
    t.notMatch(message.text, /\]\(/)
    t.notMatch(message.text?.replaceAll('{{', '').replaceAll('}}', ''), /[{}]/)
  }
  t.match(results.at(-1)?.message.text, 'a {{0}} b ${{aws:username}} [x] (https://evil.example)')
  t.notMatch(JSON.stringify(tool), 'javascript:')
  t.end()
})

function never (): never {
  throw new Error('the report has no finding')
}
