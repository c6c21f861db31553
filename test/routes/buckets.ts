import t from 'tap'
import type { Report, VerifyDocumentsBody } from '../../schemas/verification.js'
import { S3_FINDINGS } from '../../src/findings/s3-findings.js'
import { startApp } from '../helper.js'
import { bucketCases, requestOf } from '../verification/bucket-cases.js'

/** The request as it would be after `remediation`. */
function withChanges (request: VerifyDocumentsBody, { remediation }: Report): VerifyDocumentsBody {
  const { bucketPolicies = [], rolePolicies = [], keyPolicies = [] } = remediation ?? {}
  return {
    ...request,
    ...(request.keys === undefined
      ? {}
      : {
        keys: request.keys.map((key) => ({
          ...key,
          keyPolicy: keyPolicies.find(({ kmsKeyArn }) => kmsKeyArn === key.kmsKeyArn)?.policy ?? key.keyPolicy
        }))
      }),
    roles: request.roles.map((role) => {
      const policy = rolePolicies.find(({ roleArn }) => roleArn === role.roleArn)
      return policy === undefined
        ? role
        : { ...role, identityPolicies: [...role.identityPolicies, { name: policy.policyName, document: policy.policy }] }
    }),
    buckets: (request.buckets ?? []).map((bucket) => {
      const change = bucketPolicies.find((each) => each.bucket === bucket.bucket)
      return change === undefined ? bucket : { ...bucket, policy: change.policy }
    })
  }
}

/** The request with the replacement of every Deny of the bucket policy in its place. */
function withReplacements (request: VerifyDocumentsBody, { findings }: Report): VerifyDocumentsBody {
  const replacements = findings.filter(({ replacementStatement }) => replacementStatement !== undefined)
  return {
    ...request,
    buckets: (request.buckets ?? []).map((bucket) => {
      const statements: unknown[] = [...Object(bucket.policy).Statement]
      for (const { statement, replacementStatement } of replacements)
        if (statement?.policy === 'bucketPolicy') statements[statement.index] = replacementStatement
      return { ...bucket, policy: { ...Object(bucket.policy), Statement: statements } }
    })
  }
}

const { app } = await startApp(t)

async function post (payload: VerifyDocumentsBody): Promise<{ status: number; body: Report & Record<string, unknown> }> {
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/verify/documents', payload })
  return { status: statusCode, body: JSON.parse(body) }
}

/** Whether every check of an action, or of one principal and action, has the word. */
function wordsOf (report: Report, name: string, member: 'effective' | 'documented'): string[] {
  const [first = '', second] = name.split(' ')
  const [principal, action] = second === undefined ? [undefined, first] : [first, second]
  const found = (report.s3Checks ?? []).filter(
    (check) => check.action === action && (principal === undefined || check.principal.type === principal)
  )
  return [...new Set(found.map((check) => check[member]))]
}

const expected = new Set<string>()

for (const { file, cases } of await bucketCases()) {
  for (const each of cases) {
    const { title, expect } = each
    for (const code of expect.findings ?? []) expected.add(code)
    t.test(`buckets: ${file}, ${title}`, async (t) => {
      const request = requestOf(each)
      const { status, body: report } = await post(request)
      t.equal(status, expect.status ?? 200, JSON.stringify(report).slice(0, 500))
      if (expect.code !== undefined) t.equal(report['code'], expect.code)
      if (expect.pointer !== undefined) t.match(report['errors'], [{ pointer: expect.pointer }])
      if (status !== 200) return
      const codes = report.findings.map(({ code }) => code)
      if (expect.verdict !== undefined) t.equal(report.verdict, expect.verdict, codes.join())
      if (expect.verdicts !== undefined) t.same(report.verdicts, expect.verdicts, codes.join())
      for (const [name, word] of Object.entries(expect.effective ?? {}))
        t.same(wordsOf(report, name, 'effective'), [word], `${name}: ${word}`)
      for (const [name, word] of Object.entries(expect.documented ?? {}))
        t.same(wordsOf(report, name, 'documented'), [word], `${name}: ${word}`)
      for (const [name, word] of Object.entries(expect.keys ?? {})) {
        const [type, action] = name.split(' ')
        const found = report.checks.filter((check) => check.principal.type === type && check.action === action)
        t.same([...new Set(found.map(({ effective }) => effective))], [word], name)
      }
      if (expect.missingContextValues !== undefined) {
        const missing = (report.s3Checks ?? []).flatMap(({ missingContextValues }) => missingContextValues)
        t.same([...new Set(missing)], expect.missingContextValues)
      }
      for (const code of expect.findings ?? []) t.ok(codes.includes(code), `${code}: ${codes.join()}`)
      for (const code of expect.findingsNot ?? []) t.notOk(codes.includes(code), `no ${code}: ${codes.join()}`)
      if (expect.why !== undefined) t.match(report.findings.map(({ why }) => why).join('\n'), new RegExp(expect.why))
      if (expect.notEvaluated !== undefined)
        t.match(report.notEvaluated.map(({ what }) => what).join(), new RegExp(expect.notEvaluated))
      const { remediation } = report
      const named = (code: string): Report['findings'] => report.findings.filter((finding) => finding.code === code)
      for (const [code, severity] of Object.entries(expect.severities ?? {}))
        for (const finding of named(code)) t.equal(finding.severity, severity, code)
      if (expect.remedy !== undefined)
        t.match(report.findings.map(({ remedy }) => remedy).join('\n'), new RegExp(expect.remedy))
      for (const [code, statement] of Object.entries(expect.replacements ?? {})) {
        t.ok(named(code).length > 0, code)
        for (const { replacementStatement } of named(code)) t.strictSame(replacementStatement, statement, code)
      }
      if (expect.narrower !== undefined)
        t.strictSame(named('BROADER_THAN_NEEDED').map(({ narrowerStatement }) => narrowerStatement), [expect.narrower])
      if (expect.passesWithReplacements === true) {
        const { body: after } = await post(withReplacements(request, report))
        t.equal(after.verdict, 'pass', after.findings?.map(({ why }) => why).join('\n'))
      }
      if (expect.near !== undefined) {
        const found = report.findings.find(({ code }) => code === expect.findings?.[0])
        t.same(found?.statements?.map(({ sid }) => sid), expect.near)
      }
      if (expect.added !== undefined) {
        const [change] = report.remediation?.bucketPolicies ?? []
        t.same(change?.policy.Statement.slice(each.bucketPolicy?.length).map(({ Resource }) => Resource), expect.added)
      }
      if (expect.changes !== undefined) {
        const { cannotFix: _, ...policies } = remediation ?? { cannotFix: [] }
        const kinds = Object.entries(policies).filter(([, changes]) => changes.length > 0)
        t.same(kinds.map(([kind]) => kind).sort(), [...expect.changes].sort())
      }
      for (const code of expect.cannotFix ?? [])
        t.ok(remediation?.cannotFix.some((step) => step.code === code), `cannotFix ${code}`)
      if (expect.passesAfter === true) {
        const { body: after } = await post(withChanges(request, report))
        t.equal(after.verdict, 'pass', after.findings?.map(({ why }) => why).join('\n'))
      }
    })
  }
}

t.test('buckets: every finding about a bucket has a case', (t) => {
  t.same(
    Object.keys(S3_FINDINGS).filter((code) => !expected.has(code)),
    ['BUCKET_NOT_FOUND'],
    'that one AWS alone can decide'
  )
  t.end()
})
