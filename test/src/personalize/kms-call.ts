import t from 'tap'
import { OPERATIONS } from '../../../schemas/usage.js'
import { authorize } from '../../../src/iam/authorize.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import type { ContextValue } from '../../../src/iam/match/request-context.js'
import { type PersonalizeCall, personalizeRequest, viaOf } from '../../../src/personalize/kms-call.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'

const call: PersonalizeCall = {
  principal: { type: 'role', arn: ROLE },
  action: 'kms:Decrypt',
  key: { arn: KEY, accountId: ACCOUNT, region: 'us-east-1' },
  via: 'direct',
  accountId: ACCOUNT,
  region: 'us-east-1',
  partition: 'aws'
}
const service: PersonalizeCall = { ...call, principal: { type: 'service' } }
const lookup = (asked: PersonalizeCall, key: string): ContextValue =>
  personalizeRequest(asked).context.lookup(key.toLowerCase())
const word = (value: ContextValue): string => (value.state === 'known' ? value.values.join() : value.state)

t.test('who asks for what', (t) => {
  t.match(personalizeRequest(call), {
    principal: { kind: 'role', value: ROLE },
    action: 'kms:Decrypt',
    resource: { arn: KEY, accountId: ACCOUNT }
  })
  t.match(personalizeRequest(service), { principal: { kind: 'service', value: 'personalize.amazonaws.com' } })
  t.end()
})

t.test('what stands in a bucket is reached through S3, the data of a dataset group directly', (t) => {
  t.same(
    OPERATIONS.filter((operation) => viaOf(operation) === 'direct'),
    ['datasetGroup']
  )
  t.end()
})

/** Key, then what is known of it for: the role, the role through S3, the service, the service through S3. */
const KNOWN: Array<[string, string, string, string, string]> = [
  ['aws:PrincipalArn', ROLE, ROLE, 'unknown', 'unknown'],
  ['aws:PrincipalAccount', ACCOUNT, ACCOUNT, 'unknown', 'unknown'],
  ['aws:PrincipalIsAWSService', 'false', 'false', 'true', 'true'],
  ['aws:PrincipalServiceName', 'absent', 'absent', 'personalize.amazonaws.com', 'personalize.amazonaws.com'],
  ['aws:PrincipalOrgID', 'unknown', 'unknown', 'absent', 'absent'],
  ['aws:PrincipalTag/Team', 'unknown', 'unknown', 'absent', 'absent'],
  ['aws:SourceAccount', 'absent', 'absent', 'unknown', 'unknown'],
  ['aws:SourceArn', 'absent', 'absent', 'unknown', 'unknown'],
  ['aws:SourceOrgID', 'absent', 'absent', 'unknown', 'unknown'],
  ['aws:SourceIp', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['aws:SourceVpce', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['aws:userid', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['aws:SecureTransport', 'true', 'true', 'true', 'true'],
  ['aws:RequestedRegion', 'us-east-1', 'us-east-1', 'us-east-1', 'us-east-1'],
  ['aws:ResourceAccount', ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT],
  ['aws:ViaAWSService', 'false', 'true', 'false', 'unknown'],
  ['aws:CalledVia', 'absent', 'unknown', 'unknown', 'unknown'],
  ['kms:CallerAccount', ACCOUNT, ACCOUNT, 'unknown', 'unknown'],
  ['kms:ViaService', 'absent', 's3.us-east-1.amazonaws.com', 'absent', 'unknown'],
  ['kms:ResourceAliases', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['aws:ResourceTag/Team', 'unknown', 'unknown', 'unknown', 'unknown'],
  ['aws:RequestTag/Team', 'absent', 'absent', 'absent', 'absent'],
  ['aws:TagKeys', 'absent', 'absent', 'absent', 'absent'],
  ['kms:BypassPolicyLockoutSafetyCheck', 'absent', 'absent', 'absent', 'absent'],
  ['kms:RecipientAttestation:PCR0', 'absent', 'absent', 'absent', 'absent'],
  ['kms:KeyOfAYearToCome', 'unknown', 'unknown', 'unknown', 'unknown']
]

t.test('what is known of the context, for each principal and path', (t) => {
  for (const [key, ...expected] of KNOWN) {
    t.same(
      [call, { ...call, via: 's3' as const }, service, { ...service, via: 's3' as const }].map((asked) =>
        word(lookup(asked, key))
      ),
      expected,
      key
    )
  }
  t.end()
})

t.test('keys that come with some actions only', (t) => {
  const cases: Array<[string, string[]]> = [
    [
      'kms:EncryptionContext:aws:s3:arn',
      ['Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'CreateGrant']
    ],
    ['kms:EncryptionContextKeys', ['Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'CreateGrant']],
    ['kms:GrantIsForAWSResource', ['CreateGrant', 'ListGrants']],
    ['kms:GrantOperations', ['CreateGrant']],
    ['kms:GranteePrincipal', ['CreateGrant']],
    // https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html
    ['kms:GrantConstraintSourceArn', ['CreateGrant']],
    ['kms:GranteeServicePrincipal', ['CreateGrant']]
  ]
  for (const [key, actions] of cases) {
    const open = [
      'Decrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'DescribeKey',
      'CreateGrant',
      'ListGrants'
    ].filter((name) => lookup({ ...call, action: `kms:${name}` }, key).state === 'unknown')
    t.same(open, actions, key)
    t.equal(
      word(lookup({ ...call, action: 'KMS:DESCRIBEKEY', observed: { context: { [key]: 'x' } } }, key)),
      'absent',
      `${key}: not even where the asker says so`
    )
  }
  t.end()
})

t.test('if the service sends the source keys, they name the account and a resource of it', (t) => {
  t.match(lookup(service, 'aws:SourceAccount'), { state: 'unknown', mayBeAbsent: true, like: [ACCOUNT] })
  t.match(lookup(service, 'aws:SourceArn'), {
    mayBeAbsent: true,
    like: [`arn:aws:personalize:us-east-1:${ACCOUNT}:?*/?*`]
  })
  const anywhere = lookup({ ...service, region: undefined }, 'aws:SourceArn')
  t.equal(anywhere.state === 'unknown' && anywhere.like?.length, 11, 'one for each Region of Personalize')
  t.match(lookup({ ...service, partition: 'aws-cn', region: undefined }, 'aws:SourceArn'), {
    like: [`arn:aws-cn:personalize:cn-north-1:${ACCOUNT}:?*/?*`]
  })
  t.end()
})

t.test('properties of the key are known once it was described', (t) => {
  t.equal(word(lookup(call, 'kms:KeySpec')), 'unknown')
  const described = {
    ...call,
    observed: {
      metadata: { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Origin: 'AWS_KMS', MultiRegion: false }
    }
  }
  t.same(
    ['kms:KeySpec', 'kms:CustomerMasterKeySpec', 'kms:KeyUsage', 'kms:KeyOrigin', 'kms:MultiRegion'].map((key) =>
      word(lookup(described, key))
    ),
    ['SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'AWS_KMS', 'false']
  )
  t.end()
})

t.test('the time is known where the answer may depend on it', (t) => {
  t.equal(word(lookup(call, 'aws:CurrentTime')), 'unknown')
  const now = new Date('2026-11-23T12:00:00.000Z')
  t.equal(word(lookup({ ...call, observed: { now } }, 'aws:CurrentTime')), '2026-11-23T12:00:00.000Z')
  t.equal(word(lookup({ ...call, observed: { now } }, 'aws:EpochTime')), '1795435200')
  t.end()
})

t.test('what the asker knows of one principal overrules; what it says of both fills in', (t) => {
  const both = {
    sharedContext: { 'aws:SourceAccount': ACCOUNT, 'AWS:PrincipalOrgId': 'o-1', 'aws:SourceIp': '192.0.2.1' }
  }
  t.equal(word(lookup({ ...service, observed: both }, 'aws:SourceAccount')), ACCOUNT)
  t.equal(
    word(lookup({ ...call, observed: both }, 'aws:SourceAccount')),
    'absent',
    "a role's call carries no source keys"
  )
  t.equal(word(lookup({ ...call, observed: both }, 'aws:PrincipalOrgID')), 'o-1')
  t.equal(
    word(lookup({ ...service, observed: both }, 'aws:PrincipalOrgID')),
    'absent',
    'a service is in no organization'
  )
  t.equal(word(lookup({ ...service, observed: both }, 'aws:SourceIp')), '192.0.2.1')
  t.equal(
    word(
      lookup({ ...call, observed: { context: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } } }, 'kms:ViaService')
    ),
    's3.us-east-1.amazonaws.com'
  )
  t.equal(
    word(
      lookup(
        { ...service, observed: { ...both, context: { 'aws:SourceAccount': '444455556666' } } },
        'aws:SourceAccount'
      )
    ),
    '444455556666'
  )
  t.equal(
    word(lookup({ ...call, observed: { context: { 'aws:SourceVpce': [] } } }, 'aws:SourceVpce')),
    'absent',
    'an empty list is absence'
  )
  t.end()
})

/** Who calls, an Allow under a condition on a key of which no value is known, what is decided, and why. */
const OF_ANY_VALUE: ReadonlyArray<[of: PersonalizeCall, condition: Record<string, object>, is: string, why: string]> = [
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
  [service, { StringEquals: { 'kms:CallerAccount': '*' } }, 'implicitDeny', 'no account has this id'],
  [service, { StringEquals: { 'aws:PrincipalAccount': '1111*' } }, 'implicitDeny', 'nor this one'],
  [service, { StringEquals: { 'kms:CallerAccount': ACCOUNT } }, 'conditional', 'one may have this'],
  [call, { StringLike: { 'aws:PrincipalOrgID': 'o-*' } }, 'conditional', 'there may be none'],
  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
  [{ ...call, via: 's3' }, { Null: { 'kms:EncryptionContextKeys': 'false' } }, 'allowed', 'S3 always sends one'],
  [call, { Null: { 'kms:EncryptionContextKeys': 'false' } }, 'conditional', 'others may send none']
]

t.test('a condition on a key of which no value is known', (t) => {
  for (const [of, condition, is, why] of OF_ANY_VALUE) {
    const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*', Condition: condition }
    const named = { ...statement, Principal: of === service ? { Service: 'personalize.amazonaws.com' } : { AWS: ROLE } }
    const policies = [compilePolicy('default', { Version: '2012-10-17', Statement: [named] })]
    const { decision } = authorize(personalizeRequest(of), { resourcePolicy: { policies, complete: true } })
    t.equal(decision, is, `${JSON.stringify(condition)}: ${why}`)
  }
  t.end()
})
