import type { Finding, Remediation } from '../../schemas/verification.js'
import { worse, type Assessment, type Evidence } from './assess.js'
import { FINDINGS } from './findings.js'
import { unreadOf } from './unread.js'

/** What a person has to do, and for which key or role. */
export interface LeftToDo { code: string, detail: string, remedy: string, kmsKeyArn?: string, roleArn?: string }

/** What leaves a decision open, though it breaks nothing for certain. */
const OPEN = new Set(['ACCESS_DEPENDS_ON_CONDITION', 'NOT_DOCUMENTED', 'MALFORMED_POLICY', 'KEY_STATE_UNKNOWN'])

/** What no policy of ours mends: whatever keeps the request from passing once everything is applied, and what a person has to do. */
export function whatIsLeft (after: Evidence, { verdicts, findings }: Assessment): LeftToDo[] {
  if (worse(verdicts.documented, verdicts.effective) === 'pass') return []
  const counts = ({ code, severity }: Finding): boolean => severity === 'error' || code.endsWith('_INCOMPLETE') || code === 'SERVICE_PRINCIPAL_NOT_ALLOWED' || OPEN.has(code)
  const left = findings.filter(counts).map(asLeft)
  const unread = unreadOf(after).map(({ what, why, cause, ...where }) => ({
    code: 'NOT_READABLE', detail: `${what}: ${why}`, remedy: cause === 'notGiven' ? `Pass ${what} in the request.` : FINDINGS.NOT_READABLE.remedy, ...where
  }))
  return [...left, ...unread]
}

/** KMS refuses a key policy that names a principal which does not exist, whoever wrote the statement: a person has to take it out first. */
export function refusedAsItStands (findings: readonly Finding[], { keyPolicies }: Pick<Remediation, 'keyPolicies'>): LeftToDo[] {
  return findings.filter(({ code, kmsKeyArn }) => code === 'STALE_PRINCIPAL' && keyPolicies.some((mend) => mend.kmsKeyArn === kmsKeyArn)).map(asLeft)
}

function asLeft ({ code, detail, remedy, kmsKeyArn, roleArn }: Finding): LeftToDo {
  return { code, detail, remedy, ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }), ...(roleArn === undefined ? {} : { roleArn }) }
}
