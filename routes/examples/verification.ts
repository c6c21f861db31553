import type { VerifyRequest } from '../../schemas/live.js'
import type { VerifyDocumentsBody } from '../../schemas/verification.js'
import { ACCOUNT, BUCKET, KEY, ROLE, type ExamplesOf } from './usages.js'

const usage: VerifyRequest['usage'] = {
  operations: ['datasetGroup', 'datasetImportJob'],
  roleArns: [ROLE],
  kmsKeyArns: [KEY]
}

const delegation = {
  Sid: 'EnableIAMPolicies',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: 'kms:*',
  Resource: '*'
}
const keyActions = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const serviceStatement = {
  Sid: 'AllowPersonalizeService',
  Effect: 'Allow',
  Principal: { Service: 'personalize.amazonaws.com' },
  Action: keyActions,
  Resource: '*'
}
const roleStatement = {
  Sid: 'AllowPersonalizeRole',
  Effect: 'Allow',
  Principal: { AWS: ROLE },
  Action: keyActions,
  Resource: '*'
}

const keyPolicy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements })
const identityPolicy = (...actions: string[]) => ({
  name: 'PersonalizeKmsAccess',
  document: { Version: '2012-10-17', Statement: [{ Sid: 'UseKey', Effect: 'Allow', Action: actions, Resource: KEY }] }
})
const roleActions = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ListGrants']
const trustPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:*` }
      }
    }
  ]
}
const metadata = {
  Arn: KEY,
  AWSAccountId: ACCOUNT,
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: 'Enabled',
  Origin: 'AWS_KMS',
  MultiRegion: false
}

const key = { kmsKeyArn: KEY, keyPolicy: keyPolicy(delegation, serviceStatement, roleStatement), grants: [], metadata }
const role = { roleArn: ROLE, identityPolicies: [identityPolicy(...roleActions)], trustPolicy }

/** The parts that the examples vary. */
export const WORKING = { usage, key, role }

export const documentRequests = {
  works: { summary: 'The policies work', value: { usage, keys: [key], roles: [role] } },
  servicePrincipalMissing: {
    summary: 'The key policy does not name the service principal',
    value: { usage, keys: [{ ...key, keyPolicy: keyPolicy(delegation, roleStatement) }], roles: [role] }
  },
  actionMissing: {
    summary: "The role's IAM policy lacks kms:ListGrants",
    value: {
      usage,
      keys: [key],
      roles: [{ ...role, identityPolicies: [identityPolicy('kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey')] }]
    }
  },
  explicitDeny: {
    summary: 'A Deny in the key policy wins over every Allow',
    value: {
      usage,
      keys: [
        {
          ...key,
          keyPolicy: keyPolicy(delegation, serviceStatement, roleStatement, {
            Sid: 'DenyDecrypt',
            Effect: 'Deny',
            Principal: { AWS: ROLE },
            Action: 'kms:Decrypt',
            Resource: '*'
          })
        }
      ],
      roles: [role]
    }
  },
  boundary: {
    summary: 'A permissions boundary that does not list the KMS actions',
    value: {
      usage,
      keys: [{ ...key, keyPolicy: keyPolicy(delegation, serviceStatement) }],
      roles: [
        {
          ...role,
          permissionsBoundary: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: ['s3:*', 'personalize:*'], Resource: '*' }]
          }
        }
      ]
    }
  },
  bucketPolicyMissing: {
    summary: 'An import job: the bucket has no policy',
    value: {
      usage: {
        operations: ['datasetImportJob'],
        roleArns: [ROLE],
        region: 'us-east-1',
        locations: [{ uri: `s3://${BUCKET}/training-data/` }]
      },
      roles: [
        {
          roleArn: ROLE,
          identityPolicies: [
            {
              name: 'ReadTrainingData',
              document: {
                Version: '2012-10-17',
                Statement: [
                  {
                    Sid: 'ReadTrainingData',
                    Effect: 'Allow',
                    Action: ['s3:GetObject', 's3:ListBucket'],
                    Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`]
                  }
                ]
              }
            }
          ],
          trustPolicy
        }
      ],
      buckets: [{ bucket: BUCKET, region: 'us-east-1', policy: null, encryption: null }]
    }
  }
} satisfies ExamplesOf<VerifyDocumentsBody>

const otherKey = KEY.replace('1234abcd', '5678efab')

export const liveRequests = {
  role: { summary: 'A role and its key', value: { usage } },
  justApplied: {
    summary: 'Policies that were applied a moment ago: wait until they work',
    value: { usage, waitUpTo: 30 }
  },
  many: {
    summary: 'Two roles with two keys; stream the answer with Accept: application/x-ndjson',
    value: { usage: { ...usage, roleArns: [ROLE, `${ROLE}Reporting`], kmsKeyArns: [KEY, otherKey] }, maxAgeSeconds: 60 }
  },
  location: {
    summary: 'An import job with its location in Amazon S3; the keys are those of the bucket',
    value: {
      usage: {
        operations: ['datasetImportJob'],
        roleArns: [ROLE],
        region: 'us-east-1',
        locations: [{ uri: `s3://${BUCKET}/training-data/` }]
      }
    }
  },
  alias: {
    summary: 'A key by its alias',
    value: { usage: { ...usage, kmsKeyArns: [`arn:aws:kms:us-east-1:${ACCOUNT}:alias/personalize`] } }
  }
} satisfies ExamplesOf<VerifyRequest>
