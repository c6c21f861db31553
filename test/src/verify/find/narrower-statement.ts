import fc from 'fast-check'
import t from 'tap'
import type { Finding, Report, VerifyDocumentsRequest } from '../../../../schemas/verification.js'
import { verifyDocuments } from '../../../../src/verify/verify-documents.js'
import { ACCOUNT, ROLE } from '../../../helper.js'
import {
  allow,
  DELEGATION,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  PAGE_IDENTITY,
  PAGE_KEY_ACTIONS,
  PAGE_ROLE_ACTIONS,
  policy,
  ROOT,
  SERVICE,
  situation,
  type Statement
} from '../../../verification/documents.js'

const ADMIN = `arn:aws:iam::${ACCOUNT}:role/Admin`
const broader = (request: VerifyDocumentsRequest): Finding[] =>
  verifyDocuments(request).findings.filter(({ code }) => code === 'BROADER_THAN_NEEDED')
const inKey = (statement: Statement, ...others: Statement[]): Finding | undefined =>
  broader(situation({ key: { keyPolicy: policy(...others, statement) } }))[0]
const inIam = (statement: Statement): Finding | undefined =>
  broader(situation({ role: { identityPolicies: [identity(statement)] } }))[0]

t.test('a key policy: entries that go beyond the need give way to what is needed of them, and all else stays', (t) => {
  const conditioned = {
    Sid: 'A',
    Effect: 'Allow',
    Principal: { AWS: [ROLE] },
    Action: ['kms:GenerateDataKey*', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Re*', 'kms:CreateGrant', 'kms:ListGrants'],
    Resource: '*',
    Condition: { StringEqualsIfExists: { 'aws:PrincipalAccount': ACCOUNT } }
  }
  const found = inKey(conditioned, DELEGATION, FOR_SERVICE)
  t.same(found?.actions, ['kms:GenerateDataKey*', 'kms:Re*'])
  t.equal(
    JSON.stringify(found?.narrowerStatement),
    JSON.stringify({
      ...conditioned,
      Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants', 'kms:GenerateDataKey']
    }),
    'member by member, in the order of the document'
  )
  const inverted = inKey(
    { Effect: 'Allow', Principal: { Service: SERVICE }, NotAction: ['kms:Put*', 'kms:Delete*'], Resource: '*' },
    DELEGATION,
    FOR_ROLE
  )
  t.same(inverted?.narrowerStatement, {
    Effect: 'Allow',
    Principal: { Service: SERVICE },
    Action: PAGE_KEY_ACTIONS,
    Resource: '*'
  })
  t.end()
})

t.test('principals that are not ours keep their statement: ours get one of their own', (t) => {
  const found = inKey(
    allow(
      { AWS: [ADMIN, ROLE], Service: [SERVICE, 'logs.us-east-1.amazonaws.com'] },
      { Sid: 'Shared', Action: 'kms:*' }
    ),
    DELEGATION
  )
  t.same(
    found?.narrowerStatement,
    { Effect: 'Allow', Principal: { AWS: [ROLE], Service: [SERVICE] }, Action: PAGE_KEY_ACTIONS, Resource: '*' },
    'no Sid, for it stands beside the other'
  )
  t.match(found?.remedy, /Add the statement.*role\/Admin, logs\.us-east-1\.amazonaws\.com/)
  t.end()
})

t.test('where nothing of it is needed, there is no statement to put in its place', (t) => {
  const found = inKey(
    allow({ AWS: ROLE }, { Action: ['kms:Encrypt', 'kms:ReEncrypt*'] }),
    DELEGATION,
    FOR_SERVICE,
    FOR_ROLE
  )
  t.same(found?.narrowerStatement, undefined)
  t.match(found?.remedy, /^Remove the statement/)
  t.match(
    inKey(allow({ AWS: [ROLE, ROOT] }, { Action: 'kms:Encrypt' }), DELEGATION, FOR_SERVICE, FOR_ROLE)?.remedy,
    /take Amazon Personalize and its role out of it, which also names arn:aws:iam::111122223333:root/
  )
  t.end()
})

t.test('a statement that alone keeps the key manageable comes without a narrower one', (t) => {
  const found = inKey({ ...FOR_ROLE, Action: 'kms:*' }, FOR_SERVICE)
  t.same(found?.narrowerStatement, undefined)
  t.match(found?.remedy, /^Name an administrator of the key first/)
  t.end()
})

t.test('an IAM policy: what it allows of other services is not lost without a word', (t) => {
  const mixed = { Effect: 'Allow', Action: ['s3:GetObject', 'kms:*'], Resource: '*' }
  t.same(inIam(mixed)?.narrowerStatement, { ...mixed, Action: ['s3:GetObject', ...PAGE_KEY_ACTIONS] })
  t.match(inIam({ Effect: 'Allow', Action: '*', Resource: '*' }), {
    narrowerStatement: { Action: PAGE_KEY_ACTIONS },
    remedy: /beside it what the role needs of other services/
  })
  t.match(inIam({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }), {
    narrowerStatement: { Action: PAGE_KEY_ACTIONS, NotAction: undefined },
    remedy: /of other services/
  })
  t.end()
})

const written = fc.subarray(
  [
    'kms:*',
    'kms:Decrypt',
    'kms:Generate*',
    'kms:GenerateDataKey',
    'kms:?es*',
    'KMS:CREATEGRANT',
    'kms:List*',
    'kms:Encrypt',
    'kms:PutKeyPolicy',
    's3:*',
    '*'
  ],
  { minLength: 1 }
)
const effective = (report: Report): unknown =>
  report.checks.map(({ principal, action, effective, documented }) => [principal.id, action, effective, documented])

/** The request with the statement of the finding changed as its remedy says. */
function narrowed (
  request: VerifyDocumentsRequest,
  { statement, narrowerStatement }: Finding,
  statements: readonly Statement[],
  place: 'key' | 'role'
): VerifyDocumentsRequest {
  const changed = policy(
    ...statements.flatMap((old, index) =>
      index !== statement?.index ? [old] : narrowerStatement === undefined ? [] : [narrowerStatement]
    )
  )
  if (place === 'role')
    return {
      ...request,
      roles: request.roles.map((role) => ({
        ...role,
        identityPolicies: [{ name: 'PersonalizeKmsAccess', document: changed }]
      }))
    }
  return { ...request, keys: request.keys.map((key) => ({ ...key, keyPolicy: changed })) }
}

t.test('narrowed, everything that is needed is decided as before, and nothing is broader', (t) => {
  fc.assert(
    fc.property(
      written,
      fc.boolean(),
      fc.constantFrom<'key' | 'role'>('key', 'role'),
      fc.constantFrom<unknown>({ AWS: ROLE }, { AWS: [ROLE] }, { Service: SERVICE }, { AWS: ROLE, Service: [SERVICE] }),
      (actions, inverted, place, principal) => {
        const rest = place === 'key' ? [DELEGATION, FOR_SERVICE] : []
        const element = inverted && !actions.includes('*') ? { NotAction: actions } : { Action: actions }
        const statement: Statement = {
          Effect: 'Allow',
          ...(place === 'key' ? { Principal: principal } : {}),
          ...element,
          Resource: '*'
        }
        const statements = [...rest, statement]
        const request =
          place === 'key'
            ? situation({ key: { keyPolicy: policy(...statements) }, role: { identityPolicies: [PAGE_IDENTITY] } })
            : situation({ role: { identityPolicies: [identity(statement)] } })
        const before = verifyDocuments(request)
        const [found] = before.findings.filter(
          ({ code, statement }) => code === 'BROADER_THAN_NEEDED' && statement?.index === rest.length
        )
        if (found === undefined) return
        const after = verifyDocuments(narrowed(request, found, statements, place))
        if (JSON.stringify(effective(after)) !== JSON.stringify(effective(before)))
          throw new Error('something is decided otherwise')
        if (after.findings.some(({ code }) => code === 'BROADER_THAN_NEEDED')) throw new Error('still broader')
      }
    ),
    { numRuns: 300, seed: 20261124 }
  )
  t.end()
})

t.test("the page's own policies are not broader than needed", (t) => {
  t.same(broader(situation()), [])
  t.same(inIam({ Effect: 'Allow', Action: PAGE_ROLE_ACTIONS, Resource: '*' }), undefined)
  t.end()
})
