import t from 'tap'
import { accountRootArn, lastSegment, parseArn } from '../../../../src/iam/match/arn.js'

t.test('the six parts; the last may hold colons', async (t) => {
  t.strictSame(parseArn('arn:aws-cn:logs:cn-north-1:111122223333:log-group:x'), {
    partition: 'aws-cn',
    service: 'logs',
    region: 'cn-north-1',
    accountId: '111122223333',
    resource: 'log-group:x'
  })
  t.strictSame(parseArn('arn:aws:iam::111122223333:role/a/R'), {
    partition: 'aws',
    service: 'iam',
    region: '',
    accountId: '111122223333',
    resource: 'role/a/R'
  })
  t.strictSame(parseArn('arn:::::'), { partition: '', service: '', region: '', accountId: '', resource: '' })
})

t.test('what is no ARN', async (t) => {
  for (const text of [
    '',
    'arn',
    'arn:',
    'arn:aws',
    'arn:aws:',
    'arn:aws:kms',
    'arn:aws:kms:',
    'arn:aws:kms:r',
    'arn:aws:kms:r:',
    'arn:aws:kms:r:1',
    'ARN:aws:kms:r:1:k',
    'xarn:aws:kms:r:1:k',
    'a:b:c:d:e:f'
  ])
    t.equal(parseArn(text), undefined, text)
})

t.test('names within ARNs', async (t) => {
  t.equal(accountRootArn('aws-us-gov', '111122223333'), 'arn:aws-us-gov:iam::111122223333:root')
  t.equal(lastSegment('role/service-role/Name'), 'Name')
  t.equal(lastSegment('Name'), 'Name')
})
