import t from 'tap'
import type { Report } from '../../../../schemas/verification.js'
import { organizationLayers, readOrganizations } from '../../../../src/verify/read/organization.js'
import type {
  OrganizationPolicies,
  PolicyLevel,
  PolicySource,
  Read,
  ReadFailure
} from '../../../../src/verify/read/policy-source.js'
import { ACCOUNT, KEY } from '../../../helper.js'
import {
  allow,
  checksOf,
  codes,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  PAGE_ROLE_ACTIONS,
  situation
} from '../../../verification/documents.js'
import { verifyIn, worldOf } from '../../../verification/scenario.js'

const OTHER = '444455556666'
const never = new AbortController().signal

const document = (effect: string, action: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Sid: `${effect}It`, Effect: effect, Action: action, Resource: '*', ...more }]
})
const FULL = document('Allow', '*')
const level = (...documents: object[]): PolicyLevel => ({
  read: documents.map((document, index) => ({ name: `policy${index}`, document: JSON.stringify(document) })),
  lost: []
})
const levels = (...value: PolicyLevel[]): Read<PolicyLevel[]> => ({ state: 'read', value })
const none: Read<never> = { state: 'notPresent' }
const lost = (cause: ReadFailure): Read<never> => ({ state: 'notRead', why: 'ListParents failed', cause })
const NOTHING: OrganizationPolicies = { serviceControlPolicies: none, resourceControlPolicies: none }

/** The situation that works, with the key in the account asked for, within organizations. */
async function reportWithin (
  organizationOf: (accountId: string) => OrganizationPolicies,
  keyAccount = ACCOUNT
): Promise<Report> {
  const kmsKeyArn = KEY.replace(ACCOUNT, keyAccount)
  const request = situation({
    usage: { kmsKeyArns: [kmsKeyArn] },
    key: {
      kmsKeyArn,
      keyPolicy: {
        Version: '2012-10-17',
        Statement: [allow({ AWS: `arn:aws:iam::${keyAccount}:root` }, { Action: 'kms:*' }), FOR_ROLE, FOR_SERVICE]
      }
    },
    role: {
      identityPolicies: [
        identity({ Effect: 'Allow', Action: [...PAGE_ROLE_ACTIONS, 'kms:CreateGrant'], Resource: '*' })
      ]
    }
  })
  const source: PolicySource = {
    ...worldOf(request),
    readOrganizationPolicies: async ({ partition, accountId }) =>
      partition === 'aws' ? organizationOf(accountId) : NOTHING
  }
  return await verifyIn(source, request)
}

const words = (
  report: Report,
  layer: 'serviceControlPolicies' | 'resourceControlPolicies',
  type: 'role' | 'service'
): string[] => [...new Set(checksOf(report, type).map(({ layers }) => layers[layer]))]

t.test('no organization: nothing binds, and nothing is left open', async (t) => {
  const report = await reportWithin(() => NOTHING)
  t.match(report, { verdict: 'pass', notEvaluated: [] })
  t.same(
    [words(report, 'serviceControlPolicies', 'role'), words(report, 'resourceControlPolicies', 'service')],
    [['notPresent'], ['notPresent']]
  )
})

t.test('a service control policy binds the role of its account, not the service principal', async (t) => {
  const report = await reportWithin(() => ({
    serviceControlPolicies: levels(level(FULL), level(FULL, document('Deny', 'kms:Decrypt'))),
    resourceControlPolicies: none
  }))
  t.match(checksOf(report, 'role', 'D'), [
    {
      effective: 'explicitDeny',
      layers: { serviceControlPolicies: 'explicitDeny' },
      matchedStatements: [{ policy: 'serviceControlPolicies', name: 'policy1', sid: 'DenyIt', level: 1 }]
    }
  ])
  t.match(checksOf(report, 'role', 'K'), [{ effective: 'allowed' }])
  t.same(words(report, 'serviceControlPolicies', 'service'), ['notApplicable'])
  const blocks = report.findings.filter(({ code }) => code === 'SERVICE_CONTROL_POLICY_BLOCKS')
  t.match(
    blocks.map(({ replacementStatement }) => replacementStatement),
    [{ Sid: 'DenyIt', Effect: 'Deny', Condition: { ArnNotEquals: { 'aws:PrincipalArn': /:role\// } } }],
    'with the statement that has an exception for the role'
  )
})

t.test('every level has to allow', async (t) => {
  const report = await reportWithin(() => ({
    serviceControlPolicies: levels(level(FULL), level(document('Allow', 's3:*'))),
    resourceControlPolicies: none
  }))
  t.same(words(report, 'serviceControlPolicies', 'role'), ['implicitDeny'])
  t.equal(report.verdict, 'fail')
})

t.test('a resource control policy binds the key of its account for both, and needs no Allow', async (t) => {
  const deny = document('Deny', 'kms:DescribeKey', { Principal: '*' })
  const report = await reportWithin(
    (accountId) => ({
      serviceControlPolicies: none,
      resourceControlPolicies: accountId === OTHER ? levels(level(), level(deny)) : none
    }),
    OTHER
  )
  for (const type of ['role', 'service'] as const) {
    t.match(checksOf(report, type, 'K'), [
      { effective: 'explicitDeny', layers: { resourceControlPolicies: 'explicitDeny' } }
    ])
    t.match(checksOf(report, type, 'D'), [{ effective: 'allowed', layers: { resourceControlPolicies: 'allowed' } }])
  }
})

t.test('each account is bound by its own: that of the role by SCPs, that of the key by RCPs', async (t) => {
  const deny: OrganizationPolicies = {
    serviceControlPolicies: levels(level(document('Deny', '*'))),
    resourceControlPolicies: levels(level(document('Deny', '*', { Principal: '*' })))
  }
  const ofKey = await reportWithin(
    (accountId) => (accountId === OTHER ? { ...deny, resourceControlPolicies: none } : NOTHING),
    OTHER
  )
  t.same(
    words(ofKey, 'serviceControlPolicies', 'role'),
    ['notPresent'],
    "an SCP of the key's account binds no role of another"
  )
  const ofRole = await reportWithin(
    (accountId) => (accountId === ACCOUNT ? { ...deny, serviceControlPolicies: none } : NOTHING),
    OTHER
  )
  t.same(
    words(ofRole, 'resourceControlPolicies', 'role'),
    ['notPresent'],
    "an RCP of the role's account binds no key of another"
  )
})

t.test('organization of others: not evaluated, with the reason, and no failure', async (t) => {
  const report = await reportWithin(() => ({
    serviceControlPolicies: lost('otherOrganization'),
    resourceControlPolicies: lost('otherOrganization')
  }))
  t.equal(report.verdict, 'pass')
  t.same(
    report.notEvaluated,
    ['serviceControlPolicies', 'resourceControlPolicies'].map((what) => ({
      what,
      accountId: ACCOUNT,
      why: 'ListParents failed'
    }))
  )
  t.same(
    [words(report, 'serviceControlPolicies', 'role'), words(report, 'resourceControlPolicies', 'service')],
    [['notEvaluated'], ['notEvaluated']]
  )
  t.notOk(codes(report).includes('NOT_READABLE'))
})

t.test('a read that fails leaves its layer unknown, and says so', async (t) => {
  for (const cause of ['accessDenied', 'unavailable', 'timeout', 'malformedAnswer', 'credentials', 'other'] as const) {
    const report = await reportWithin(() => ({ serviceControlPolicies: lost(cause), resourceControlPolicies: none }))
    t.same(report.verdicts, { documented: 'pass', effective: 'indeterminate' }, cause)
    t.same(words(report, 'serviceControlPolicies', 'role'), ['unknown'])
    t.same([...new Set(checksOf(report, 'service').map(({ effective }) => effective))], ['allowed'])
    t.match(report.notEvaluated, [{ what: 'serviceControlPolicies', accountId: ACCOUNT, why: 'ListParents failed' }])
    t.match(
      report.findings.find(({ code }) => code === 'NOT_READABLE'),
      { detail: new RegExp(`serviceControlPolicies of account ${ACCOUNT}`) }
    )
    t.match(report.remediation?.cannotFix, [{ code: 'NOT_READABLE' }])
  }
})

t.test('of a level that was read in part a Deny still counts', async (t) => {
  const half: PolicyLevel = {
    read: level(FULL, document('Deny', 'kms:Decrypt')).read,
    lost: [{ name: 'gone', why: 'DescribePolicy failed', cause: 'timeout' }]
  }
  const report = await reportWithin(() => ({ serviceControlPolicies: levels(half), resourceControlPolicies: none }))
  t.match(checksOf(report, 'role', 'D'), [{ effective: 'explicitDeny' }])
  t.match(checksOf(report, 'role', 'K'), [{ effective: 'unknown' }])
  t.match(report.notEvaluated, [{ what: 'serviceControlPolicies', name: 'gone', why: 'DescribePolicy failed' }])
})

t.test('a source without organizations: why they are not evaluated', async (t) => {
  const around = organizationLayers(
    await readOrganizations(worldOf(situation()), { partition: 'aws', keys: [ACCOUNT], roles: [ACCOUNT] }, never),
    { keys: [ACCOUNT], roles: [ACCOUNT] }
  )
  t.match(around, {
    organizationNotEvaluated: [
      { what: 'serviceControlPolicies', why: /not set up/ },
      { what: 'resourceControlPolicies' }
    ]
  })
  t.notOk(around.serviceControlPolicies)
})
