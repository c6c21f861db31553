import type { DenialCause, Explanation } from '../../schemas/explanation.js'
import type { Usage } from '../../schemas/usage.js'
import type { Report } from '../../schemas/verification.js'
import { parseRoleArn } from '../personalize/identifiers.js'
import { exceptionsOf } from './exceptions.js'

/** What of a check, of a key or of a bucket, shows a cause. */
interface DecidedCheck {
  principal: { type: string }
  action: string
  effective: string
  layers: Readonly<Record<string, string | undefined>>
}

type CheckedReport = Report & { s3Checks?: readonly DecidedCheck[] }

/** How the report shows that a cause is there. */
interface Evidence {
  service: 'kms' | 's3' | 'any'
  principal?: 'role' | 'service'
  /** The layer that denies, and how. Without it, the decision of all layers together. */
  layers?: readonly string[]
  denials: readonly string[]
  /** Findings that show it by themselves. */
  findings?: readonly string[]
}

const DENY = ['explicitDeny']
const MISSING = ['implicitDeny']
const ORGANIZATION = ['serviceControlPolicies', 'resourceControlPolicies']

/** By the code of the cause; a cause that is not listed cannot be seen in policies. */
const EVIDENCE: Readonly<Record<string, Evidence>> = {
  BUCKET_POLICY_MISSES_SERVICE: {
    service: 's3',
    principal: 'service',
    layers: ['bucketPolicy'],
    denials: [...MISSING, 'notPresent']
  },
  BUCKET_POLICY_MISSES_CALLER: { service: 's3', principal: 'role', denials: MISSING },
  BUCKET_POLICY_DENIES: { service: 's3', layers: ['bucketPolicy'], denials: DENY },
  ROLE_POLICY_MISSES_S3: { service: 's3', principal: 'role', denials: MISSING },
  KEY_POLICY_MISSES_PERSONALIZE: { service: 'kms', denials: MISSING },
  KEY_POLICY_DENIES: { service: 'kms', layers: ['keyPolicy'], denials: DENY },
  ROLE_POLICY_MISSES_KMS: { service: 'kms', principal: 'role', denials: MISSING },
  KEY_ELSEWHERE: { service: 'kms', denials: [], findings: ['KEY_NOT_FOUND', 'KEY_REGION_MISMATCH'] },
  KEY_UNUSABLE: {
    service: 'kms',
    denials: [],
    findings: ['KEY_NOT_ENABLED', 'KEY_PENDING_DELETION', 'KEY_NOT_SYMMETRIC', 'KEY_NOT_FOUND']
  },
  ROLE_NOT_ASSUMABLE: { service: 'any', denials: [], findings: ['ROLE_NOT_ASSUMABLE', 'ROLE_NOT_FOUND'] },
  IDENTITY_POLICY_DENIES: { service: 'any', principal: 'role', layers: ['identityPolicies'], denials: DENY },
  BOUNDARY_MISSES: { service: 'any', principal: 'role', layers: ['permissionsBoundary'], denials: MISSING },
  BOUNDARY_DENIES: { service: 'any', principal: 'role', layers: ['permissionsBoundary'], denials: DENY },
  SCP_MISSES: { service: 'any', principal: 'role', layers: ['serviceControlPolicies'], denials: MISSING },
  SCP_DENIES: { service: 'any', principal: 'role', layers: ['serviceControlPolicies'], denials: DENY },
  RCP_MISSES: { service: 'any', layers: ['resourceControlPolicies'], denials: MISSING },
  RCP_DENIES: { service: 'any', layers: ['resourceControlPolicies'], denials: DENY },
  ORGANIZATION_DENIES: { service: 'any', layers: ORGANIZATION, denials: [...DENY, ...MISSING] }
}

/** What leaves a decision open: a cause is then neither confirmed nor excluded. */
const OPEN = new Set(['conditional', 'unknown', 'notEvaluated'])
const ORDER = ['confirmed', 'notChecked', 'excluded'] as const

/**
 * The causes with what the report says of each, and in that order: those that it confirms, those that no policy shows
 * (such as a wrong path), those that it excludes.
 */
export function withReport (explanation: Explanation, report: CheckedReport): Explanation {
  const causes = explanation.causes.map((cause) => ({ ...cause, ...statusOf(cause, report, explanation.said.action) }))
  const sorted = ORDER.flatMap((status) => causes.filter((cause) => cause.status === status))
  return { ...explanation, causes: sorted, next: nextSteps(sorted, report), report }
}

/** Who is refused by the layers that are the evidence. */
function refusedBy (checks: readonly DecidedCheck[], { layers = [], denials }: Evidence): ReadonlySet<string> {
  const isRefused = (check: DecidedCheck): boolean =>
    layers.some((layer) => denials.includes(check.layers[layer] ?? 'notPresent'))
  return new Set(checks.filter(isRefused).map(({ principal }) => principal.type))
}

function statusOf (
  cause: DenialCause,
  report: CheckedReport,
  action: string | undefined
): Partial<DenialCause> & Pick<DenialCause, 'status'> {
  const evidence = EVIDENCE[cause.code]
  if (evidence === undefined) return { status: 'notChecked' }
  const { findings = [], denials, layers } = evidence
  const shown = report.findings.filter(({ code, severity }) => severity === 'error' && findings.includes(code))
  if (shown.length > 0) return { status: 'confirmed', findingIds: shown.map(({ id }) => id) }
  const checks = checksFor(evidence, report, action)
  const decisions = checks.flatMap((check) =>
    layers === undefined ? [check.effective] : layers.map((layer) => check.layers[layer] ?? 'notPresent')
  )
  if (decisions.some((decision) => denials.includes(decision)))
    return { status: 'confirmed', ...exceptionsOf(cause, refusedBy(checks, evidence)) }
  // A finding about key or role is reported whenever they were read.
  const isOpen = checks.length === 0 || decisions.some((decision) => OPEN.has(decision))
  return { status: isOpen ? 'notChecked' : 'excluded' }
}

function checksFor (
  { service, principal }: Evidence,
  { checks, s3Checks = [] }: CheckedReport,
  action: string | undefined
): DecidedCheck[] {
  const ofKeys: readonly DecidedCheck[] = checks
  const all = service === 'kms' ? ofKeys : service === 's3' ? s3Checks : [...ofKeys, ...s3Checks]
  const mine = all.filter((check) => principal === undefined || check.principal.type === principal)
  const denied = mine.filter((check) => check.action === action)
  return denied.length > 0 ? denied : mine
}

function nextSteps (causes: readonly DenialCause[], { verdict, remediation }: Report): string[] {
  const isConfirmed = causes.some(({ status }) => status === 'confirmed')
  if (isConfirmed && remediation !== undefined)
    return ['Apply the changes in `report.remediation`: they are the whole policies, with what is there already.']
  if (isConfirmed || verdict !== 'pass')
    return ['Read the findings of `report`: they name what else is wrong or unknown.']
  return [
    'The policies that were read allow what Amazon Personalize needs. Look at the causes that ' +
    'no policy shows: the path ' +
      'and its folder, the key that encrypts the objects themselves, and changes since the job ' +
      'failed. Then run it again.'
  ]
}

/** The part of the usage that the text is about: its role and its key, where it names one of the usage's. */
export function narrowedUsage<T extends Usage> (usage: T, { said: { principal, resource } }: Explanation): T {
  const roles = usage.roleArns.filter((arn) => {
    const role = parseRoleArn(arn)
    return role?.name === principal?.roleName && role?.accountId === principal?.accountId
  })
  const keys = usage.kmsKeyArns?.filter((arn) => arn === resource) ?? []
  return {
    ...usage,
    ...(roles.length === 0 ? {} : { roleArns: roles }),
    ...(keys.length === 0 ? {} : { kmsKeyArns: keys })
  }
}
