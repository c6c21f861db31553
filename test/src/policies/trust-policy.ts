import t from 'tap'
import { generateTrustPolicy } from '../../../src/policies/generate.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'

t.test('both conditions name the one account', (t) => {
  // https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
  t.same(generateTrustPolicy({ operations: ['datasetGroup'], roleArns: [ROLE], region: 'us-east-1' }), {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowPersonalizeAssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'personalize.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '111122223333' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:personalize:us-east-1:111122223333:*' }
        }
      }
    ]
  })
  t.end()
})

t.test('Region and partition', (t) => {
  const arn = (policy: ReturnType<typeof generateTrustPolicy>): string =>
    JSON.stringify(policy).replace(/.*"aws:SourceArn":"([^"]*)".*/, '$1')
  t.equal(
    arn(generateTrustPolicy({ operations: ['datasetGroup'], roleArns: [ROLE] })),
    'arn:aws:personalize:*:111122223333:*',
    'a Region that is not known'
  )
  const kmsKeyArns = ['arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab']
  t.equal(
    arn(generateTrustPolicy({ operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns })),
    'arn:aws:personalize:eu-west-1:111122223333:*',
    'the Region of the first key, the account of the role'
  )
  t.equal(
    arn(generateTrustPolicy({ operations: ['datasetGroup'], roleArns: ['arn:aws-cn:iam::111122223333:role/P'] })),
    'arn:aws-cn:personalize:*:111122223333:*'
  )
  t.match(
    generateTrustPolicy({ operations: ['datasetGroup'], roleArns: [ROLE], sourceConditions: 'none' }).Statement,
    [{ Condition: {} }],
    'sourceConditions is about the key policy'
  )
  t.end()
})
