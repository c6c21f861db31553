import type { StateUpdater } from 'preact/hooks'
import type { DatasetGroupRequest } from '../../../schemas/dataset-group.js'
import type { VerifyRequest } from '../../../schemas/live.js'
import type { ReportModel } from '../../formats/report-model.js'
import type { Outcome, Progress } from '../report/outcome.js'
import { sortFaults } from '../state/field-faults.js'
import { type FieldFaults, missingFields, type UsageForm, usageOf } from '../state/usage-form.js'
import { answerOf, isReport, type LiveAnswer, requestLive } from './live-request.js'

export interface LiveState {
  outcome: Outcome
  isTried: boolean
  waitUpTo: '0' | '30' | '120'
}

export const NOTHING_LIVE: LiveState = { outcome: { phase: 'none' }, isTried: false, waitUpTo: '0' }

/** What is verified: a usage, or what a dataset group uses. */
export interface LiveSubject {
  form: UsageForm
  /** The ARN of the group as it was typed; undefined for the usage. */
  group: string | undefined
}

/** What is sent to the service. */
export function bodyOf ({ form, group }: LiveSubject, { waitUpTo }: LiveState): VerifyRequest | DatasetGroupRequest {
  if (group !== undefined) return { datasetGroupArn: group.trim() }
  return { usage: usageOf(form), ...(waitUpTo === '0' ? {} : { waitUpTo: Number(waitUpTo) }) }
}

/** What is missing of a usage, else what the service refused it for. */
export function usageFaults (form: UsageForm, { outcome, isTried }: LiveState): FieldFaults {
  if (!isTried) return {}
  const missing = missingFields(form, { keys: true })
  if (Object.keys(missing).length > 0 || outcome.phase !== 'refused') return missing
  return sortFaults(outcome.problem.errors, form).fields
}

/** The same of the ARN of a dataset group. */
export function groupFaults (group: string, { outcome, isTried }: LiveState): string[] {
  if (!isTried) return []
  if (group.trim() === '') return ['Give the ARN of the dataset group.']
  if (outcome.phase !== 'refused') return []
  return outcome.problem.errors.filter(({ pointer }) => pointer === '/datasetGroupArn').map(({ detail }) => detail)
}

function isComplete ({ form, group }: LiveSubject): boolean {
  return group === undefined ? Object.keys(missingFields(form, { keys: true })).length === 0 : group.trim() !== ''
}

/** Has the service verify what is in AWS now, unless something is missing of the form. */
export async function verify (
  subject: LiveSubject,
  state: LiveState,
  token: string,
  onState: (change: StateUpdater<LiveState>) => void
): Promise<void> {
  const set = (outcome: Outcome): void => onState((state) => ({ ...state, outcome, isTried: true }))
  if (!isComplete(subject)) {
    set({ phase: 'none' })
    return
  }
  set({ phase: 'busy' })
  try {
    const of = bodyOf(subject, state)
    const answer = await request(of, token, (progress) => set({ phase: 'busy', progress }))
    if (answer === undefined) set({ phase: 'failed' })
    else if ('body' in answer) {
      const { ReportResult } = await import('../report/report-result.js')
      set({ phase: 'report', report: answer.body, Result: ReportResult, of })
    } else set({ phase: 'refused', of, ...answer })
  } catch {
    set({ phase: 'failed' })
  }
}

const STEPS = { list: 'Listing jobs', describe: 'Describing jobs', verify: 'Verifying what they use' } as const

async function request (
  body: VerifyRequest | DatasetGroupRequest,
  token: string,
  onProgress: (progress: Progress) => void
): Promise<LiveAnswer<ReportModel>> {
  if ('usage' in body)
    return await requestLive(token, (client, signal) => client.POST('/verify', { body, signal }), answerOf(isReport))
  const { requestGroup } = await import('./group-request.js')
  return await requestGroup(body, token, ({ step, done, total }) => onProgress({ words: STEPS[step], done, total }))
}
