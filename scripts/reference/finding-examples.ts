import { FINDINGS, type FindingCode } from '../../src/findings/catalogue.js'
import { verifyDocuments } from '../../src/verify/verify-documents.js'
import { bucketCases, requestOf } from '../../test/verification/bucket-cases.js'
import { CAUSES } from '../../test/verification/expected-findings.js'
import { verifyIn, worldOf } from '../../test/verification/scenario.js'

/** What only a live report can say. */
const NOT_IN_DOCUMENTS: ReadonlyArray<readonly [FindingCode, string]> = [
  ['BUCKET_NOT_FOUND', 'Amazon S3 answers `NoSuchBucket`.']
]

/** What a report says of each finding: `detail` in the situation by which the tests cause it. */
export async function findingExamples (): Promise<ReadonlyMap<FindingCode, string>> {
  const examples = new Map<FindingCode, string>()
  for (const [code, { request, live }] of Object.entries(CAUSES)) {
    if (!isFindingCode(code)) continue
    // Only documents bring policies of the organization, and only proposed ones can be such that AWS does not store them.
    const byDocuments =
      code === 'NOT_STORABLE' || Boolean(request.serviceControlPolicies ?? request.resourceControlPolicies)
    const report = byDocuments ? verifyDocuments(request) : await verifyIn(worldOf(request, live), request)
    const found = report.findings.find((finding) => finding.code === code)
    if (found !== undefined) examples.set(code, found.detail)
  }
  return new Map([...(await bucketExamples()), ...examples])
}

/** Of the findings about buckets: those of the first case that expects them. */
async function bucketExamples (): Promise<ReadonlyMap<FindingCode, string>> {
  const examples = new Map<FindingCode, string>(NOT_IN_DOCUMENTS)
  for (const each of (await bucketCases()).flatMap(({ cases }) => cases)) {
    const codes = (each.expect.findings ?? []).filter((code) => isFindingCode(code) && !examples.has(code))
    if (codes.length === 0) continue
    const { findings } = verifyDocuments(requestOf(each))
    for (const { code, detail } of findings)
      if (codes.includes(code) && isFindingCode(code)) examples.set(code, detail)
  }
  return examples
}

function isFindingCode (text: string): text is FindingCode {
  return Object.hasOwn(FINDINGS, text)
}
