import t from 'tap'
import type { Report } from '../../../schemas/verification.js'
import { truncateReport } from '../../../src/verify/truncate-report.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { ROLE } from '../../helper.js'
import { reportFaults } from '../../verification/conforms.js'
import {
  checksOf,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  policy,
  situation,
  type Statement
} from '../../verification/documents.js'

const denials = (count: number, members: (index: number) => Statement): Statement[] =>
  Array.from({ length: count }, (_, index) => deny({ AWS: ROLE }, members(index)))

t.test('truncated report: a check depends on many conditions, some are listed and the others counted', (t) => {
  const report = verifyDocuments(
    situation({
      key: {
        keyPolicy: policy(
          DELEGATION,
          FOR_SERVICE,
          FOR_ROLE,
          ...denials(60, (index) => ({ Condition: { StringEquals: { [`aws:PrincipalTag/k${index}`]: 'v' } } }))
        )
      }
    })
  )
  for (const { effective, conditions, missingContextValues, omitted } of checksOf(report, 'role')) {
    t.match({ effective, omitted }, { effective: 'conditional', omitted: { conditions: 40, missingContextValues: 40 } })
    t.same([conditions?.length, missingContextValues.length], [20, 20])
  }
  const [finding] = report.findings.filter(({ code }) => code === 'ACCESS_DEPENDS_ON_CONDITION')
  t.match(finding, { detail: /and 55 more/, omitted: { statements: 40 } })
  t.equal(finding?.statements?.length, 20)
  t.equal(reportFaults(report), '')
  t.end()
})

t.test('truncated report: the statements fit, all are listed', (t) => {
  const report = verifyDocuments(
    situation({ key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, ...denials(20, () => ({}))) } })
  )
  for (const { matchedStatements, omitted } of checksOf(report, 'role'))
    t.same([matchedStatements.length, omitted], [20, undefined])
  t.end()
})

t.test('one kind of finding about one policy comes twenty times at most, and the last tells how many more', (t) => {
  const report = verifyDocuments(
    situation({
      key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, ...Array.from({ length: 500 }, () => ({ Effect: 'Deny' }))) }
    })
  )
  const inert = report.findings.filter(({ code }) => code === 'INERT_STATEMENT')
  t.equal(inert.length, 20)
  t.match(inert.at(-1)?.detail, /And 480 more/)
  t.end()
})

t.test('the longest request within the limits has a report that can be read', (t) => {
  const roles = Array.from({ length: 50 }, (_, index) => `${ROLE}${index}`)
  const [key, role] = [situation().keys[0], situation().roles[0]]
  if (key === undefined || role === undefined) throw new TypeError('incomplete')
  const statements = denials(50, (index) => ({
    Sid: 's'.repeat(900) + index,
    Principal: '*',
    Condition: { StringEquals: { [`aws:PrincipalTag/k${index}`]: 'v'.repeat(200) } }
  }))
  const keys = Array.from({ length: 4 }, (_, index) => key.kmsKeyArn.replace('1234abcd', `1234abc${index}`))
  const report = verifyDocuments({
    usage: { operations: ['datasetGroup', 'datasetExportJob'], roleArns: roles, kmsKeyArns: keys },
    keys: keys.map((kmsKeyArn) => ({ kmsKeyArn, keyPolicy: policy(DELEGATION, FOR_SERVICE, ...statements) })),
    roles: roles.map((roleArn) => ({ ...role, roleArn }))
  })
  t.equal(report.checks.length, 4 * 6 * 51)
  t.ok(JSON.stringify(report).length < 8_000_000)
  t.equal(reportFaults(report), '')
  t.end()
})

t.test('truncated report: a narrower statement, reported whole or not at all', (t) => {
  const long = {
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Condition: {
      StringLike: {
        'aws:PrincipalTag/team': Array.from({ length: 800 }, (_, index) => `team-${index}-${'x'.repeat(40)}`)
      }
    }
  }
  const report = verifyDocuments(situation())
  const finding = (kmsKeyArn: string, narrowerStatement: Record<string, unknown>): Report['findings'][number] => ({
    id: 'BROADER_THAN_NEEDED-1',
    why: 'b',
    code: 'BROADER_THAN_NEEDED',
    severity: 'warning',
    title: 'a',
    detail: 'b',
    remedy: 'c',
    source: 'd',
    kmsKeyArn,
    narrowerStatement
  })
  const few = truncateReport({ ...report, findings: [finding('a', long)] })
  t.same(few.findings[0]?.narrowerStatement, long)
  const many = truncateReport({
    ...report,
    findings: [
      finding('short', { Effect: 'Allow' }),
      ...Array.from({ length: 200 }, (_, index) => finding(`key-${index}`, long))
    ]
  })
  t.equal(many.findings.length, 201)
  t.same(many.findings[0]?.narrowerStatement, { Effect: 'Allow' })
  t.match(many.findings.slice(1), Array(200).fill({ narrowerStatement: undefined, omitted: { narrowerStatement: 1 } }))
  t.end()
})
