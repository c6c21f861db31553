import type { Check, Finding, Report, Verdict } from '../../schemas/verification.js'
import type { ResolvedUsage } from '../personalize/usage.js'
import { type CheckedAccess, checkKey } from './check/checks.js'
import { type CheckedTrust, checkTrust } from './check/trust.js'
import { accessFindings } from './find/access.js'
import { grantFindings } from './find/grants.js'
import { isKnownState, keyFindings } from './find/key.js'
import { broaderFindings } from './find/least-privilege.js'
import { roleFindings } from './find/role.js'
import { keyStatementFindings, organizationFindings, roleStatementFindings } from './find/statements.js'
import type { KeyEvidence, RoleEvidence } from './read/evidence.js'
import type { Surroundings } from './read/organization.js'

/** Everything that a verification evaluates. */
export interface Evidence {
  usage: ResolvedUsage
  keys: readonly KeyEvidence[]
  roles: readonly RoleEvidence[]
  around: Surroundings
}

export interface Assessment {
  checked: CheckedAccess[]
  trust: CheckedTrust[]
  findings: Finding[]
  verdicts: Report['verdicts']
}

const SEVERITY_ORDER: Record<Finding['severity'], number> = { error: 0, warning: 1, note: 2 }

/**
 * Evaluates the evidence: every check, every finding (the most severe first), and the two verdicts that follow from
 * them.
 * `before`: an assessment of which the parts that did not change are reused.
 */
export function assess (evidence: Evidence, before?: Assessment): Assessment {
  const { usage, keys, roles, around } = evidence
  const each = <T>(items: readonly T[], findingsOf: (item: T) => Finding[]): Finding[] => items.flatMap(findingsOf)
  const checked = keys.flatMap((key) => checkKey(usage, key, roles, around, before?.checked))
  const trust = checkTrust(usage, roles, before?.trust)
  const findings = [
    ...each(keys, (key) => keyFindings(usage, key)),
    ...each(trust, (check) => roleFindings(usage, check)),
    ...accessFindings(checked),
    ...grantFindings(checked),
    ...each(keys, (key) => keyStatementFindings(key, roles)),
    ...each(roles, roleStatementFindings),
    ...organizationFindings(around),
    ...broaderFindings(usage, keys, roles)
  ].sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity])
  const checks = checked.map(({ check }) => check)
  return { checked, trust, findings, verdicts: verdictsOf({ checks, findings, keys, trust }) }
}

/** What the verdicts follow from. */
interface VerdictInput {
  checks: readonly Check[]
  findings: readonly Finding[]
  keys: readonly KeyEvidence[]
  trust: readonly CheckedTrust[]
}

export function verdictsOf ({ checks, findings, keys, trust }: VerdictInput): Report['verdicts'] {
  return {
    documented: documentedVerdict(checks),
    effective: effectiveVerdict({ checks, findings, keys, trust })
  }
}

/** The worse of two verdicts: `fail` is worse than `indeterminate`. */
export function worse (a: Verdict, b: Verdict): Verdict {
  if (a === 'fail' || b === 'fail') return 'fail'
  return a === 'indeterminate' || b === 'indeterminate' ? 'indeterminate' : 'pass'
}

function documentedVerdict (checks: readonly Check[]): Verdict {
  return checks
    .map(({ documented }) => (documented === 'notRequired' ? 'pass' : documented))
    .reduce<Verdict>(worse, 'pass')
}

/** Without the state of the key and the trust policy of the role it is not known whether the use works. */
function effectiveVerdict ({ checks, findings, keys, trust }: VerdictInput): Verdict {
  const denied = checks.some(({ effective }) => effective === 'explicitDeny' || effective === 'implicitDeny')
  if (denied || findings.some(({ severity }) => severity === 'error')) return 'fail'
  const open = checks.some(({ effective }) => effective !== 'allowed')
  const unread = keys.some(({ metadata }) => !isKnownState(metadata?.KeyState))
  const unassumable = trust.some(({ decision }) => decision?.decision !== 'allowed')
  return open || unread || unassumable ? 'indeterminate' : 'pass'
}
