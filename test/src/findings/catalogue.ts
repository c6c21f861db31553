import t from 'tap'
import { FINDINGS } from '../../../src/findings/catalogue.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { ACCOUNT, ROLE } from '../../helper.js'
import { reportFaults } from '../../verification/conforms.js'
import {
  codes,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  policy,
  situation,
  TRUST
} from '../../verification/documents.js'
import { CAUSES } from '../../verification/expected-findings.js'
import { verifyIn, worldOf } from '../../verification/scenario.js'

/** The codes that every report may carry. */
const CONTRACT =
  `SERVICE_PRINCIPAL_NOT_ALLOWED ROLE_NOT_ALLOWED ROLE_IAM_POLICY_INCOMPLETE ROLE_KEY_POLICY_INCOMPLETE
EXPLICIT_DENY BOUNDARY_BLOCKS ACCESS_DEPENDS_ON_CONDITION ACCESS_ONLY_BY_GRANT KEY_NOT_FOUND KEY_NOT_ENABLED
KEY_PENDING_DELETION KEY_NOT_SYMMETRIC KEY_AWS_MANAGED KEY_REGION_MISMATCH ROLE_NOT_FOUND ROLE_NOT_ASSUMABLE
TRUST_WITHOUT_SOURCE_CONDITION TRUST_ACCOUNTS_DIFFER STALE_PRINCIPAL INERT_STATEMENT UNKNOWN_ACTION
WRONG_SERVICE_PRINCIPAL VIA_SERVICE_NEVER_MATCHES JOINT_STATEMENT_CONDITION BROADER_THAN_NEEDED
ALIAS_AS_RESOURCE CROSS_ACCOUNT_KEY NOT_READABLE MALFORMED_POLICY`.split(
      /\s+/
    )

t.test('the catalogue: every code of the contract, with what to do and the page it rests on', (t) => {
  for (const code of CONTRACT) t.ok(Object.hasOwn(FINDINGS, code), code)
  for (const [code, { title, remedy, source, severity }] of Object.entries(FINDINGS)) {
    t.match(
      { title, remedy, severity },
      { title: /^[A-Za-z].{10,}[^.]$/, remedy: /^[A-Z].{20,}\.$/, severity: /^(error|warning|note)$/ },
      code
    )
    t.equal(new URL(source).hostname, 'docs.aws.amazon.com', code)
  }
  t.end()
})

for (const [code, { request, live, expected, detail }] of Object.entries(CAUSES)) {
  t.test(`${code}: the situation that causes it`, async (t) => {
    // The policies of the organization come with documents alone.
    // What AWS does not store is an error of proposed documents; what is in force was stored.
    const byDocuments =
      code === 'NOT_STORABLE' ||
      request.serviceControlPolicies !== undefined ||
      request.resourceControlPolicies !== undefined
    const report = byDocuments ? verifyDocuments(request) : await verifyIn(worldOf(request, live), request)
    const found = report.findings.filter((finding) => finding.code === code)
    t.equal(found.length, 1, `one finding for the one cause: ${codes(report).join()}`)
    t.match(found[0], { code, title: /./, remedy: /./, source: /^https:/, ...expected })
    if (expected.narrowerStatement !== undefined)
      t.same(found[0]?.narrowerStatement, expected.narrowerStatement, 'this statement, to the letter')
    if (expected.actions !== undefined) t.same(found[0]?.actions, expected.actions, 'these actions and no others')
    t.match(found[0]?.detail, detail)
    t.equal(reportFaults(report), '')
    if (expected.severity === 'error') t.equal(report.verdicts.effective, 'fail')
    // A key policy in force that locks everyone out cannot be changed, a document about to be applied can.
    if (live !== undefined || byDocuments || codes(report).includes('KEY_LOCKOUT')) return
    // Why the organization's policies were left out is another reason live than by documents.
    const { observedAt: _, reads: __, notEvaluated, ...observed } = report
    const { notEvaluated: left, ...byHand } = verifyDocuments(request)
    t.same(observed, byHand, 'the same by documents')
    t.same(
      notEvaluated.map(({ what }) => what),
      left.map(({ what }) => what)
    )
  })
}

t.test('what works has no findings', (t) => {
  t.same(verifyDocuments(situation()).findings, [])
  t.end()
})

t.test('one cause, one finding', (t) => {
  const denied = verifyDocuments(
    situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE, FOR_ROLE, deny('*', { Sid: 'No' })) } })
  )
  t.same(
    codes(denied).filter((code) => code !== 'KEY_LOCKOUT'),
    ['EXPLICIT_DENY', 'EXPLICIT_DENY'],
    'the service and the role, of which each is denied'
  )
  t.ok(codes(denied).includes('KEY_LOCKOUT'), 'and so are the administrators')
  const inIam = verifyDocuments(
    situation({
      role: {
        identityPolicies: [
          identity(
            { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
            { Sid: 'No', Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' }
          )
        ]
      }
    })
  )
  t.same(codes(inIam), ['EXPLICIT_DENY', 'BROADER_THAN_NEEDED'])
  t.match(inIam.findings, [
    {
      roleArn: ROLE,
      actions: ['kms:Decrypt'],
      statement: { policy: 'identityPolicies', name: 'PersonalizeKmsAccess', sid: 'No', index: 1 }
    }
  ])
  t.end()
})

t.test('findings: several causes, each is reported', (t) => {
  const report = verifyDocuments(
    situation({
      key: { keyPolicy: policy(DELEGATION) },
      role: {
        identityPolicies: [],
        permissionsBoundary: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
        trustPolicy: policy()
      }
    })
  )
  for (const code of ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'BOUNDARY_BLOCKS', 'ROLE_NOT_ASSUMABLE'])
    t.ok(codes(report).includes(code), code)
  t.match(
    report.remediation?.cannotFix.map(({ code }) => code),
    ['BOUNDARY_BLOCKS']
  )
  t.end()
})

t.test('trust policy: Personalize may assume the role, no finding; otherwise the finding that fits', (t) => {
  const [statement] = TRUST.Statement
  const codesWith = (...statements: Array<Record<string, unknown>>): string[] =>
    codes(verifyDocuments(situation({ role: { trustPolicy: policy(...statements) } })))
  const source = (members: Record<string, unknown>): Record<string, unknown> => ({ ...statement, Condition: members })
  t.same(codesWith(source({ StringEquals: { 'aws:SourceAccount': [ACCOUNT, '444455556666'] } })), [])
  t.same(codesWith(source({ ArnLike: { 'aws:SourceArn': `arn:aws:personalize:*:${ACCOUNT}:*` } })), [])
  t.same(codesWith(source({ StringEquals: { 'aws:SourceAccount': '444455556666' } })), ['ROLE_NOT_ASSUMABLE'])
  t.same(codesWith(source({ StringEquals: { 'sts:ExternalId': 'x' } })), [
    'ROLE_NOT_ASSUMABLE',
    'TRUST_WITHOUT_SOURCE_CONDITION'
  ])
  t.same(
    codesWith(source({ ArnEquals: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-group/one` } })),
    ['ACCESS_DEPENDS_ON_CONDITION'],
    'the requesting resource is unknown'
  )
  t.same(codesWith({ ...statement, Principal: { Service: 'personalize.us-east-1.amazonaws.com' } }), [
    'WRONG_SERVICE_PRINCIPAL',
    'ROLE_NOT_ASSUMABLE'
  ])
  t.same(codesWith({ ...statement }, { Effect: 'Deny', Principal: '*', Action: 'sts:*' }), ['ROLE_NOT_ASSUMABLE'])
  t.same(codesWith({ ...statement, Action: 'sts:TagSession' }), ['ROLE_NOT_ASSUMABLE'])
  t.end()
})
