import type { ExplainRequest } from '../../schemas/explanation.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

/** Texts as AWS prints them. */
export const explainRequests = {
  insufficientPrivileges: {
    summary: 'The failureReason of an import job',
    value: {
      failureReason:
        'Failed to create a data import job for INTERACTIONS dataset. Insufficient privileges for accessing data in ' +
        'Amazon S3.'
    }
  },
  withUsage: {
    summary: 'The same with the usage of the job, so that the statements are complete',
    value: {
      failureReason: 'Insufficient privileges for accessing data in Amazon S3.',
      usage: {
        operations: ['datasetImportJob'],
        roleArns: [ROLE],
        kmsKeyArns: [KEY],
        locations: [{ uri: 's3://amzn-s3-demo-bucket/interactions/' }]
      }
    }
  },
  explicitDeny: {
    summary: 'A Deny of the organization, with the ARN of the policy',
    value: {
      message:
        'An error occurred (AccessDenied) when calling the GetObject operation: User: ' +
        'arn:aws:sts::111122223333:assumed-role/Personalize/session is not authorized to perform: s3:GetObject on ' +
        'resource: "arn:aws:s3:::amzn-s3-demo-bucket/interactions/users.csv" with an explicit deny in a service ' +
        'control policy: ' +
        'arn:aws:organizations::999999999999:policy/o-exampleorgid/service_control_policy/p-examplepolicyid'
    }
  },
  cloudTrailRecord: {
    summary: 'A record of CloudTrail',
    value: {
      cloudTrailRecord: {
        eventSource: 'kms.amazonaws.com',
        eventName: 'Decrypt',
        awsRegion: 'us-east-1',
        errorCode: 'AccessDenied',
        errorMessage:
          'User: arn:aws:sts::111122223333:assumed-role/Personalize/session is not authorized ' +
          'to perform: kms:Decrypt ' +
          'on this resource because the resource does not exist in this Region, no resource-based policies allow ' +
          'access, or a resource-based policy explicitly denies access',
        userIdentity: {
          type: 'AssumedRole',
          arn: 'arn:aws:sts::111122223333:assumed-role/Personalize/session',
          invokedBy: 's3.amazonaws.com'
        },
        resources: [{ ARN: KEY, type: 'AWS::KMS::Key' }]
      }
    }
  }
} satisfies Record<string, { summary: string; value: ExplainRequest }>
