import t from 'tap'
import { authorize, prepare } from '../../../src/iam/authorize.js'
import type { Layer, Policies } from '../../../src/iam/decide/request.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import { ABSENT, type ContextByAction, known, RequestContext, UNKNOWN } from '../../../src/iam/match/request-context.js'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/R`
const KEY = { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT }
const FOREIGN_KEY = { arn: 'arn:aws:kms:us-east-1:444455556666:key/k', accountId: '444455556666' }
const principal = { kind: 'role', value: ROLE } as const
const ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:CreateGrant']
const TEAM = 'kms:EncryptionContext:team'

const layer = (...statements: unknown[]): Layer => ({
  policies: [compilePolicy('p', { Version: '2012-10-17', Statement: statements })],
  complete: true
})
const allow = (members: Record<string, unknown>): unknown => ({ Effect: 'Allow', Resource: '*', ...members })

/** The encryption context comes with kms:Decrypt alone. */
const contexts = new Map(
  ACTIONS.map((action) => [action, new RequestContext([[TEAM, action === 'kms:Decrypt' ? known('red') : ABSENT]])])
)
const byAction: ContextByAction = {
  forAction: (action) => contexts.get(action) ?? new RequestContext([]),
  dependsOnAction: (key) => key.startsWith('kms:encryptioncontext:')
}

const conditional = layer(
  allow({ Principal: { AWS: ROLE }, Action: 'kms:*', Condition: { StringEquals: { [TEAM]: 'red' } } }),
  { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*', Condition: { Null: { [TEAM]: 'true' } } }
)

t.test('prepare: context by action, each action is decided in its own context whatever was decided before', async (t) => {
  for (const order of [ACTIONS, ACTIONS.toReversed(), [...ACTIONS, ...ACTIONS]]) {
    const { decide } = prepare({ principal, resource: KEY, context: byAction }, { resourcePolicy: conditional })
    for (const action of order) {
      const expected = action === 'kms:Decrypt' ? 'allowed' : 'explicitDeny'
      t.equal(decide(action).decision, expected, `${action} in ${order.join()}`)
    }
  }
})

t.test('prepare: policy variable on a key that depends on the action, is filled for each action', async (t) => {
  const resourcePolicy = layer(
    allow({ Principal: { AWS: ROLE }, Action: 'kms:*', Condition: { StringLike: { 'aws:username': `\${${TEAM}}` } } })
  )
  const named = (team: string | undefined): RequestContext =>
    new RequestContext([
      ['aws:username', known('red')],
      [TEAM, team === undefined ? ABSENT : known(team)]
    ])
  const byTeam: ContextByAction = {
    ...byAction,
    forAction: (action) => named(action === 'kms:Decrypt' ? 'red' : action === 'kms:Encrypt' ? 'blue' : undefined)
  }
  const { decide } = prepare({ principal, resource: KEY, context: byTeam }, { resourcePolicy })
  const decisions = ['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey'].map((action) => decide(action).decision)
  t.strictSame(decisions, ['implicitDeny', 'allowed', 'implicitDeny'])
})

t.test('alone: one layer of a request, decides as the same request with that layer only', async (t) => {
  const boundary = layer(allow({ Action: 's3:*' }))
  const resourcePolicies = [
    layer(allow({ Principal: { AWS: ROLE }, Action: 'kms:Decrypt' })),
    layer(allow({ Principal: { AWS: ACCOUNT }, Action: 'kms:*' })),
    layer(
      allow({ Principal: { AWS: ROLE }, Action: 'kms:*' }),
      { Effect: 'Deny', NotPrincipal: { AWS: [ROLE, `arn:aws:iam::${ACCOUNT}:root`] }, Action: '*', Resource: '*' }
    ),
    layer(allow({ Principal: { AWS: ROLE }, Action: 'kms:*', Condition: { Bool: { 'aws:SecureTransport': true } } }))
  ]
  const identityPolicies = layer(allow({ Action: ['kms:Decrypt', 'kms:DescribeKey'] }))
  const context = new RequestContext([['aws:SecureTransport', UNKNOWN]])
  for (const resourcePolicy of resourcePolicies) {
    for (const resource of [KEY, FOREIGN_KEY]) {
      for (const limits of [{}, { permissionsBoundary: boundary }, { permissionsBoundary: layer(allow({ Action: '*' })) }]) {
        const policies: Policies = { resourcePolicy, identityPolicies, ...limits }
        const evaluation = prepare({ principal, resource, context }, policies)
        const own = { ...resource, accountId: ACCOUNT }
        for (const action of ACTIONS) {
          const request = { principal, resource: own, context, action }
          t.equal(
            evaluation.alone('resourcePolicy').decide(action).decision,
            authorize(request, { resourcePolicy }).decision,
            `${action}: resource policy`
          )
          t.equal(
            evaluation.alone('identityPolicies').decide(action).decision,
            authorize({ ...request, rule: 'identity-or-resource' }, { identityPolicies }).decision,
            `${action}: identity policies`
          )
        }
      }
    }
  }
})
