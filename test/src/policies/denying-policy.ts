import t from 'tap'
import type { PersonalizeCall } from '../../../src/personalize/kms-call.js'
import { DenyingPolicy } from '../../../src/policies/existing-denies.js'

const KEY = {
  arn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  accountId: '111122223333',
  region: 'us-east-1'
}
const call: PersonalizeCall = {
  principal: { type: 'service' },
  action: 'kms:Decrypt',
  key: KEY,
  via: 'direct',
  accountId: '111122223333',
  region: 'us-east-1',
  partition: 'aws'
}
const deny = (Condition: Record<string, unknown>): Record<string, unknown> => ({
  Effect: 'Deny',
  Principal: '*',
  Action: 'kms:Decrypt',
  Resource: '*',
  Condition
})
const policyOf = (...statements: Array<Record<string, unknown>>): DenyingPolicy =>
  new DenyingPolicy({ Version: '2012-10-17', Statement: statements }, 'resourcePolicy')

t.test('what holds whatever an unknown key is, denies', (t) => {
  const policy = policyOf(
    { ...deny({}), Effect: 'Allow' },
    deny({ StringNotEquals: { 'aws:SourceAccount': '444455556666' } }),
    deny({ StringEquals: { 'aws:SourceAccount': '111122223333' } })
  )
  t.same(policy.denialsOf(call), [1], 'the account is 111122223333 or not sent; the position counts every statement')
  t.same(policy.denialsOf(call), [1], 'a second time as well')
  t.same(policy.denialsOf({ ...call, action: 'kms:DescribeKey' }), [])
  t.notOk(policy.isEmpty)
  t.ok(policyOf({ ...deny({}), Effect: 'Allow' }).isEmpty)
  t.end()
})

t.test('statements that together leave no way deny', (t) => {
  const policy = policyOf(
    deny({ StringLike: { 'aws:SourceVpc': 'vpc-1*' } }),
    deny({ StringNotLike: { 'aws:SourceVpc': 'vpc-1*' }, Null: { 'aws:SourceVpc': false } })
  )
  t.same(
    policy.denialsOf({ ...call, principal: { type: 'role', arn: 'arn:aws:iam::111122223333:role/A' } }),
    [],
    'unless neither does, where the key is absent'
  )
  t.same(
    policyOf(deny({ StringLike: { 'aws:SourceArn': '*:1*' } }), deny({ StringNotLike: { 'aws:SourceArn': '*:1*' } }))
      .denialsOf(call)
      .sort(),
    [0, 1],
    'sent or not'
  )
  t.end()
})

t.test('a statement that is left open for one role does not hide the others', (t) => {
  const role = (name: string): PersonalizeCall => ({
    ...call,
    principal: { type: 'role', arn: `arn:aws:iam::111122223333:role/${name}` }
  })
  const policy = policyOf(deny({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }), {
    ...deny({}),
    Principal: { AWS: 'arn:aws:iam::111122223333:role/B' }
  })
  t.same(policy.denialsOf(role('A')), [])
  t.same(policy.denialsOf(role('B')), [1])
  t.same(policy.denialsOf(role('A')), [])
  t.end()
})
