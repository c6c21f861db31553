import type { Check, Finding, Report, Verdict } from '../../schemas/verification.js'
import type { Statement } from '../iam/document/policy-document.js'
import type { ResolvedUsage } from '../personalize/usage.js'
import { type CheckedAccess, checkKey } from './check/checks.js'
import { type CheckedS3Access, checkLocations } from './check/s3-checks.js'
import { type CheckedTrust, checkTrust } from './check/trust.js'
import { accessFindings } from './find/access.js'
import { bucketFindings, isUndetermined } from './find/bucket.js'
import { bucketStatementFindings } from './find/bucket-statements.js'
import { grantFindings } from './find/grants.js'
import { isKnownState, keyFindings } from './find/key.js'
import { broaderFindings } from './find/least-privilege.js'
import { roleFindings } from './find/role.js'
import { s3AccessFindings } from './find/s3-access.js'
import { policyPlaces } from './find/statement-place.js'
import {
  bucketStorableFindings,
  inlineSizeFindings,
  organizationStorableFindings,
  storableFindings
} from './find/storable.js'
import { malformed, organizationFindings, statementFindings } from './find/statements.js'
import { type BucketEvidence, encryptionContexts } from './read/bucket-evidence.js'
import type { KeyEvidence, PolicyEvidence, RoleEvidence } from './read/evidence.js'
import type { OrganizationContext } from './read/organization.js'

/** Everything that a verification evaluates. */
export interface Evidence {
  usage: ResolvedUsage
  keys: readonly KeyEvidence[]
  roles: readonly RoleEvidence[]
  /** The buckets of the locations; empty where Amazon S3 is not evaluated. */
  buckets?: readonly BucketEvidence[]
  around: OrganizationContext
}

export interface Assessment {
  checked: CheckedAccess[]
  checkedLocations: CheckedS3Access[]
  trust: CheckedTrust[]
  inPolicies: readonly FoundInPolicy[]
  findings: Finding[]
  verdicts: Report['verdicts']
}

/** What is wrong with one policy by itself, whatever is decided by it. */
interface FoundInPolicy {
  evidence: PolicyEvidence
  malformed: Finding[]
  storable: Finding[]
  statements: readonly FoundInStatement[]
}

interface FoundInStatement {
  statement: Statement
  faults: Finding[]
}

const SEVERITY_ORDER: Record<Finding['severity'], number> = { error: 0, warning: 1, note: 2 }

/**
 * Evaluates the evidence: every check, every finding (the most severe first), and the two verdicts that follow from
 * them.
 * `before`: an assessment of which the parts that did not change are reused.
 */
export function assess (evidence: Evidence, before?: Assessment): Assessment {
  const { usage, keys, roles, buckets = [], around } = evidence
  const each = <T>(items: readonly T[], findingsOf: (item: T) => Finding[]): Finding[] => items.flatMap(findingsOf)
  const trust = checkTrust(usage, roles, around, before?.trust)
  const checked = keys.flatMap((key) => {
    const s3Arns = buckets.length === 0 ? undefined : encryptionContexts(usage, buckets, key.name.arn)
    return checkKey(usage, key, trust, s3Arns === undefined ? around : { ...around, s3Arns }, before?.checked)
  })
  const checkedLocations = checkLocations(usage, buckets, trust, around, before?.checkedLocations)
  const inPolicies = findInPolicies(evidence, before?.inPolicies)
  const findings = [
    ...each(keys, (key) => keyFindings(usage, key)),
    ...each(trust, (check) => roleFindings(usage, check)),
    ...accessFindings(checked),
    ...grantFindings(checked),
    ...each(inPolicies, ({ malformed, statements }) => [...malformed, ...each(statements, ({ faults }) => faults)]),
    ...bucketFindings(usage, buckets, checked),
    ...s3AccessFindings(checkedLocations),
    ...each(buckets, (bucket) => bucketStatementFindings(bucket, roles, usage.partition)),
    ...organizationFindings(around),
    ...each(buckets, (bucket) => bucketStorableFindings(bucket, around)),
    ...each(inPolicies, ({ storable }) => storable),
    ...organizationStorableFindings(around),
    ...each(roles, (role) => inlineSizeFindings(role, around)),
    ...broaderFindings(usage, keys, roles, buckets)
  ].sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity])
  const checks = [...checked, ...checkedLocations].map(({ check }) => check)
  const verdicts = verdictsOf({ usage, checks, findings, keys, buckets, trust })
  return { checked, checkedLocations, trust, inPolicies, findings, verdicts }
}

/** What did not change, a policy or a statement in it, is not searched again. */
function findInPolicies (
  { keys, roles, around }: Evidence,
  before: readonly FoundInPolicy[] = []
): FoundInPolicy[] {
  const policies = new Map(before.map((found) => [found.evidence, found]))
  const known = new Map(before.flatMap(({ statements }) => statements.map((found) => [found.statement, found])))
  return policyPlaces(keys, roles).map((place) => {
    const { evidence } = place
    return (
      policies.get(evidence) ?? {
        evidence,
        malformed: malformed(place),
        storable: storableFindings(place, around),
        statements: place.policy.statements.map(
          (statement) =>
            known.get(statement) ?? { statement, faults: statementFindings(place, statement, roles) }
        )
      }
    )
  })
}

/** What the verdicts follow from. */
interface VerdictInput {
  usage: ResolvedUsage
  checks: ReadonlyArray<Pick<Check, 'documented' | 'effective'>>
  findings: readonly Finding[]
  keys: readonly KeyEvidence[]
  buckets: readonly BucketEvidence[]
  trust: readonly CheckedTrust[]
}

export function verdictsOf (input: VerdictInput): Report['verdicts'] {
  return { documented: documentedVerdict(input.checks), effective: effectiveVerdict(input) }
}

/** The worse of two verdicts: `fail` is worse than `indeterminate`. */
export function worstOf (a: Verdict, b: Verdict): Verdict {
  if (a === 'fail' || b === 'fail') return 'fail'
  return a === 'indeterminate' || b === 'indeterminate' ? 'indeterminate' : 'pass'
}

function documentedVerdict (checks: VerdictInput['checks']): Verdict {
  return checks
    .map(({ documented }) => (documented === 'notRequired' ? 'pass' : documented))
    .reduce<Verdict>(worstOf, 'pass')
}

/** Without the state of the key and the trust policy of the role it is not known whether the use works. */
function effectiveVerdict ({ usage, checks, findings, keys, buckets, trust }: VerdictInput): Verdict {
  const denied = checks.some(({ effective }) => effective === 'explicitDeny' || effective === 'implicitDeny')
  if (denied || findings.some(({ severity }) => severity === 'error')) return 'fail'
  const open = checks.some(({ effective }) => effective !== 'allowed')
  const unread = keys.some(
    ({ metadata, observed }) => observed.metadata.state !== 'notPresent' && !isKnownState(metadata?.KeyState)
  )
  const unassumable = trust.some(({ decision }) => decision?.decision !== 'allowed')
  return open || unread || unassumable || buckets.some((bucket) => isUndetermined(bucket, usage)) ? 'indeterminate' : 'pass'
}
