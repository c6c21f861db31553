import type { PoliciesRequest } from '../../schemas/generation.js'
import type { Usage } from '../../schemas/usage.js'
import type { Example } from '../../src/http/docs/operation.js'

/** Examples whose value is known to fit the schema, so that they can be sent and run. */
export type ExamplesOf<T, Names extends string = string> = Record<Names, Example & { value: T }>

export const ACCOUNT = '111122223333'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/PersonalizeServiceRole`
export const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const BUCKET = 'amzn-s3-demo-bucket'
const SECOND_ROLE = `arn:aws:iam::${ACCOUNT}:role/PersonalizeBatchRole`
const SECOND_KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/0987dcba-09fe-87dc-65ba-ab0987654321`
const FOREIGN_KEY = 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const CHINA = {
  role: `arn:aws-cn:iam::${ACCOUNT}:role/PersonalizeServiceRole`,
  key: `arn:aws-cn:kms:cn-north-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
}

const existingKeyPolicy = {
  Version: '2012-10-17',
  Id: 'key-default-1',
  Statement: [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 'kms:*',
      Resource: '*'
    },
    {
      Sid: 'Allow access for Key Administrators',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/KeyAdministrator` },
      Action: ['kms:Describe*', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'],
      Resource: '*'
    }
  ]
}
const existingRolePolicy = {
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

const DATASET_GROUP: Usage = { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }

export const keyPolicyRequests = {
  datasetGroup: { summary: 'A dataset group with a key', value: DATASET_GROUP },
  datasetGroupExported: {
    summary: 'A dataset group whose data are exported',
    value: { operations: ['datasetGroup', 'datasetExportJob'], roleArns: [ROLE], kmsKeyArns: [KEY] }
  },
  leastPrivilege: {
    summary: 'Least privilege for batch jobs, source conditions required',
    value: {
      operations: ['batchInferenceJob', 'batchSegmentJob'],
      roleArns: [ROLE, SECOND_ROLE],
      kmsKeyArns: [KEY],
      profile: 'derived',
      sourceConditions: 'strict'
    }
  },
  merged: { summary: 'Merge into the policy that the key has', value: { ...DATASET_GROUP, existingKeyPolicy } },
  china: {
    summary: 'In the China (Beijing) Region',
    value: { operations: ['datasetGroup'], roleArns: [CHINA.role], kmsKeyArns: [CHINA.key] }
  }
} as const satisfies ExamplesOf<Usage>

export const rolePolicyRequests = {
  datasetGroup: { summary: 'A dataset group with a key', value: DATASET_GROUP },
  importsOnly: {
    summary: 'Import jobs alone: nothing is needed (204)',
    value: { operations: ['datasetImportJob'], roleArns: [ROLE], kmsKeyArns: [KEY] }
  },
  crossAccount: {
    summary: 'Import jobs with a key of another account',
    value: { operations: ['datasetImportJob'], roleArns: [ROLE], kmsKeyArns: [FOREIGN_KEY] }
  },
  withLocations: {
    summary: 'Export jobs and metrics, with their locations in Amazon S3',
    value: {
      operations: ['datasetExportJob', 'metricAttribution'],
      roleArns: [ROLE],
      locations: [{ uri: `s3://${BUCKET}/output/`, kmsKeyArn: KEY }]
    }
  },
  merged: { summary: 'Merge into the policy that the role has', value: { ...DATASET_GROUP, existingRolePolicy } }
} satisfies ExamplesOf<Usage>

const existingBucketPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'DenyInsecureTransport',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } }
    }
  ]
}
const IMPORT: Usage = {
  operations: ['datasetImportJob'],
  roleArns: [ROLE],
  locations: [{ uri: `s3://${BUCKET}/training-data/` }]
}

export const bucketPolicyRequests = {
  import: { summary: 'An import job', value: IMPORT },
  batchLeastPrivilege: {
    summary: 'Least privilege for the input and output of batch jobs',
    value: {
      operations: ['batchInferenceJob'],
      roleArns: [ROLE],
      profile: 'derived',
      locations: [
        { uri: `s3://${BUCKET}/input/`, direction: 'read' },
        { uri: `s3://${BUCKET}/output/`, direction: 'write' }
      ]
    }
  },
  otherAccount: {
    summary: 'A bucket of another account',
    value: { ...IMPORT, locations: [{ uri: `s3://${BUCKET}/training-data/`, accountId: '444455556666' }] }
  },
  merged: { summary: 'Merge into the policy that the bucket has', value: { ...IMPORT, existingBucketPolicy } }
} satisfies ExamplesOf<Usage>

export const trustPolicyRequests = {
  oneRole: { summary: 'A service role', value: DATASET_GROUP },
  otherRegion: {
    summary: 'Amazon Personalize in a Region of its own choice',
    value: { operations: ['datasetImportJob'], roleArns: [ROLE], region: 'eu-west-1' }
  }
} satisfies ExamplesOf<Usage>

export const policiesRequests = {
  twoTeams: {
    summary: 'Two roles that share a key, one of them with a second key',
    value: {
      usages: [
        { operations: ['datasetGroup', 'datasetExportJob'], roleArns: [ROLE], kmsKeyArns: [KEY] },
        { operations: ['batchInferenceJob'], roleArns: [SECOND_ROLE], kmsKeyArns: [KEY, SECOND_KEY] }
      ]
    }
  }
} satisfies ExamplesOf<PoliciesRequest>
