import type { Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
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
  PAGE_KEY_ACTIONS,
  policy,
  ROOT,
  SERVICE,
  situation,
  TRUST,
  type Statement
} from './documents.js'

/** What the checks of one principal must say, by the letters of the actions. */
type Words = Record<string, string>
export interface Vector {
  name: string
  source: string
  request: VerifyDocumentsRequest
  /**
   * `allowed`, `explicitDeny`, `implicitDeny`, `conditional`: by the letters of the actions, of all paths or of one.
   */
  role?: Words
  service?: Words
  viaS3?: { role?: Words; service?: Words }
  documented?: { role?: Words; service?: Words }
  verdicts: Partial<Report['verdicts']>
  /** The codes of all findings of severity `error`. */
  errors: string[]
  /** Codes that stand among the findings beside those. */
  findings?: string[]
}

const PAGE = 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html'
const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'
const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const WITHOUT_KMS = policy({ Effect: 'Allow', Action: ['s3:*', 'personalize:*'], Resource: '*' })
const FOREIGN_KEY = KEY.replace(ACCOUNT, '444455556666')
const FOREIGN_ROOT = ROOT.replace(ACCOUNT, '444455556666')
const ORG = 'o-exampleorgid'
const GROUP = `arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-group/movies`
const inChina = (arn: string): string => arn.replace('arn:aws:', 'arn:aws-cn:').replace('us-east-1', 'cn-north-1')

const strictJoint: Statement = { ...JOINT, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }
const via = (statement: Statement, service: string): Statement => ({
  ...statement,
  Condition: { StringEquals: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` } }
})
const outsideOrg = (guard: Statement = {}): Statement =>
  deny('*', { Sid: 'OnlyMyOrg', Condition: { StringNotEquals: { 'aws:PrincipalOrgID': ORG }, ...guard } })
const groupGrant = {
  GrantId: 'group',
  GranteeServicePrincipal: SERVICE,
  Operations: ['Decrypt', 'GenerateDataKey', 'DescribeKey', 'CreateGrant'],
  Constraints: { SourceArn: GROUP }
}
const keyUsers = [
  allow(
    { AWS: ROLE },
    {
      Sid: 'Allow use of the key',
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey']
    }
  ),
  allow(
    { AWS: ROLE },
    {
      Sid: 'Allow attachment of persistent resources',
      Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } }
    }
  )
]

export const VECTORS: Vector[] = [
  {
    name: "1 the page's own policies",
    source: PAGE,
    request: situation({ key: { keyPolicy: policy(JOINT) } }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    documented: { role: { DGKCL: 'pass' }, service: { DGKCL: 'pass' } },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: [],
    findings: ['KEY_LOCKOUT']
  },
  {
    name: "2 root only, and the page's IAM policy",
    source: `${KMS}/key-policy-default.html`,
    request: situation({ key: { keyPolicy: policy(DELEGATION) } }),
    role: { DGKL: 'allowed', C: 'implicitDeny' },
    service: { DGKCL: 'implicitDeny' },
    documented: { role: { DGKCL: 'fail' }, service: { DGKCL: 'fail' } },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE']
  },
  {
    name: "3 the page's key policy, a role without IAM policy",
    source: PAGE,
    request: situation({ role: { identityPolicies: [] } }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    documented: { role: { DGKL: 'fail', C: 'pass' } },
    verdicts: { documented: 'fail', effective: 'pass' },
    errors: [],
    findings: ['ROLE_IAM_POLICY_INCOMPLETE']
  },
  {
    name: '3 the same for imports, which need none',
    source: PAGE,
    request: situation({ operations: ['datasetImportJob'], role: { identityPolicies: [] } }),
    role: { DGKCL: 'allowed' },
    documented: { role: { DGKCL: 'pass' } },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: []
  },
  {
    name: '4 and a boundary without KMS',
    source: `${IAM}/access_policies_boundaries.html`,
    request: situation({ role: { identityPolicies: [], permissionsBoundary: WITHOUT_KMS } }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['BOUNDARY_BLOCKS']
  },
  {
    name: '5 one statement for both, with a strict aws:SourceAccount',
    source: `${IAM}/reference_policies_condition-keys.html#condition-keys-sourceaccount`,
    request: situation({ key: { keyPolicy: policy(strictJoint) } }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'conditional' },
    documented: { role: { DGKCL: 'fail' }, service: { DGKCL: 'indeterminate' } },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE'],
    findings: ['JOINT_STATEMENT_CONDITION', 'ACCESS_DEPENDS_ON_CONDITION']
  },
  {
    name: '6 split, with IfExists',
    source: `${IAM}/reference_policies_elements_condition_operators.html`,
    request: situation({
      key: {
        keyPolicy: policy(
          {
            ...FOR_SERVICE,
            Condition: {
              StringEqualsIfExists: { 'aws:SourceAccount': ACCOUNT },
              ArnLikeIfExists: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:*` }
            }
          },
          FOR_ROLE
        )
      }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: []
  },
  {
    name: '7 kms:ViaService of Personalize on both',
    source: `${KMS}/conditions-kms.html#conditions-kms-via-service`,
    request: situation({ key: { keyPolicy: policy(via(JOINT, 'personalize')) } }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'implicitDeny' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE'],
    findings: ['VIA_SERVICE_NEVER_MATCHES']
  },
  {
    name: '8 kms:ViaService of S3 on the role: a dataset group calls directly, an import through S3',
    source: `${IAM}/access_forward_access_sessions.html`,
    request: situation({
      operations: ['datasetGroup', 'datasetImportJob'],
      key: { keyPolicy: policy(FOR_SERVICE, via(FOR_ROLE, 's3')) }
    }),
    role: { DGKCL: 'implicitDeny' },
    viaS3: { role: { DGKCL: 'allowed' } },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE']
  },
  {
    name: "9 a role among the console's key users",
    source: `${KMS}/key-policy-default.html#key-policy-users-crypto`,
    request: situation({ key: { keyPolicy: policy(...keyUsers) } }),
    role: { DGK: 'allowed', CL: 'conditional' },
    service: { DGKCL: 'implicitDeny' },
    documented: { role: { DGK: 'pass', CL: 'indeterminate' } },
    verdicts: { effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED'],
    findings: ['ACCESS_DEPENDS_ON_CONDITION', 'GRANT_FOR_AWS_RESOURCE_ONLY']
  },
  {
    name: '10 an export from a dataset group with a key, without W',
    source: PAGE,
    request: situation({ operations: ['datasetGroup', 'datasetExportJob'] }),
    role: { DGKCL: 'allowed', W: 'implicitDeny' },
    service: { DGKCL: 'allowed', W: 'implicitDeny' },
    documented: { role: { DGKCL: 'pass', W: 'fail' }, service: { DGKCL: 'pass', W: 'fail' } },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE']
  },
  {
    name: '10 the dataset group without export',
    source: PAGE,
    request: situation(),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: []
  },
  {
    name: '11 a key of another account, without IAM policy',
    source: `${KMS}/key-policy-modifying-external-accounts.html`,
    request: situation({
      usage: { kmsKeyArns: [FOREIGN_KEY] },
      key: {
        kmsKeyArn: FOREIGN_KEY,
        keyPolicy: policy(allow({ AWS: FOREIGN_ROOT }, { Action: 'kms:*' }), FOR_SERVICE, FOR_ROLE)
      },
      role: { identityPolicies: [] }
    }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'allowed' },
    documented: { role: { DGKCL: 'fail' } },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_IAM_POLICY_INCOMPLETE'],
    findings: ['CROSS_ACCOUNT_KEY']
  },
  {
    name: '11 the same with the IAM policy for all of it',
    source: `${KMS}/key-policy-modifying-external-accounts.html`,
    request: situation({
      usage: { kmsKeyArns: [FOREIGN_KEY] },
      key: {
        kmsKeyArn: FOREIGN_KEY,
        keyPolicy: policy(allow({ AWS: FOREIGN_ROOT }, { Action: 'kms:*' }), FOR_SERVICE, FOR_ROLE)
      },
      role: { identityPolicies: [identity({ Effect: 'Allow', Action: PAGE_KEY_ACTIONS, Resource: FOREIGN_KEY })] }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: [],
    findings: ['CROSS_ACCOUNT_KEY']
  },
  {
    name: '12 the unique id of a deleted role',
    source: `${IAM}/reference_policies_elements_principal.html`,
    request: situation({ key: { keyPolicy: policy(FOR_SERVICE, allow({ AWS: 'AROAEXAMPLEEXAMPLE123' })) } }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE'],
    findings: ['STALE_PRINCIPAL']
  },
  {
    name: '13 Deny to everyone outside the organization: a service is in none',
    source: `${IAM}/reference_policies_elements_condition_operators.html`,
    request: situation({
      key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, outsideOrg()) },
      around: { context: { role: { 'aws:PrincipalOrgID': ORG } } }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'explicitDeny' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['EXPLICIT_DENY']
  },
  {
    name: '13 the same, where the organization of the role is not given',
    source: `${IAM}/reference_policies_elements_condition_operators.html`,
    request: situation({ key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, outsideOrg()) } }),
    role: { DGKCL: 'conditional' },
    service: { DGKCL: 'explicitDeny' },
    verdicts: { effective: 'fail' },
    errors: ['EXPLICIT_DENY'],
    findings: ['ACCESS_DEPENDS_ON_CONDITION']
  },
  {
    name: '14 the same Deny, sparing AWS services',
    source: `${IAM}/reference_policies_condition-keys.html#condition-keys-principalisawsservice`,
    request: situation({
      key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, outsideOrg({ Bool: { 'aws:PrincipalIsAWSService': 'false' } })) },
      around: { context: { role: { 'aws:PrincipalOrgID': ORG } } }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: []
  },
  ...[
    {
      name: 'pending deletion',
      metadata: { KeyState: 'PendingDeletion', DeletionDate: '2026-12-24T00:00:00.000Z' },
      code: 'KEY_PENDING_DELETION'
    },
    {
      name: 'an HMAC key',
      metadata: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      code: 'KEY_NOT_SYMMETRIC'
    },
    { name: 'an AWS managed key', metadata: { KeyManager: 'AWS' }, code: 'KEY_AWS_MANAGED' }
  ].map(({ name, metadata, code }): Vector => ({
    name: `15 ${name}`,
    source: `${KMS}/key-state.html`,
    request: situation({ key: { metadata: { ...METADATA, ...metadata } } }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'fail' },
    errors: [code]
  })),
  {
    name: '16 kms:generatedatakey* covers G and W, whatever the letter case',
    source: `${IAM}/reference_policies_elements_action.html`,
    request: situation({
      operations: ['datasetGroup', 'datasetExportJob'],
      key: {
        keyPolicy: policy({
          ...JOINT,
          Action: ['kms:generatedatakey*', 'KMS:decrypt', 'kms:describeKEY', 'kms:CreateGrant', 'kms:ListGrants']
        })
      }
    }),
    role: { DGWKCL: 'allowed' },
    service: { DGWKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: []
  },
  {
    name: '17 a statement without Resource',
    source: `${KMS}/key-policy-overview.html`,
    request: situation({
      key: {
        keyPolicy: policy(FOR_ROLE, { Effect: 'Allow', Principal: { Service: SERVICE }, Action: PAGE_KEY_ACTIONS })
      }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'implicitDeny' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED'],
    findings: ['INERT_STATEMENT']
  },
  {
    name: '18 a grant to the service for one dataset group, asked for that group',
    source: `${KMS}/grants.html`,
    request: situation({
      key: { keyPolicy: policy(FOR_ROLE), grants: [groupGrant] },
      around: { context: { service: { 'aws:SourceArn': GROUP } } }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKC: 'allowed', L: 'implicitDeny' },
    documented: { service: { DGKCL: 'fail' } },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED'],
    findings: ['ACCESS_ONLY_BY_GRANT']
  },
  {
    name: '18 the same grant, asked for another group',
    source: `${KMS}/grants.html`,
    request: situation({
      key: { keyPolicy: policy(FOR_ROLE), grants: [groupGrant] },
      around: { context: { service: { 'aws:SourceArn': `${GROUP}-2` } } }
    }),
    service: { DGKCL: 'implicitDeny' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED']
  },
  {
    name: '19 an encryption context on a statement with DescribeKey',
    source: `${KMS}/conditions-kms.html#conditions-kms-encryption-context`,
    request: situation({
      key: {
        keyPolicy: policy(FOR_SERVICE, {
          ...FOR_ROLE,
          Condition: { StringEquals: { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::bucket' } }
        })
      }
    }),
    role: { KL: 'implicitDeny', DGC: 'conditional' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE'],
    findings: ['ACCESS_DEPENDS_ON_CONDITION']
  },
  {
    name: '20 China, with its own ARNs',
    source: 'https://docs.amazonaws.cn/en_us/personalize/latest/dg/granting-personalize-key-access.html',
    request: situation({
      usage: { roleArns: [inChina(ROLE)], kmsKeyArns: [inChina(KEY)] },
      key: { kmsKeyArn: inChina(KEY), keyPolicy: policy(FOR_SERVICE, allow({ AWS: inChina(ROLE) })) },
      role: {
        roleArn: inChina(ROLE),
        trustPolicy: JSON.stringify(TRUST).replaceAll('arn:aws:', 'arn:aws-cn:').replaceAll('us-east-1', 'cn-north-1')
      }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'pass' },
    errors: []
  },
  {
    name: '20 China, with the arn:aws: that its page prints',
    source: 'https://docs.amazonaws.cn/en_us/personalize/latest/dg/granting-personalize-key-access.html',
    request: situation({
      usage: { roleArns: [inChina(ROLE)], kmsKeyArns: [inChina(KEY)] },
      key: { kmsKeyArn: inChina(KEY), keyPolicy: policy(FOR_SERVICE, FOR_ROLE) },
      role: {
        roleArn: inChina(ROLE),
        trustPolicy: JSON.stringify(TRUST).replaceAll('arn:aws:', 'arn:aws-cn:').replaceAll('us-east-1', 'cn-north-1')
      }
    }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE', 'PRINCIPAL_OF_OTHER_PARTITION']
  }
]
