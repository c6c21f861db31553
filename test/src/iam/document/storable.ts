import t from 'tap'
import { type DocumentKind } from '../../../../src/iam/document/storable-rule.js'
import { storageFaults } from '../../../../src/iam/document/storable.js'

const statement = (members: Record<string, unknown>) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', ...members }]
})
const denying = (members: Record<string, unknown>) => statement({ Effect: 'Deny', Principal: '*', ...members })
const named = (AWS: unknown) => statement({ Principal: { AWS } })
const pointers = (kind: DocumentKind, document: Record<string, unknown>) =>
  storageFaults(kind, document).map(({ pointer }) => pointer)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
t.test('storageFaults: principals that AWS refuses, in a key policy', async (t) => {
  for (const name of [
    'arn:aws::111122223333:root',
    'arn:aws:iam::111122223333:group/Admins',
    'arn:aws:iam::111122223333:role/AWSReservedSSO_*',
    'arn:aws:iam::<account-id>:role/<name>',
    'arn:aws:iam::11112222333:root',
    '11112222333',
    'arn:aws:iam::111122223333:assumed-role/Personalize/session',
    'arn:aws:sts::111122223333:role/Personalize',
    'arn:aws:sts::111122223333:assumed-role/Personalize',
    { 'Fn::GetAtt': ['Role', 'Arn'] }
  ])
    t.same(pointers('keyPolicy', named(name)), ['/Statement/0/Principal/AWS'], JSON.stringify(name))
})

t.test('storageFaults: principals that AWS stores, in a key policy', async (t) => {
  for (const name of [
    '*',
    '111122223333',
    'arn:aws:iam::111122223333:root',
    'arn:aws-cn:iam::111122223333:role/service-role/Personalize',
    'arn:aws:sts::111122223333:assumed-role/Personalize/session',
    'AROAEXAMPLEEXAMPLE123'
  ])
    t.same(pointers('keyPolicy', named(name)), [], name)
  t.same(pointers('keyPolicy', statement({ Principal: { Service: 'personalize.amazonaws.com' } })), [])
})

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
t.test('storageFaults: an origin access identity of CloudFront, in a bucket policy', async (t) => {
  const identity = 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity'
  const bucketPolicy = (AWS: string) =>
    statement({ Principal: { AWS }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::amzn-s3-demo-bucket/*' })
  t.same(pointers('bucketPolicy', bucketPolicy(`${identity} EH1HDMB1FH2TC`)), [])
  for (const id of ['<id>', '*', '${Id}', ''])
    t.same(pointers('bucketPolicy', bucketPolicy(`${identity} ${id}`)), ['/Statement/0/Principal/AWS'], id)
})

t.test('storageFaults: elements that one kind of policy takes and another refuses', async (t) => {
  const service = { Service: 'personalize.amazonaws.com' }
  t.same(pointers('inlinePolicy', statement({ Principal: service })), ['/Statement/0/Principal'])
  t.same(pointers('inlinePolicy', statement({ Sid: 'Use of the key' })), ['/Statement/0/Sid'])
  t.same(pointers('keyPolicy', statement({ Sid: 'Use of the key', Principal: service })), [])
  t.same(pointers('trustPolicy', statement({ Principal: service, Action: 'sts:AssumeRole' })), [
    '/Statement/0/Resource'
  ])
  const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: service, Action: 's3:GetObject' } }
  t.same(pointers('trustPolicy', trust), ['/Statement/Action'])
  t.same(pointers('resourceControlPolicy', denying({})), [])
  t.same(pointers('resourceControlPolicy', denying({ Principal: service })), ['/Statement/0/Principal'])
  t.same(pointers('serviceControlPolicy', statement({ Principal: '*' })), ['/Statement/0/Principal'])
})

// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
t.test('storageFaults: what a resource control policy of your own must not have', async (t) => {
  const cases: Array<[string, ReturnType<typeof statement>, string[]]> = [
    ['RCPFullAWSAccess, which AWS attaches', statement({ Principal: '*', Action: '*' }), []],
    ['an Allow', statement({ Principal: '*', Action: 's3:*' }), ['/Statement/0/Effect']],
    ['every action', denying({ Action: '*' }), ['/Statement/0/Action']],
    ['every action in a list', denying({ Action: ['s3:*', '*'] }), ['/Statement/0/Action']],
    ['NotAction', denying({ Action: undefined, NotAction: 's3:*' }), ['/Statement/0/NotAction']],
    [
      'NotPrincipal',
      denying({ Principal: undefined, NotPrincipal: { AWS: '111122223333' } }),
      ['/Statement/0/Principal', '/Statement/0/NotPrincipal']
    ],
    ['NotResource', denying({ Resource: undefined, NotResource: 'arn:aws:s3:::logs' }), []]
  ]
  for (const [name, document, expected] of cases) t.same(pointers('resourceControlPolicy', document), expected, name)
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
t.test('storageFaults: a trust policy with NotPrincipal', async (t) => {
  const members = { NotPrincipal: { AWS: '111122223333' }, Action: 'sts:AssumeRole', Resource: undefined }
  t.same(pointers('trustPolicy', statement(members)), ['/Statement/0/NotPrincipal'])
  t.same(pointers('keyPolicy', statement({ ...members, Effect: 'Deny' })), [])
})

t.test('storageFaults: spelling and repeated Sids', async (t) => {
  t.same(pointers('inlinePolicy', statement({ Effect: 'allow' })), ['/Statement/0/Effect'])
  t.same(pointers('inlinePolicy', statement({ resource: '*' })), ['/Statement/0/resource'])
  const [one] = statement({ Sid: 'A' }).Statement
  t.same(pointers('inlinePolicy', { Statement: [one, one] }), ['/Statement/1/Sid'])
  t.same(pointers('keyPolicy', { Statement: [{ ...one, Principal: '*' }, { ...one, Principal: '*' }] }), [])
})

// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
t.test('storageFaults: conditions that a key policy does not take', async (t) => {
  const inKeyPolicy = (Condition: Record<string, unknown>, Effect = 'Allow') =>
    pointers('keyPolicy', statement({ Principal: '*', Effect, Condition }))
  t.same(inKeyPolicy({ StringEquals: { 'aws:ResourceTag/team': 'x' } }), [
    '/Statement/0/Condition/StringEquals/aws:ResourceTag~1team'
  ])
  const aliases = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/x' } }
  t.same(inKeyPolicy(aliases), ['/Statement/0/Condition/ForAnyValue:StringEquals/kms:ResourceAliases'])
  t.same(pointers('inlinePolicy', statement({ Condition: aliases })), [])
  t.same(inKeyPolicy({ 'ForAnyValues:StringLike': { 'aws:PrincipalOrgPaths': 'o/*' } }), [
    '/Statement/0/Condition/ForAnyValues:StringLike'
  ])
  const all = { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } }
  t.same(inKeyPolicy(all), ['/Statement/0/Condition/ForAllValues:StringEquals/kms:EncryptionContext:a'])
  t.same(inKeyPolicy(all, 'Deny'), [])
})

t.test('storageFaults: sizes at the limit and one beyond', async (t) => {
  const ofSize = (kind: DocumentKind, size: number) => {
    const bare = { Version: '2012-10-17', Id: '', Statement: [] }
    return pointers(kind, { ...bare, Id: 'x'.repeat(size - JSON.stringify(bare).length) })
  }
  const limits: Array<[DocumentKind, number]> = [
    ['keyPolicy', 32_768],
    ['inlinePolicy', 10_240],
    ['managedPolicy', 6_144],
    ['trustPolicy', 8_192],
    ['serviceControlPolicy', 5_120]
  ]
  for (const [kind, limit] of limits) {
    t.same(ofSize(kind, limit), [], `${kind} of ${limit}`)
    t.same(ofSize(kind, limit + 1), [''], `${kind} of ${limit + 1}`)
  }
})
