import type { Operation, VerifiableUsage } from '../../schemas/usage.js'
import type { Check, KeyDocuments, Report, RoleDocuments, VerifyDocumentsRequest } from '../../schemas/verification.js'
import { ACCOUNT, KEY, ROLE } from '../helper.js'

export type Document = { Version?: string; Id?: string; Statement: Record<string, unknown>[] }
export type Statement = Record<string, unknown>

export const ROOT = `arn:aws:iam::${ACCOUNT}:root`
export const SERVICE = 'personalize.amazonaws.com'

/** AWS's names for the actions of its page, by the letters that domain experts use for them. */
export const ACTIONS = {
  D: 'kms:Decrypt',
  G: 'kms:GenerateDataKey',
  W: 'kms:GenerateDataKeyWithoutPlaintext',
  K: 'kms:DescribeKey',
  C: 'kms:CreateGrant',
  L: 'kms:ListGrants'
} as const
export const named = (letters: string): string[] =>
  Object.entries(ACTIONS).flatMap(([letter, name]) => (letters.includes(letter) ? [name] : []))
export const PAGE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:GenerateDataKey',
  'kms:DescribeKey',
  'kms:CreateGrant',
  'kms:ListGrants'
]
export const PAGE_ROLE_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ListGrants']

export const policy = (...statements: Statement[]): Document => ({ Version: '2012-10-17', Statement: statements })
export const allow = (principal: unknown, members: Statement = {}): Statement => ({
  Effect: 'Allow',
  Principal: principal,
  Action: PAGE_KEY_ACTIONS,
  Resource: '*',
  ...members
})
export const deny = (principal: unknown, members: Statement = {}): Statement => ({
  ...allow(principal, { Action: 'kms:*' }),
  Effect: 'Deny',
  ...members
})

/** The statements of a key policy. */
export const DELEGATION: Statement = allow({ AWS: ROOT }, { Sid: 'EnableIAMPolicies', Action: 'kms:*' })
export const FOR_SERVICE: Statement = allow({ Service: SERVICE }, { Sid: 'AllowPersonalizeService' })
export const FOR_ROLE: Statement = allow({ AWS: ROLE }, { Sid: 'AllowPersonalizeRole' })
/** As AWS's page prints it: one statement for both. */
export const JOINT: Statement = allow({ AWS: ROLE, Service: SERVICE })

export const identity = (...statements: Statement[]): RoleDocuments['identityPolicies'][number] => ({
  name: 'PersonalizeKmsAccess',
  document: policy(...statements)
})
export const PAGE_IDENTITY = identity({ Effect: 'Allow', Action: PAGE_ROLE_ACTIONS, Resource: '*' })

export const TRUST = policy({
  Effect: 'Allow',
  Principal: { Service: SERVICE },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEquals: { 'aws:SourceAccount': ACCOUNT },
    ArnLike: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:*` }
  }
})

export const METADATA = {
  Arn: KEY,
  AWSAccountId: ACCOUNT,
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: 'Enabled',
  Origin: 'AWS_KMS',
  MultiRegion: false
}

export const metadataOf = (kmsKeyArn: string): typeof METADATA => ({
  ...METADATA,
  Arn: kmsKeyArn,
  AWSAccountId: kmsKeyArn.split(':')[4] ?? ''
})

export interface Situation {
  operations?: Operation[]
  usage?: Partial<VerifiableUsage>
  key?: Partial<KeyDocuments>
  role?: Partial<RoleDocuments>
  around?: Pick<VerifyDocumentsRequest, 'serviceControlPolicies' | 'resourceControlPolicies' | 'context'>
}

/** A request about one key and one role that works as AWS's page has it, but for what is said. */
export function situation ({
  operations = ['datasetGroup'],
  usage,
  key,
  role,
  around
}: Situation = {}): VerifyDocumentsRequest {
  return {
    usage: { operations, roleArns: [ROLE], kmsKeyArns: [KEY], ...usage },
    keys: [
      {
        kmsKeyArn: KEY,
        keyPolicy: policy(DELEGATION, FOR_SERVICE, FOR_ROLE),
        grants: [],
        metadata: metadataOf(key?.kmsKeyArn ?? KEY),
        ...key
      }
    ],
    roles: [{ roleArn: ROLE, identityPolicies: [PAGE_IDENTITY], trustPolicy: TRUST, ...role }],
    ...around
  }
}

export const codes = (report: Report): string[] => report.findings.map(({ code }) => code)
export const errors = (report: Report): string[] =>
  report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
export const checksOf = (
  report: Report,
  type: Check['principal']['type'],
  letters = 'DGWKCL',
  via?: Check['via']
): Check[] =>
  report.checks.filter(
    ({ principal, action, via: path }) =>
      principal.type === type && named(letters).includes(action) && (via === undefined || path === via)
  )
