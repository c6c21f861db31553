import fc from 'fast-check'
import { applyPatch } from 'rfc6902'
import t from 'tap'
import type { Report, VerifyDocumentsRequest } from '../../../../schemas/verification.js'
import { prepare } from '../../../../src/iam/authorize.js'
import { KMS_ACTIONS } from '../../../../src/iam/document/action.js'
import { compilePolicy } from '../../../../src/iam/document/policy-document.js'
import { known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'
import { isSafeChange } from '../../../../src/verify/remedy/change-safety.js'
import { verifyDocuments } from '../../../../src/verify/verify-documents.js'
import { ACCOUNT, KEY, ROLE } from '../../../helper.js'
import {
  allow,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  metadataOf,
  PAGE_KEY_ACTIONS,
  policy,
  ROOT,
  SERVICE,
  situation,
  type Statement,
  TRUST
} from '../../../verification/documents.js'

const ADMIN = `arn:aws:iam::${ACCOUNT}:role/Admin`
const OTHER_ROLE = `${ROLE}2`
const USER = `arn:aws:iam::${ACCOUNT}:user/a`
const FOREIGN = 'arn:aws:iam::444455556666:role/a'

t.test('a change that does more than it should is seen', (t) => {
  const isOurs = (statement: unknown): boolean =>
    JSON.stringify(statement).includes(ROLE) && !JSON.stringify(statement).includes(ADMIN)
  const admin = allow({ AWS: ADMIN }, { Action: 'kms:*' })
  const cases: Array<[string, unknown[], unknown[], boolean]> = [
    ['nothing', [admin], [admin], true],
    ['ours added', [admin], [admin, FOR_ROLE], true],
    ['ours widened', [admin, { ...FOR_ROLE, Action: ['kms:Decrypt'] }], [admin, FOR_ROLE], true],
    ['ours narrowed', [FOR_ROLE], [{ ...FOR_ROLE, Action: ['kms:Decrypt'] }], false],
    [
      'ours under a condition',
      [FOR_ROLE],
      [{ ...FOR_ROLE, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
      false
    ],
    ['for fewer', [allow({ AWS: [ROLE, OTHER_ROLE] })], [FOR_ROLE], false],
    ['a foreign one lost', [admin, FOR_ROLE], [FOR_ROLE], false],
    ['a foreign one changed', [admin], [{ ...admin, Sid: 'A' }, FOR_ROLE], false],
    ['a foreign one added', [admin], [admin, allow({ AWS: [ROLE, ADMIN] })], false],
    ['put in before', [admin], [FOR_ROLE, admin], false]
  ]
  for (const [name, before, after, expected] of cases) t.equal(isSafeChange(before, after, isOurs), expected, name)
  t.end()
})

const actions = fc.constantFrom<unknown>(
  'kms:*',
  '*',
  'kms:Decrypt',
  ['kms:Put*', 'kms:Get*'],
  ['kms:GenerateDataKey*', 'kms:Decrypt'],
  PAGE_KEY_ACTIONS,
  'kms:PutKeyPolicy',
  ['kms:CreateGrant']
)
const principals = fc.constantFrom<unknown>(
  { AWS: ROOT },
  { AWS: ADMIN },
  { AWS: [ADMIN, ROLE] },
  { AWS: ROLE },
  { AWS: [ROLE, OTHER_ROLE] },
  { Service: SERVICE },
  { AWS: ROLE, Service: SERVICE },
  '*',
  { AWS: '*' },
  { AWS: FOREIGN },
  { Service: [SERVICE, 's3.amazonaws.com'] },
  { AWS: USER },
  { AWS: 'AROAEXAMPLEEXAMPLE123' }
)
const conditions = fc.constantFrom<Statement | undefined>(
  undefined,
  undefined,
  { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  { ArnNotLike: { 'aws:PrincipalArn': ADMIN } },
  { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
  { Null: { 'aws:SourceVpce': 'false' } }
)
const statement = fc
  .record({
    sid: fc.constantFrom<string | undefined>(
      undefined,
      'AllowPersonalizeRole',
      'AllowPersonalizeService',
      'EnableIAMPolicies',
      'Other'
    ),
    effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    principals,
    actions,
    conditions,
    notPrincipal: fc.boolean(),
    notAction: fc.boolean(),
    resource: fc.constantFrom<unknown>('*', '*', '*', KEY, ['*'], undefined)
  })
  .map(({ sid, effect, principals, actions, conditions, notPrincipal, notAction, resource }): Statement => ({
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: effect,
    ...(notPrincipal && effect === 'Deny' ? { NotPrincipal: principals } : { Principal: principals }),
    ...(notAction && actions !== '*' ? { NotAction: actions } : { Action: actions }),
    ...(resource === undefined ? {} : { Resource: resource }),
    ...(conditions === undefined ? {} : { Condition: conditions })
  }))

const BYSTANDERS = [
  { kind: 'role' as const, value: ADMIN },
  { kind: 'role' as const, value: OTHER_ROLE },
  { kind: 'user' as const, value: USER },
  { kind: 'role' as const, value: FOREIGN },
  { kind: 'service' as const, value: 's3.amazonaws.com' },
  { kind: 'root' as const, value: ROOT },
  { kind: 'role' as const, value: `arn:aws:iam::${ACCOUNT}:role/Unnamed` }
]
const EVERYTHING = compilePolicy('all', policy({ Effect: 'Allow', Action: '*', Resource: '*' }))
const decideAll = (...request: Parameters<typeof prepare>): string[] => {
  const { decide } = prepare(...request)
  return KMS_ACTIONS.map((action) => decide(action).decision)
}
const mayDo = (document: unknown): string =>
  JSON.stringify(
    BYSTANDERS.map((principal) =>
      decideAll(
        {
          principal,
          resource: { arn: KEY, accountId: ACCOUNT },
          context: new RequestContext([['aws:PrincipalArn', known(principal.value)]], () => UNKNOWN)
        },
        {
          resourcePolicy: { policies: [compilePolicy('default', document)], complete: true },
          identityPolicies: { policies: [EVERYTHING], complete: true }
        }
      )
    )
  )

function applied (request: VerifyDocumentsRequest, { remediation }: Report): VerifyDocumentsRequest {
  const { keyPolicies = [], rolePolicies = [], trustPolicies = [] } = remediation ?? {}
  return {
    ...request,
    keys: request.keys.map((key) => ({ ...key, keyPolicy: keyPolicies[0]?.policy ?? key.keyPolicy })),
    roles: request.roles.map((role) => ({
      ...role,
      ...(trustPolicies[0] === undefined ? {} : { trustPolicy: trustPolicies[0].policy }),
      identityPolicies: [
        ...role.identityPolicies.filter(({ name }) => name !== rolePolicies[0]?.policyName),
        ...rolePolicies.map(({ policyName, policy }) => ({ name: policyName, document: policy }))
      ]
    }))
  }
}

const check = (truth: boolean, what: string): void => {
  if (!truth) throw new Error(what)
}

t.test(
  'remediation: any policies, no other principal gains or loses access, and it passes or gives the reason',
  (t) => {
    fc.assert(
      fc.property(
        fc.array(statement, { maxLength: 5 }),
        fc.boolean(),
        fc.array(statement, { maxLength: 2 }),
        fc.option(statement, { nil: undefined }),
        fc.constantFrom('111122223333', '444455556666'),
        (statements, single, inIam, boundary, owner) => {
          const [only] = statements
          const live =
            single && only !== undefined ? { Version: '2012-10-17', Id: 'x', Statement: only } : policy(...statements)
          const kmsKeyArn = KEY.replace(ACCOUNT, owner)
          const identities = inIam.map((one, index) => ({
            name: index === 0 ? 'PersonalizeKmsAccess' : 'Other',
            document: policy({ ...one, Principal: undefined, NotPrincipal: undefined, Resource: '*' })
          }))
          const request: VerifyDocumentsRequest = JSON.parse(
            JSON.stringify(
              situation({
                usage: { kmsKeyArns: [kmsKeyArn] },
                key: { kmsKeyArn, keyPolicy: live, metadata: metadataOf(kmsKeyArn) },
                role: {
                  identityPolicies: identities,
                  trustPolicy: TRUST,
                  ...(boundary === undefined
                    ? {}
                    : {
                      permissionsBoundary: policy({
                        ...boundary,
                        Principal: undefined,
                        NotPrincipal: undefined,
                        Resource: '*'
                      })
                    })
                }
              })
            )
          )
          const report = verifyDocuments(request)
          if (report.remediation === undefined) return
          const {
            keyPolicies: [fix],
            cannotFix
          } = report.remediation
          check(!cannotFix.some(({ code }) => code === 'UNSAFE_CHANGE'), 'no change of ours is unsafe')
          if (fix !== undefined) {
            const document = JSON.parse(JSON.stringify(live))
            check(
              applyPatch(document, JSON.parse(JSON.stringify(fix.patch))).every((fault) => fault === null),
              'the patch fits'
            )
            check(JSON.stringify(document) === JSON.stringify(fix.policy), 'the patch gives the policy')
            // An empty policy gets the account statement with the others, or KMS would not take it.
            check(statements.length === 0 || mayDo(fix.policy) === mayDo(live), 'no other principal gains or loses')
          }
          const after = verifyDocuments(applied(request, report))
          check(cannotFix.length > 0 || after.verdict === 'pass', 'it passes, or says why not')
          check(
            [report, after].every(({ verdict, findings }) => verdict === 'pass' || findings.length > 0),
            'what does not pass has a finding'
          )
          check(
            !after.findings.some(({ code }) => code === 'KEY_LOCKOUT') ||
              report.findings.some(({ code }) => code === 'KEY_LOCKOUT'),
            'no new lockout'
          )
        }
      ),
      { numRuns: Number(process.env['REMEDIATION_RUNS'] ?? 300), seed: 20261124 }
    )
    t.end()
  }
)

t.test("policies of people's own making", (t) => {
  const cases: Array<[string, VerifyDocumentsRequest, 'fixed' | string]> = [
    [
      'a Deny for all but some',
      situation({
        key: {
          keyPolicy: policy(DELEGATION, FOR_SERVICE, FOR_ROLE, {
            Effect: 'Deny',
            NotPrincipal: { AWS: [ROOT, ADMIN] },
            Action: 'kms:*',
            Resource: '*'
          })
        }
      }),
      'EXPLICIT_DENY'
    ],
    [
      'an Allow with NotAction',
      situation({
        key: {
          keyPolicy: policy(DELEGATION, {
            Effect: 'Allow',
            Principal: { AWS: ROLE },
            NotAction: ['kms:CreateGrant'],
            Resource: '*'
          })
        }
      }),
      'fixed'
    ],
    [
      'a single statement',
      situation({ key: { keyPolicy: { Version: '2012-10-17', Statement: DELEGATION } } }),
      'fixed'
    ],
    [
      'a Deny that depends on the network',
      situation({
        key: {
          keyPolicy: policy(
            DELEGATION,
            deny('*', { Condition: { StringNotEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } } })
          )
        }
      }),
      'ACCESS_DEPENDS_ON_CONDITION'
    ],
    [
      'grants alone',
      situation({
        key: {
          keyPolicy: policy(DELEGATION),
          grants: [
            {
              GrantId: 'g',
              GranteePrincipal: ROLE,
              Operations: ['Decrypt', 'GenerateDataKey', 'DescribeKey', 'CreateGrant']
            }
          ]
        },
        role: { identityPolicies: [] }
      }),
      'fixed'
    ],
    [
      'what the IAM policy needs the boundary forbids',
      situation({
        role: {
          identityPolicies: [
            identity({
              Effect: 'Deny',
              Action: 'kms:*',
              Resource: '*',
              Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }
            })
          ],
          permissionsBoundary: policy({
            Effect: 'Allow',
            Action: '*',
            Resource: '*',
            Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }
          })
        }
      }),
      'ROLE_NOT_ALLOWED'
    ],
    ['no IAM policy at all', situation({ role: { identityPolicies: [identity()] } }), 'fixed']
  ]
  for (const [name, request, expected] of cases) {
    const report = verifyDocuments(request)
    t.not(report.verdict, 'pass', name)
    if (expected === 'fixed') {
      t.same(report.remediation?.cannotFix, [], name)
      t.equal(verifyDocuments(applied(request, report)).verdict, 'pass', name)
    } else
      t.ok(
        report.remediation?.cannotFix.some(({ code }) => code === expected),
        name
      )
  }
  t.end()
})
