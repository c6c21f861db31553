import t from 'tap'
import { authorize } from '../../../src/iam/authorize.js'
import type { Layer, Policies } from '../../../src/iam/decide/request.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import { type ContextValue, RequestContext, UNKNOWN } from '../../../src/iam/match/request-context.js'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/R`
const ROOT = `arn:aws:iam::${ACCOUNT}:root`
const KEY = { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT }
const role = { kind: 'role', value: ROLE } as const
const VIA = 'kms:ViaService'

const layer = (name: string, ...statements: unknown[]): Layer => ({
  policies: [compilePolicy(name, { Version: '2012-10-17', Statement: statements })],
  complete: true
})
const allow = (members: Record<string, unknown> = {}): unknown => ({
  Effect: 'Allow',
  Principal: { AWS: ROLE },
  Action: 'kms:*',
  Resource: '*',
  ...members
})
const iam = (members: Record<string, unknown> = {}): unknown => ({
  Effect: 'Allow',
  Action: 'kms:*',
  Resource: '*',
  ...members
})
const everyone = { Principal: '*' }
const unread: Layer = { policies: [], complete: false }

function decide (
  policies: Policies,
  context: Record<string, ContextValue> = {},
  principal: Parameters<typeof authorize>[0]['principal'] = role
): ReturnType<typeof authorize> {
  return authorize(
    { principal, action: 'kms:Decrypt', resource: KEY, context: new RequestContext(Object.entries(context)) },
    policies
  )
}

t.test('what each layer says by itself', async (t) => {
  const decision = decide({
    resourcePolicy: layer('default', allow()),
    identityPolicies: layer('inline', iam({ Effect: 'Deny' })),
    permissionsBoundary: layer('boundary', iam({ Action: 's3:*' })),
    serviceControlPolicies: [layer('root', iam()), layer('account', iam({ Action: 's3:*' }))],
    grants: { entries: [{ GranteePrincipal: ROLE, Operations: ['Decrypt'] }], complete: true }
  })
  t.equal(decision.decision, 'explicitDeny')
  t.strictSame(decision.layers, {
    resourcePolicy: 'allowed',
    identityPolicies: 'explicitDeny',
    permissionsBoundary: 'implicitDeny',
    sessionPolicy: 'notPresent',
    serviceControlPolicies: 'implicitDeny',
    resourceControlPolicies: 'notPresent',
    grants: 'allowed'
  })
  const service = decide(
    { resourcePolicy: layer('default', allow()), identityPolicies: layer('inline', iam()) },
    {},
    { kind: 'service', value: 'personalize.amazonaws.com' }
  )
  t.match(service.layers, {
    resourcePolicy: 'implicitDeny',
    identityPolicies: 'notApplicable',
    permissionsBoundary: 'notApplicable',
    resourceControlPolicies: 'notPresent'
  })
  const keyless = authorize(
    {
      principal: role,
      action: 'kms:ListKeys',
      resource: { arn: '*', accountId: ACCOUNT },
      context: new RequestContext([])
    },
    { resourcePolicy: layer('default', allow()), identityPolicies: layer('inline', iam()) }
  )
  t.match(keyless.layers, { resourcePolicy: 'notApplicable', identityPolicies: 'allowed' })
})

t.test('what could not be read is unknown, and hides no certain answer', async (t) => {
  const direct = layer('default', allow())
  t.equal(decide({ resourcePolicy: unread }).decision, 'unknown')
  t.equal(decide({ resourcePolicy: unread }).layers.resourcePolicy, 'unknown')
  t.equal(decide({ resourcePolicy: direct, identityPolicies: unread }).decision, 'unknown', 'it might deny')
  t.equal(decide({ resourcePolicy: direct, permissionsBoundary: unread }).decision, 'unknown')
  t.equal(
    decide({ resourcePolicy: layer('default', allow(), allow({ Effect: 'Deny' })), identityPolicies: unread }).decision,
    'explicitDeny'
  )
  t.equal(
    decide({ resourcePolicy: layer('default'), identityPolicies: unread }).decision,
    'implicitDeny',
    'an identity-based policy alone allows nothing'
  )
  t.equal(
    decide({ resourcePolicy: direct, grants: { entries: [], complete: false } }).decision,
    'allowed',
    'a grant denies nothing'
  )
  t.equal(
    decide({ resourcePolicy: layer('default'), grants: { entries: [], complete: false } }).decision,
    'unknown',
    'a grant might allow'
  )
  t.equal(decide({ resourcePolicy: direct, serviceControlPolicies: [unread] }).decision, 'unknown')
  const spared = { Effect: 'Deny', NotPrincipal: { AWS: [ROLE, ROOT] }, Action: '*', Resource: '*' }
  t.equal(
    decide({ resourcePolicy: layer('default', allow(), spared), permissionsBoundary: unread }).decision,
    'unknown',
    'with a boundary NotPrincipal denies'
  )
})

t.test('a conditional answer names statements, keys and a context for each side', async (t) => {
  const decision = decide(
    {
      resourcePolicy: layer(
        'default',
        allow({ Sid: 'Use' }),
        allow({
          ...everyone,
          Effect: 'Deny',
          Sid: 'OnlyS3',
          Condition: { StringNotEquals: { 'KMS:viaService': 's3.us-east-1.amazonaws.com' } }
        })
      )
    },
    { [VIA]: UNKNOWN }
  )
  t.equal(decision.decision, 'conditional')
  t.strictSame(decision.missingContextValues, [VIA])
  t.strictSame(decision.matchedStatements, [
    { policy: 'resourcePolicy', name: 'default', sid: 'Use', index: 0, effect: 'Allow' }
  ])
  t.strictSame(decision.mayBeDetermining, [
    { policy: 'resourcePolicy', name: 'default', sid: 'OnlyS3', index: 1, effect: 'Deny' }
  ])
  t.match(decision.conditions, [
    {
      key: 'KMS:viaService',
      needs: 'StringNotEquals s3.us-east-1.amazonaws.com',
      effect: 'Deny',
      statement: { sid: 'OnlyS3' }
    }
  ])
  t.strictSame(decision.witnesses?.allowed, { [VIA]: 's3.us-east-1.amazonaws.com' })
  t.not(decision.witnesses?.denied[VIA], 's3.us-east-1.amazonaws.com')
  t.equal(decision.layers.resourcePolicy, 'conditional')
  t.notOk(decision.capped)
})

t.test('a key that only the policies name is spelled as they do', async (t) => {
  const context = new RequestContext([], () => UNKNOWN)
  const { missingContextValues } = authorize(
    { principal: role, action: 'kms:Decrypt', resource: KEY, context },
    { resourcePolicy: layer('default', allow({ Condition: { StringEquals: { 'kms:ViaService': 'x' } } })) }
  )
  t.strictSame(missingContextValues, [VIA])
})

t.test('a grant whose constraint is open', async (t) => {
  const decision = decide(
    {
      resourcePolicy: layer('default'),
      grants: {
        entries: [
          {
            GrantId: 'g',
            GranteePrincipal: ROLE,
            Operations: ['Decrypt'],
            Constraints: { EncryptionContextSubset: { p: 'a' } }
          }
        ],
        complete: true
      }
    },
    { 'kms:EncryptionContext:p': UNKNOWN }
  )
  t.equal(decision.decision, 'conditional')
  t.match(decision.mayBeDetermining, [{ policy: 'grants', name: 'g', index: 0 }])
  t.match(decision.conditions, [{ key: 'kms:EncryptionContext:p', needs: 'StringEquals a' }])
})

t.test('an unknown value that must be like a pattern', async (t) => {
  const like = (pattern: string): ContextValue => ({ state: 'unknown', mayBeAbsent: false, like: [pattern] })
  const policies = { resourcePolicy: layer('default', allow({ Condition: { StringLike: { [VIA]: 's3.*' } } })) }
  t.equal(decide(policies, { [VIA]: like('s3.*.amazonaws.com') }).decision, 'allowed')
  t.equal(decide(policies, { [VIA]: like('ec2.*') }).decision, 'implicitDeny')
  t.equal(decide(policies, { [VIA]: like('s*') }).decision, 'conditional')
  t.equal(
    decide(
      { resourcePolicy: layer('default', allow({ Condition: { Null: { [VIA]: 'false' } } })) },
      { [VIA]: like('*') }
    ).decision,
    'allowed',
    'it is present for certain'
  )
})

t.test('too many worlds: the answer stays open, and says so', async (t) => {
  const keys = Array.from({ length: 20 }, (_, i) => `aws:PrincipalTag/${i}`)
  const context = Object.fromEntries(keys.map((key) => [key, UNKNOWN]))
  const condition = { Condition: { StringEquals: Object.fromEntries(keys.map((key) => [key, 'x'])) } }
  const open = decide({ resourcePolicy: layer('default', allow(condition)) }, context)
  t.match(
    { decision: open.decision, capped: open.capped, keys: open.missingContextValues.length },
    { decision: 'conditional', capped: true, keys: 20 }
  )
  const undocumented = decide(
    {
      resourcePolicy: layer(
        'default',
        allow(condition),
        allow({ ...everyone, Effect: 'Deny', Condition: { Unheard: { a: 'b' } } })
      )
    },
    context
  )
  t.match({ decision: undocumented.decision, capped: undocumented.capped }, { decision: 'unknown', capped: true })
  t.equal(open.mayBeDetermining.length, 1)
  t.strictSame(
    decide(
      {
        resourcePolicy: layer('default', allow(condition)),
        serviceControlPolicies: [layer('root', { Effect: 'Allow', Action: '*', Resource: '*' })]
      },
      context
    ).decision,
    'conditional',
    'what is certain beside it is nothing undocumented'
  )
  const both = { Condition: { ...condition.Condition, Unheard: { a: 'b' } } }
  t.equal(
    decide({ resourcePolicy: layer('default', allow(), allow({ ...everyone, Effect: 'Deny', ...both })) }, context)
      .decision,
    'unknown',
    'an unknown key in what is not understood'
  )
  t.equal(
    decide(
      {
        resourcePolicy: layer('default', allow(condition), {
          Effect: 'Deny',
          NotPrincipal: { AWS: ROLE },
          Action: '*',
          Resource: '*'
        })
      },
      context
    ).decision,
    'unknown',
    'a caller who is listed in part'
  )
  const grants = { entries: [{ GranteePrincipal: ROLE, Operations: ['Decrypt'] }], complete: true }
  const beside = (more: Policies): unknown => {
    const { decision, capped } = decide({ resourcePolicy: layer('default', allow(condition)), ...more }, context)
    return { decision, capped }
  }
  const constrained = decide(
    {
      resourcePolicy: layer('default'),
      grants: {
        entries: [
          {
            ...grants.entries[0],
            Constraints: { EncryptionContextSubset: Object.fromEntries(keys.map((key) => [key, 'x'])) }
          }
        ],
        complete: true
      }
    },
    Object.fromEntries(keys.map((key) => [`kms:EncryptionContext:${key}`, UNKNOWN]))
  )
  t.strictSame(
    [
      constrained.decision,
      constrained.capped,
      constrained.matchedStatements.length,
      constrained.mayBeDetermining.length
    ],
    ['conditional', true, 0, 1],
    'a grant that is open decides perhaps'
  )
  const silent = layer('limit', { Effect: 'Allow', Action: 'ec2:*', Resource: '*' })
  t.strictSame(
    beside({ grants, permissionsBoundary: silent }),
    { decision: 'unknown', capped: true },
    'what a boundary leaves of a grant is not documented'
  )
  t.strictSame(beside({ grants, sessionPolicy: silent }), { decision: 'unknown', capped: true })
  t.strictSame(beside({ permissionsBoundary: layer('limit', { Effect: 'Allow', Action: '*', Resource: '*' }) }), {
    decision: 'conditional',
    capped: true
  })
  t.strictSame(beside({ grants: { entries: [], complete: false } }), { decision: 'unknown', capped: true })
  t.strictSame(beside({ identityPolicies: { policies: [], complete: false } }), { decision: 'unknown', capped: true })
})

t.test('what is known, however much of it, leaves the answer exact', async (t) => {
  const many = { StringEquals: { 'aws:PrincipalAccount': Array.from({ length: 5_000 }, (_, i) => String(i)) } }
  const { decision, capped, missingContextValues } = decide(
    {
      resourcePolicy: layer('default', allow({ Condition: { StringEquals: { [VIA]: 'x' } } })),
      serviceControlPolicies: [layer('root', { Effect: 'Allow', Action: '*', Resource: '*', Condition: many })]
    },
    { [VIA]: UNKNOWN, 'aws:PrincipalAccount': { state: 'known', values: ['4999'], list: false } }
  )
  t.strictSame(
    { decision, capped, missingContextValues },
    { decision: 'conditional', capped: false, missingContextValues: [VIA] }
  )
})

t.test('what no context settles is unknown, and names no keys', async (t) => {
  const grants = {
    entries: [
      { GranteePrincipal: ROLE, Operations: ['Decrypt'], Constraints: { EncryptionContextSubset: { p: 'a' } } }
    ],
    complete: true
  }
  const silent = layer('limit', { Effect: 'Allow', Action: 'ec2:*', Resource: '*' })
  const { decision, missingContextValues, witnesses, capped } = decide(
    { resourcePolicy: layer('default'), grants, permissionsBoundary: silent },
    { 'kms:EncryptionContext:p': UNKNOWN }
  )
  t.strictSame(
    { decision, missingContextValues, witnesses, capped },
    { decision: 'unknown', missingContextValues: [], witnesses: undefined, capped: false }
  )
  const covered = decide(
    {
      resourcePolicy: layer(
        'default',
        allow({ Condition: { StringEquals: { [VIA]: 'x' } } }),
        allow({ Condition: { StringNotEquals: { [VIA]: 'x' } } })
      )
    },
    { [VIA]: UNKNOWN }
  )
  t.strictSame([covered.decision, covered.missingContextValues, covered.witnesses], ['allowed', [], undefined])
})

t.test('authorize: an element that AWS refuses in this policy type, reported and not relied on', async (t) => {
  const named = decide({
    resourcePolicy: layer('default', allow({ Principal: { AWS: ROOT } })),
    identityPolicies: layer('inline', allow())
  })
  t.equal(named.decision, 'implicitDeny', 'an identity-based policy names no principal')
  t.match(named.unsupported, [{ policy: 'identityPolicies', name: 'inline', pointer: '/Statement/0' }])
  t.equal(named.unsupported.length, 1)
  const bare = decide({
    resourcePolicy: layer('default', allow()),
    identityPolicies: layer('inline', { Effect: 'Deny', Action: '*' })
  })
  t.equal(bare.decision, 'unknown', 'a Deny without Resource')
  t.match(bare.unsupported, [{ policy: 'identityPolicies', pointer: '/Statement/0', what: /Resource/ }])
  t.equal(bare.unsupported.length, 1)
})

t.test('keys of which the context spells some and the policies others', async (t) => {
  const context = new RequestContext([['KMS:ViaService', UNKNOWN]], () => UNKNOWN)
  const both = allow({ Condition: { StringEquals: { 'kms:viaservice': 'x', 'aws:PrincipalTag/Team': 'red' } } })
  t.strictSame(
    authorize(
      { principal: role, action: 'kms:Decrypt', resource: KEY, context },
      { resourcePolicy: layer('default', both) }
    ).missingContextValues,
    ['KMS:ViaService', 'aws:PrincipalTag/Team']
  )
})

t.test('authorize: more than 1,000 disallowed elements in one policy, 1,000 are reported', async (t) => {
  const bare = Array.from({ length: 1_200 }, () => ({ Effect: 'Allow', Action: '*' }))
  const { unsupported } = decide({
    resourcePolicy: layer('default', allow()),
    identityPolicies: layer('inline', ...bare),
    permissionsBoundary: layer('limit', ...bare.slice(0, 3))
  })
  t.equal(unsupported.filter(({ policy }) => policy === 'identityPolicies').length, 1_000)
  t.equal(unsupported.filter(({ policy }) => policy === 'permissionsBoundary').length, 3, 'of another policy too')
})

t.test('authorize: neither the context nor a condition spells a key, it is named in lower case', async (t) => {
  const own = { Resource: 'arn:aws:kms:us-east-1:${aws:PrincipalTag/Account}:key/k' }
  const context = new RequestContext([], () => UNKNOWN)
  const { decision, missingContextValues, conditions } = authorize(
    { principal: role, action: 'kms:Decrypt', resource: KEY, context },
    { resourcePolicy: layer('default', allow(own)) }
  )
  t.equal(decision, 'conditional')
  t.strictSame(missingContextValues, ['aws:principaltag/account'])
  t.strictSame(conditions, [])
})

t.test('authorize: the decision is certain, it depends on nothing', async (t) => {
  const { conditions, missingContextValues, mayBeDetermining, witnesses, capped } = decide(
    { resourcePolicy: layer('default', allow()) },
    { [VIA]: UNKNOWN }
  )
  t.strictSame(
    { conditions, missingContextValues, mayBeDetermining, witnesses, capped },
    { conditions: [], missingContextValues: [], mayBeDetermining: [], witnesses: undefined, capped: false }
  )
})

t.test(
  'what is not understood allows nothing and may deny anything, where it might be about the request',
  async (t) => {
    const direct = allow({ Sid: 'Use' })
    for (const [members, word] of [
      [{ Action: 'Decrypt' }, 'unknown'],
      [{ Action: ['kms:Encrypt', 5] }, 'unknown'],
      [{ Resource: 'key' }, 'unknown'],
      [{ Resource: ['arn:aws:kms:us-east-1:111122223333:key/other', 5] }, 'unknown'],
      [{ Principal: 5 }, 'unknown'],
      [{ Principal: undefined, NotPrincipal: { AWS: 5 } }, 'unknown'],
      [{ Surprise: 1 }, 'unknown'],
      [{ Condition: { Unheard: { a: 'b' } } }, 'unknown'],
      [{ Surprise: 1, Action: 5 }, 'unknown'],
      [{ Surprise: 1, Action: 'kms:Encrypt' }, 'allowed'],
      [{ Surprise: 1, Principal: { AWS: ROOT.replace('1111', '2222') } }, 'allowed'],
      [{ Surprise: 1, Condition: { Null: { [VIA]: 'false' } } }, 'allowed'],
      [{ Surprise: 1, Resource: 'arn:aws:kms:us-east-1:111122223333:key/other' }, 'allowed']
    ] as const) {
      const denied = decide({ resourcePolicy: layer('default', direct, allow({ Effect: 'Deny', ...members })) })
      t.equal(denied.decision, word, JSON.stringify(members))
      t.ok(denied.unsupported.length > 0)
      t.equal(
        decide({ resourcePolicy: layer('default', allow(members)) }).decision,
        'implicitDeny',
        JSON.stringify(members)
      )
    }
    const one = decide({ resourcePolicy: layer('default', allow({ Action: 5, Condition: 5, Extra: 5 })) })
    t.strictSame(one.unsupported.map(({ pointer }) => pointer).sort(), [
      '/Statement/0/Action',
      '/Statement/0/Condition',
      '/Statement/0/Extra'
    ])
  }
)

t.test('resources with variables', async (t) => {
  const at = (Resource: string, tag: ContextValue): string =>
    decide({ resourcePolicy: layer('default', allow({ Resource })) }, { 'aws:PrincipalTag/k': tag }).decision
  t.equal(
    at('${aws:PrincipalTag/k}', { state: 'known', values: [KEY.arn], list: false }),
    'allowed',
    'a variable may be all of it'
  )
  t.equal(
    at('${aws:PrincipalTag/k}', { state: 'known', values: ['*'], list: false }),
    'implicitDeny',
    'its value has no wildcards'
  )
  t.equal(at('arn:aws:kms:*:*:key/${aws:PrincipalTag/k}', { state: 'known', values: ['k'], list: false }), 'allowed')
  t.equal(at('arn:aws:kms:*:*:key/${aws:PrincipalTag/k}', { state: 'absent' }), 'implicitDeny')
  const misread = (Version: string, Resource: string): number =>
    compilePolicy('p', { Version, Statement: [allow({ Resource })] }).unsupported.length
  t.equal(misread('2012-10-17', 'key/${aws:PrincipalTag/k}'), 1, 'what does not begin as an ARN is none')
  t.equal(misread('2008-10-17', '${aws:PrincipalTag/k}'), 1, 'nor is a variable where there are none')
  t.equal(misread('2012-10-17', '${aws:PrincipalTag/k}'), 0)
})
