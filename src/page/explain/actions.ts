import type { StateUpdater } from 'preact/hooks'
import type { ExplainRequest, Explanation } from '../../../schemas/explanation.js'
import { isObject } from '../../json/json.js'
import { answerOf, isReport, requestLive, type Send } from '../live/live-request.js'
import type { Outcome } from '../report/outcome.js'
import { explainedUsage } from '../state/explain-form.js'
import type { UsageForm } from '../state/usage-form.js'

export interface ExplainState {
  /** What was pasted, as it was pasted. */
  text: string
  /** Of the live policies. */
  outcome: Outcome
}

export const NOTHING_EXPLAINED: ExplainState = { text: '', outcome: { phase: 'none' } }

/** What the request with the live policies is about: the text as it was pasted, and the usage. */
export interface LiveSubject extends Pick<ExplainRequest, 'usage'> {
  text: string
}

/** What would be sent to the service. */
export function liveBody (text: string, form: UsageForm | undefined): LiveSubject {
  return { text, ...explainedUsage(form) }
}

function isExplanation (body: unknown): body is Explanation & Required<Pick<Explanation, 'report'>> {
  return isObject(body) && Array.isArray(body['causes']) && isReport(body['report'])
}

/** Has the service read the live policies, which confirm or exclude causes. */
export async function verifyCauses (
  subject: LiveSubject,
  token: string,
  onState: (change: StateUpdater<ExplainState>) => void
): Promise<void> {
  const set = (outcome: Outcome): void => onState((state) => ({ ...state, outcome }))
  set({ phase: 'busy' })
  try {
    const [{ requestOf }, { ReportResult }] = await Promise.all([
      import('../engine/explanation.js'),
      import('../report/report-result.js')
    ])
    const { text, usage } = subject
    const body = { ...requestOf(text), ...(usage === undefined ? {} : { usage }), live: true }
    const send: Send = (client, signal) => client.POST('/explain', { body, signal })
    const answer = await requestLive(token, send, answerOf(isExplanation))
    if (answer === undefined) set({ phase: 'failed' })
    else if ('problem' in answer) set({ phase: 'refused', of: subject, ...answer })
    else {
      const { report } = answer.body
      set({ phase: 'report', report, explanation: answer.body, Result: ReportResult, of: subject })
    }
  } catch {
    set({ phase: 'failed' })
  }
}
