import t from 'tap'
import {
  isPartition,
  parseKeyArn,
  parseRoleArn,
  partitionOfRegion,
  personalizeRegions,
  SERVICE_PRINCIPAL
} from '../../../src/personalize/identifiers.js'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'

t.equal(SERVICE_PRINCIPAL, 'personalize.amazonaws.com', 'one name in every partition')

t.test('where Amazon Personalize is offered', (t) => {
  t.equal(personalizeRegions('aws').length, 11)
  t.ok(personalizeRegions('aws').includes('ap-northeast-1'))
  t.notOk(personalizeRegions('aws').includes('eu-north-1'))
  t.same(personalizeRegions('aws-cn'), ['cn-north-1'])
  for (const name of ['aws-us-gov', 'aws-iso', '', 'constructor', '__proto__']) t.notOk(isPartition(name), name)
  t.same(['us-east-1', 'cn-northwest-1', 'us-gov-west-1'].map(partitionOfRegion), ['aws', 'aws-cn', 'aws-us-gov'])
  t.end()
})

t.test('a key or alias is named by its whole ARN', (t) => {
  t.match(parseKeyArn(`arn:aws:kms:us-east-1:111122223333:key/${ID}`), {
    kind: 'key',
    partition: 'aws',
    region: 'us-east-1',
    accountId: '111122223333'
  })
  t.match(parseKeyArn('arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'), {
    kind: 'key',
    partition: 'aws-cn'
  })
  t.match(parseKeyArn('arn:aws:kms:us-east-1:111122223333:alias/team/personalize'), { kind: 'alias' })
  const malformed = [
    ID,
    'alias/personalize',
    `arn:aws:kms:us-east-1:111122223333:key/${ID.toUpperCase()}`,
    'arn:aws:kms:us-east-1:111122223333:key/other',
    `arn:aws:kms:us-east-1:11112222333:key/${ID}`,
    `arn:aws:kms::111122223333:key/${ID}`,
    `arn:aws:s3:us-east-1:111122223333:key/${ID}`,
    `arn:aws:kms:us-east-1:111122223333:key/${ID}/`,
    `arn:aws:kms:us-east-1:111122223333:key/${ID}\n`,
    'arn:aws:kms:us-east-1:111122223333:alias/',
    ''
  ]
  for (const text of malformed) t.equal(parseKeyArn(text), undefined, JSON.stringify(text))
  t.end()
})

t.test('a role is named by its ARN with the whole path', (t) => {
  t.match(parseRoleArn('arn:aws:iam::111122223333:role/service-role/Personalize'), {
    path: '/service-role/',
    name: 'Personalize',
    accountId: '111122223333',
    partition: 'aws'
  })
  t.match(parseRoleArn('arn:aws:iam::111122223333:role/Personalize'), { path: '/', name: 'Personalize' })
  t.match(
    parseRoleArn('arn:aws:iam::111122223333:role/a:b/c/Name'),
    { path: '/a:b/c/', name: 'Name' },
    'a path may hold what separates the parts of an ARN'
  )
  const malformed = [
    // AWS's own getting-started page prints this one, with 11 digits and without role/.
    'arn:aws:iam::01234567890:KMS-key-access',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:user/Name',
    'arn:aws:iam:us-east-1:111122223333:role/Name',
    'Name',
    `arn:aws:iam::111122223333:role/${'n'.repeat(65)}`,
    `arn:aws:iam::111122223333:role/${'p'.repeat(512)}/Name`,
    'arn:aws:iam::111122223333:role/a b/Name',
    'arn:aws:sts::111122223333:assumed-role/Name/session'
  ]
  for (const text of malformed) t.equal(parseRoleArn(text), undefined, text.slice(0, 80))
  t.end()
})
