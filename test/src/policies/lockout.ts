import t from 'tap'
import { generateKeyPolicy } from '../../../src/policies/generate.js'
import { refusal } from '../../rejections.js'

type Statement = Record<string, unknown>
const ACCOUNT = '111122223333'
const ROOT = `arn:aws:iam::${ACCOUNT}:root`
const ADMIN = `arn:aws:iam::${ACCOUNT}:role/Admin`
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const allow = (members: Statement): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: ADMIN },
  Action: 'kms:*',
  Resource: '*',
  ...members
})
const deny = (members: Statement): Statement => ({ ...allow(members), Effect: 'Deny' })

/** Merged without a statement of ours for the account root. */
const merge = (statements: Statement[], kmsKeyArns: string[] = [KEY]): unknown =>
  generateKeyPolicy(
    {
      operations: ['datasetImportJob'],
      roleArns: [`arn:aws:iam::${ACCOUNT}:role/P`],
      ...(kmsKeyArns.length === 0 ? {} : { kmsKeyArns, accountId: ACCOUNT }),
      delegateToIam: false,
      existingKeyPolicy: { Version: '2012-10-17', Statement: statements }
    },
    { indent: 0 }
  )

t.test('somebody can put the key policy', (t) => {
  const cases: Array<[string, Statement[]]> = [
    ['the account root', [allow({ Principal: { AWS: ROOT } })]],
    ['the account id', [allow({ Principal: { AWS: ACCOUNT } })]],
    ['a role', [allow({})]],
    ['a user', [allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/admin` } })]],
    ['a session', [allow({ Principal: { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/Admin/me` } })]],
    ['everyone', [allow({ Principal: '*', Action: 'kms:Put*' })]],
    [
      'everyone of the account',
      [allow({ Principal: { AWS: '*' }, Condition: { StringEquals: { 'kms:CallerAccount': ACCOUNT } } })]
    ],
    [
      'principals with a certain tag',
      [allow({ Principal: { AWS: ROOT }, Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'keys' } } })]
    ],
    [
      'one administrator by a condition',
      [allow({ Principal: { AWS: ROOT }, Condition: { ArnEquals: { 'aws:PrincipalArn': ADMIN } } })]
    ],
    [
      'all but those who are denied',
      [
        allow({ Principal: { AWS: ROOT } }),
        deny({ Action: 'kms:PutKeyPolicy', Condition: { ArnNotEquals: { 'aws:PrincipalArn': ADMIN } }, Principal: '*' })
      ]
    ],
    ['by its own ARN', [allow({ Resource: KEY })]],
    ['with a Deny of other actions', [allow({}), deny({ Action: 'kms:ScheduleKeyDeletion', Principal: '*' })]]
  ]
  for (const [name, statements] of cases) {
    t.doesNotThrow(() => merge(statements), name)
    t.doesNotThrow(() => merge(statements, []), `${name}, without a key`)
  }
  t.end()
})

t.test('lockout: no principal can change the key policy, is refused', (t) => {
  const cases: Array<[string, Statement[]]> = [
    ['no statement', []],
    ['other actions', [allow({ Action: ['kms:Describe*', 'kms:Enable*'] })]],
    ['another account', [allow({ Principal: { AWS: 'arn:aws:iam::444455556666:root' } })]],
    ['a deleted role', [allow({ Principal: { AWS: 'AROAEXAMPLEEXAMPLE123' } })]],
    ['a service', [allow({ Principal: { Service: 'cloudformation.amazonaws.com' } })]],
    [
      'denied to all',
      [allow({ Principal: { AWS: ROOT } }), allow({}), deny({ Principal: '*', Action: 'kms:PutKeyPolicy' })]
    ],
    [
      'everyone of another account',
      [allow({ Principal: '*', Condition: { StringEquals: { 'kms:CallerAccount': '444455556666' } } })]
    ],
    ['a statement without Resource', [{ Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*' }]]
  ]
  for (const [name, statements] of cases) {
    t.match(
      refusal(() => merge(statements)),
      { code: 'KEY_LOCKOUT', statusCode: 422, message: /111122223333/, faults: [{ pointer: '/existingKeyPolicy' }] },
      name
    )
    t.match(
      refusal(() => merge(statements, [])),
      { code: 'KEY_LOCKOUT' },
      `${name}, without a key`
    )
  }
  t.match(
    refusal(() => merge([allow({ Resource: KEY.replace('1234abcd', 'ffffffff') })])),
    { code: 'KEY_LOCKOUT' },
    'another key'
  )
  t.end()
})
