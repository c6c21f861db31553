import type { Finding } from '../../../schemas/verification.js'

const NOT_ALLOWED = ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE']
const ROLE_ACCESS = ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE', 'ROLE_IAM_POLICY_INCOMPLETE']
const S3_ACCESS = [
  'S3_SERVICE_PRINCIPAL_NOT_ALLOWED',
  'S3_ROLE_NOT_ALLOWED',
  'S3_ROLE_IAM_POLICY_INCOMPLETE',
  'S3_ROLE_BUCKET_POLICY_INCOMPLETE'
]
/** What a bucket policy decides of a role. */
const S3_ROLE_ACCESS = ['S3_ROLE_NOT_ALLOWED', 'S3_ROLE_BUCKET_POLICY_INCOMPLETE']
const STATEMENT_FAULT = [...ROLE_ACCESS, 'SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ASSUMABLE']

/** Which findings can be consequences of which, where both are about the same key or role. */
const CONSEQUENCES: Readonly<Record<string, readonly string[]>> = {
  ROLE_NOT_FOUND: [...ROLE_ACCESS, 'S3_ROLE_NOT_ALLOWED', 'S3_ROLE_IAM_POLICY_INCOMPLETE', 'ROLE_NOT_ASSUMABLE'],
  KEY_AWS_MANAGED: [...NOT_ALLOWED, 'ROLE_IAM_POLICY_INCOMPLETE', 'KEY_LOCKOUT'],
  ROLE_KEY_POLICY_INCOMPLETE: ['ROLE_NOT_ALLOWED'],
  ROLE_IAM_POLICY_INCOMPLETE: ['ROLE_NOT_ALLOWED'],
  SERVICE_CONTROL_POLICY_BLOCKS: ['EXPLICIT_DENY'],
  RESOURCE_CONTROL_POLICY_BLOCKS: ['EXPLICIT_DENY'],
  GRANT_FOR_AWS_RESOURCE_ONLY: ['ACCESS_DEPENDS_ON_CONDITION', ...ROLE_ACCESS],
  TRUST_ACCOUNTS_DIFFER: ['ROLE_NOT_ASSUMABLE'],
  WRONG_SERVICE_PRINCIPAL: ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED', 'ROLE_NOT_ASSUMABLE'],
  STALE_PRINCIPAL: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE', ...S3_ROLE_ACCESS],
  PRINCIPAL_OF_OTHER_PARTITION: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE', ...S3_ROLE_ACCESS],
  RESOURCE_OF_OTHER_PARTITION: ['ROLE_NOT_ALLOWED', 'ROLE_IAM_POLICY_INCOMPLETE', ...S3_ACCESS],
  JOINT_STATEMENT_CONDITION: [
    'ROLE_NOT_ALLOWED',
    'ROLE_KEY_POLICY_INCOMPLETE',
    'ACCESS_DEPENDS_ON_CONDITION',
    ...S3_ROLE_ACCESS
  ],
  VIA_SERVICE_NEVER_MATCHES: STATEMENT_FAULT,
  UNKNOWN_ACTION: [...ROLE_ACCESS, 'SERVICE_PRINCIPAL_NOT_ALLOWED'],
  ALIAS_AS_RESOURCE: ['ROLE_NOT_ALLOWED', 'ROLE_IAM_POLICY_INCOMPLETE'],
  MALFORMED_POLICY: [...STATEMENT_FAULT, ...S3_ACCESS, 'NOT_DOCUMENTED'],
  INERT_STATEMENT: [...NOT_ALLOWED, ...S3_ACCESS],
  NOT_STORABLE: [...STATEMENT_FAULT, ...S3_ACCESS],
  BUCKET_NOT_FOUND: S3_ACCESS,
  VPC_ONLY_BUCKET: ['EXPLICIT_DENY'],
  OBJECTS_NOT_NAMED: S3_ACCESS,
  S3_ROLE_IAM_POLICY_INCOMPLETE: ['S3_ROLE_NOT_ALLOWED'],
  S3_ROLE_BUCKET_POLICY_INCOMPLETE: ['S3_ROLE_NOT_ALLOWED'],
  BUCKET_KEY_ENCRYPTION_CONTEXT: ['ROLE_NOT_ALLOWED', 'ROLE_KEY_POLICY_INCOMPLETE', 'SERVICE_PRINCIPAL_NOT_ALLOWED']
}

const SEVERITY_ORDER: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, note: 2 }

/**
 * The findings with `causedBy`, the most severe first, and a cause before its consequences: as severe as the worst
 * of these.
 */
export function inCausalOrder (findings: readonly Finding[]): Finding[] {
  const causes = findings.filter(({ code }) => CONSEQUENCES[code] !== undefined)
  const linked = findings.map((finding) => {
    const causedBy = causes.filter((cause) => isConsequence(finding, cause)).map(({ id }) => id)
    return causedBy.length === 0 ? finding : { ...finding, causedBy }
  })
  const rank = new Map(linked.map(({ id, severity }) => [id, SEVERITY_ORDER[severity]]))
  // A consequence of a consequence passes its rank on, too; chains are up to three links long.
  for (let link = 0; link < 3; link++)
    for (const { id, causedBy = [] } of linked)
      for (const cause of causedBy) rank.set(cause, Math.min(rank.get(cause) ?? 0, rank.get(id) ?? 0))
  const depth = depthsOf(linked)
  const order = ({ id }: Finding): number => (rank.get(id) ?? 0) * 10 + (depth.get(id) ?? 0)
  return [...linked].sort((a, b) => order(a) - order(b))
}

function isConsequence (finding: Finding, cause: Finding): boolean {
  if (CONSEQUENCES[cause.code]?.includes(finding.code) !== true) return false
  const same = <T>(a: T | undefined, b: T | undefined): boolean => a === undefined || b === undefined || a === b
  const isShared =
    (cause.kmsKeyArn !== undefined && cause.kmsKeyArn === finding.kmsKeyArn) ||
    (cause.roleArn !== undefined && cause.roleArn === finding.roleArn)
  const isOfOneBucket = cause.bucket !== undefined && cause.bucket === finding.bucket
  if (!(isShared || isOfOneBucket) || !same(cause.bucket, finding.bucket)) return false
  if (!same(cause.kmsKeyArn, finding.kmsKeyArn) || !same(cause.roleArn, finding.roleArn)) return false
  return cause.code === 'UNKNOWN_ACTION' ? isMeantBy(finding, cause) : shareActions(finding, cause)
}

function shareActions ({ actions }: Finding, cause: Finding): boolean {
  if (actions === undefined || cause.actions === undefined) return true
  return cause.actions.some((action) => actions.includes(action))
}

/** Whether the statement with the unknown name comes near to the access, and lacks it under its right name. */
function isMeantBy ({ actions = [], statements = [] }: Finding, cause: Finding): boolean {
  const place = JSON.stringify(cause.statement)
  return (
    (cause.suggestedActions ?? []).some((action) => actions.includes(action)) &&
    statements.some((statement) => JSON.stringify(statement) === place)
  )
}

/** How many links each finding is from a finding without a cause. */
function depthsOf (findings: readonly Finding[]): Map<string, number> {
  const depths = new Map<string, number>()
  for (let round = 0; round < 3; round++)
    for (const { id, causedBy = [] } of findings)
      depths.set(id, Math.max(-1, ...causedBy.map((cause) => depths.get(cause) ?? 0)) + 1)
  return depths
}
