import type { Check, Finding, Report, Verdict } from '../../schemas/verification.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { accessFindings } from './access-findings.js'
import { broaderFindings } from './broader-findings.js'
import { checkKey, type CheckedAccess, type Surroundings } from './checks.js'
import type { KeyEvidence, RoleEvidence } from './evidence.js'
import { grantFindings } from './grant-findings.js'
import { isKnownState, keyFindings } from './key-findings.js'
import { assumeRoleDecision, roleFindings } from './role-findings.js'
import { keyStatementFindings, organizationFindings, roleStatementFindings } from './statement-findings.js'

/** Everything that a verification judges by. */
export interface Evidence { usage: ResolvedUsage, keys: readonly KeyEvidence[], roles: readonly RoleEvidence[], around: Surroundings }

export interface Assessment { checked: CheckedAccess[], findings: Finding[], verdicts: Report['verdicts'] }

const GRAVITY: Record<Finding['severity'], number> = { error: 0, warning: 1, note: 2 }

/**
 * Judges the evidence: every check, every finding (the gravest first), and the two verdicts that follow from them.
 * `before`: what was checked of a part of this same evidence.
 */
export function assess (evidence: Evidence, before: readonly CheckedAccess[] = []): Assessment {
  const { usage, keys, roles, around } = evidence
  const each = <T>(items: readonly T[], findingsOf: (item: T) => Finding[]): Finding[] => items.flatMap(findingsOf)
  const checked = keys.flatMap((key) => checkKey(usage, key, roles, around, before))
  const findings = [
    ...each(keys, (key) => keyFindings(usage, key)),
    ...each(roles, (role) => roleFindings(usage, role)),
    ...accessFindings(checked),
    ...grantFindings(checked),
    ...each(keys, (key) => keyStatementFindings(key, roles)),
    ...each(roles, roleStatementFindings),
    ...organizationFindings(around),
    ...broaderFindings(usage, keys, roles)
  ].sort((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity])
  const checks = checked.map(({ check }) => check)
  return { checked, findings, verdicts: { documented: documentedVerdict(checks), effective: effectiveVerdict(checks, findings, evidence) } }
}

/** The worse of two verdicts: what surely fails is worse than what cannot be told. */
export function worse (a: Verdict, b: Verdict): Verdict {
  if (a === 'fail' || b === 'fail') return 'fail'
  return a === 'indeterminate' || b === 'indeterminate' ? 'indeterminate' : 'pass'
}

function documentedVerdict (checks: readonly Check[]): Verdict {
  return checks.map(({ documented }) => documented === 'notRequired' ? 'pass' : documented).reduce<Verdict>(worse, 'pass')
}

/** Without the state of the key and the trust policy of the role nobody can say that the use works. */
function effectiveVerdict (checks: readonly Check[], findings: readonly Finding[], { usage, keys, roles }: Evidence): Verdict {
  const denied = checks.some(({ effective }) => effective === 'explicitDeny' || effective === 'implicitDeny')
  if (denied || findings.some(({ severity }) => severity === 'error')) return 'fail'
  const open = checks.some(({ effective }) => effective !== 'allowed')
  const unread = keys.some(({ metadata }) => !isKnownState(metadata?.KeyState))
  const unassumable = roles.some((role) => assumeRoleDecision(usage, role)?.decision !== 'allowed')
  return open || unread || unassumable ? 'indeterminate' : 'pass'
}
