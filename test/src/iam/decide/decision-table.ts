import t from 'tap'
import { authorize } from '../../../../src/iam/authorize.js'
import type { AuthorizationRequest, Layer, Policies } from '../../../../src/iam/decide/request.js'
import { compilePolicy } from '../../../../src/iam/document/policy-document.js'
import { RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/R`
const KEY = { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT }
const BUCKET = { arn: 'arn:aws:s3:::b', accountId: ACCOUNT }
const role = { kind: 'role', value: ROLE } as const
const external = { kind: 'role', value: 'arn:aws:iam::444455556666:role/X' } as const
const root = { kind: 'root', value: `arn:aws:iam::${ACCOUNT}:root` } as const
const service = { kind: 'service', value: 'personalize.amazonaws.com' } as const
const layer = (...statements: Array<Record<string, unknown>>): Layer => ({
  policies: [
    compilePolicy('p', {
      Version: '2012-10-17',
      Statement: statements.map((members) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...members }))
    })
  ],
  complete: true
})
const everyone = layer({ Principal: '*' })
const iam = layer({})
const silent = layer({ Action: 'ec2:*' })
const lost: Layer = { policies: [], complete: false }

const decide = (
  principal: AuthorizationRequest['principal'],
  action: string,
  policies: Policies,
  more: Partial<AuthorizationRequest> = {}
): string =>
  authorize({ principal, action, resource: KEY, context: new RequestContext([]), ...more }, policies).decision

t.test('nothing crosses from one partition into another', async (t) => {
  t.equal(
    decide({ kind: 'role', value: ROLE.replace('aws', 'aws-cn') }, 'kms:Decrypt', {
      resourcePolicy: everyone,
      identityPolicies: iam
    }),
    'implicitDeny'
  )
  t.equal(decide(role, 'kms:Decrypt', { resourcePolicy: everyone, identityPolicies: iam }), 'allowed')
})

t.test('the ordinary rule: either side allows; across accounts both, whatever the action', async (t) => {
  const ordinary = { rule: 'identity-or-resource', resource: BUCKET } as const
  t.equal(decide(role, 's3:GetObject', { resourcePolicy: everyone }, ordinary), 'allowed')
  t.equal(decide(role, 's3:GetObject', { identityPolicies: iam }, ordinary), 'allowed')
  t.equal(decide(role, 's3:GetObject', { resourcePolicy: silent }, ordinary), 'implicitDeny')
  t.equal(decide(external, 's3:GetObject', { resourcePolicy: everyone, identityPolicies: iam }, ordinary), 'allowed')
  t.equal(decide(external, 's3:GetObject', { resourcePolicy: everyone }, ordinary), 'implicitDeny')
  t.equal(decide(external, 's3:GetObject', { identityPolicies: iam }, ordinary), 'implicitDeny')
  t.equal(decide(root, 's3:GetObject', {}, ordinary), 'allowed', 'the root user needs no policy in its own account')
  t.equal(
    decide(root, 's3:GetObject', { serviceControlPolicies: [silent] }, ordinary),
    'implicitDeny',
    'but SCPs bind it'
  )
  t.equal(decide({ kind: 'anonymous', value: '' }, 's3:GetObject', { resourcePolicy: everyone }, ordinary), 'allowed')
  t.equal(
    decide({ kind: 'anonymous', value: '' }, 'kms:Decrypt', { resourcePolicy: everyone }),
    'implicitDeny',
    'KMS takes no unsigned request'
  )
})

t.test('IAM policies bind neither the root user nor an unsigned request', async (t) => {
  const ordinary = { rule: 'identity-or-resource', resource: BUCKET } as const
  const denying = layer({ Effect: 'Deny' })
  for (const policies of [
    { identityPolicies: denying },
    { permissionsBoundary: denying },
    { sessionPolicy: denying }
  ]) {
    t.equal(decide(root, 's3:GetObject', { resourcePolicy: everyone, ...policies }, ordinary), 'allowed')
    t.equal(
      decide({ kind: 'anonymous', value: '' }, 's3:GetObject', { resourcePolicy: everyone, ...policies }, ordinary),
      'allowed'
    )
    t.equal(decide(role, 's3:GetObject', { resourcePolicy: everyone, ...policies }, ordinary), 'explicitDeny')
  }
  t.equal(
    decide(
      { kind: 'anonymous', value: '' },
      's3:GetObject',
      { resourcePolicy: everyone, serviceControlPolicies: [silent] },
      ordinary
    ),
    'allowed'
  )
  t.equal(
    decide(
      { kind: 'anonymous', value: '' },
      's3:GetObject',
      { resourcePolicy: everyone, resourceControlPolicies: [silent] },
      ordinary
    ),
    'implicitDeny',
    'RCPs bind everyone'
  )
})

t.test('a federated user: what its session policy takes over', async (t) => {
  const federated = { kind: 'federated-user', value: `arn:aws:sts::${ACCOUNT}:federated-user/f` } as const
  const named = layer({ Principal: { AWS: federated.value } })
  const delegated = layer({ Principal: { AWS: ACCOUNT } })
  t.equal(decide(federated, 'kms:Decrypt', { resourcePolicy: delegated, identityPolicies: iam }), 'implicitDeny')
  t.equal(
    decide(federated, 'kms:Decrypt', { resourcePolicy: delegated, identityPolicies: iam, sessionPolicy: iam }),
    'allowed'
  )
  t.equal(
    decide(federated, 'kms:Decrypt', { resourcePolicy: delegated, identityPolicies: iam, sessionPolicy: silent }),
    'implicitDeny'
  )
  t.equal(decide(federated, 'kms:Decrypt', { resourcePolicy: named }), 'allowed')
  t.equal(
    decide(federated, 'kms:Decrypt', { resourcePolicy: named, identityPolicies: layer({ Effect: 'Deny' }) }),
    'explicitDeny'
  )
})

t.test('actions without key: IAM policies of the own account alone', async (t) => {
  t.equal(decide(root, 'kms:ListKeys', {}), 'allowed')
  t.equal(decide(role, 'kms:ListKeys', { resourcePolicy: everyone }), 'implicitDeny')
  t.equal(decide(role, 'kms:ListKeys', { identityPolicies: iam }), 'allowed')
  t.equal(decide(role, 'kms:ListKeys', { identityPolicies: iam, permissionsBoundary: silent }), 'implicitDeny')
  t.equal(decide(external, 'kms:ListKeys', { identityPolicies: iam }), 'implicitDeny')
  t.equal(
    decide(
      role,
      'kms:CreateAlias',
      { identityPolicies: iam },
      { resource: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:alias/a`, accountId: ACCOUNT } }
    ),
    'allowed',
    'an alias'
  )
  t.equal(decide(role, 'kms:CreateAlias', { identityPolicies: iam }), 'implicitDeny', 'its key')
  t.equal(
    decide(
      role,
      'kms:Decrypt',
      { identityPolicies: iam },
      { resource: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:alias/a`, accountId: ACCOUNT } }
    ),
    'implicitDeny'
  )
  t.equal(
    decide(role, 'kms:ListKeys', {
      identityPolicies: silent,
      grants: { entries: [{ GranteePrincipal: ROLE, Operations: ['ListKeys'] }], complete: true }
    }),
    'implicitDeny'
  )
  t.equal(
    decide(service, 'kms:ListKeys', { resourcePolicy: layer({ Principal: { Service: service.value } }) }),
    'implicitDeny'
  )
})

t.test('a trust policy: the role must be named, or its account and an IAM policy', async (t) => {
  const assume = {
    rule: 'identity-or-resource',
    resource: { arn: `arn:aws:iam::${ACCOUNT}:role/T`, accountId: ACCOUNT },
    withoutResource: true
  } as const
  const trusting = (Principal: unknown): Layer => layer({ Principal, Action: 'sts:AssumeRole', Resource: undefined })
  const account = trusting({ AWS: ACCOUNT })
  t.equal(decide(role, 'sts:AssumeRole', { resourcePolicy: account }, assume), 'implicitDeny')
  t.equal(decide(role, 'sts:AssumeRole', { resourcePolicy: account, identityPolicies: iam }, assume), 'allowed')
  t.equal(decide(role, 'sts:AssumeRole', { resourcePolicy: trusting({ AWS: ROLE }) }, assume), 'allowed')
  t.equal(
    decide(
      role,
      'sts:AssumeRole',
      { resourcePolicy: layer({ Principal: '*', Action: 'sts:TagSession' }), identityPolicies: iam },
      assume
    ),
    'implicitDeny'
  )
  t.equal(
    decide(
      external,
      'sts:AssumeRole',
      { resourcePolicy: trusting({ AWS: '444455556666' }), identityPolicies: iam },
      assume
    ),
    'allowed'
  )
  t.equal(
    decide(service, 'sts:AssumeRole', { resourcePolicy: trusting({ Service: service.value }) }, assume),
    'allowed'
  )
  t.equal(
    decide(role, 'sts:GetFederationToken', { identityPolicies: iam }, assume),
    'allowed',
    'an STS action on no role has no trust policy'
  )
  const asked = authorize(
    {
      principal: role,
      action: 'sts:AssumeRole',
      context: new RequestContext([['sts:ExternalId', UNKNOWN]]),
      ...assume
    },
    {
      resourcePolicy: layer({
        Principal: { AWS: ROLE },
        Action: 'sts:AssumeRole',
        Resource: undefined,
        Condition: { StringEquals: { 'sts:ExternalId': 'x' } }
      })
    }
  )
  t.match(
    { decision: asked.decision, keys: asked.missingContextValues },
    { decision: 'conditional', keys: ['sts:ExternalId'] }
  )
  t.equal(
    decide(
      service,
      'sts:AssumeRole',
      { resourcePolicy: trusting({ Service: service.value }) },
      { ...assume, withoutResource: false }
    ),
    'implicitDeny',
    'elsewhere a statement without Resource has no effect'
  )
})

t.test('limits and grants', async (t) => {
  const delegated = layer({ Principal: { AWS: ACCOUNT } })
  const grants = (name: string, complete = true): NonNullable<Policies['grants']> => ({
    entries: [{ GranteePrincipal: name, Operations: ['Decrypt'] }],
    complete
  })
  t.equal(
    decide(role, 'kms:Decrypt', {
      resourcePolicy: delegated,
      identityPolicies: iam,
      permissionsBoundary: iam,
      sessionPolicy: iam
    }),
    'allowed'
  )
  for (const limit of ['permissionsBoundary', 'sessionPolicy'] as const) {
    t.equal(
      decide(role, 'kms:Decrypt', { resourcePolicy: delegated, identityPolicies: iam, [limit]: silent }),
      'implicitDeny'
    )
    t.equal(
      decide(role, 'kms:Decrypt', { grants: grants(ACCOUNT), identityPolicies: iam, [limit]: silent }),
      'implicitDeny'
    )
    t.equal(
      decide(role, 'kms:Decrypt', { grants: grants(ROLE), [limit]: silent }),
      'unknown',
      'whether it limits a grant is not documented'
    )
    t.equal(decide(role, 'kms:Decrypt', { grants: grants(ROLE), [limit]: iam }), 'allowed')
  }
  t.equal(decide(role, 'kms:Decrypt', { grants: grants(ACCOUNT), identityPolicies: iam }), 'allowed')
  t.equal(decide(role, 'kms:Decrypt', { grants: grants(ACCOUNT) }), 'implicitDeny')
  t.equal(decide(role, 'kms:Encrypt', { grants: grants(ROLE) }), 'implicitDeny')
  t.equal(decide(role, 'kms:Decrypt', { grants: { entries: [], complete: false }, identityPolicies: lost }), 'unknown')
  for (const levels of ['serviceControlPolicies', 'resourceControlPolicies'] as const) {
    t.equal(decide(role, 'kms:Decrypt', { resourcePolicy: everyone, [levels]: [iam, iam, iam] }), 'allowed', levels)
    for (const at of [0, 1, 2])
      t.equal(
        decide(role, 'kms:Decrypt', { resourcePolicy: everyone, [levels]: [iam, iam, iam].with(at, silent) }),
        'implicitDeny',
        `${levels} ${at}`
      )
    t.equal(decide(role, 'kms:Decrypt', { resourcePolicy: everyone, [levels]: [iam, lost] }), 'unknown')
    for (const unread of [lost, { ...iam, complete: false }]) {
      t.equal(
        decide(role, 'kms:Decrypt', { resourcePolicy: everyone, [levels]: [silent, unread] }),
        'implicitDeny',
        'a level that is silent, whatever stands in another'
      )
      t.equal(
        decide(role, 'kms:Decrypt', { resourcePolicy: everyone, [levels]: [iam, unread] }),
        'unknown',
        'it might deny'
      )
    }
    t.equal(
      decide(role, 'kms:Decrypt', { resourcePolicy: everyone, [levels]: [{ ...silent, complete: false }, iam] }),
      'unknown',
      'what was not read might allow'
    )
  }
})
