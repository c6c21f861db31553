import type { PolicyDocument } from '../../schemas/policy-document.js'
import { parseArn } from '../iam/arn.js'
import { readingPolicy } from '../iam/reading-policy.js'

/** What of its configuration decides what the service asks of AWS. */
export interface VerifierFeatures {
  /** The roles that it assumes to read their accounts. */
  assumeRoleArns: readonly string[]
  organizationPolicies: boolean
}

/** The partition of the configured roles, which is the service's own: no role is assumed across partitions. */
export function partitionOfVerifier ({ assumeRoleArns: [first = ''] }: VerifierFeatures): string {
  return parseArn(first)?.partition ?? 'aws'
}

/**
 * The permissions policy of the service's own role: all that `POST /verify` takes, and nothing else. GetCallerIdentity is not in
 * it: STS asks for no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function verifierPolicy ({ assumeRoleArns, organizationPolicies }: VerifierFeatures, partition: string): PolicyDocument {
  const { Version, Statement } = readingPolicy({ partition, accountId: '*', organizationPolicies })
  const roles = assumeRoleArns.filter((arn) => parseArn(arn)?.partition === partition)
  const assume = roles.length === 0 ? [] : [{ Sid: 'AssumeReaderRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: roles }]
  return { Version, Statement: [...Statement.map((statement) => ({ ...statement })), ...assume] }
}
