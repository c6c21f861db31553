import t from 'tap'
import type { Usage } from '../../../schemas/usage.js'
import { generateKeyPolicy, generateRolePolicy } from '../../../src/policies/generate.js'
import { refusal } from '../../rejections.js'

const ROLE = 'arn:aws:iam::111122223333:role/Personalize'
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const OTHER_KEY = 'arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888'
const usage: Usage = { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }

type Statement = Record<string, unknown>
const deny = (members: Statement): Statement => ({
  Effect: 'Deny',
  Principal: '*',
  Action: 'kms:*',
  Resource: '*',
  ...members
})
const merge = (statements: Statement[], members: Partial<Usage> = {}): unknown =>
  generateKeyPolicy(
    { ...usage, ...members, existingKeyPolicy: { Version: '2012-10-17', Statement: statements } },
    { indent: 0 }
  )
const admin: Statement = {
  Sid: 'Admin',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:role/Admin' },
  Action: 'kms:*',
  Resource: '*'
}

t.test('a Deny that certainly applies is refused, with its actions and whom it hits', (t) => {
  const service = 'personalize\\.amazonaws\\.com'
  const cases: Array<[string, Statement, RegExp]> = [
    ['everybody', deny({ Action: 'kms:Decrypt' }), new RegExp(`denies kms:Decrypt to ${service}, ${ROLE}$`)],
    [
      'the role',
      deny({ Action: ['kms:*Grant*'], Principal: { AWS: ROLE } }),
      new RegExp(`denies kms:CreateGrant, kms:ListGrants to ${ROLE}$`)
    ],
    [
      'the account of the role',
      deny({ Principal: { AWS: '111122223333' }, Action: 'kms:DescribeKey' }),
      new RegExp(`denies kms:DescribeKey to ${ROLE}$`)
    ],
    [
      'everything but',
      deny({ Action: undefined, NotAction: ['kms:Describe*', 'kms:*Grant*', 'kms:Put*'] }),
      /denies kms:Decrypt, kms:GenerateDataKey to/
    ],
    // A service principal is in no organization: the key is absent, and a negated operator holds.
    [
      'all outside the organization',
      deny({ Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-example' } }, Action: 'kms:GenerateDataKey' }),
      new RegExp(`denies kms:GenerateDataKey to ${service}$`)
    ],
    [
      'AWS services',
      deny({ Action: 'kms:Decrypt', Condition: { Bool: { 'aws:PrincipalIsAWSService': true } } }),
      new RegExp(`to ${service}$`)
    ],
    [
      'direct calls of the role',
      deny({
        Action: 'kms:Decrypt',
        Condition: { StringNotEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }
      }),
      /denies kms:Decrypt to/
    ]
  ]
  for (const [name, statement, detail] of cases) {
    t.match(
      refusal(() => merge([admin, statement])),
      { code: 'EXISTING_POLICY_DENIES', faults: [{ pointer: '/existingKeyPolicy/Statement/1', detail }] },
      name
    )
  }
  const several = refusal(() =>
    merge([deny({ Sid: 'A', Action: 'kms:Decrypt' }), admin, deny({ Sid: 'B', Action: 'kms:CreateGrant' })])
  )
  t.match(
    several.faults,
    [{ pointer: '/existingKeyPolicy/Statement/0' }, { pointer: '/existingKeyPolicy/Statement/2' }],
    'every such statement'
  )
  t.end()
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
t.test('existing key policy: a Deny unless one of a list of own principals, hits the service and is refused', (t) => {
  const own = ['arn:aws:iam::111122223333:role/Admin', ROLE]
  const conditions: Array<[string, Record<string, unknown>]> = [
    ['ArnNotEquals', { ArnNotEquals: { 'aws:PrincipalArn': own } }],
    ['ArnNotLikeIfExists', { ArnNotLikeIfExists: { 'aws:PrincipalArn': [...own, 'arn:aws:iam::111122223333:user/*'] } }],
    ['StringNotLike', { StringNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:*' } }],
    ['unique ids', { StringNotLike: { 'aws:userId': ['AROAEXAMPLEEXAMPLE000:*', '111122223333'] } }],
    ['user names', { StringNotEquals: { 'aws:username': ['alice', 'bob'] } }],
    ['a tag', { StringNotEquals: { 'aws:PrincipalTag/team': ['reco'] } }]
  ]
  for (const [name, Condition] of conditions)
    t.match(
      refusal(() => merge([admin, deny({ Sid: 'OwnOnly', Action: 'kms:Decrypt', Condition })])),
      {
        code: 'EXISTING_POLICY_DENIES',
        faults: [
          {
            pointer: '/existingKeyPolicy/Statement/1',
            detail: /^statement 2 \(OwnOnly\) denies kms:Decrypt to personalize\.amazonaws\.com/
          }
        ]
      },
      name
    )
  for (const [name, Condition] of conditions.slice(0, 3)) {
    const guarded = { ...Condition, Bool: { 'aws:PrincipalIsAWSService': 'false' } }
    t.doesNotThrow(() => merge([admin, deny({ Condition: guarded })]), `${name}, services excepted`)
  }
  t.doesNotThrow(
    () => merge([admin, deny({ Condition: { StringNotEquals: { 'aws:PrincipalAccount': '111122223333' } } })]),
    'which account the service calls from is not documented'
  )
  t.end()
})

t.test('a Deny of something else, or one that may not apply, is not', (t) => {
  const cases: Array<[string, Statement]> = [
    ['other actions', deny({ Action: ['kms:ScheduleKeyDeletion', 'kms:GenerateDataKeyWithoutPlaintext'] })],
    ['somebody else', deny({ Principal: { AWS: 'arn:aws:iam::111122223333:role/Other' } })],
    ['other keys', deny({ Resource: OTHER_KEY })],
    ['an insecure transport', deny({ Condition: { Bool: { 'aws:SecureTransport': false } } })],
    [
      'a guard for services and the account',
      deny({
        Condition: {
          Bool: { 'aws:PrincipalIsAWSService': false },
          StringNotEquals: { 'aws:PrincipalAccount': '111122223333' }
        }
      })
    ],
    [
      'an unknown address',
      deny({ Principal: { AWS: ROLE }, Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })
    ],
    [
      'another account, if it is sent',
      deny({
        Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' }, Null: { 'aws:SourceAccount': false } }
      })
    ]
  ]
  for (const [name, statement] of cases) t.doesNotThrow(() => merge([admin, statement]), name)
  t.match(
    refusal(() =>
      merge([
        admin,
        deny({
          Principal: { Service: 'personalize.amazonaws.com' },
          Condition: { StringNotEquals: { 'aws:SourceAccount': '444455556666' } }
        })
      ])
    ),
    { code: 'EXISTING_POLICY_DENIES' },
    'but one that holds whether or not the key is sent does apply'
  )
  t.doesNotThrow(
    () =>
      merge(
        [
          admin,
          deny({
            Action: 'kms:Decrypt',
            Condition: { StringNotEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
            Principal: { AWS: ROLE }
          })
        ],
        { operations: ['datasetImportJob'] }
      ),
    'an import reaches the key through S3'
  )
  t.end()
})

t.test('without a key, what holds for every key', (t) => {
  const keyless = (statement: Statement, members: Partial<Usage> = {}): unknown =>
    generateRolePolicy({
      operations: ['datasetGroup'],
      roleArns: [ROLE],
      ...members,
      existingRolePolicy: { Statement: [statement] }
    })
  const ofRole = (members: Statement): Statement => ({ Effect: 'Deny', Action: 'kms:Decrypt', ...members })
  t.match(
    refusal(() => keyless(ofRole({ Resource: '*' }))),
    { code: 'EXISTING_POLICY_DENIES' }
  )
  t.doesNotThrow(() => keyless(ofRole({ Resource: KEY })), 'one key')
  t.doesNotThrow(() => keyless(ofRole({ NotResource: [KEY] })), 'all but one key')
  const outside = { Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } }, Resource: '*' }
  t.doesNotThrow(() => keyless(ofRole(outside)), 'a Region that is not known')
  t.match(
    refusal(() => keyless(ofRole(outside), { region: 'us-east-1' })),
    { code: 'EXISTING_POLICY_DENIES' },
    'one that is'
  )
  t.end()
})
