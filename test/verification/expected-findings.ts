import type { Finding, StatementReference, VerifyDocumentsRequest } from '../../schemas/verification.js'
import type { FindingCode } from '../../src/findings/catalogue.js'
import type { S3_FINDINGS } from '../../src/findings/s3-findings.js'
import { ACCOUNT, KEY, ROLE } from '../helper.js'
import {
  allow,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  JOINT,
  METADATA,
  PAGE_IDENTITY,
  PAGE_KEY_ACTIONS,
  PAGE_ROLE_ACTIONS,
  policy,
  ROOT,
  SERVICE,
  situation,
  type Statement,
  TRUST
} from './documents.js'
import type { Changes } from './scenario.js'

/**
 * The situation that brings a finding about, and what the finding must point at. `live`: what AWS answers beside the
 * documents.
 */
export interface Cause {
  request: VerifyDocumentsRequest
  live?: Changes
  expected: Partial<Finding> & Pick<Finding, 'severity'>
  /** Words that a reader needs in order to act. */
  detail: RegExp
}

const FOREIGN = '444455556666'
const all = PAGE_KEY_ACTIONS
const key = (...statements: Statement[]): VerifyDocumentsRequest =>
  situation({ key: { keyPolicy: policy(...statements) } })
const trust = (statement: Statement): VerifyDocumentsRequest =>
  situation({ role: { trustPolicy: policy({ ...TRUST.Statement[0], ...statement }) } })
const metadata = (members: Record<string, unknown>): VerifyDocumentsRequest =>
  situation({ key: { metadata: { ...METADATA, ...members } } })
const place = (
  policyName: string,
  name: string,
  index: number,
  sid?: string,
  effect: 'Allow' | 'Deny' = 'Allow'
): StatementReference => ({ policy: policyName, name, ...(sid === undefined ? {} : { sid }), index, effect })
const EVERYTHING = policy({ Effect: 'Allow', Action: '*', Resource: '*' })
const GRANT = {
  GrantId: 'g-1',
  GranteePrincipal: SERVICE,
  Operations: ['Decrypt', 'GenerateDataKey', 'DescribeKey', 'CreateGrant']
}
const otherKey = KEY.replace(ACCOUNT, FOREIGN)
const gone = { state: 'notFound', why: 'there is none' } as const

/** Those about buckets are in `test/buckets`. */
export const CAUSES: Record<Exclude<FindingCode, keyof typeof S3_FINDINGS>, Cause> = {
  SERVICE_PRINCIPAL_NOT_ALLOWED: {
    request: key(DELEGATION, FOR_ROLE, { ...FOR_SERVICE, Action: ['kms:Decrypt', 'kms:DescribeKey'] }),
    expected: {
      severity: 'error',
      kmsKeyArn: KEY,
      actions: ['kms:GenerateDataKey', 'kms:CreateGrant', 'kms:ListGrants']
    },
    detail: /personalize\.amazonaws\.com.*statement 3 \(AllowPersonalizeService\) of the key policy does not list them/
  },
  ROLE_NOT_ALLOWED: {
    request: situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE) }, role: { identityPolicies: [] } }),
    expected: { severity: 'error', kmsKeyArn: KEY, roleArn: ROLE, actions: all },
    detail: /delegates to IAM policies.*has no IAM policy/
  },
  ROLE_IAM_POLICY_INCOMPLETE: {
    request: situation({
      role: {
        identityPolicies: [identity({ Sid: 'Use', Effect: 'Allow', Action: PAGE_ROLE_ACTIONS.slice(1), Resource: '*' })]
      }
    }),
    expected: { severity: 'warning', kmsKeyArn: KEY, roleArn: ROLE, actions: ['kms:Decrypt'] },
    detail: /read: PersonalizeKmsAccess/
  },
  ROLE_KEY_POLICY_INCOMPLETE: {
    request: key(DELEGATION, FOR_SERVICE, {
      ...FOR_ROLE,
      Action: ['kms:Decrypt', 'kms:CreateGrant', 'kms:DescribeKey', 'kms:ListGrants']
    }),
    expected: { severity: 'warning', kmsKeyArn: KEY, roleArn: ROLE, actions: ['kms:GenerateDataKey'] },
    detail: /statement 3 \(AllowPersonalizeRole\) of the key policy does not list it/
  },
  EXPLICIT_DENY: {
    request: key(FOR_SERVICE, FOR_ROLE, deny({ AWS: ROLE }, { Sid: 'NoGrants', Action: 'kms:CreateGrant' })),
    expected: {
      severity: 'error',
      roleArn: ROLE,
      actions: ['kms:CreateGrant'],
      statement: place('keyPolicy', 'default', 2, 'NoGrants', 'Deny')
    },
    detail: /statement 3 \(NoGrants\) of the key policy/
  },
  BOUNDARY_BLOCKS: {
    request: situation({
      role: { permissionsBoundary: policy({ Effect: 'Allow', Action: ['s3:*', 'kms:D*'], Resource: '*' }) }
    }),
    expected: {
      severity: 'error',
      roleArn: ROLE,
      actions: ['kms:GenerateDataKey', 'kms:CreateGrant', 'kms:ListGrants']
    },
    detail: /no statement of its permissions boundary \(permissionsBoundary\) allows it/
  },
  SERVICE_CONTROL_POLICY_BLOCKS: {
    request: situation({
      around: { serviceControlPolicies: [[EVERYTHING], [policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })]] }
    }),
    expected: { severity: 'error', roleArn: ROLE, actions: all },
    detail: /level 2 of 2, root first, does not allow kms:Decrypt.*\(read: serviceControlPolicies\/1\/0\)/
  },
  RESOURCE_CONTROL_POLICY_BLOCKS: {
    request: situation({
      around: {
        resourceControlPolicies: [
          [policy(deny('*', { Sid: 'OnlyOurServices', Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } }))],
          []
        ]
      }
    }),
    expected: {
      severity: 'error',
      kmsKeyArn: KEY,
      actions: all,
      statement: {
        ...place('resourceControlPolicies', 'resourceControlPolicies/0/0', 0, 'OnlyOurServices', 'Deny'),
        level: 0
      }
    },
    detail: /personalize\.amazonaws\.com.*statement 1 \(OnlyOurServices\) of the resource control policy/
  },
  GRANT_FOR_AWS_RESOURCE_ONLY: {
    request: key(
      FOR_SERVICE,
      { ...FOR_ROLE, Action: ['kms:Decrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey'] },
      allow(
        { AWS: ROLE },
        {
          Sid: 'Attachment',
          Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } }
        }
      )
    ),
    expected: {
      severity: 'warning',
      kmsKeyArn: KEY,
      roleArn: ROLE,
      actions: ['kms:CreateGrant', 'kms:ListGrants'],
      statement: place('keyPolicy', 'default', 2, 'Attachment')
    },
    detail: /statement 3 \(Attachment\) of the key policy.*Bool kms:GrantIsForAWSResource true/
  },
  ACCESS_DEPENDS_ON_CONDITION: {
    request: key(FOR_ROLE, { ...FOR_SERVICE, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
    expected: {
      severity: 'warning',
      actions: all,
      statement: place('keyPolicy', 'default', 1, 'AllowPersonalizeService')
    },
    detail: /aws:SourceAccount.*StringEquals 111122223333/
  },
  ACCESS_ONLY_BY_GRANT: {
    request: situation({ key: { keyPolicy: policy(DELEGATION, FOR_ROLE), grants: [GRANT] } }),
    expected: {
      severity: 'warning',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant'],
      statement: place('grants', 'g-1', 0)
    },
    detail: /grant g-1/
  },
  NOT_DOCUMENTED: {
    request: key(FOR_ROLE, allow('*', { Sid: 'Everyone' })),
    expected: {
      severity: 'warning',
      kmsKeyArn: KEY,
      actions: all,
      statement: place('keyPolicy', 'default', 1, 'Everyone')
    },
    detail: /personalize\.amazonaws\.com.*statement 2 \(Everyone\)/
  },
  KEY_NOT_FOUND: {
    request: situation(),
    live: { key: { metadata: gone, keyPolicy: gone, grants: gone } },
    expected: { severity: 'error', kmsKeyArn: KEY },
    detail: /there is none/
  },
  KEY_NOT_ENABLED: {
    request: metadata({ KeyState: 'PendingImport' }),
    expected: { severity: 'error', kmsKeyArn: KEY },
    detail: /PendingImport/
  },
  KEY_STATE_UNKNOWN: {
    request: metadata({ KeyState: 'Hibernating' }),
    expected: { severity: 'warning', kmsKeyArn: KEY },
    detail: /Hibernating/
  },
  KEY_PENDING_DELETION: {
    request: metadata({ KeyState: 'PendingReplicaDeletion' }),
    expected: { severity: 'error' },
    detail: /PendingReplicaDeletion/
  },
  KEY_NOT_SYMMETRIC: {
    request: metadata({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }),
    expected: { severity: 'error' },
    detail: /RSA_2048/
  },
  KEY_AWS_MANAGED: { request: metadata({ KeyManager: 'AWS' }), expected: { severity: 'error' }, detail: /AWS/ },
  KEY_MATERIAL_OUTSIDE_KMS: {
    request: metadata({ Origin: 'EXTERNAL', ValidTo: '2027-01-01T00:00:00.000Z' }),
    expected: { severity: 'warning' },
    detail: /EXTERNAL.*2027-01-01/
  },
  KEY_MULTI_REGION: {
    request: metadata({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'REPLICA',
        PrimaryKey: { Arn: KEY.replace('us-east-1', 'eu-west-1'), Region: 'eu-west-1' },
        ReplicaKeys: [{ Arn: KEY, Region: 'us-east-1' }]
      }
    }),
    expected: { severity: 'note', kmsKeyArn: KEY },
    detail:
      /the REPLICA in us-east-1.*Not checked here are the related keys arn:aws:kms:eu-west-1:111122223333:key\/[0-9a-f-]+\./
  },
  KEY_LOCKOUT: {
    request: key(FOR_SERVICE, FOR_ROLE),
    expected: { severity: 'warning', kmsKeyArn: KEY, actions: ['kms:PutKeyPolicy'] },
    detail: /account 111122223333/
  },
  KEY_REGION_MISMATCH: {
    request: situation({ usage: { region: 'eu-west-1' } }),
    expected: { severity: 'error', kmsKeyArn: KEY },
    detail: /us-east-1.*eu-west-1/
  },
  CROSS_ACCOUNT_KEY: {
    request: situation({ usage: { kmsKeyArns: [otherKey] }, key: { kmsKeyArn: otherKey } }),
    expected: { severity: 'warning', kmsKeyArn: otherKey },
    detail: /444455556666.*111122223333/
  },
  ROLE_NOT_FOUND: {
    request: situation(),
    live: {
      role: { role: gone, trustPolicy: gone, permissionsBoundary: gone, identityPolicies: { read: [], lost: [] } }
    },
    expected: { severity: 'error', roleArn: ROLE },
    detail: /there is none/
  },
  ROLE_NOT_ASSUMABLE: {
    request: trust({ Principal: { Service: 'lambda.amazonaws.com' } }),
    expected: {
      severity: 'error',
      roleArn: ROLE,
      actions: ['sts:AssumeRole'],
      statement: place('trustPolicy', 'trust', 0)
    },
    detail: /statement 1 of the trust policy names lambda\.amazonaws\.com/
  },
  TRUST_WITHOUT_SOURCE_CONDITION: {
    request: trust({ Sid: 'Anybody', Condition: {} }),
    expected: { severity: 'warning', roleArn: ROLE, statement: place('trustPolicy', 'trust', 0, 'Anybody') },
    detail: /statement 1 \(Anybody\) of the trust policy/
  },
  TRUST_ACCOUNTS_DIFFER: {
    request: trust({
      Condition: {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${FOREIGN}:*` }
      }
    }),
    expected: { severity: 'error', roleArn: ROLE, statement: place('trustPolicy', 'trust', 0) },
    detail: /111122223333 and 444455556666/
  },
  STALE_PRINCIPAL: {
    request: key(FOR_SERVICE, FOR_ROLE, allow({ AWS: [ROOT, 'AIDAEXAMPLEEXAMPLE123'] })),
    expected: { severity: 'warning', kmsKeyArn: KEY, statement: place('keyPolicy', 'default', 2) },
    detail: /AIDAEXAMPLEEXAMPLE123/
  },
  PRINCIPAL_OF_OTHER_PARTITION: {
    request: key(FOR_SERVICE, FOR_ROLE, allow({ AWS: 'arn:aws-cn:iam::111122223333:role/Other' })),
    expected: { severity: 'warning', kmsKeyArn: KEY, statement: place('keyPolicy', 'default', 2) },
    detail: /arn:aws-cn:/
  },
  INERT_STATEMENT: {
    request: key(FOR_SERVICE, FOR_ROLE, { Sid: 'Half', Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*' }),
    expected: { severity: 'warning', kmsKeyArn: KEY, statement: place('keyPolicy', 'default', 2, 'Half') },
    detail: /no Resource/
  },
  UNKNOWN_ACTION: {
    request: key(DELEGATION, FOR_SERVICE, FOR_ROLE, allow({ AWS: ROOT }, { Action: ['kms:ReEncrypt', 'kms:Encrypt'] })),
    expected: { severity: 'warning', actions: ['kms:ReEncrypt'], statement: place('keyPolicy', 'default', 3) },
    detail: /kms:ReEncrypt/
  },
  WRONG_SERVICE_PRINCIPAL: {
    request: key(FOR_SERVICE, FOR_ROLE, allow({ Service: 'personalize.us-east-1.amazonaws.com' })),
    expected: { severity: 'warning', statement: place('keyPolicy', 'default', 2) },
    detail: /personalize\.us-east-1\.amazonaws\.com/
  },
  VIA_SERVICE_NEVER_MATCHES: {
    request: key(FOR_SERVICE, FOR_ROLE, {
      ...FOR_ROLE,
      Sid: 'Via',
      Condition: { StringEquals: { 'kms:ViaService': 'personalize.us-east-1.amazonaws.com' } }
    }),
    expected: { severity: 'warning', statement: place('keyPolicy', 'default', 2, 'Via') },
    detail: /kms:ViaService is never personalize/
  },
  OPEN_TO_EVERYONE: {
    request: key(DELEGATION, FOR_SERVICE, FOR_ROLE, {
      Sid: 'Everyone',
      Effect: 'Allow',
      Principal: '*',
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringLike: { 'kms:CallerAccount': '*' } }
    }),
    expected: { severity: 'warning', statement: place('keyPolicy', 'default', 3, 'Everyone') },
    detail: /Principal "\*" and only StringLike kms:CallerAccount \* allows principals of every AWS account/
  },
  SET_OPERATOR_ON_SINGLE_VALUE: {
    request: key(DELEGATION, FOR_ROLE, {
      ...FOR_SERVICE,
      Condition: { 'ForAllValues:StringEquals': { 'aws:SourceAccount': ACCOUNT } }
    }),
    expected: { severity: 'warning', statement: place('keyPolicy', 'default', 2, 'AllowPersonalizeService') },
    detail: /ForAllValues is also true for requests that do not contain the key/
  },
  RESOURCE_OF_OTHER_PARTITION: {
    request: situation({
      role: {
        identityPolicies: [
          PAGE_IDENTITY,
          {
            ...identity({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY.replace('arn:aws:', 'arn:aws-cn:') }),
            name: 'China'
          }
        ]
      }
    }),
    expected: { severity: 'error', statement: place('identityPolicies', 'China', 0) },
    detail: /arn:aws-cn:kms:.* is of another partition; the role is in partition aws/
  },
  JOINT_STATEMENT_CONDITION: {
    request: key({ ...JOINT, Sid: 'Joint', Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }),
    expected: { severity: 'warning', statement: place('keyPolicy', 'default', 0, 'Joint') },
    detail: /StringEquals aws:SourceAccount 111122223333.*PersonalizeServiceRole/
  },
  BROADER_THAN_NEEDED: {
    request: key(DELEGATION, FOR_SERVICE, { ...FOR_ROLE, Action: ['kms:*'] }),
    expected: {
      severity: 'warning',
      actions: ['kms:*'],
      statement: place('keyPolicy', 'default', 2, 'AllowPersonalizeRole'),
      narrowerStatement: FOR_ROLE,
      remedy: 'Replace the statement with `narrowerStatement`, which allows only the actions this usage needs.'
    },
    detail: /kms:\* goes beyond/
  },
  ALIAS_AS_RESOURCE: {
    request: situation({
      role: {
        identityPolicies: [
          PAGE_IDENTITY,
          {
            ...identity({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY.replace(/key\/.*/, 'alias/a') }),
            name: 'Alias'
          }
        ]
      }
    }),
    expected: { severity: 'warning', roleArn: ROLE, statement: place('identityPolicies', 'Alias', 0) },
    detail: /alias\/a/
  },
  NOT_READABLE: {
    request: situation(),
    live: {
      key: { grants: { state: 'notRead', why: 'ListGrants failed: AccessDeniedException', cause: 'accessDenied' } }
    },
    expected: { severity: 'warning', kmsKeyArn: KEY },
    detail: /grants.*ListGrants failed/
  },
  NOT_STORABLE: {
    request: key(FOR_SERVICE, FOR_ROLE, allow({ AWS: 'arn:aws::111122223333:root' })),
    expected: { severity: 'error', kmsKeyArn: KEY },
    detail: /\/Statement\/2\/Principal\/AWS: "arn:aws::111122223333:root"/
  },
  MALFORMED_POLICY: {
    request: key(
      FOR_SERVICE,
      FOR_ROLE,
      allow({ AWS: ROOT }, { Condition: { StringEqual: { 'aws:PrincipalOrgID': 'o-1' } } })
    ),
    expected: { severity: 'warning', kmsKeyArn: KEY, statement: place('keyPolicy', 'default', 2) },
    detail: /\/Statement\/2\/Condition\/StringEqual.*StringEqual/
  }
}
