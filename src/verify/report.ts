import type { Report } from '../../schemas/verification.js'
import { assess, worse, type Evidence } from './assess.js'
import { brief } from './brief.js'
import { remediationFor } from './remediation.js'
import { notEvaluated, unreadFindings, unreadOf } from './unread.js'

/** Everything that is known, as the report that is answered. */
export function reportOn (evidence: Evidence): Report {
  const assessment = assess(evidence)
  const unread = unreadOf(evidence)
  const verdict = worse(assessment.verdicts.documented, assessment.verdicts.effective)
  return brief({
    verdict,
    verdicts: assessment.verdicts,
    ...(evidence.around.now === undefined ? {} : { observedAt: evidence.around.now.toISOString() }),
    checks: assessment.checked.map(({ check }) => check),
    findings: [...assessment.findings, ...unreadFindings(unread)],
    notEvaluated: notEvaluated(unread, evidence.around),
    ...(verdict === 'pass' ? {} : { remediation: remediationFor(evidence, assessment) })
  })
}
