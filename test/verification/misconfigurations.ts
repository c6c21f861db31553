import { ACCOUNT, KEY } from '../helper.js'
import {
  allow,
  DELEGATION,
  deny,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  PAGE_IDENTITY,
  PAGE_KEY_ACTIONS,
  PAGE_ROLE_ACTIONS,
  policy,
  SERVICE,
  situation,
  TRUST
} from './documents.js'
import type { Vector } from './vectors.js'

const PAGE = 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html'
const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'
const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const WITHOUT_KMS = policy({ Effect: 'Allow', Action: ['s3:*', 'personalize:*'], Resource: '*' })
const KEY_2 = KEY.replace('1234abcd', 'ffffffff')
const ORG = 'o-exampleorgid'

/** Mistakes that people made, or that AWS's own examples lead to. */
export const MISTAKES: Vector[] = [
  {
    name: "AWS's notebook, kms:Encrypt and kms:Decrypt in IAM and KMS's default key policy",
    source: PAGE,
    request: situation({
      key: { keyPolicy: policy(DELEGATION) },
      role: { identityPolicies: [identity({ Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' })] }
    }),
    role: { D: 'allowed', GKCL: 'implicitDeny' },
    service: { DGKCL: 'implicitDeny' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: [
      'SERVICE_PRINCIPAL_NOT_ALLOWED',
      'ROLE_NOT_ALLOWED',
      'ROLE_KEY_POLICY_INCOMPLETE',
      'ROLE_IAM_POLICY_INCOMPLETE'
    ],
    findings: ['BROADER_THAN_NEEDED']
  },
  {
    name: 'a bucket policy pasted into the role, with a Principal',
    source: `${IAM}/reference_policies_grammar.html#policies-grammar-notes`,
    request: situation({ role: { identityPolicies: [identity(allow({ Service: SERVICE }))] } }),
    role: { DGKCL: 'allowed' },
    documented: { role: { DGKL: 'fail', C: 'pass' } },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['NOT_STORABLE'],
    findings: ['MALFORMED_POLICY', 'ROLE_IAM_POLICY_INCOMPLETE']
  },
  {
    name: 'large outputs fail, because a multipart upload decrypts',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html',
    request: situation({
      operations: ['batchInferenceJob'],
      usage: { profile: 'derived' },
      key: {
        keyPolicy: policy(
          { ...FOR_SERVICE, Action: ['kms:GenerateDataKey', 'kms:DescribeKey'] },
          { ...FOR_ROLE, Action: ['kms:GenerateDataKey', 'kms:DescribeKey'] }
        )
      },
      role: { identityPolicies: [PAGE_IDENTITY] }
    }),
    role: { GK: 'allowed', D: 'implicitDeny' },
    service: { GK: 'allowed', D: 'implicitDeny' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE']
  },
  {
    name: 'the IAM policy names an alias',
    source: `${KMS}/alias-authorization.html`,
    request: situation({
      role: {
        identityPolicies: [
          identity({
            Effect: 'Allow',
            Action: PAGE_ROLE_ACTIONS,
            Resource: KEY.replace(/key\/.*/, 'alias/personalize')
          })
        ]
      }
    }),
    role: { DGKCL: 'allowed' },
    documented: { role: { DGKL: 'fail' } },
    verdicts: { documented: 'fail', effective: 'pass' },
    errors: [],
    findings: ['ALIAS_AS_RESOURCE', 'ROLE_IAM_POLICY_INCOMPLETE']
  },
  {
    name: 'the IAM policy names another key',
    source: `${KMS}/cmks-in-iam-policies.html`,
    request: situation({
      key: { keyPolicy: policy(DELEGATION, FOR_SERVICE) },
      role: { identityPolicies: [identity({ Effect: 'Allow', Action: PAGE_KEY_ACTIONS, Resource: KEY_2 })] }
    }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'fail', effective: 'fail' },
    errors: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE', 'ROLE_IAM_POLICY_INCOMPLETE']
  },
  {
    name: "AWS's trust policy example, with two accounts",
    source: 'https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html',
    request: situation({
      role: { trustPolicy: JSON.stringify(TRUST).replace(`us-east-1:${ACCOUNT}`, 'us-east-1:444455556666') }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'allowed' },
    verdicts: { documented: 'pass', effective: 'fail' },
    errors: ['ROLE_NOT_ASSUMABLE', 'TRUST_ACCOUNTS_DIFFER']
  },
  {
    name: 'a Deny by VPC endpoint, though AWS calls from its own network',
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/conditions-aws.html',
    request: situation({
      key: {
        keyPolicy: policy(
          FOR_SERVICE,
          FOR_ROLE,
          deny('*', { Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } })
        )
      }
    }),
    role: { DGKCL: 'conditional' },
    service: { DGKCL: 'conditional' },
    verdicts: { documented: 'indeterminate', effective: 'indeterminate' },
    errors: [],
    findings: ['ACCESS_DEPENDS_ON_CONDITION']
  },
  {
    name: 'a data perimeter as RCP that forgets services',
    source: 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html',
    request: situation({
      around: {
        context: { role: { 'aws:PrincipalOrgID': ORG } },
        resourceControlPolicies: [
          [policy({ ...deny('*'), Action: 'kms:*', Condition: { StringNotEquals: { 'aws:PrincipalOrgID': ORG } } })]
        ]
      }
    }),
    role: { DGKCL: 'allowed' },
    service: { DGKCL: 'explicitDeny' },
    documented: { role: { DGKCL: 'pass' }, service: { DGKCL: 'pass' } },
    verdicts: { documented: 'pass', effective: 'fail' },
    errors: ['EXPLICIT_DENY', 'RESOURCE_CONTROL_POLICY_BLOCKS']
  },
  {
    name: 'an SCP that does not list KMS binds the role alone',
    source: 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html',
    request: situation({
      around: { serviceControlPolicies: [[policy({ Effect: 'Allow', Action: '*', Resource: '*' })], [WITHOUT_KMS]] }
    }),
    role: { DGKCL: 'implicitDeny' },
    service: { DGKCL: 'allowed' },
    documented: { role: { DGKCL: 'pass' } },
    verdicts: { documented: 'pass', effective: 'fail' },
    errors: ['SERVICE_CONTROL_POLICY_BLOCKS']
  }
]
