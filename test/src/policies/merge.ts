import fc from 'fast-check'
import t from 'tap'
import { ServiceError } from '../../../src/errors.js'
import { resolveUsage } from '../../../src/personalize/usage.js'
import { keyNeedOf, personalizeKeyStatements } from '../../../src/policies/key-policy.js'
import { mergeStatements } from '../../../src/policies/merge.js'
import { personalizeRoleStatements, roleNeedsOf } from '../../../src/policies/role-policy.js'
import type { OwnStatement } from '../../../src/policies/statement.js'
import { arbitraryUsage } from '../../arbitrary-usage.js'

type Statement = Record<string, unknown>
const ROOT = 'arn:aws:iam::111122223333:root'
const ROLE = 'arn:aws:iam::111122223333:role/Personalize'
const PAGE = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']

const delegation: OwnStatement = {
  Sid: 'EnableIAMPolicies',
  Effect: 'Allow',
  Principal: { AWS: ROOT },
  Action: 'kms:*',
  Resource: '*'
}
const service: OwnStatement = {
  Sid: 'AllowPersonalizeService',
  Effect: 'Allow',
  Principal: { Service: 'personalize.amazonaws.com' },
  Action: PAGE,
  Resource: '*',
  Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' } }
}
const role: OwnStatement = {
  Sid: 'AllowPersonalizeRole',
  Effect: 'Allow',
  Principal: { AWS: ROLE },
  Action: PAGE,
  Resource: '*'
}
const keyUse: OwnStatement = {
  Sid: 'AllowPersonalizeKeyUse',
  Effect: 'Allow',
  Action: ['kms:Decrypt'],
  Resource: ['arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab']
}
const ours = [delegation, service, role]
const foreign: Statement = {
  Sid: 'Allow use of the key',
  Effect: 'Deny',
  Principal: '*',
  NotAction: ['kms:Describe*'],
  Resource: '*',
  Condition: { Bool: { 'aws:SecureTransport': false } }
}

const refuse = (existing: readonly Statement[], own: readonly OwnStatement[] = ours): Statement[] =>
  mergeStatements(existing, own, { onSidConflict: 'refuse', rootArn: ROOT })
const rename = (existing: readonly Statement[], own: readonly OwnStatement[] = ours): Statement[] =>
  mergeStatements(existing, own, { onSidConflict: 'rename', rootArn: ROOT })
const sids = (statements: readonly Statement[]): unknown[] => statements.map((statement) => statement['Sid'])

t.test('ours are replaced where they stand, new ones come last', (t) => {
  const merged = refuse([role, foreign, { ...service, Action: ['kms:Decrypt'] }])
  t.same(merged, [role, foreign, service, delegation])
  t.equal(merged[1], foreign, 'the foreign statement is the same object')
  t.same(refuse([]), ours)
  t.end()
})

t.test('ours that are not asked for any more go, in `refuse` alone', (t) => {
  const stale = {
    ...role,
    Sid: 'AllowPersonalizeRole2',
    Principal: { AWS: ['arn:aws:iam::111122223333:role/Old', 'AROAEXAMPLEEXAMPLE123'] }
  }
  t.same(sids(refuse([delegation, service, role, stale])), [
    'EnableIAMPolicies',
    'AllowPersonalizeService',
    'AllowPersonalizeRole'
  ])
  t.same(
    sids(refuse([delegation, foreign], [service])),
    ['Allow use of the key', 'AllowPersonalizeService'],
    'also the account root'
  )
  t.same(
    sids(refuse([role, role])),
    ['AllowPersonalizeRole', 'EnableIAMPolicies', 'AllowPersonalizeService'],
    'also a double'
  )
  t.same(sids(rename([delegation, service, role, stale])), [
    'EnableIAMPolicies',
    'AllowPersonalizeService',
    'AllowPersonalizeRole',
    'AllowPersonalizeRole2'
  ])
  const numbered = { ...stale, Sid: 'AllowPersonalizeRole7', Condition: {} }
  t.same(refuse([numbered])[0], numbered, 'what only looks like ours is foreign')
  t.end()
})

t.test('a statement of another meaning under one of our Sids is foreign', (t) => {
  const cases: Array<[string, Statement]> = [
    ['a Deny', { ...role, Effect: 'Deny' }],
    ['another action', { ...role, Action: [...PAGE, 'kms:ScheduleKeyDeletion'] }],
    ['all actions', { ...role, Action: 'kms:*' }],
    [
      'another role, with actions that no usage adds up to',
      { ...role, Principal: { AWS: 'arn:aws:iam::111122223333:role/Other' }, Action: 'kms:Decrypt' }
    ],
    ['the account root as a role', { ...role, Principal: { AWS: ROOT } }],
    ['everyone', { ...role, Principal: '*' }],
    ['everyone by another form', { ...role, Principal: { AWS: '*' } }],
    ['no text', { ...role, Principal: { AWS: [1] } }],
    ['a role and a service', { ...role, Principal: { AWS: ROLE, Service: 'personalize.amazonaws.com' } }],
    ['a condition on the role', { ...role, Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } }],
    ['NotAction', { Sid: role.Sid, Effect: 'Allow', Principal: role.Principal, NotAction: PAGE, Resource: '*' }],
    ['another service', { ...service, Principal: { Service: 'forecast.amazonaws.com' } }],
    ['another condition key', { ...service, Condition: { StringEquals: { 'aws:SourceOrgID': 'o-1' } } }],
    ['another operator', { ...service, Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' } } }],
    ['no condition block', { ...service, Condition: 'none' }],
    ['one key alone', { ...service, Resource: 'arn:aws:kms:us-east-1:111122223333:key/x' }],
    ['the root of another account', { ...delegation, Principal: { AWS: 'arn:aws:iam::444455556666:root' } }],
    ['part of the actions', { ...delegation, Action: 'kms:Describe*' }],
    ['the root under a condition', { ...delegation, Condition: { Bool: { 'aws:SecureTransport': true } } }]
  ]
  for (const [name, statement] of cases) {
    t.throws(
      () => refuse([foreign, statement]),
      {
        code: 'SID_CONFLICT',
        statusCode: 409,
        message: new RegExp(`statement 2 has the Sid ${String(statement['Sid'])}`)
      },
      name
    )
    const merged = rename([foreign, statement])
    t.equal(merged[1], statement, `${name}: left alone`)
    t.same(
      sids(merged),
      [
        foreign['Sid'],
        statement['Sid'],
        ...sids(ours).map((sid) => (sid === statement['Sid'] ? `${String(sid)}2` : sid))
      ],
      `${name}: the next Sid`
    )
    t.same(rename(merged), merged, `${name}: and not again`)
  }
  t.end()
})

t.test('merge: several Sid conflicts, each is listed with its place in the request', (t) => {
  const error = t.throws(() =>
    mergeStatements([{ ...role, Effect: 'Deny' }, foreign, { ...service, Effect: 'Deny' }], ours, {
      onSidConflict: 'refuse',
      rootArn: ROOT,
      pointer: (index) => `/existingKeyPolicy/Statement/${index}`
    })
  )
  t.ok(error instanceof ServiceError)
  t.match(error, {
    faults: [{ pointer: '/existingKeyPolicy/Statement/0' }, { pointer: '/existingKeyPolicy/Statement/2' }]
  })
  t.end()
})

t.test('the account root is not added twice', (t) => {
  const forms: Statement[] = [
    { Sid: 'Enable IAM User Permissions', Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { AWS: ['111122223333', ROLE] }, Action: ['KMS:*'], Resource: ['*'] },
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: '*', Resource: '*' }
  ]
  for (const form of forms) {
    for (const merge of [refuse, rename]) {
      t.same(sids(merge([form])), [form['Sid'], 'AllowPersonalizeService', 'AllowPersonalizeRole'])
      t.same(
        sids(merge([form, delegation])),
        [form['Sid'], 'EnableIAMPolicies', 'AllowPersonalizeService', 'AllowPersonalizeRole'],
        'one that is there stays'
      )
    }
  }
  const others: Statement[] = [
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*', Condition: {} },
    { Effect: 'Deny', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:Describe*', Resource: '*' },
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*' }
  ]
  for (const other of others) t.same(sids(refuse([other]))[1], 'EnableIAMPolicies', JSON.stringify(other))
  t.end()
})

t.test('`rename` widens a statement of ours or stands beside it, and takes nothing from it', (t) => {
  const other = { ...role, Principal: { AWS: 'arn:aws:iam::111122223333:role/Other' } }
  t.same(rename([other], [role]), [other, { ...role, Sid: 'AllowPersonalizeRole2' }], 'roles of another usage')
  t.same(rename([{ ...role, Action: ['kms:Decrypt'] }], [role]), [role], 'fewer actions')
  const more = { ...role, Action: [...PAGE, 'kms:GenerateDataKeyWithoutPlaintext'] }
  t.same(rename([more], [role]), [more, { ...role, Sid: 'AllowPersonalizeRole2' }], 'more actions')
  const { Condition: condition, ...unconditional } = service
  t.same(
    rename([unconditional], [service]),
    [unconditional, { ...service, Sid: 'AllowPersonalizeService2' }],
    'no condition'
  )
  t.same(
    rename([{ ...service, Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } }], [unconditional]),
    [unconditional],
    'a condition'
  )
  t.ok(condition)
  t.same(
    sids(
      rename(
        [
          { ...role, Effect: 'Deny' },
          { ...other, Sid: 'AllowPersonalizeRole2' }
        ],
        [role]
      )
    ),
    ['AllowPersonalizeRole', 'AllowPersonalizeRole2', 'AllowPersonalizeRole3'],
    'the next free Sid'
  )
  t.same(
    rename([{ ...role, Action: ['kms:Decrypt'] }, role], [role]),
    [{ ...role, Action: ['kms:Decrypt'] }, role],
    'the same one before one that it covers'
  )
  t.end()
})

t.test('policies of IAM', (t) => {
  const merge = (existing: readonly Statement[]): Statement[] =>
    mergeStatements(existing, [keyUse], { onSidConflict: 'refuse' })
  t.same(merge([foreign, { ...keyUse, Resource: '*' }]), [foreign, keyUse])
  for (const statement of [
    { ...keyUse, Resource: 'arn:aws:s3:::bucket' },
    { ...keyUse, Resource: [1] },
    { ...keyUse, Action: 's3:*' },
    { ...keyUse, Effect: 'Deny' },
    { ...keyUse, Principal: '*' }
  ]) {
    t.throws(() => merge([statement]), { code: 'SID_CONFLICT' }, JSON.stringify(statement))
  }
  const unnamed = { Sid: 'EnableIAMPolicies', Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  t.same(merge([unnamed]), [unnamed, keyUse], 'nor is it ours')
  t.throws(
    () => mergeStatements([delegation], [{ ...delegation }], { onSidConflict: 'refuse' }),
    { code: 'SID_CONFLICT' },
    'an account root has no meaning there'
  )
  t.end()
})

const foreignStatement = fc.record(
  {
    Sid: fc.oneof(
      fc.string(),
      fc.constantFrom(
        'Allow use of the key',
        'AllowPersonalizeRole',
        'AllowPersonalizeRole2',
        'AllowPersonalizeService',
        'AllowPersonalizeKeyUse',
        'EnableIAMPolicies'
      )
    ),
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: fc.oneof(fc.constant('*'), fc.record({ AWS: fc.constantFrom(ROOT, ROLE, '*') })),
    Action: fc.constantFrom('kms:*', 'kms:Decrypt', 's3:GetObject'),
    Resource: fc.constantFrom('*', 'arn:aws:s3:::bucket/*'),
    Condition: fc.jsonValue()
  },
  { requiredKeys: [] }
)

t.test('laws, over generated policies and usages', (t) => {
  const own = arbitraryUsage().map((usage) => {
    const resolved = resolveUsage(usage, { keys: 'keyArns' })
    return [
      personalizeKeyStatements([keyNeedOf(resolved)], resolved.delegateToIam ? { rootArn: ROOT } : {}),
      personalizeRoleStatements(roleNeedsOf(resolved))
    ].map((statements) => statements.map(({ statement }) => statement))
  })
  fc.assert(
    fc.property(
      fc.array(foreignStatement),
      own,
      fc.constantFrom('refuse' as const, 'rename' as const),
      (existing, policies, onSidConflict) => {
        for (const statements of policies) {
          const before = JSON.stringify(existing)
          const merge = (list: readonly Statement[]): Statement[] =>
            mergeStatements(list, statements, { onSidConflict, rootArn: ROOT })
          let merged: Statement[]
          try {
            merged = merge(existing)
          } catch (error) {
            if (onSidConflict === 'refuse' && error instanceof ServiceError && error.code === 'SID_CONFLICT') continue
            throw error
          }
          t.equal(JSON.stringify(existing), before, 'the input is left alone')
          if (JSON.stringify(merge(merged)) !== JSON.stringify(merged))
            throw new Error('a second merge changes something')
          const kept = merged.filter((statement) => existing.includes(statement))
          const inOrder = existing.filter((statement) => kept.includes(statement))
          if (kept.some((statement, index) => statement !== inOrder[index]))
            throw new Error('foreign statements change places')
          const strange = existing.filter(
            (statement) => !/^(EnableIAMPolicies|AllowPersonalize(Role|Service|KeyUse)\d*)$/.test(String(statement.Sid))
          )
          if (strange.some((statement) => !merged.includes(statement))) throw new Error('a foreign statement is lost')
          if (
            onSidConflict === 'rename' &&
            new Set(sids(merged.filter((statement) => !existing.includes(statement)))).size <
              merged.filter((statement) => !existing.includes(statement)).length
          )
            throw new Error('two of ours have one Sid')
        }
      }
    ),
    { numRuns: 300 }
  )
  t.end()
})
