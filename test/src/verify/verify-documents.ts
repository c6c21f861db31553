import t from 'tap'
import type { VerifyDocumentsRequest } from '../../../schemas/verification.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'
import { refusal } from '../../rejections.js'
import { checksOf, FOR_ROLE, FOR_SERVICE, JOINT, policy, situation } from '../../verification/documents.js'

const WORKS = situation()
const OTHER_KEY = KEY.replace('1234abcd', 'ffffffff')
const faults = (request: VerifyDocumentsRequest): unknown => {
  const { code, faults } = refusal(() => verifyDocuments(request))
  return [code, ...faults.map(({ pointer }) => pointer)]
}

t.test('documents and usage have to fit', (t) => {
  t.same(faults(situation({ usage: { kmsKeyArns: [KEY, OTHER_KEY], roleArns: [ROLE, `${ROLE}2`] } })), [
    'INCONSISTENT_USAGE',
    '/usage/kmsKeyArns/1',
    '/usage/roleArns/1'
  ])
  t.same(
    faults({
      ...WORKS,
      keys: [...WORKS.keys, ...WORKS.keys],
      roles: [...WORKS.roles, ...situation({ role: { roleArn: `${ROLE}2` } }).roles]
    }),
    ['INCONSISTENT_USAGE', '/keys/1/kmsKeyArn', '/roles/1/roleArn']
  )
  t.same(
    faults(situation({ usage: { kmsKeyArns: [KEY.replace(/key\/.*/, 'alias/a')] } })),
    ['INCONSISTENT_USAGE', '/usage/kmsKeyArns/0'],
    'an alias cannot be resolved without AWS'
  )
  t.same(faults(situation({ operations: ['dataDeletionJob'] })), ['CUSTOMER_KEY_NOT_SUPPORTED', '/usage/operations/0'])
  t.end()
})

t.test('verify documents: metadata of another key, rejected as inconsistent', (t) => {
  const of = (metadata: Record<string, unknown>): VerifyDocumentsRequest => situation({ key: { metadata } })
  t.same(faults(of({ Arn: OTHER_KEY, KeyId: 'ffffffff-12ab-34cd-56ef-1234567890ab', AWSAccountId: '444455556666' })), [
    'INCONSISTENT_USAGE',
    '/keys/0/metadata/Arn',
    '/keys/0/metadata/KeyId',
    '/keys/0/metadata/AWSAccountId'
  ])
  t.match(refusal(() => verifyDocuments(of({ Arn: OTHER_KEY }))).message, /there is 1 fault$/)
  t.equal(
    verifyDocuments(of({ Arn: KEY, KeyId: KEY.split('/')[1], AWSAccountId: ACCOUNT, KeyState: 'Enabled' })).verdict,
    'pass'
  )
  t.end()
})

t.test("a state of which KMS's documentation does not speak breaks nothing for certain", (t) => {
  t.same(verifyDocuments(situation({ key: { metadata: { KeyState: 'Hibernating' } } })).verdicts, {
    documented: 'pass',
    effective: 'indeterminate'
  })
  for (const KeyState of [
    'Creating',
    'Disabled',
    'PendingDeletion',
    'PendingImport',
    'PendingReplicaDeletion',
    'Unavailable'
  ])
    t.equal(verifyDocuments(situation({ key: { metadata: { KeyState } } })).verdicts.effective, 'fail', KeyState)
  for (const KeyState of ['Enabled', 'Updating'])
    t.equal(verifyDocuments(situation({ key: { metadata: { KeyState } } })).verdicts.effective, 'pass', KeyState)
  t.end()
})

t.test('each document has its limit', (t) => {
  const large = policy({ ...FOR_ROLE, Sid: 'x'.repeat(65_536) })
  t.same(
    faults(
      situation({
        key: { keyPolicy: large },
        role: {
          identityPolicies: [{ name: 'a', document: JSON.stringify(large) }],
          permissionsBoundary: large,
          trustPolicy: large
        },
        around: { serviceControlPolicies: [[], [large]], resourceControlPolicies: [[large]] }
      })
    ),
    [
      'LIMIT_EXCEEDED',
      '/keys/0/keyPolicy',
      '/roles/0/identityPolicies/0/document',
      '/roles/0/permissionsBoundary',
      '/roles/0/trustPolicy',
      '/serviceControlPolicies/1/0',
      '/resourceControlPolicies/0/0'
    ]
  )
  t.end()
})

t.test('documents as objects, as text and as IAM sends them are the same', (t) => {
  const as = (form: (document: unknown) => string): VerifyDocumentsRequest => ({
    ...WORKS,
    keys: WORKS.keys.map((key) => ({ ...key, keyPolicy: form(key.keyPolicy) })),
    roles: WORKS.roles.map((role) => ({
      ...role,
      trustPolicy: form(role.trustPolicy),
      identityPolicies: role.identityPolicies.map(({ name, document }) => ({ name, document: form(document) }))
    }))
  })
  t.same(verifyDocuments(as((document) => JSON.stringify(document, null, 2))), verifyDocuments(WORKS))
  t.same(verifyDocuments(as((document) => encodeURIComponent(JSON.stringify(document)))), verifyDocuments(WORKS))
  t.end()
})

t.test('the same request gives the same bytes, and no time', (t) => {
  const request = situation({ key: { keyPolicy: policy(FOR_SERVICE) } })
  t.equal(JSON.stringify(verifyDocuments(request)), JSON.stringify(verifyDocuments(structuredClone(request))))
  t.notOk(verifyDocuments(request).observedAt)
  const timed = situation({
    key: {
      keyPolicy: policy(FOR_SERVICE, {
        ...FOR_ROLE,
        Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }
      })
    }
  })
  t.ok(
    checksOf(verifyDocuments(timed), 'role').every(({ effective }) => effective === 'conditional'),
    'so what depends on the time is open'
  )
  t.end()
})

t.test('context: for both principals, or for each', (t) => {
  const strict = { StringEquals: { 'aws:SourceAccount': ACCOUNT } }
  const split = { key: { keyPolicy: policy({ ...FOR_SERVICE, Condition: strict }, FOR_ROLE) } }
  t.equal(verifyDocuments(situation(split)).verdict, 'indeterminate')
  t.equal(
    verifyDocuments(situation({ ...split, around: { context: { 'aws:SourceAccount': ACCOUNT } } })).verdict,
    'pass'
  )
  t.equal(
    verifyDocuments(situation({ ...split, around: { context: { service: { 'AWS:sourceaccount': ACCOUNT } } } }))
      .verdict,
    'pass',
    'key names are not case-sensitive'
  )
  t.equal(
    verifyDocuments(situation({ ...split, around: { context: { role: { 'aws:SourceAccount': ACCOUNT } } } })).verdict,
    'indeterminate'
  )
  t.equal(
    verifyDocuments(situation({ ...split, around: { context: { 'aws:SourceAccount': '444455556666' } } })).verdict,
    'fail'
  )
  const joint = verifyDocuments(
    situation({
      key: { keyPolicy: policy({ ...JOINT, Condition: strict }) },
      around: { context: { 'aws:SourceAccount': ACCOUNT } }
    })
  )
  t.same([...new Set(checksOf(joint, 'service').map(({ effective }) => effective))], ['allowed'])
  t.same(
    [...new Set(checksOf(joint, 'role').map(({ effective }) => effective))],
    ['implicitDeny'],
    "a role's calls carry no source keys, whatever the asker knows of the service"
  )
  t.end()
})

t.test('policies of the organization: not evaluated unless given; SCPs bind the role, RCPs both', (t) => {
  const everything = policy({ Effect: 'Allow', Action: '*', Resource: '*' })
  const plain = verifyDocuments(WORKS)
  t.match(plain.notEvaluated, [{ what: 'serviceControlPolicies' }, { what: 'resourceControlPolicies' }])
  t.ok(
    checksOf(plain, 'role').every(
      ({ layers }) =>
        layers.serviceControlPolicies === 'notEvaluated' && layers.resourceControlPolicies === 'notEvaluated'
    )
  )
  t.ok(
    checksOf(plain, 'service').every(
      ({ layers }) => layers.identityPolicies === 'notApplicable' && layers.serviceControlPolicies === 'notApplicable'
    )
  )
  const given = verifyDocuments(
    situation({ around: { serviceControlPolicies: [[everything], [everything]], resourceControlPolicies: [[], []] } })
  )
  t.same(given.notEvaluated, [])
  t.equal(given.verdict, 'pass', 'RCPFullAWSAccess is on every level')
  t.ok(
    checksOf(given, 'role').every(
      ({ layers }) => layers.serviceControlPolicies === 'allowed' && layers.resourceControlPolicies === 'allowed'
    )
  )
  t.end()
})

t.test('whole output of the AWS CLI: evaluated as what it contains', (t) => {
  const [key] = WORKS.keys
  const metadata = { Arn: KEY, KeyId: KEY.split('/')[1] ?? '', KeyState: 'Enabled' }
  const grants = [{ GrantId: 'g', KeyId: KEY, GranteePrincipal: ROLE, Operations: ['Decrypt'] }]
  const plain = situation({ key: { metadata, grants } })
  const keyPolicy = { Policy: JSON.stringify(key?.keyPolicy), PolicyName: 'default' }
  t.same(
    verifyDocuments(
      situation({ key: { keyPolicy, metadata: { KeyMetadata: metadata }, grants: { Grants: grants } } })
    ),
    verifyDocuments(plain)
  )
  t.end()
})

t.test('other output of the AWS CLI: refused with its pointer', (t) => {
  const of = (key: Parameters<typeof situation>[0]): unknown => faults(situation(key))
  t.same(of({ key: { keyPolicy: { KeyMetadata: { KeyId: 'k' } } } }), ['INCONSISTENT_USAGE', '/keys/0/keyPolicy'])
  t.same(of({ role: { trustPolicy: '{"Role":{"RoleName":"r"}}' } }), ['INCONSISTENT_USAGE', '/roles/0/trustPolicy'])
  const output: Record<string, unknown> = { Policy: '{}', PolicyName: 'default' }
  t.same(of({ key: { metadata: output } }), ['INCONSISTENT_USAGE', '/keys/0/metadata'])
  t.same(of({ key: { metadata: { Arn: KEY, KeyMetadata: { Arn: KEY } } } }), [
    'INCONSISTENT_USAGE',
    '/keys/0/metadata'
  ])
  t.same(of({ key: { metadata: { KeyMetadata: { Arn: OTHER_KEY } } } }), [
    'INCONSISTENT_USAGE',
    '/keys/0/metadata/KeyMetadata/Arn'
  ])
  const trustPolicy = { Version: '2012-10-17', Statement: [] }
  const other = { Role: { RoleName: 'Other', Arn: `${ROLE}Other`, AssumeRolePolicyDocument: trustPolicy } }
  t.same(of({ role: { trustPolicy: other } }), ['INCONSISTENT_USAGE', '/roles/0/trustPolicy/Role/Arn'], 'another role')
  t.same(of({ role: { trustPolicy: JSON.stringify(other) } }), ['INCONSISTENT_USAGE', '/roles/0/trustPolicy'])
  const policy = { RoleName: 'Other', PolicyName: 'p', PolicyDocument: trustPolicy }
  t.same(of({ role: { identityPolicies: [{ name: 'p', document: policy }] } }), [
    'INCONSISTENT_USAGE',
    '/roles/0/identityPolicies/0/document/RoleName'
  ])
  const own = { ...policy, RoleName: ROLE.split('/').at(-1) ?? '' }
  t.doesNotThrow(() => verifyDocuments(situation({ role: { identityPolicies: [{ name: 'p', document: own }] } })))
  const page = { Grants: [], Truncated: true }
  t.same(of({ key: { grants: page } }), ['INCONSISTENT_USAGE', '/keys/0/grants/Truncated'], 'grants are missing')
  t.end()
})
