import type { ReportModel } from '../../../src/formats/report-model.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'

const ACCOUNT = '111122223333'
export const KEY_ARN = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/service-role/PersonalizeRole`
export const WRITER_ARN = `arn:aws:iam::${ACCOUNT}:role/reco/batch-writer`

const root = {
  Sid: 'EnableIAMUserPermissions',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: 'kms:*',
  Resource: '*'
}
const version = '2012-10-17'

/** The key policy of a team that named the service for half of the actions, under a condition. */
export const KEY_POLICY = {
  Version: version,
  Statement: [
    root,
    {
      Sid: 'Personalize',
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com', AWS: ROLE_ARN },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ReEncrypt'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } }
    },
    {
      Sid: 'DenyOutsideVpc',
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:CreateGrant',
      Resource: '*',
      Condition: { StringNotEqualsIfExists: { 'aws:SourceVpc': 'vpc-0abc123' } }
    },
    {
      Sid: 'OldRole',
      Effect: 'Allow',
      Principal: { AWS: 'AROAEXAMPLEOLDROLEID1' },
      Action: 'kms:Decrypt',
      Resource: '*'
    }
  ]
}

const allow = (Action: string | string[], Sid?: string): Record<string, unknown> => ({
  ...(Sid === undefined ? {} : { Sid }),
  Effect: 'Allow',
  Action,
  Resource: KEY_ARN
})
const trust = (Condition?: object): Record<string, unknown> => ({
  Version: version,
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: 'sts:AssumeRole',
      ...(Condition === undefined ? {} : { Condition })
    }
  ]
})

/** A report that fails for several reasons at once: conditions, missing actions, a boundary, a deleted role. */
export function failingReport (sid = 'Personalize'): ReportModel {
  return verifyDocuments({
    usage: {
      operations: ['datasetGroup', 'datasetImportJob', 'datasetExportJob'],
      kmsKeyArns: [KEY_ARN],
      roleArns: [ROLE_ARN, WRITER_ARN]
    },
    keys: [
      {
        kmsKeyArn: KEY_ARN,
        keyPolicy: {
          ...KEY_POLICY,
          Statement: KEY_POLICY.Statement.map((statement) => ({
            ...statement,
            ...(statement.Sid === 'Personalize' ? { Sid: sid } : {})
          }))
        }
      }
    ],
    roles: [
      {
        roleArn: ROLE_ARN,
        identityPolicies: [
          {
            name: 'PersonalizeKms',
            document: { Version: version, Statement: [allow(['kms:Decrypt', 'kms:GenerateDataKey'], 'Kms')] }
          }
        ],
        trustPolicy: trust()
      },
      {
        roleArn: WRITER_ARN,
        identityPolicies: [{ name: 'kms-all', document: { Version: version, Statement: [allow('kms:*')] } }],
        permissionsBoundary: { Version: version, Statement: [allow('kms:Decrypt', 'S3Only')] },
        trustPolicy: trust({ StringEquals: { 'aws:SourceAccount': ACCOUNT } })
      }
    ]
  })
}

/** The same with the members that say causes, the documents as they were, and who has to act. */
export function explainedReport (): ReportModel {
  const report = failingReport()
  const findings = report.findings.map((finding, index) => ({ ...finding, id: `finding-${index + 1}` }))
  const cause = findings.find(({ code }) => code === 'BOUNDARY_BLOCKS')?.id ?? ''
  return {
    ...report,
    observedAt: '2026-11-29T15:20:00.000Z',
    summary: {
      headline:
        'PersonalizeRole and batch-writer cannot use the key: the key policy names the service for half of the actions.'
    },
    findings: findings.map((finding) =>
      finding.code === 'ACCESS_DEPENDS_ON_CONDITION' ? { ...finding, causedBy: [cause] } : finding
    ),
    ...(report.remediation === undefined
      ? {}
      : {
        remediation: {
          ...report.remediation,
          keyPolicies: report.remediation.keyPolicies.map((change) => ({
            ...change,
            before: KEY_POLICY,
            repairs: [findings[0]?.id ?? '']
          })),
          cannotFix: [{ code: 'BOUNDARY_BLOCKS', findingId: cause, who: 'an administrator of the account' }]
        }
      })
  }
}

/** `describe-key` of a key that can be used. */
const ENABLED = {
  Arn: KEY_ARN,
  AWSAccountId: ACCOUNT,
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: 'Enabled',
  Origin: 'AWS_KMS',
  MultiRegion: false
}

/** A report on policies that contain what AWS documents. */
export function passingReport (): ReportModel {
  const actions = [
    'kms:Decrypt',
    'kms:GenerateDataKey',
    'kms:DescribeKey',
    'kms:CreateGrant',
    'kms:ListGrants',
    'kms:GenerateDataKeyWithoutPlaintext'
  ]
  return verifyDocuments({
    usage: { operations: ['datasetGroup'], kmsKeyArns: [KEY_ARN], roleArns: [ROLE_ARN] },
    keys: [
      {
        kmsKeyArn: KEY_ARN,
        metadata: ENABLED,
        keyPolicy: {
          Version: version,
          Statement: [
            root,
            {
              Sid: 'Use',
              Effect: 'Allow',
              Principal: { Service: 'personalize.amazonaws.com', AWS: ROLE_ARN },
              Action: actions,
              Resource: '*'
            }
          ]
        }
      }
    ],
    roles: [
      {
        roleArn: ROLE_ARN,
        identityPolicies: [{ name: 'kms', document: { Version: version, Statement: [allow(actions)] } }],
        trustPolicy: trust({
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:personalize:eu-west-1:${ACCOUNT}:*` }
        })
      }
    ]
  })
}

export const BUCKET = 'amzn-s3-demo-bucket'

/**
 * A report on two folders of one bucket that encrypts with the key: the bucket policy names the objects of the first
 * folder alone.
 */
export function bucketReport (): ReportModel {
  const bucket = `arn:aws:s3:::${BUCKET}`
  const read = { Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'] }
  const use = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
  const principals = { Service: 'personalize.amazonaws.com', AWS: ROLE_ARN }
  const document = (Statement: object[]): Record<string, unknown> => ({ Version: version, Statement })
  return verifyDocuments({
    usage: {
      operations: ['datasetImportJob'],
      roleArns: [ROLE_ARN],
      region: 'eu-west-1',
      locations: [{ uri: `s3://${BUCKET}/users/` }, { uri: `s3://${BUCKET}/items/` }]
    },
    keys: [
      {
        kmsKeyArn: KEY_ARN,
        metadata: ENABLED,
        keyPolicy: document([root, { Effect: 'Allow', Principal: principals, Action: use, Resource: '*' }])
      }
    ],
    roles: [
      {
        roleArn: ROLE_ARN,
        identityPolicies: [
          { name: 'data', document: document([{ ...read, Resource: [bucket, `${bucket}/*`] }, allow(use)]) }
        ],
        trustPolicy: trust({
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:personalize:eu-west-1:${ACCOUNT}:*` }
        })
      }
    ],
    buckets: [
      {
        bucket: BUCKET,
        region: 'eu-west-1',
        policy: document([
          { ...read, Principal: { Service: principals.Service }, Resource: [bucket, `${bucket}/users/*`] }
        ]),
        encryption: {
          Rules: [
            { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY_ARN } }
          ]
        }
      }
    ]
  })
}

/** Texts that end an attribute, an element, a comment, a code block, a table cell or a line. */
export const HOSTILE = [
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '</style><svg onload=alert(1)>',
  '--><b>',
  ']]><x/>',
  '`code` ```',
  '| a | b |',
  '@octo-org/team #1 https://evil.example',
  '[x](javascript:alert(1))',
  'a\u2028b\u2029c',
  'a\u0000\u0008\uD800b',
  '&amp;&lt;',
  '\r\n## Title\r\n'
] as const
export const HOSTILE_TEXT = HOSTILE.join(' ')

/** The report with the hostile text in every member that other people write. */
export function hostileReport (): ReportModel {
  const replaceStrings = (value: unknown, member: string): unknown => {
    if (typeof value === 'string')
      return ['sid', 'Sid', 'name', 'detail', 'why', 'policyName', 'what', 'needs', 'key'].includes(member)
        ? `${value} ${HOSTILE_TEXT}`
        : value
    if (Array.isArray(value)) return value.map((entry) => replaceStrings(entry, member))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, replaceStrings(entry, name)]))
    return value
  }
  const report = explainedReport()
  const clean = {
    ...report,
    findings: report.findings.map((finding) => ({
      ...finding,
      source: 'javascript:alert(1)',
      narrowerStatement: { Sid: 'Narrow' }
    }))
  }
  return Object.assign(clean, replaceStrings(clean, ''))
}
