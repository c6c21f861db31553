import t from 'tap'
import { authorize, type Decision } from '../../../src/iam/authorize.js'
import type { AuthorizationRequest, Layer, Policies } from '../../../src/iam/decide/request.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import { RequestContext, UNKNOWN } from '../../../src/iam/match/request-context.js'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/R`
const role = { kind: 'role', value: ROLE } as const
const VIA = 'kms:ViaService'
const statement = (Sid: string, members: Record<string, unknown> = {}): Record<string, unknown> => ({
  Sid,
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...members
})
const layer = (...statements: unknown[]): Layer => ({
  policies: [compilePolicy('p', { Version: '2012-10-17', Statement: statements })],
  complete: true
})
const direct = statement('Direct', { Principal: { AWS: ROLE } })
const delegated = statement('Delegated', { Principal: { AWS: ACCOUNT } })
const grants = { entries: [{ GranteePrincipal: ROLE, Operations: ['Decrypt'] }], complete: true }
const only = (value: string): Record<string, unknown> => ({ Condition: { StringEquals: { [VIA]: value } } })
const deny = { Effect: 'Deny' }

function decide (
  policies: Policies,
  more: Partial<AuthorizationRequest> = {},
  unknown: readonly string[] = []
): Decision {
  return authorize(
    {
      principal: role,
      action: 'kms:Decrypt',
      resource: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT },
      context: new RequestContext(unknown.map((key) => [key, UNKNOWN])),
      ...more
    },
    policies
  )
}
const compact = ({ decision, matchedStatements, mayBeDetermining }: Decision): unknown => [
  decision,
  matchedStatements.map(({ sid, name }) => sid ?? name),
  mayBeDetermining.map(({ sid, name }) => sid ?? name).sort()
]

t.test('an allow: the statements without which it would not be', async (t) => {
  const identityPolicies = layer(statement('Identity'))
  t.strictSame(compact(decide({ resourcePolicy: layer(delegated), identityPolicies })), [
    'allowed',
    ['Delegated', 'Identity'],
    []
  ])
  t.strictSame(
    compact(decide({ resourcePolicy: layer(direct, delegated), identityPolicies })),
    ['allowed', ['Direct'], []],
    'where the key policy names the caller, delegation and IAM policies do not matter'
  )
  t.strictSame(
    compact(decide({ resourcePolicy: layer(statement('Everyone', { Principal: '*' }), delegated), identityPolicies })),
    ['allowed', ['Everyone'], []]
  )
  t.strictSame(
    compact(decide({ resourcePolicy: layer(direct), identityPolicies }, { rule: 'identity-or-resource' })),
    ['allowed', ['Direct', 'Identity'], []],
    'by the ordinary rule either is enough'
  )
  const external = { principal: { kind: 'role', value: 'arn:aws:iam::444455556666:role/X' } } as const
  t.strictSame(
    compact(
      decide(
        {
          resourcePolicy: layer(statement('External', { Principal: { AWS: external.principal.value } })),
          identityPolicies
        },
        external
      )
    ),
    ['allowed', ['External', 'Identity'], []],
    'across accounts both are needed'
  )
  t.strictSame(
    compact(
      decide({
        resourcePolicy: layer(direct, statement('Other', { Principal: { AWS: ROLE }, Action: 'kms:Encrypt' })),
        permissionsBoundary: layer(statement('Boundary')),
        identityPolicies
      })
    ),
    ['allowed', ['Direct', 'Boundary'], []]
  )
  t.strictSame(compact(decide({ grants })), ['allowed', ['grant 0'], []])
})

t.test('a deny: the denying statements alone', async (t) => {
  t.strictSame(
    compact(
      decide({
        resourcePolicy: layer(direct, { ...direct, ...deny, Sid: 'No' }),
        identityPolicies: layer(statement('NoToo', deny)),
        grants
      })
    ),
    ['explicitDeny', ['No', 'NoToo'], []]
  )
  t.strictSame(
    compact(
      decide({
        resourcePolicy: layer({ ...direct, Action: 'kms:Encrypt' }),
        identityPolicies: layer(statement('Identity'))
      })
    ),
    ['implicitDeny', [], []],
    'nothing allows: no statement decided'
  )
})

t.test('the place of a statement', async (t) => {
  const { matchedStatements } = decide({
    resourcePolicy: layer(statement('Else', { Principal: { AWS: '444455556666' } }), { ...direct, Sid: undefined }),
    serviceControlPolicies: [layer(statement('Root')), layer(statement('Account'))],
    resourceControlPolicies: [layer(statement('Rcp', { Principal: '*' }))],
    grants: { ...grants, entries: [{ GrantId: 'g', ...grants.entries[0] }] }
  })
  t.strictSame(matchedStatements, [
    { policy: 'resourcePolicy', name: 'p', index: 1, effect: 'Allow' },
    { policy: 'serviceControlPolicies', name: 'p', sid: 'Root', index: 0, effect: 'Allow', level: 0 },
    { policy: 'serviceControlPolicies', name: 'p', sid: 'Account', index: 0, effect: 'Allow', level: 1 },
    { policy: 'resourceControlPolicies', name: 'p', sid: 'Rcp', index: 0, effect: 'Allow', level: 0 },
    { policy: 'grants', name: 'g', index: 0, effect: 'Allow' }
  ])
})

t.test('what must and what may decide, where something is open', async (t) => {
  t.strictSame(
    compact(
      decide(
        { resourcePolicy: layer({ ...direct, ...only('a') }, { ...direct, ...deny, Sid: 'No', ...only('b') }) },
        {},
        [VIA]
      )
    ),
    ['conditional', [], ['Direct', 'No']]
  )
  t.strictSame(
    compact(
      decide(
        {
          resourcePolicy: layer({ ...direct, ...only('a') }, delegated),
          identityPolicies: layer(statement('Identity', only('b')))
        },
        {},
        [VIA]
      )
    ),
    ['conditional', ['Delegated'], ['Direct', 'Identity']],
    'in some of the cases the caller is not named'
  )
  t.strictSame(
    compact(
      decide(
        {
          resourcePolicy: layer(direct, { ...direct, ...deny, Sid: 'No', ...only('b') }, delegated),
          identityPolicies: layer(statement('Identity', only('b')))
        },
        {},
        [VIA]
      )
    ),
    ['conditional', ['Direct'], ['No']]
  )
  t.strictSame(
    compact(
      decide(
        {
          resourcePolicy: layer(
            { ...direct, ...only('a') },
            { ...direct, Sid: 'Not', Condition: { StringNotEquals: { [VIA]: 'a' } } }
          )
        },
        {},
        [VIA]
      )
    ),
    ['allowed', [], ['Direct', 'Not']],
    'now the one, now the other'
  )
  const open = decide(
    {
      resourcePolicy: layer(direct, {
        ...direct,
        ...deny,
        Sid: 'No',
        Condition: { StringEquals: { [VIA]: ['b', 'c'] }, Bool: { 'aws:SecureTransport': 'true' } }
      })
    },
    {
      context: new RequestContext([
        [VIA, UNKNOWN],
        ['aws:SecureTransport', { state: 'known', values: ['true'], list: false }]
      ])
    }
  )
  t.strictSame(
    open.conditions,
    [
      {
        key: VIA,
        needs: 'StringEquals b, c',
        effect: 'Deny',
        statement: { policy: 'resourcePolicy', name: 'p', sid: 'No', index: 1, effect: 'Deny' }
      }
    ],
    'of the keys that are open alone'
  )
})

t.test('a caller that may be named, and what never applies', async (t) => {
  const identityPolicies = layer(statement('Identity'))
  const session = statement('Session', { Principal: { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/R/s` } })
  t.strictSame(
    compact(decide({ resourcePolicy: layer(session, delegated), identityPolicies })),
    ['allowed', ['Delegated', 'Identity'], []],
    'delegation decides, whichever session the role has'
  )
  t.strictSame(
    compact(
      decide(
        { resourcePolicy: layer(direct), identityPolicies: layer(statement('No', { ...deny, ...only('b') })) },
        {},
        [VIA]
      )
    ),
    ['conditional', ['Direct'], ['No']],
    'a Deny counts in any policy'
  )
  const never = statement('Never', {
    Principal: { AWS: ROLE },
    Condition: { StringEquals: { [VIA]: 'a' }, StringLike: { [VIA]: 'b*' } }
  })
  t.strictSame(
    compact(decide({ resourcePolicy: layer({ ...direct, ...only('a') }, never) }, {}, [VIA])),
    ['conditional', [], ['Direct']],
    'what holds in no case decides in none'
  )
  t.strictSame(
    compact(decide({ grants, serviceControlPolicies: [layer(statement('Silent', { Action: 'ec2:*' }))] })),
    ['implicitDeny', [], []],
    'nor does a grant that a level of SCPs does not let through'
  )
  t.strictSame(compact(decide({ resourcePolicy: layer({ ...direct, ...deny, Sid: 'No' }), grants })), [
    'explicitDeny',
    ['No'],
    []
  ])
})

t.test('what is asked of the open keys, by the statements that are open', async (t) => {
  const any = { Condition: { StringLikeIfExists: { [VIA]: '*' } } }
  const needs = (policies: Policies, more: Partial<AuthorizationRequest> = {}): unknown =>
    decide(policies, more, [VIA]).conditions.map(({ needs, statement: { policy, name, level } }) => [
      needs,
      policy,
      name,
      level
    ])
  const named = (name: string, ...statements: unknown[]): Layer['policies'][number] =>
    compilePolicy(name, { Version: '2012-10-17', Statement: statements })
  const external = { principal: { kind: 'role', value: 'arn:aws:iam::444455556666:role/X' } } as const
  const toExternal = statement('External', { Principal: { AWS: '444455556666' }, ...only('a') })
  t.strictSame(
    needs({ resourcePolicy: layer(toExternal), identityPolicies: layer(statement('Always', any)) }, external),
    [['StringEquals a', 'resourcePolicy', 'p', undefined]]
  )
  t.strictSame(
    needs({
      resourcePolicy: layer(delegated),
      identityPolicies: {
        policies: [
          named('p', statement('Other', { Action: 'ec2:*' }), statement('Always', { ...any, Action: 'kms:*' })),
          named('q', statement('Other', { ...any, Action: 'ec2:*' }), statement('No', { ...deny, ...only('b') }))
        ],
        complete: true
      }
    }),
    [['StringEquals b', 'identityPolicies', 'q', undefined]]
  )
  t.strictSame(
    needs({
      resourcePolicy: layer(direct),
      serviceControlPolicies: [layer(statement('Root', any)), layer(statement('Account', only('c')))]
    }),
    [['StringEquals c', 'serviceControlPolicies', 'p', 1]]
  )
  t.strictSame(needs({ resourcePolicy: layer({ ...direct, ...any }, { ...direct, ...deny, ...only('d') }) }), [
    ['StringEquals d', 'resourcePolicy', 'p', undefined]
  ])
  t.strictSame(needs({ resourcePolicy: layer({ ...direct, ...any }) }), [], 'nothing is open')
})

t.test('what each layer says', async (t) => {
  const words = (
    policies: Policies,
    more: Partial<AuthorizationRequest> = {},
    unknown: readonly string[] = []
  ): unknown => decide(policies, more, unknown).layers
  const lost: Layer = { policies: [], complete: false }
  t.match(
    words(
      {
        resourcePolicy: layer({ ...direct, ...only('a') }),
        identityPolicies: layer(statement('i', only('a')), statement('n', { ...deny, ...only('b') }))
      },
      {},
      [VIA]
    ),
    { resourcePolicy: 'conditional', identityPolicies: 'conditional' }
  )
  t.match(words({ resourcePolicy: layer(direct), identityPolicies: lost }), {
    resourcePolicy: 'allowed',
    identityPolicies: 'unknown'
  })
  t.match(
    words({ resourcePolicy: { ...layer({ ...direct, ...deny }), complete: false } }),
    { resourcePolicy: 'explicitDeny' },
    'whatever the rest says'
  )
  t.match(
    words({ resourcePolicy: { ...layer(direct), complete: false } }),
    { resourcePolicy: 'unknown' },
    'the rest might deny'
  )
  t.match(
    words({
      resourcePolicy: layer(direct),
      serviceControlPolicies: [layer(statement('s', { Action: 'ec2:*' })), lost]
    }),
    { serviceControlPolicies: 'implicitDeny' },
    'a level that is silent decides'
  )
  t.match(words({ resourcePolicy: layer(direct), serviceControlPolicies: [layer(statement('s')), lost] }), {
    serviceControlPolicies: 'unknown'
  })
  t.match(words({ resourcePolicy: layer(direct), serviceControlPolicies: [layer(statement('s', deny)), lost] }), {
    serviceControlPolicies: 'explicitDeny'
  })
  t.match(words({ grants }), { resourcePolicy: 'notPresent', grants: 'allowed' })
  t.match(words({ resourcePolicy: layer(direct), sessionPolicy: layer(statement('s')) }), { sessionPolicy: 'allowed' })
  t.match(words({}, { principal: { kind: 'anonymous', value: '' }, rule: 'identity-or-resource' }), {
    identityPolicies: 'notApplicable',
    serviceControlPolicies: 'notApplicable',
    resourceControlPolicies: 'notPresent'
  })
  t.match(words({ grants: { entries: [], complete: true } }), { grants: 'notPresent' })
  t.match(words({ grants: { entries: [], complete: false } }), { grants: 'unknown' })
  t.match(
    words({
      grants: {
        entries: [{ GranteePrincipal: 'arn:aws:iam::111122223333:role/other', Operations: ['Decrypt'] }],
        complete: true
      }
    }),
    { grants: 'implicitDeny' }
  )
  const root = { principal: { kind: 'root', value: `arn:aws:iam::${ACCOUNT}:root` } } as const
  t.match(words({}, root), {
    identityPolicies: 'notApplicable',
    permissionsBoundary: 'notApplicable',
    sessionPolicy: 'notApplicable',
    resourcePolicy: 'notPresent',
    resourceControlPolicies: 'notPresent',
    grants: 'notPresent'
  })
  t.match(words({}), {
    identityPolicies: 'notPresent',
    permissionsBoundary: 'notPresent',
    sessionPolicy: 'notPresent',
    serviceControlPolicies: 'notPresent'
  })
  t.match(words({}, { action: 'kms:ListKeys' }), { resourcePolicy: 'notApplicable' })
})

// The contract of `layers`: `unknown` is what was not read or is not documented.
t.test('layers: a layer depends on a condition and another layer settles the request, is conditional', (t) => {
  const words = (policies: Policies, more: Partial<AuthorizationRequest> = {}): unknown =>
    decide(policies, more, [VIA, 'aws:SourceIp']).layers
  const lost: Layer = { policies: [], complete: false }
  const open = statement('Open', only('a'))
  const [scpDeny, scpAllow] = [layer(statement('s', deny)), layer(statement('s'))]
  t.match(
    words({ resourcePolicy: layer({ ...direct, ...only('a') }), serviceControlPolicies: [scpDeny] }),
    { resourcePolicy: 'conditional', serviceControlPolicies: 'explicitDeny' },
    'a Deny of the organization settles it'
  )
  t.match(
    words({ resourcePolicy: layer(direct), identityPolicies: layer(open) }),
    { resourcePolicy: 'allowed', identityPolicies: 'conditional' },
    'an Allow of the key policy settles it'
  )
  t.match(
    words({ resourcePolicy: layer(delegated), permissionsBoundary: layer(open) }),
    { permissionsBoundary: 'conditional' },
    'nothing allows it'
  )
  t.match(
    words({ resourcePolicy: layer({ ...direct, ...deny }), permissionsBoundary: layer(open), identityPolicies: lost }),
    { permissionsBoundary: 'conditional', identityPolicies: 'unknown' },
    'beside one that was not read'
  )
  t.match(
    words({ resourcePolicy: layer(direct), identityPolicies: layer(open, statement('n', { ...deny, ...only('a') })) }),
    { identityPolicies: 'implicitDeny' },
    'allowed and denied under one condition: never allowed'
  )
  t.match(
    words({
      resourcePolicy: layer(direct),
      identityPolicies: layer(open, statement('o', { Condition: { StringNotEquals: { [VIA]: 'a' } } }))
    }),
    { identityPolicies: 'allowed' },
    'two conditions that cover every value'
  )
  t.match(
    words({ resourcePolicy: layer(direct), serviceControlPolicies: [scpAllow, layer(open)] }),
    { serviceControlPolicies: 'conditional' },
    'of one level'
  )
  t.match(
    words({ resourcePolicy: layer(direct), serviceControlPolicies: [lost, layer(open)] }),
    { serviceControlPolicies: 'unknown' },
    'another level was not read'
  )
  t.match(
    words({ resourcePolicy: layer(direct), resourceControlPolicies: [layer(statement('r', { Principal: '*', ...only('a') }))] }),
    { resourceControlPolicies: 'conditional' }
  )
  t.match(
    words({
      resourcePolicy: layer({ ...direct, ...deny }),
      grants: {
        entries: [{ GranteePrincipal: ROLE, Operations: ['Decrypt'], Constraints: { EncryptionContextEquals: { a: 'b' } } }],
        complete: true
      }
    }, { context: new RequestContext([['kms:EncryptionContext:a', UNKNOWN]]) }),
    { grants: 'conditional', resourcePolicy: 'explicitDeny' },
    'a grant with a constraint'
  )
  const addresses = Array.from({ length: 3_000 }, (_, i) => `10.${i % 250}.${Math.floor(i / 250)}.1`)
  const many = statement('Many', { Condition: { IpAddress: { 'aws:SourceIp': addresses } } })
  t.match(
    words({ resourcePolicy: layer(direct), identityPolicies: layer(many) }),
    { identityPolicies: 'conditional' },
    'more values than are tried'
  )
  const misunderstood = statement('Odd', { Condition: { StringSimilar: { [VIA]: 'a' } }, ...deny })
  t.match(
    words({ resourcePolicy: layer(direct), identityPolicies: layer(open, misunderstood) }),
    { identityPolicies: 'unknown' },
    'something was not understood'
  )
  t.end()
})
