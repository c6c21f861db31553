import t from 'tap'
import type { DatasetGroupReport } from '../../../schemas/dataset-group.js'
import type { Report } from '../../../schemas/verification.js'
import { sharedFindingIds } from '../../../src/discovery/finding-ids.js'
import { joinRemediations } from '../../../src/discovery/join-remediations.js'
import { withReport } from '../../../src/explain/evidence.js'
import { explain } from '../../../src/explain/explain.js'
import { reportOfGroup } from '../../../src/formats/group-report.js'
import { renderHtml } from '../../../src/formats/html/html.js'
import { renderJunit } from '../../../src/formats/junit.js'
import { renderMarkdown } from '../../../src/formats/markdown.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'

const ACCOUNT = '111122223333'
const BUCKET = 'amzn-s3-demo-bucket'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Personalize`
const GROUP = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-group/shop`
const FAILED = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-import-job/failed`
const OWN = { Sid: 'Own', Effect: 'Allow', Principal: { AWS: ROLE }, Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/*` }

const request = (operation: 'datasetImportJob' | 'datasetExportJob', Statement: object[] = [OWN]) => ({
  usage: { operations: [operation], roleArns: [ROLE], region: 'us-east-1', locations: [{ uri: `s3://${BUCKET}/${operation}/` }] },
  roles: [
    {
      roleArn: ROLE,
      identityPolicies: [{ name: 'all', document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] } }],
      trustPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: 'sts:AssumeRole' }] }
    }
  ],
  buckets: [{ bucket: BUCKET, region: 'us-east-1', policy: { Version: '2012-10-17', Statement }, encryption: null }]
})

/** An import that failed and an export, of one role and one bucket whose policy has no statement for the service. */
function group (): DatasetGroupReport & { reports: Report[] } {
  const withSharedIds = sharedFindingIds()
  const reports = (['datasetImportJob', 'datasetExportJob'] as const).map((operation) =>
    withSharedIds(verifyDocuments(request(operation)))
  )
  const remediation = joinRemediations(reports.flatMap(({ remediation: own }) => own ?? []))
  const failureReason = 'Insufficient privileges for accessing data in Amazon S3.'
  const verifications = reports.map((report, index) => {
    const { usage } = request(index === 0 ? 'datasetImportJob' : 'datasetExportJob')
    const { report: _, ...explanation } = withReport(explain({ failureReason, usage }), report)
    return { usage, jobs: [FAILED], explanations: index === 0 ? [{ arn: FAILED, explanation }] : [], report }
  })
  return {
    verdict: 'fail',
    verdicts: { documented: 'fail', effective: 'fail' },
    observedAt: '2026-11-29T12:00:00.000Z',
    datasetGroup: { arn: GROUP },
    ...(remediation === undefined ? {} : { remediation }),
    failures: [{ operation: 'datasetImportJob', arn: FAILED, status: 'CREATE FAILED', failureReason }],
    verifications,
    jobs: [],
    notEvaluated: [],
    reports
  }
}

t.test('report of a group: two changes of one bucket policy are one, with which both uses pass', (t) => {
  const { remediation } = reportOfGroup(group())
  const changes = remediation?.bucketPolicies ?? []
  t.equal(changes.length, 1)
  const statements = Object(changes[0]?.policy).Statement
  t.strictSame(statements[0], OWN)
  const sids = statements.map(({ Sid }: { Sid: string }) => Sid)
  t.equal(new Set(sids).size, sids.length, 'each Sid once')
  for (const operation of ['datasetImportJob', 'datasetExportJob'] as const)
    t.equal(verifyDocuments(request(operation, statements)).verdict, 'pass', operation)
  t.end()
})

t.test('report of a group: equal findings are one, and references to them hold', (t) => {
  const input = group()
  const { findings, remediation } = reportOfGroup(input)
  const trust = findings.filter(({ code }) => code === 'TRUST_WITHOUT_SOURCE_CONDITION')
  t.ok(input.reports.every((report) => report.findings.some(({ code }) => code === 'TRUST_WITHOUT_SOURCE_CONDITION')))
  t.equal(trust.length, 1)
  const ids = findings.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const repairs = remediation?.bucketPolicies?.flatMap(({ repairs = [] }) => repairs) ?? []
  t.ok(repairs.length > 0)
  for (const id of [...repairs, ...findings.flatMap(({ causedBy = [] }) => causedBy)]) t.ok(ids.includes(id), id)
  t.end()
})

t.test('report of a group: of two decisions on one action the worse counts', (t) => {
  const input = group()
  const [first, second] = input.verifications
  if (first === undefined || second === undefined) throw new Error('two are needed')
  const passing = { ...first, report: { ...first.report, s3Checks: first.report.s3Checks?.map((check) => ({ ...check, effective: 'allowed' as const })) ?? [] } }
  const { s3Checks = [] } = reportOfGroup({ ...input, verifications: [passing, first] })
  t.equal(s3Checks.length, first.report.s3Checks?.length)
  t.ok(s3Checks.some(({ effective }) => effective === 'implicitDeny'))
  t.end()
})

t.test('report of a group: the failed job comes first, with the cause and the statement', (t) => {
  const report = reportOfGroup(group())
  t.match(report, {
    summary: { headline: 'Dataset group shop: 2 uses of roles, keys and locations by 0 jobs (2 fail); 1 job failed.' },
    failures: [{ arn: FAILED, causes: [{ code: 'BUCKET_POLICY_MISSES_SERVICE', status: 'confirmed' }] }]
  })
  const markdown = renderMarkdown(report)
  t.match(markdown, /### ❌ Job failed failed[^]*Insufficient privileges[^]*\*\*Because\*\*[^]*"personalize\.amazonaws\.com"[^]*### Bucket policy/)
  t.match(renderJunit(report), /<testsuite name="Jobs" [^>]*tests="1" failures="1"/)
  t.end()
})

t.test('report of a group: each use with its verdict, role, keys and locations', (t) => {
  const report = reportOfGroup(group())
  t.match(report.uses, [
    { verdict: 'fail', operations: ['datasetImportJob'], roles: [ROLE], resources: [`s3://${BUCKET}/datasetImportJob/`] },
    { verdict: 'fail', operations: ['datasetExportJob'], jobs: [FAILED] }
  ])
  t.match(renderMarkdown(report), /### What is used\n\n\| Verdict [^\n]+\n[^\n]+\n\| ❌ fail \| datasetImportJob \| <code>Personalize<\/code>/)
  t.end()
})

t.test('HTML of a group: the failed job, its reason, cause and statement stand first, escaped', (t) => {
  const input = group()
  const failures = input.failures.map((failure) => ({ ...failure, failureReason: '</q><script>alert(1)</script> Insufficient privileges' }))
  const html = renderHtml(reportOfGroup({ ...input, failures }))
  const order = ['id="failures"', 'dataset-import-job/', 'CREATE FAILED', '&lt;/q>', 'Because', 'The statement', 'id="uses"', 'id="change"', 'id="findings"', 'id="matrix"']
  const places = order.map((part) => html.indexOf(part))
  t.notOk(places.includes(-1), `each is there: ${order.filter((_, index) => places[index] === -1).join()}`)
  t.strictSame(places, places.toSorted((a, b) => a - b), 'in this order')
  t.notMatch(html, '<script')
  t.match(html, 'href="#failures"')
  t.end()
})
