import t from 'tap'
import type { Finding, Report, VerifyDocumentsRequest } from '../../../../schemas/verification.js'
import { groupFindings } from '../../../../src/formats/finding-groups.js'
import { verifyDocuments } from '../../../../src/verify/verify-documents.js'
import { ACCOUNT, ROLE } from '../../../helper.js'
import {
  allow,
  DELEGATION,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  PAGE_KEY_ACTIONS,
  PAGE_ROLE_ACTIONS,
  policy,
  SERVICE,
  situation,
  type Statement
} from '../../../verification/documents.js'

const OTHER = `arn:aws:iam::${ACCOUNT}:role/Other`
const misspelled = (actions: readonly string[], action: string, name: string): string[] =>
  actions.map((each) => (each === action ? name : each))

const of = ({ findings }: Report, code: string): Finding | undefined => findings.find((each) => each.code === code)
const sidsOf = (finding: Finding | undefined): unknown[] | undefined => finding?.statements?.map(({ sid }) => sid)

/** The codes of what each code is caused by. */
function causesIn ({ findings }: Report): Record<string, string[]> {
  const codeOf = (id: string): string => findings.find((finding) => finding.id === id)?.code ?? id
  return Object.fromEntries(
    findings.flatMap(({ code, causedBy }) => (causedBy === undefined ? [] : [[code, causedBy.map(codeOf)]]))
  )
}

const keyWith = (...statements: Statement[]): VerifyDocumentsRequest =>
  situation({ key: { keyPolicy: policy(...statements) } })

t.test('a misspelled action: the access that it was meant to allow is its consequence', (t) => {
  const Action = misspelled(PAGE_KEY_ACTIONS, 'kms:GenerateDataKey', 'kms:GenerateDataKeys')
  const report = verifyDocuments(keyWith(DELEGATION, allow({ Service: SERVICE }, { Sid: 'Service', Action }), FOR_ROLE))
  t.match(of(report, 'UNKNOWN_ACTION'), {
    actions: ['kms:GenerateDataKeys'],
    suggestedActions: ['kms:GenerateDataKey'],
    remedy: 'Write kms:GenerateDataKey in its place.',
    statement: { sid: 'Service' }
  })
  t.same(causesIn(report), { SERVICE_PRINCIPAL_NOT_ALLOWED: ['UNKNOWN_ACTION'] })
  t.match(of(report, 'SERVICE_PRINCIPAL_NOT_ALLOWED')?.why, 'statement 2 (Service) of the key policy misspells it')
  t.equal(report.findings[0]?.code, 'UNKNOWN_ACTION', 'the cause is first')
  t.match(
    report.summary.headline,
    'names an action that KMS does not have (statement 2 (Service) of the key policy: kms:GenerateDataKeys)'
  )
  t.notMatch(report.summary.headline, 'more finding', 'a consequence is no other finding')
  t.end()
})

t.test('a misspelled action in the order of its words, in an IAM policy', (t) => {
  const Action = misspelled(PAGE_ROLE_ACTIONS, 'kms:DescribeKey', 'kms:KeyDescribe')
  const document = identity({ Sid: 'Use', Effect: 'Allow', Action, Resource: '*' })
  const report = verifyDocuments(situation({ role: { identityPolicies: [document] } }))
  t.same(causesIn(report), { ROLE_IAM_POLICY_INCOMPLETE: ['UNKNOWN_ACTION'] })
  t.same(sidsOf(of(report, 'ROLE_IAM_POLICY_INCOMPLETE')), ['Use'])
  t.end()
})

t.test('a misspelled action behind two findings: both are listed under it', (t) => {
  const Action = misspelled(PAGE_KEY_ACTIONS, 'kms:CreateGrant', 'kms:CreateGrants')
  const report = verifyDocuments(keyWith(DELEGATION, FOR_SERVICE, allow({ AWS: ROLE }, { Sid: 'Role', Action })))
  t.same(causesIn(report)['ROLE_KEY_POLICY_INCOMPLETE'], ['UNKNOWN_ACTION'])
  t.ok(causesIn(report)['ROLE_NOT_ALLOWED']?.includes('ROLE_KEY_POLICY_INCOMPLETE'))
  const groups = groupFindings(report.findings)
  t.same(groups.map(({ finding }) => finding.code), ['UNKNOWN_ACTION'])
  t.same(
    groups[0]?.consequences.map(({ finding }) => finding.code).sort(),
    ['ROLE_KEY_POLICY_INCOMPLETE', 'ROLE_NOT_ALLOWED']
  )
  t.end()
})

t.test('a misspelled action that is not the reason has no consequence', (t) => {
  const Action = misspelled(PAGE_KEY_ACTIONS, 'kms:Decrypt', 'kms:Decrpt')
  const ofOthers = allow({ AWS: OTHER }, { Sid: 'Other', Action })
  const cases: Array<[string, Statement[]]> = [
    ['the statement is for another role', [DELEGATION, FOR_SERVICE, ofOthers]],
    ['another statement allows it', [DELEGATION, FOR_SERVICE, FOR_ROLE, ofOthers]],
    ['another action is missing', [
      DELEGATION,
      FOR_SERVICE,
      allow({ AWS: ROLE }, { Sid: 'Role', Action: ['kms:Decrypt', 'kms:Encript'] })
    ]]
  ]
  for (const [name, statements] of cases) {
    const report = verifyDocuments(keyWith(...statements))
    t.ok(of(report, 'UNKNOWN_ACTION'), name)
    t.notOk(Object.values(causesIn(report)).flat().includes('UNKNOWN_ACTION'), name)
  }
  t.end()
})

t.test('what comes near to allowing an access: the finding refers to the statements, and keeps its id', (t) => {
  const withoutGrants = allow({ Service: SERVICE }, { Sid: 'Service', Action: ['kms:Decrypt', 'kms:DescribeKey'] })
  const near = of(verifyDocuments(keyWith(DELEGATION, withoutGrants, FOR_ROLE)), 'SERVICE_PRINCIPAL_NOT_ALLOWED')
  t.same(near?.statements, [{ policy: 'keyPolicy', name: 'default', sid: 'Service', index: 1, effect: 'Allow' }])
  t.equal(near?.statement, undefined, 'no statement causes it')
  const absent = of(verifyDocuments(keyWith(DELEGATION, FOR_ROLE)), 'SERVICE_PRINCIPAL_NOT_ALLOWED')
  t.equal(absent?.statements, undefined)
  t.equal(near?.id, absent?.id)
  t.end()
})

t.test('a principal that comes near: the finding refers to the statement that names it', (t) => {
  const name = ROLE.replace('service-role/', '')
  const report = verifyDocuments(keyWith(DELEGATION, FOR_SERVICE, allow({ AWS: name }, { Sid: 'WithoutPath' })))
  for (const code of ['ROLE_KEY_POLICY_INCOMPLETE', 'ROLE_NOT_ALLOWED'])
    t.ok(sidsOf(of(report, code))?.includes('WithoutPath'), code)
  t.end()
})
