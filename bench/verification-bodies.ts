import type { VerifyDocumentsRequest } from '../schemas/verification.js'

export type Kind = 'pass' | 'fail'

const DOCUMENTED = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const WITHOUT_PLAINTEXT = 'kms:GenerateDataKeyWithoutPlaintext'
const ADMINISTRATION = [
  'kms:Create*',
  'kms:Describe*',
  'kms:Enable*',
  'kms:List*',
  'kms:Put*',
  'kms:Update*',
  'kms:Get*'
]

/** A key policy as the console writes it, with the statements for Personalize and a Deny of plain-text transport. */
export function bodyOf (index: number, kind: Kind): VerifyDocumentsRequest {
  const account = String(100_000_000_000 + index * 7_919)
  const roleArn = `arn:aws:iam::${account}:role/service-role/Personalize-${index}`
  const kmsKeyArn = `arn:aws:kms:us-east-1:${account}:key/${String(10_000_000 + index)}-12ab-34cd-56ef-1234567890ab`
  const allow = (sid: string, principal: object, action: string | string[], more: object = {}): object => ({
    Sid: `${sid}${index}`,
    Effect: 'Allow',
    Principal: principal,
    Action: action,
    Resource: '*',
    ...more
  })
  const source = { 'aws:SourceAccount': account }
  const sourceArn = { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${account}:*` }
  const actions = [...DOCUMENTED, WITHOUT_PLAINTEXT]
  const keyPolicy = {
    Version: '2012-10-17',
    Statement: [
      allow('Root', { AWS: `arn:aws:iam::${account}:root` }, 'kms:*'),
      allow('Administrators', { AWS: `arn:aws:iam::${account}:role/Admin-${index}` }, ADMINISTRATION),
      allow(
        'Personalize',
        { Service: 'personalize.amazonaws.com' },
        kind === 'pass' ? actions : DOCUMENTED.slice(0, 3),
        { Condition: { StringEqualsIfExists: source, ArnLikeIfExists: sourceArn } }
      ),
      allow('Role', { AWS: kind === 'pass' ? roleArn : `arn:aws:iam::${account}:role/Other-${index}` }, actions),
      {
        Sid: `Transport${index}`,
        Effect: 'Deny',
        Principal: '*',
        Action: 'kms:*',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } }
      }
    ]
  }
  const granted = DOCUMENTED.filter((action) => action !== 'kms:CreateGrant').slice(0, kind === 'pass' ? 4 : 2)
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'personalize.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: source, ArnLike: sourceArn }
  }
  return {
    usage: {
      operations: ['datasetGroup', 'datasetImportJob', 'datasetExportJob'],
      roleArns: [roleArn],
      kmsKeyArns: [kmsKeyArn]
    },
    keys: [
      {
        kmsKeyArn,
        keyPolicy,
        metadata: {
          KeyState: 'Enabled',
          KeyManager: 'CUSTOMER',
          KeySpec: 'SYMMETRIC_DEFAULT',
          KeyUsage: 'ENCRYPT_DECRYPT',
          Origin: 'AWS_KMS',
          MultiRegion: false
        }
      }
    ],
    roles: [
      {
        roleArn,
        identityPolicies: [
          {
            name: `Kms-${index}`,
            document: {
              Version: '2012-10-17',
              Statement: [{ Sid: `Use${index}`, Effect: 'Allow', Action: granted, Resource: kmsKeyArn }]
            }
          }
        ],
        trustPolicy: { Version: '2012-10-17', Statement: [{ Sid: `Trust${index}`, ...trust }] }
      }
    ]
  }
}
