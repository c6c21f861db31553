import type { PolicyDocument } from '../../../schemas/policy-document.js'
import type { Finding, Remediation } from '../../../schemas/verification.js'
import { withUniqueIds } from '../../findings/catalogue.js'
import { assess, type Assessment, type Evidence, worstOf } from '../assess.js'
import { remedyOfFailedRead } from '../find/failed-read.js'
import { failedReadsOf } from '../find/not-evaluated.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import { type KeyEvidence, type PolicyEvidence, policyEvidence, type RoleEvidence } from '../read/evidence.js'
import type { ReadFailure } from '../read/policy-source.js'
import { fixBucketPolicy } from './bucket-changes.js'
import { onlySafeChanges } from './change-safety.js'
import { withDetails } from './fix-details.js'
import { type ManualStep, WHO, whoCanFix, withBlockers } from './manual-step.js'
import { fixKeyPolicy, fixRolePolicy, fixTrustPolicy, type PolicyFixes, ROLE_POLICY_NAME } from './policy-changes.js'
import { type RejectedChange, rejectedChanges } from './rejected-changes.js'
import { stepDetails } from './step-details.js'

/** What leaves a decision open, though it breaks nothing for certain. */
const OPEN = new Set([
  'ACCESS_DEPENDS_ON_CONDITION',
  'NOT_DOCUMENTED',
  'MALFORMED_POLICY',
  'KEY_STATE_UNKNOWN',
  'ENCRYPTION_HEADER_REQUIRED',
  'ACL_HEADER_REQUIRED',
  'PREFIX_NAMES_SIBLINGS',
  'CROSS_ACCOUNT_BUCKET',
  'DIRECTORY_BUCKET',
  'BUCKET_ENCRYPTION_NOT_DOCUMENTED'
])

/** Who can act where a document was not read, if it is not who operates the service. */
const UNREAD_STEPS: Readonly<Partial<Record<ReadFailure, (what: string) => { remedy: string; who: string }>>> = {
  notGiven: (what) => ({ remedy: `Give ${what} too, and verify again.`, who: 'The caller, with the next request.' }),
  notKnown: () => ({
    remedy: 'Use values that are known before the apply, or verify the live policies after it.',
    who: 'The author of the plan or template.'
  })
}

/** What remains once everything is applied, and what a person has to do about it. */
export function manualSteps (after: Evidence, assessment: Assessment): ManualStep[] {
  const { verdicts, findings } = assessment
  if (worstOf(verdicts.documented, verdicts.effective) === 'pass') return []
  const counts = ({ code, severity }: Finding): boolean =>
    severity === 'error' ||
    code.endsWith('_INCOMPLETE') ||
    code.endsWith('SERVICE_PRINCIPAL_NOT_ALLOWED') ||
    OPEN.has(code)
  const detailsOf = stepDetails(after, assessment)
  const left = findings.filter(counts).map((found) => ({ ...stepFor(found), ...detailsOf(found) }))
  const unread = failedReadsOf(after).map((read) => {
    const { what, why, cause, ...where } = read
    const step = UNREAD_STEPS[cause]?.(what) ?? { remedy: remedyOfFailedRead(read), who: WHO.operator }
    return { code: 'NOT_READABLE', detail: `${what}: ${why}`, ...step, ...where }
  })
  return [...left, ...unread]
}

/**
 * KMS and Amazon S3 reject a policy that names a principal which does not exist, also in a statement that was there
 * before.
 */
export function stepsForInvalidPrincipals (
  findings: readonly Finding[],
  { keyPolicies, bucketPolicies }: Pick<PolicyFixes, 'keyPolicies' | 'bucketPolicies'>
): ManualStep[] {
  const changed = new Set([
    ...keyPolicies.map(({ kmsKeyArn }) => kmsKeyArn),
    ...bucketPolicies.map(({ bucket }) => bucket)
  ])
  return findings
    .filter(({ code, kmsKeyArn, bucket }) => code === 'STALE_PRINCIPAL' && changed.has(bucket ?? kmsKeyArn ?? ''))
    .map(stepFor)
}

function stepFor (found: Finding): ManualStep {
  const { id, code, why, remedy, kmsKeyArn, roleArn, bucket } = found
  return {
    code,
    findingId: id,
    detail: why,
    remedy,
    who: whoCanFix(found),
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(bucket === undefined ? {} : { bucket })
  }
}

/**
 * The change that makes the same request pass, evaluated again before it is returned: a policy that would change
 * nothing, or that AWS would not accept, is left out, and what still fails stands in `cannotFix`. Unmanaged statements
 * stay as they are; a policy that was not read is not written. Where the verdict is only `indeterminate` nothing is
 * widened: whether a restriction is intended is not for this service to decide.
 */
export function remediationFor (
  evidence: Evidence,
  before: Assessment,
  found: readonly Finding[],
  idOf: (id: string) => string
): Remediation {
  const isFailing = worstOf(before.verdicts.documented, before.verdicts.effective) === 'fail'
  const { fixes, refused } = isFailing ? acceptableFixes(evidence, before) : { fixes: NO_FIXES, refused: [] }
  const { effective, after, assessment } = verifiedFixes(fixes, evidence, before)
  const remaining = withUniqueIds(assessment.findings)
  const ids = new Set(remaining.map(({ id }) => id))
  const repaired = found.filter(({ id, code }) => !ids.has(id) && code !== 'NOT_READABLE')
  const known = new Set(found.map(({ id }) => id))
  const steps = [
    ...refused,
    ...stepsForInvalidPrincipals(found, effective),
    ...manualSteps(after, { ...assessment, findings: remaining })
  ].map((step): ManualStep => {
    const { findingId, ...rest } = step
    return findingId === undefined || !known.has(findingId) ? rest : { ...rest, findingId: idOf(findingId) }
  })
  const cannotFix = withBlockers(steps).map((step) => withFinding(step, found, idOf))
  const changes = withDetails(effective, { before: evidence, after }, repaired, idOf)
  return { ...changes, cannotFix: onePerFinding(cannotFix) }
}

/** A key that is locked is a warning as long as nothing has to be changed: its step refers to it. */
function withFinding (step: ManualStep, found: readonly Finding[], idOf: (id: string) => string): ManualStep {
  const about = found.find(
    ({ code, kmsKeyArn }) => code === 'KEY_LOCKOUT' && code === step.code && kmsKeyArn === step.kmsKeyArn
  )
  return about === undefined ? step : { ...step, findingId: idOf(about.id) }
}

/** Findings that are reported as one are one step. */
function onePerFinding (steps: readonly ManualStep[]): ManualStep[] {
  const seen = new Set<string>()
  return steps.filter(({ code, findingId }) => {
    const name = `${code} ${findingId}`
    const isNew = findingId === undefined || !seen.has(name)
    seen.add(name)
    return isNew
  })
}

const NO_FIXES: PolicyFixes = { keyPolicies: [], rolePolicies: [], trustPolicies: [], bucketPolicies: [] }

/** The changes that AWS would accept and that affect no other principal, and a step in place of each other one. */
function acceptableFixes (
  evidence: Evidence,
  assessment: Assessment
): { fixes: PolicyFixes; refused: ManualStep[] } {
  const { usage, keys, roles, buckets = [] } = evidence
  const { checked, checkedLocations, trust } = assessment
  const wanted: PolicyFixes = {
    keyPolicies: keys.flatMap((key) => fixKeyPolicy(usage, key, checked) ?? []),
    rolePolicies: roles.flatMap((role) => fixRolePolicy(usage, role, assessment) ?? []),
    trustPolicies: trust.flatMap((check) => fixTrustPolicy(usage, check) ?? []),
    bucketPolicies: buckets.flatMap((bucket) => fixBucketPolicy(usage, bucket, checkedLocations) ?? [])
  }
  const rejected = rejectedChanges(wanted, evidence, assessment.findings)
  const fitting: PolicyFixes = {
    keyPolicies: wanted.keyPolicies.filter(({ kmsKeyArn }) => !rejected.some((step) => step.kmsKeyArn === kmsKeyArn)),
    rolePolicies: wanted.rolePolicies.filter(({ roleArn }) => !rejected.some(isAboutPolicy('permissions', roleArn))),
    trustPolicies: wanted.trustPolicies.filter(({ roleArn }) => !rejected.some(isAboutPolicy('trust', roleArn))),
    bucketPolicies: wanted.bucketPolicies.filter(({ bucket }) => !rejected.some((step) => step.bucket === bucket))
  }
  const { policies, refused } = onlySafeChanges(fitting, evidence)
  return { fixes: policies, refused: [...rejected.map(({ of: _, ...step }) => step), ...refused] }
}

const isAboutPolicy =
  (kind: 'permissions' | 'trust', arn: string) =>
    ({ roleArn, of }: RejectedChange): boolean => roleArn === arn && (of === undefined || of === kind)

/** The policies that make a difference, with the evaluation of what they lead to. Nothing is evaluated twice. */
function verifiedFixes (
  wanted: PolicyFixes,
  evidence: Evidence,
  before: Assessment
): { effective: PolicyFixes; after: Evidence; assessment: Assessment } {
  if (Object.values(wanted).every((fixes: readonly unknown[]) => fixes.length === 0))
    return { effective: wanted, after: evidence, assessment: before }
  const after = withFixes(evidence, wanted)
  const assessment = assess(after, before)
  // What makes no difference can be left out without evaluating again.
  return { effective: effectiveFixes(wanted, before, assessment), after, assessment }
}

/** The evidence as it would be with these policies in force. */
function withFixes (
  evidence: Evidence,
  { keyPolicies, rolePolicies, trustPolicies, bucketPolicies }: PolicyFixes
): Evidence {
  const { buckets = [] } = evidence
  return {
    ...evidence,
    buckets: buckets.map((evidence) => {
      const fix = bucketPolicies.find(({ bucket }) => bucket === evidence.bucket)
      return fix === undefined ? evidence : withBucketPolicy(evidence, fix.policy)
    }),
    keys: evidence.keys.map((key) =>
      withKeyPolicy(key, keyPolicies.find(({ kmsKeyArn }) => kmsKeyArn === key.name.arn)?.evidence)
    ),
    roles: evidence.roles.map((role) =>
      withRolePolicies(
        role,
        rolePolicies.find(({ roleArn }) => roleArn === role.name.arn)?.evidence,
        trustPolicies.find(({ roleArn }) => roleArn === role.name.arn)?.evidence
      )
    )
  }
}

/** Where a Deny or a limit decides, another Allow makes no difference. */
function effectiveFixes (fixes: PolicyFixes, before: Assessment, now: Assessment): PolicyFixes {
  const [old, current] = [outcomesOf(before), outcomesOf(now)]
  const changes = (name: string): boolean => old.get(name) !== current.get(name)
  const trusted = now.trust.filter(({ decision }) => decision?.decision === 'allowed').map(({ role }) => role.name.arn)
  return {
    keyPolicies: fixes.keyPolicies.filter(({ kmsKeyArn }) => changes(kmsKeyArn)),
    rolePolicies: fixes.rolePolicies.filter(({ roleArn }) => changes(roleArn)),
    trustPolicies: fixes.trustPolicies.filter(({ roleArn }) => trusted.includes(roleArn)),
    bucketPolicies: fixes.bucketPolicies.filter(({ bucket }) => changes(bucket))
  }
}

/**
 * What each key policy and the policies of each role grant by themselves, and what is decided about each bucket and
 * role there, in one text: what another policy changes is no reason for a change of this one.
 */
function outcomesOf ({ checked, checkedLocations }: Assessment): Map<string, string> {
  const words = new Map<string, string>()
  const add = (names: readonly string[], outcome: string): void => {
    for (const name of names) words.set(name, `${words.get(name) ?? ''}${outcome}\n`)
  }
  for (const { check, granted } of checked) {
    const { kmsKeyArn, roleArn = '', action, via } = check
    add([kmsKeyArn], `${roleArn} ${action} ${via} ${granted.keyPolicy}`)
    add([roleArn], `${kmsKeyArn} ${action} ${via} ${granted.iamPolicy}`)
  }
  for (const { check } of checkedLocations) {
    const { bucket, prefix, roleArn = '', action, documented, effective } = check
    add([bucket, roleArn], `${bucket} ${prefix} ${roleArn} ${action} ${documented} ${effective}`)
  }
  return words
}

function withBucketPolicy (evidence: BucketEvidence, policy: PolicyDocument): BucketEvidence {
  return {
    ...evidence,
    bucketPolicy: policyEvidence(evidence.bucket, policy),
    observed: { ...evidence.observed, bucketPolicy: { state: 'read', value: policy } }
  }
}

function withKeyPolicy (key: KeyEvidence, keyPolicy: PolicyEvidence | undefined): KeyEvidence {
  return keyPolicy === undefined ? key : { ...key, keyPolicy }
}

/** The same object where nothing changes, so that it is not evaluated again. */
function withRolePolicies (
  role: RoleEvidence,
  permissions: PolicyEvidence | undefined,
  trust: PolicyEvidence | undefined
): RoleEvidence {
  const trusting = trust === undefined ? role : { ...role, trustPolicy: trust }
  if (permissions === undefined) return trusting
  const others = role.identityPolicies.filter(
    ({ kind, policy }) => kind !== 'inline' || policy.name !== ROLE_POLICY_NAME
  )
  const identityPolicies = [...others, { ...permissions, kind: 'inline' as const, isInline: true as const }]
  return {
    ...trusting,
    identityPolicies,
    identityLayer: { policies: identityPolicies.map(({ policy }) => policy), complete: role.identityLayer.complete }
  }
}
