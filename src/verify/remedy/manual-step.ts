import type { Finding } from '../../../schemas/verification.js'
import type { StepDetails } from './step-details.js'

/** What a person has to do, and for which key or role. */
export interface ManualStep extends StepDetails {
  code: string
  findingId?: string
  detail: string
  remedy: string
  who: string
  kmsKeyArn?: string
  roleArn?: string
  bucket?: string
}

/** Who can do what no policy change of this service can. */
export const WHO = {
  keyAdministrator: 'An administrator of the key.',
  bucketOwner: 'The owner of the bucket.',
  iamAdministrator: 'An IAM administrator of the account of the role.',
  organization: 'The administrators of the organization.',
  support: 'AWS Support.',
  operator: 'The operator of this service, with an IAM administrator of the account.',
  team: 'The team that uses Amazon Personalize.'
} as const

const BY_CODE: Readonly<Record<string, string>> = {
  SERVICE_CONTROL_POLICY_BLOCKS: WHO.organization,
  RESOURCE_CONTROL_POLICY_BLOCKS: WHO.organization,
  BOUNDARY_BLOCKS: WHO.iamAdministrator,
  KEY_LOCKOUT: WHO.support,
  NOT_READABLE: WHO.operator,
  CROSS_ACCOUNT_KEY: WHO.team,
  KEY_AWS_MANAGED: WHO.team,
  KEY_NOT_SYMMETRIC: WHO.team,
  KEY_REGION_MISMATCH: WHO.team,
  KEY_NOT_FOUND: WHO.team,
  METRIC_DATA_NOT_ALLOWED: WHO.iamAdministrator,
  S3_ROLE_NOT_ALLOWED: WHO.iamAdministrator,
  S3_ROLE_IAM_POLICY_INCOMPLETE: WHO.iamAdministrator,
  CROSS_ACCOUNT_BUCKET: WHO.team,
  DIRECTORY_BUCKET: WHO.team,
  BUCKET_NOT_FOUND: WHO.team,
  BUCKET_REGION_MISMATCH: WHO.team,
  INPUT_EQUALS_OUTPUT: WHO.team,
  PREFIX_NAMES_SIBLINGS: WHO.team,
  DELETION_JOB_CUSTOMER_KEY: WHO.team
}

/** Policies by who can change them; all others are those of the role. */
const BY_POLICY: Readonly<Record<string, string>> = {
  keyPolicy: WHO.keyAdministrator,
  bucketPolicy: WHO.bucketOwner,
  grants: WHO.keyAdministrator,
  serviceControlPolicies: WHO.organization,
  resourceControlPolicies: WHO.organization
}

export function whoCanFix ({ code, statement, kmsKeyArn, roleArn, bucket }: Finding): string {
  const byCode = BY_CODE[code]
  if (byCode !== undefined) return byCode
  if (code === 'ROLE_KEY_POLICY_INCOMPLETE') return WHO.keyAdministrator
  if (statement !== undefined) return BY_POLICY[statement.policy] ?? WHO.iamAdministrator
  if (bucket !== undefined) return WHO.bucketOwner
  const isAboutRole = code.startsWith('ROLE_') || code.startsWith('TRUST_') || kmsKeyArn === undefined
  return isAboutRole && roleArn !== undefined ? WHO.iamAdministrator : WHO.keyAdministrator
}

/** Steps that leave only one to act on the other findings about the same key or role. */
const BLOCKERS: Readonly<Record<string, 'kmsKeyArn' | 'roleArn'>> = {
  KEY_AWS_MANAGED: 'kmsKeyArn',
  KEY_LOCKOUT: 'kmsKeyArn',
  ROLE_NOT_CHANGEABLE: 'roleArn'
}
/** Findings about a policy of the role, which an AWS managed key does not block, and the only ones that a role does. */
const ABOUT_ROLE_POLICIES = new Set(['ROLE_IAM_POLICY_INCOMPLETE', 'ROLE_NOT_ASSUMABLE', 'ROLE_NOT_ALLOWED'])

/** What else of the key an administrator can do, such as enable it, does not depend on its policy being changed. */
const isAboutKeyPolicy = ({ code, who }: ManualStep): boolean =>
  who === WHO.keyAdministrator && !code.startsWith('KEY_')

/**
 * What cannot be changed at all has one step, and the steps that depend on it name who can act there: an administrator
 * cannot change the policy of an AWS managed key, of a key that is locked, or of a service-linked role.
 */
export function withBlockers (steps: readonly ManualStep[]): ManualStep[] {
  const blockers = steps.filter(({ code, findingId }) => BLOCKERS[code] !== undefined && findingId === undefined)
  const blockerOf = (step: ManualStep): ManualStep | undefined =>
    blockers.find((blocker) => {
      const arn = BLOCKERS[blocker.code] ?? 'kmsKeyArn'
      const isBlocked =
        blocker.code === 'KEY_LOCKOUT'
          ? isAboutKeyPolicy(step)
          : ABOUT_ROLE_POLICIES.has(step.code) === (arn === 'roleArn')
      return step !== blocker && (step.code === blocker.code || isBlocked) && step[arn] === blocker[arn]
    })
  return steps.flatMap((step): ManualStep[] => {
    const same = steps.find((other) => other.code === step.code && blockerOf(other) === step)
    if (same?.findingId !== undefined) return [{ ...step, findingId: same.findingId }]
    const blocker = blockerOf(step)
    if (blocker === undefined) return [step]
    return blocker.code === step.code ? [] : [{ ...step, who: blocker.who }]
  })
}
