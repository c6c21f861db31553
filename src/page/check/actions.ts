import type { StateUpdater } from 'preact/hooks'
import type { Outcome } from '../report/outcome.js'
import { type Documents, documentsBody, missingDocuments } from '../state/documents.js'
import { documentText, policyTabs } from '../state/policy-tabs.js'
import { missingFields, type UsageForm, usageOf } from '../state/usage-form.js'

export interface CheckState {
  documents: Documents
  outcome: Outcome
  /** Whether what is missing is marked: not before the first try. */
  isTried: boolean
}

export type SetCheckState = (change: StateUpdater<CheckState>) => void

/** Evaluates the documents, unless something is missing. */
export async function check (form: UsageForm, documents: Documents, onState: SetCheckState): Promise<void> {
  const isMissing = Object.keys({ ...missingFields(form, { keys: true }), ...missingDocuments(documents) }).length > 0
  const set = (outcome: Outcome): void => onState((state) => ({ ...state, outcome, isTried: true }))
  if (isMissing) {
    set({ phase: 'none' })
    return
  }
  set({ phase: 'busy' })
  try {
    const [{ verification }, { ReportResult }] = await Promise.all([
      import('../engine/verification.js'),
      import('../report/report-result.js')
    ])
    // The browser shows that it is busy before the evaluation keeps it so.
    await new Promise((resolve) => setTimeout(resolve))
    const of = documentsBody(form, documents)
    const answer = verification(of)
    set(
      'problem' in answer
        ? { phase: 'refused', problem: answer.problem, of }
        : { phase: 'report', report: answer.body, Result: ReportResult, of }
    )
  } catch {
    set({ phase: 'failed' })
  }
}

/** The documents that *Write* has written for the same use. */
export async function fillIn (form: UsageForm, onState: SetCheckState): Promise<void> {
  try {
    const { writePolicies } = await import('../engine/generation.js')
    const answer = writePolicies(usageOf(form))
    if ('problem' in answer) {
      onState((state) => ({ ...state, outcome: { phase: 'refused', problem: answer.problem, of: documentsBody(form, state.documents) }, isTried: true }))
      return
    }
    const tabs = policyTabs(answer.body)
    const textOf = (kind: keyof typeof tabs): string => {
      const policy = tabs[kind][0]?.policy ?? null
      return policy === null ? '' : documentText(policy)
    }
    onState((state) => ({
      ...state,
      documents: { ...state.documents, keyPolicy: textOf('key'), rolePolicies: textOf('role'), trustPolicy: textOf('trust') }
    }))
  } catch {
    onState((state) => ({ ...state, outcome: { phase: 'failed' }, isTried: true }))
  }
}
