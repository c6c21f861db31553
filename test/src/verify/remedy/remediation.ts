import { applyPatch } from 'rfc6902'
import t from 'tap'
import type { Report, VerifyDocumentsRequest } from '../../../../schemas/verification.js'
import { prepare } from '../../../../src/iam/authorize.js'
import { KMS_ACTIONS } from '../../../../src/iam/document/action.js'
import { compilePolicy } from '../../../../src/iam/document/policy-document.js'
import { known, RequestContext } from '../../../../src/iam/match/request-context.js'
import { verifyDocuments } from '../../../../src/verify/verify-documents.js'
import { ACCOUNT, KEY, ROLE } from '../../../helper.js'
import {
  allow,
  codes,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  JOINT,
  metadataOf,
  PAGE_KEY_ACTIONS,
  PAGE_ROLE_ACTIONS,
  policy,
  situation,
  type Statement,
  TRUST
} from '../../../verification/documents.js'
import { verifyIn, worldOf } from '../../../verification/scenario.js'

const fixed = (report: Report): Statement[] => report.remediation?.keyPolicies[0]?.policy.Statement ?? []
const cannotFix = (report: Report): string[] => report.remediation?.cannotFix.map(({ code }) => code) ?? []

/** The request with the whole remediation applied. */
function applied (request: VerifyDocumentsRequest, { remediation }: Report): VerifyDocumentsRequest {
  const { keyPolicies = [], rolePolicies = [], trustPolicies = [] } = remediation ?? {}
  return {
    ...request,
    keys: request.keys.map((key) => ({ ...key, keyPolicy: keyPolicies[0]?.policy ?? key.keyPolicy })),
    roles: request.roles.map((role) => ({
      ...role,
      trustPolicy: trustPolicies[0]?.policy ?? role.trustPolicy ?? {},
      identityPolicies: [
        ...role.identityPolicies.filter(({ name }) => name !== rolePolicies[0]?.policyName),
        ...rolePolicies.map(({ policyName, policy }) => ({ name: policyName, document: policy }))
      ]
    }))
  }
}

t.test('a live key policy in whatever form: the patch turns it into the policy, which passes', (t) => {
  const forms: Array<[string, Record<string, unknown>]> = [
    ['without Version', { Statement: [DELEGATION] }],
    ['of 2008', { Version: '2008-10-17', Id: 'old', Statement: [DELEGATION] }],
    ['one statement, not in a list', { Version: '2012-10-17', Statement: DELEGATION }],
    ['no statements', { Version: '2012-10-17', Statement: [] }],
    ['no Statement', { Version: '2012-10-17' }],
    ['nothing', {}],
    ['ours, from before the export', { Version: '2012-10-17', Statement: [DELEGATION, FOR_SERVICE, FOR_ROLE] }],
    [
      'with our Sids for something else',
      policy(
        { ...DELEGATION, Sid: 'AllowPersonalizeRole' },
        deny({ AWS: `${ROLE}2` }, { Sid: 'AllowPersonalizeService' })
      )
    ]
  ]
  for (const [name, keyPolicy] of forms) {
    for (const input of [keyPolicy, JSON.stringify(keyPolicy), encodeURIComponent(JSON.stringify(keyPolicy))]) {
      const request = situation({ operations: ['datasetGroup', 'datasetExportJob'], key: { keyPolicy: input } })
      const report = verifyDocuments(request)
      t.equal(report.verdict, 'fail', name)
      t.same(cannotFix(report), [], name)
      const [fix] = report.remediation?.keyPolicies ?? []
      const live: unknown = JSON.parse(JSON.stringify(keyPolicy))
      t.same(
        applyPatch(live, JSON.parse(JSON.stringify(fix?.patch))),
        fix?.patch.map(() => null),
        name
      )
      t.same(live, fix?.policy, `${name}: the patch gives the policy`)
      t.same(
        Object.keys(fix?.policy ?? {}),
        [...new Set([...Object.keys(keyPolicy), 'Statement'])],
        'nothing beside the statements changes'
      )
      t.equal(verifyDocuments(applied(request, report)).verdict, 'pass', name)
    }
  }
  t.end()
})

t.test(
  'remediation: a key policy that grants only under a condition, with a delegation: nothing is widened',
  (t) => {
    const conditional = { ...FOR_ROLE, Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }
    const ofSession = allow({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/PersonalizeServiceRole/one` })
    for (const statement of [conditional, ofSession]) {
      const request = situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE, statement) } })
      const report = verifyDocuments(request)
      t.equal(report.verdict, 'indeterminate')
      t.same(report.remediation?.keyPolicies, [], 'the condition may be intended, so nothing is added beside it')
      t.match(cannotFix(report), ['ROLE_KEY_POLICY_INCOMPLETE'])
    }
    t.end()
  }
)

t.test(
  'an empty key policy gets an account statement with the others: KMS takes none that locks everybody out',
  (t) => {
    const empty = (delegateToIam: boolean): ReturnType<typeof verifyDocuments> =>
      verifyDocuments(situation({ usage: { delegateToIam }, key: { keyPolicy: {} } }))
    t.same(
      fixed(empty(true)).map(({ Sid }) => Sid),
      ['EnableIAMPolicies', 'AllowPersonalizeService', 'AllowPersonalizeRole']
    )
    t.same(empty(false).remediation?.keyPolicies, [], 'without the account statement KMS refuses it')
    t.ok(cannotFix(empty(false)).includes('KEY_LOCKOUT'))
    t.end()
  }
)

t.test('nothing is written for a key or a role that does not exist', async (t) => {
  const gone = { state: 'notFound', why: 'there is none' } as const
  const request = situation({ key: { keyPolicy: policy(DELEGATION) }, role: { identityPolicies: [] } })
  const noKey = await verifyIn(worldOf(request, { key: { metadata: gone, keyPolicy: gone, grants: gone } }), request)
  t.same(noKey.remediation?.rolePolicies, [], 'no IAM policy for a key that is not there')
  t.ok(cannotFix(noKey).includes('KEY_NOT_FOUND'))
  const noRole = await verifyIn(
    worldOf(request, {
      role: { role: gone, trustPolicy: gone, permissionsBoundary: gone, identityPolicies: { read: [], lost: [] } }
    }),
    request
  )
  t.notMatch(
    JSON.stringify(noRole.remediation?.keyPolicies),
    ROLE,
    'KMS refuses a key policy that names a role which is not there'
  )
  t.match(
    noRole.remediation?.keyPolicies,
    [{ policy: { Statement: [DELEGATION, { Principal: { Service: 'personalize.amazonaws.com' } }] } }],
    'the service is granted access all the same'
  )
  t.ok(cannotFix(noRole).includes('ROLE_NOT_FOUND'))
})

t.test('a policy of thousands of statements', (t) => {
  const many = policy(...Array.from({ length: 4000 }, () => ({ Odd: 1 })))
  const report = verifyDocuments(situation({ key: { keyPolicy: many } }))
  t.ok(report.remediation?.keyPolicies.length === 0 || fixed(report).length > 4000, 'neither time nor stack runs out')
  t.end()
})

t.test('a Sid of ours on a foreign statement stays, and ours takes the next', (t) => {
  const foreign = deny({ AWS: `${ROLE}2` }, { Sid: 'AllowPersonalizeService' })
  const report = verifyDocuments(situation({ key: { keyPolicy: policy(DELEGATION, foreign, FOR_ROLE) } }))
  t.same(fixed(report).slice(0, 3), [DELEGATION, foreign, FOR_ROLE])
  t.equal(fixed(report)[3]?.['Sid'], 'AllowPersonalizeService2')
  t.end()
})

t.test('only what is missing is added: for the service, for the role that lacks it', (t) => {
  const roles = [ROLE, `${ROLE}2`]
  const request = situation({ usage: { roleArns: roles }, key: { keyPolicy: policy(DELEGATION, FOR_SERVICE, FOR_ROLE) } })
  const [role] = request.roles
  if (role === undefined) throw new TypeError('incomplete')
  const report = verifyDocuments({ ...request, roles: roles.map((roleArn) => ({ ...role, roleArn })) })
  t.same(fixed(report).slice(0, 3), [DELEGATION, FOR_SERVICE, FOR_ROLE])
  t.match(fixed(report).slice(3), [{ Principal: { AWS: `${ROLE}2` } }])
  t.equal(fixed(report).length, 4)
  t.same(report.remediation?.rolePolicies, [])
  t.same(report.remediation?.trustPolicies, [])
  t.end()
})

t.test('remediation: principals outside the usage, none gains or loses an action', (t) => {
  const ADMIN = `arn:aws:iam::${ACCOUNT}:role/Admin`
  const before = policy(DELEGATION, allow({ AWS: ADMIN }, { Action: ['kms:Put*', 'kms:Enable*'] }))
  const after = verifyDocuments(situation({ key: { keyPolicy: before } })).remediation?.keyPolicies[0]?.policy
  const principals = [
    { kind: 'role' as const, value: ADMIN },
    { kind: 'role' as const, value: `${ROLE}2` },
    { kind: 'user' as const, value: `arn:aws:iam::${ACCOUNT}:user/a` },
    { kind: 'role' as const, value: 'arn:aws:iam::444455556666:role/a' },
    { kind: 'service' as const, value: 's3.amazonaws.com' },
    { kind: 'root' as const, value: `arn:aws:iam::${ACCOUNT}:root` }
  ]
  const may = (document: unknown, principal: (typeof principals)[number]): unknown => {
    const { decide } = prepare(
      {
        principal,
        resource: { arn: KEY, accountId: ACCOUNT },
        context: new RequestContext([['aws:PrincipalArn', known(principal.value)]])
      },
      { resourcePolicy: { policies: [compilePolicy('default', document)], complete: true } }
    )
    return KMS_ACTIONS.map((action) => decide(action).decision)
  }
  for (const principal of principals) t.same(may(after, principal), may(before, principal), principal.value)
  t.end()
})

t.test('a role policy: ours replaced, others left, keys by their ARNs', (t) => {
  const ours = identity({ Sid: 'AllowPersonalizeKeyUse', Effect: 'Allow', Action: ['kms:Decrypt'], Resource: [KEY] })
  const other = { name: 'Other', document: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }) }
  const { remediation } = verifyDocuments(situation({ role: { identityPolicies: [other, ours] } }))
  t.same(remediation?.keyPolicies, [])
  t.match(remediation?.rolePolicies, [
    {
      roleArn: ROLE,
      policyName: 'PersonalizeKmsAccess',
      policy: { Statement: [{ Action: PAGE_ROLE_ACTIONS, Resource: [KEY] }] }
    }
  ])
  t.equal(remediation?.rolePolicies[0]?.policy.Statement.length, 1)
  const foreign = identity({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  t.match(
    verifyDocuments(situation({ role: { identityPolicies: [foreign] } })).remediation?.rolePolicies,
    [{ policy: { Statement: [{ Action: 's3:*' }, { Sid: 'AllowPersonalizeKeyUse' }] } }],
    'what stands under the name is kept'
  )
  t.end()
})

t.test('an attached policy of the same name is another policy', async (t) => {
  const request = situation()
  const document = policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  const report = await verifyIn(
    worldOf(request, {
      role: {
        identityPolicies: {
          read: [
            {
              name: 'PersonalizeKmsAccess',
              arn: `arn:aws:iam::${ACCOUNT}:policy/PersonalizeKmsAccess`,
              kind: 'attached',
              document
            }
          ],
          lost: []
        }
      }
    }),
    request
  )
  t.equal(report.remediation?.rolePolicies[0]?.policy.Statement.length, 1)
  t.same(cannotFix(report), [])
})

t.test('a trust policy: a statement added to those that are there', (t) => {
  const [good] = TRUST.Statement
  const lambda = {
    Sid: 'AllowPersonalizeAssumeRole',
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole'
  }
  const request = situation({ role: { trustPolicy: policy(lambda) } })
  const report = verifyDocuments(request)
  t.match(report.remediation?.trustPolicies, [
    { roleArn: ROLE, policy: { Statement: [lambda, { ...good, Sid: 'AllowPersonalizeAssumeRole2' }] } }
  ])
  t.equal(verifyDocuments(applied(request, report)).verdict, 'pass')
  const denied = verifyDocuments(
    situation({ role: { trustPolicy: policy(deny('*', { Action: 'sts:*', Resource: undefined })) } })
  )
  t.same(denied.remediation?.trustPolicies, [], 'no statement overrules a Deny')
  t.same(cannotFix(denied), ['ROLE_NOT_ASSUMABLE'])
  t.end()
})

t.test('remediation: no managed policy can fix the cause, none is returned, and the manual fix is described', (t) => {
  const cases: Array<[code: string, VerifyDocumentsRequest, others?: string[]]> = [
    ['EXPLICIT_DENY', situation({ key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, deny('*')) } })],
    [
      'ACCESS_DEPENDS_ON_CONDITION',
      situation({
        key: {
          keyPolicy: policy(
            FOR_SERVICE,
            FOR_ROLE,
            deny('*', { Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } } })
          )
        }
      })
    ],
    [
      'BOUNDARY_BLOCKS',
      situation({ role: { permissionsBoundary: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }) } })
    ],
    [
      'SERVICE_CONTROL_POLICY_BLOCKS',
      situation({ around: { serviceControlPolicies: [[policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })]] } })
    ],
    ['KEY_STATE_UNKNOWN', situation({ key: { metadata: { KeyState: 'Hibernating' } } })],
    ['KEY_STATE_UNKNOWN', situation({ key: { metadata: {} } })],
    ['KEY_NOT_ENABLED', situation({ key: { metadata: { KeyState: 'Disabled' } } })],
    ['MALFORMED_POLICY', situation({ key: { keyPolicy: '{"Version":' } })],
    [
      'MALFORMED_POLICY',
      situation({
        role: {
          trustPolicy: policy(
            { ...TRUST.Statement[0], Effect: 'Deny', Condition: { Odd: { a: 'b' } } },
            ...TRUST.Statement
          )
        }
      }),
      ['NOT_STORABLE']
    ]
  ]
  for (const [code, request, others = []] of cases) {
    const { remediation, verdict } = verifyDocuments(request)
    t.not(verdict, 'pass', code)
    t.match(remediation, { keyPolicies: [], rolePolicies: [], trustPolicies: [] }, code)
    t.same(
      [remediation?.keyPolicies.length, remediation?.rolePolicies.length, remediation?.trustPolicies.length],
      [0, 0, 0],
      code
    )
    t.same([...new Set(remediation?.cannotFix.map((left) => left.code))].sort(), [code, ...others].sort())
    t.ok(remediation?.cannotFix.every((left) => 'remedy' in left))
  }
  t.end()
})

t.test('what was not given has to be given', (t) => {
  const {
    keys: [key],
    roles: [role],
    ...request
  } = situation()
  if (key === undefined || role === undefined) throw new TypeError('incomplete')
  const report = verifyDocuments({
    ...request,
    keys: [{ kmsKeyArn: key.kmsKeyArn, keyPolicy: key.keyPolicy }],
    roles: [{ roleArn: ROLE, identityPolicies: role.identityPolicies }]
  })
  t.match(report, { verdict: 'indeterminate', verdicts: { documented: 'pass', effective: 'indeterminate' } })
  t.same(codes(report), [], 'what the request leaves out is no finding')
  t.same(
    report.notEvaluated.map(({ what }) => what),
    ['trustPolicy', 'keyMetadata', 'serviceControlPolicies', 'resourceControlPolicies']
  )
  t.match(report.remediation?.cannotFix, [{ code: 'NOT_READABLE', detail: /trustPolicy/ }])
  t.equal(report.remediation?.cannotFix.length, 1, 'a key without metadata is assumed usable')
  t.end()
})

t.test('what AWS would refuse is not handed out', (t) => {
  const filler = Array.from({ length: 300 }, (_, index) =>
    allow({ AWS: `arn:aws:iam::${ACCOUNT}:role/R${index}` }, { Action: 'kms:Encrypt' })
  )
  const large = verifyDocuments(situation({ key: { keyPolicy: policy(DELEGATION, FOR_ROLE, ...filler) } }))
  t.same(large.remediation?.keyPolicies, [])
  t.match(large.remediation?.cannotFix, [
    { code: 'POLICY_TOO_LARGE', kmsKeyArn: KEY, detail: /32768/ },
    { code: 'SERVICE_PRINCIPAL_NOT_ALLOWED' }
  ])
  const long = {
    name: 'Other',
    document: policy(
      ...Array.from({ length: 100 }, (_, index) => ({
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::bucket-${index}/with/a/long/prefix/for/the/sake/of/it/*`
      }))
    )
  }
  const inline = verifyDocuments(situation({ role: { identityPolicies: [long] } }))
  t.same(inline.remediation?.rolePolicies, [])
  t.match(inline.remediation?.cannotFix, [{ code: 'POLICY_TOO_LARGE', roleArn: ROLE, detail: /10240/ }])
  const stale = verifyDocuments(
    situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE, allow({ AWS: 'AROAEXAMPLEEXAMPLE123' })) } })
  )
  t.equal(stale.remediation?.keyPolicies.length, 1)
  t.same(cannotFix(stale), ['STALE_PRINCIPAL'], 'KMS refuses the text until somebody takes the id out')
  t.end()
})

t.test('remediation: several keys and roles in one usage, each is fixed separately', (t) => {
  const second = KEY.replace('1234abcd', 'ffffffff')
  const request = situation({ usage: { kmsKeyArns: [KEY, second] } })
  const [key] = request.keys
  if (key === undefined) throw new TypeError('incomplete')
  const both = {
    ...request,
    keys: [
      key,
      {
        ...key,
        kmsKeyArn: second,
        metadata: metadataOf(second),
        keyPolicy: policy(
          allow({ AWS: `arn:aws:iam::${ACCOUNT}:role/Admin` }, { Action: 'kms:PutKeyPolicy' }),
          { ...JOINT, Action: PAGE_KEY_ACTIONS.slice(1) }
        )
      }
    ]
  }
  const report = verifyDocuments(both)
  t.same(
    report.remediation?.keyPolicies.map(({ kmsKeyArn }) => kmsKeyArn),
    [second]
  )
  t.same(
    report.findings.filter(({ severity }) => severity === 'error').map(({ kmsKeyArn }) => kmsKeyArn),
    [second, second, second]
  )
  t.end()
})
