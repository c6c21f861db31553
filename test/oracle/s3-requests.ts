import fc from 'fast-check'
import type { Operation } from '../../schemas/usage.js'
import type { VerifyDocumentsBody } from '../../schemas/verification.js'
import type { PolicySet, Statement } from './s3.js'

export const ACCOUNT = '111122223333'
const OTHER_ACCOUNT = '444455556666'
export const BUCKET = 'amzn-s3-demo-bucket'
export const ARN = `arn:aws:s3:::${BUCKET}`
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`
export const SERVICE = 'personalize.amazonaws.com'
export const ORGANIZATION = 'o-a1b2c3d4e5'
export const JOB = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-import-job/movies`

const oneOrMore = <T>(value: fc.Arbitrary<T>, maxLength = 2): fc.Arbitrary<T | T[]> =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength }))

const prefixes = ['', 'a', 'a/', 'a/b', 'a/b.csv', 'data/v1.2', 'team one/', 'データ/']
const resource = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('*', ARN, `${ARN}/*`, `${ARN}*`) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...prefixes, 'a_', 'a/b/', 'a/b.', 'A', 'data/', 'team?one/'),
        fc.constantFrom('', '*', '/*', '?*', '*.csv', '*/x', '?', '/?*')
      )
      .map((parts) => `${ARN}/${parts.join('')}`)
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('arn:aws:s3:::other/*', 'arn:aws:s3:::*', 'arn:aws:s3:::*/a*', 'arn:*:s3:::amzn-s3-demo-bucket/*', `${ARN.slice(0, -1)}?/*`)
  }
)
const action = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('s3:*', '*', 's3:GetObject', 's3:PutObject', 's3:ListBucket') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('s3:Get*', 's3:Put*', 's3:List*', 'S3:getobject', 's3:?etObject', 's3:*Object', 's3:*t', 's3:DeleteObject')
  }
)
const condition = (key: string, operators: readonly string[], values: readonly string[]): fc.Arbitrary<NonNullable<Statement['Condition']>> =>
  fc
    .tuple(fc.constantFrom(...operators), fc.constantFrom('', 'IfExists'), oneOrMore(fc.constantFrom(...values)))
    .map(([operator, ifExists, value]) => ({
      [`${operator}${ifExists}`]: { [key]: value }
    }))
const STRINGS = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike']
const ARNS = ['ArnLike', 'ArnNotLike', 'ArnEquals', 'ArnNotEquals', 'StringLike', 'StringNotLike']
const isNull = fc
  .tuple(
    fc.constantFrom('aws:SourceAccount', 'aws:SourceArn', 'aws:PrincipalArn', 'aws:PrincipalOrgID', 's3:prefix', 'aws:SourceVpce'),
    fc.constantFrom('true', 'false')
  )
  .map(([key, value]): NonNullable<Statement['Condition']> => ({ Null: { [key]: value } }))
const oneCondition = fc.oneof(
  condition('aws:SourceAccount', STRINGS, [ACCOUNT, OTHER_ACCOUNT, '1111*']),
  condition('aws:SourceArn', ARNS, [`arn:aws:personalize:*:${ACCOUNT}:*`, JOB, `arn:aws:personalize:us-east-1:${OTHER_ACCOUNT}:*`, 'arn:*:*:*:*:*']),
  condition('aws:PrincipalArn', ARNS, [ROLE, `arn:aws:iam::${ACCOUNT}:role/*`, `arn:aws:iam::${ACCOUNT}:role/Other`, 'arn:*:*:*:*:*']),
  condition('aws:PrincipalOrgID', STRINGS, [ORGANIZATION, 'o-zzzzzzzzzz', 'o-*']),
  condition('aws:PrincipalAccount', STRINGS, [ACCOUNT, OTHER_ACCOUNT]),
  condition('aws:PrincipalIsAWSService', ['Bool'], ['true', 'false']),
  condition('aws:SecureTransport', ['Bool'], ['true', 'false']),
  condition('aws:SourceVpce', STRINGS, ['vpce-1a2b3c4d']),
  condition('s3:prefix', STRINGS, ['', 'a', 'a/', 'a*', 'a/*', '*', 'data/v1.2*']),
  condition('s3:x-amz-server-side-encryption', STRINGS, ['aws:kms', 'AES256']),
  isNull
)
const conditions = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: oneCondition.map((Condition) => ({ Condition })) },
  {
    weight: 1,
    arbitrary: fc.tuple(oneCondition, oneCondition).map(([one, other]) => ({ Condition: { ...one, ...other } }))
  }
)
const names = fc.oneof(
  fc.record({ Service: oneOrMore(fc.constantFrom(SERVICE, SERVICE, 'sagemaker.amazonaws.com')) }),
  fc.record({
    AWS: oneOrMore(
      fc.constantFrom(ROLE, ROLE, '*', ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`, `arn:aws:iam::${ACCOUNT}:role/Other`, OTHER_ACCOUNT)
    )
  }),
  fc.record({ AWS: fc.constantFrom(ROLE, ACCOUNT), Service: fc.constant(SERVICE) })
)
const byEffect = fc.constantFrom('Allow' as const, 'Allow' as const, 'Allow' as const, 'Deny' as const)
const element = <T extends string>(name: T, value: fc.Arbitrary<string | string[]>, plain: number): fc.Arbitrary<object> =>
  fc.oneof(
    { weight: plain, arbitrary: value.map((each) => ({ [name]: each })) },
    { weight: 1, arbitrary: value.map((each) => ({ [`Not${name}`]: each })) }
  )
const common = fc.tuple(byEffect, element('Action', oneOrMore(action), 6), element('Resource', oneOrMore(resource, 3), 6), conditions)
const identityStatement = common.map(([Effect, ...parts]): Statement => ({ Effect, ...parts[0], ...parts[1], ...parts[2] }))
const bucketStatement = fc
  .tuple(
    common,
    fc.oneof({ weight: 1, arbitrary: fc.constant('*' as const) }, { weight: 4, arbitrary: names }),
    names.filter((each) => !('AWS' in each) || !JSON.stringify(each).includes('"*"')),
    fc.integer({ min: 0, max: 5 })
  )
  .map(([[Effect, ...parts], Principal, NotPrincipal, choice]): Statement =>
    Object.assign({ Effect }, Effect === 'Deny' && choice === 0 ? { NotPrincipal } : { Principal }, ...parts)
  )
const everything: Statement = { Effect: 'Allow', Action: '*', Resource: '*' }
const level = fc.oneof(
  { weight: 3, arbitrary: fc.array(identityStatement, { maxLength: 2 }).map((more) => [everything, ...more]) },
  { weight: 1, arbitrary: fc.array(identityStatement, { minLength: 1, maxLength: 2 }) }
)
const perimeter = identityStatement.map((statement): Statement => ({ ...statement, Effect: 'Deny' }))
const policySets: fc.Arbitrary<PolicySet> = fc.record({
  bucket: fc.array(bucketStatement, { maxLength: 4 }),
  identity: fc.array(identityStatement, { maxLength: 3 }),
  boundary: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.array(identityStatement, { minLength: 1, maxLength: 2 }) }
  ),
  scps: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.array(level, { minLength: 1, maxLength: 2 }) }),
  rcps: fc.oneof({ weight: 2, arbitrary: fc.constant<Statement[][]>([]) }, { weight: 1, arbitrary: fc.array(perimeter, { minLength: 1, maxLength: 2 }).map((one) => [one]) })
})

export const document = (Statement: readonly object[]): Record<string, unknown> => ({ Version: '2012-10-17', Statement })

/** One operation at one location, with policies at random. */
export const requests = fc.record({
  operation: fc.constantFrom<Operation>('datasetImportJob', 'datasetExportJob', 'batchInferenceJob'),
  prefix: fc.constantFrom(...prefixes),
  bucketAccount: fc.constantFrom(ACCOUNT, ACCOUNT, ACCOUNT, OTHER_ACCOUNT),
  policies: policySets
})
export type Request = typeof requests extends fc.Arbitrary<infer T> ? T : never

/** The body of `POST /verify/documents`. */
export function payloadOf ({ operation, prefix, bucketAccount, policies }: Request): VerifyDocumentsBody {
  const { bucket, identity, boundary, scps, rcps } = policies
  return {
    usage: {
      operations: [operation],
      roleArns: [ROLE],
      region: 'us-east-1',
      locations: [{ uri: `s3://${BUCKET}/${prefix}`, accountId: bucketAccount }]
    },
    roles: [
      {
        roleArn: ROLE,
        identityPolicies: identity.length === 0 ? [] : [{ name: 'Bucket', document: document(identity) }],
        ...(boundary === undefined ? {} : { permissionsBoundary: document(boundary) })
      }
    ],
    buckets: [{ bucket: BUCKET, region: 'us-east-1', encryption: null, policy: document(bucket) }],
    ...(scps === undefined ? {} : { serviceControlPolicies: scps.map((each) => [document(each)]) }),
    ...(rcps.length === 0
      ? {}
      : { resourceControlPolicies: rcps.map((each) => [document(each.map((one) => ({ ...one, Principal: '*' })))]) })
  }
}
