import t from 'tap'
import {
  compilePolicy,
  MAX_REPORTED,
  type Policy,
  type Statement
} from '../../../../src/iam/document/policy-document.js'

const sound = { Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }
const compile = (...statements: unknown[]): Policy =>
  compilePolicy('p', { Version: '2012-10-17', Statement: statements })
const pointers = (policy: Policy): string[] => policy.unsupported.map(({ pointer }) => pointer)

function only (policy: Policy): Statement {
  const [statement] = policy.statements
  if (statement === undefined || policy.statements.length !== 1) throw new Error('not one statement')
  return statement
}

t.test('a sound document', async (t) => {
  const policy = compilePolicy('name', {
    Version: '2012-10-17',
    Id: 'i',
    Statement: [
      { Sid: 's', ...sound, Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
      { ...sound, Effect: 'Deny' }
    ]
  })
  t.match(policy, {
    name: 'name',
    unsupported: [],
    opaque: false,
    statements: [
      { index: 0, pointer: '/Statement/0', sid: 's', effect: 'Allow', conditions: [{ key: 'aws:securetransport' }] },
      { index: 1, pointer: '/Statement/1', sid: undefined, effect: 'Deny', conditions: [] }
    ]
  })
  t.ok(
    policy.statements.every(
      ({ defects, principals, actions, resources }) =>
        defects.size === 0 && principals?.everyone === true && actions?.names.length === 1 && resources?.every === true
    )
  )
  t.match(
    compilePolicy('p', { Statement: sound }),
    { unsupported: [], statements: [{ pointer: '/Statement', index: 0 }] },
    'one statement needs no list, and no Version is needed'
  )
  t.match(compilePolicy('p', { Version: '2008-10-17', Statement: [] }), {
    unsupported: [],
    statements: [],
    opaque: false
  })
  t.match(only(compile({ Effect: 'Deny', NotPrincipal: '*', NotAction: 'kms:*', NotResource: '*' })), {
    principals: { inverted: true },
    actions: { inverted: true },
    resources: { inverted: true }
  })
  t.match(only(compile({ Effect: 'Allow' })), {
    principals: undefined,
    actions: undefined,
    resources: undefined,
    conditions: []
  })
})

t.test('what is no document', async (t) => {
  for (const document of [null, 5, 'x', [], [sound], undefined, true]) {
    t.match(compilePolicy('p', document), { unsupported: [{ pointer: '' }], opaque: true })
    t.strictSame(compilePolicy('p', document).statements, [])
  }
})

t.test('faults outside the statements might have denied', async (t) => {
  for (const [members, at] of [
    [{ Version: '2020-01-01' }, '/Version'],
    [{ Version: 5 }, '/Version'],
    [{ Statements: [] }, '/Statements'],
    [{ 'a/b~c': 1 }, '/a~1b~0c']
  ] as const) {
    const policy = compilePolicy('p', Object.assign({ Version: '2012-10-17', Statement: sound }, members))
    t.strictSame(pointers(policy), [at])
    t.ok(policy.opaque)
    t.ok(only(policy).defects.has('Statement'), 'nothing in it is relied on')
  }
  t.strictSame(compilePolicy('p', { Version: '2012-10-17' }).statements, [])
  t.match(
    compilePolicy('p', { Version: '2012-10-17' }),
    { unsupported: [{ pointer: '/Statement' }], opaque: false },
    'without statements nothing is denied'
  )
})

t.test('what is no statement might be any', async (t) => {
  for (const statement of [null, 5, 'x', []]) {
    const policy = compile(sound, statement)
    t.strictSame(pointers(policy), ['/Statement/1'])
    t.match(policy.statements[1], { index: 1, pointer: '/Statement/1', effect: 'Deny', sid: undefined, conditions: [] })
    t.strictSame([...(policy.statements[1]?.defects ?? [])].sort(), [
      'Action',
      'Condition',
      'Principal',
      'Resource',
      'Statement'
    ])
    t.notOk(policy.opaque, 'the other statements are understood')
    t.equal(policy.statements[0]?.defects.size, 0)
  }
})

t.test('a fault makes the part unreliable in which it stands', async (t) => {
  for (const [members, at, part] of [
    [{ Effect: 'allow' }, '/Effect', 'Statement'],
    [{ Effect: undefined }, '/Effect', 'Statement'],
    [{ Extra: 1 }, '/Extra', 'Statement'],
    [{ 'x/y': 1 }, '/x~1y', 'Statement'],
    [{ Sid: 5 }, '/Sid', 'Statement'],
    [{ NotPrincipal: '*', Principal: undefined }, '/NotPrincipal', 'Statement'],
    [{ NotAction: 'kms:Encrypt' }, '', 'Action'],
    [{ NotResource: '*' }, '', 'Resource'],
    [{ Effect: 'Deny', NotPrincipal: '*' }, '', 'Principal'],
    [{ Action: 'Decrypt' }, '/Action', 'Action'],
    [{ Action: 5 }, '/Action', 'Action'],
    [{ Action: ['kms:Decrypt', null] }, '/Action', 'Action'],
    [{ Action: undefined, NotAction: [] }, '/NotAction', 'Action'],
    [{ Resource: 'key' }, '/Resource', 'Resource'],
    [{ Resource: [5] }, '/Resource', 'Resource'],
    [{ Resource: undefined, NotResource: [] }, '/NotResource', 'Resource'],
    [{ Principal: 5 }, '/Principal', 'Principal'],
    [{ Principal: { AWS: 5 } }, '/Principal/AWS', 'Principal'],
    [{ Condition: [] }, '/Condition', 'Condition'],
    [{ Condition: { Bool: 'x' } }, '/Condition/Bool', 'Condition'],
    [{ Condition: { Unheard: {} } }, '/Condition/Unheard', 'Condition'],
    [{ Condition: { 'a/b': { c: 1 } } }, '/Condition/a~1b', 'Condition'],
    [{ Condition: { Bool: { 'a:b/c': 'maybe' } } }, '/Condition/Bool/a:b~1c', 'Condition'],
    [{ Condition: null }, '/Condition', 'Condition']
  ] as const) {
    const policy = compile({ ...sound, ...members })
    t.strictSame(pointers(policy), [`/Statement/0${at}`], JSON.stringify(members))
    t.strictSame([...only(policy).defects], [part], JSON.stringify(members))
    t.ok(policy.unsupported.every(({ what }) => what.length > 0))
    t.notOk(policy.opaque)
  }
  t.match(only(compile({ ...sound, Effect: 'allow' })), { effect: 'Deny' }, 'what is not understood must not allow')
  t.match(only(compile({ ...sound, Sid: 5 })), { sid: undefined })
  t.match(
    only(compile({ ...sound, Principal: { AWS: ['arn:aws:iam::111122223333:role/*', '111122223333'] } })).defects.size,
    0,
    'a name that AWS refuses names no principal; the others count'
  )
})

t.test('faults in several parts add up', async (t) => {
  t.strictSame([...only(compile({ ...sound, Action: 5, Resource: 5, Extra: 5, Other: 5 })).defects].sort(), [
    'Action',
    'Resource',
    'Statement'
  ])
})

t.test('a document full of faults', async (t) => {
  t.equal(
    compilePolicy('p', Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`x${i}`, 1]))).unsupported.length,
    MAX_REPORTED
  )
})
