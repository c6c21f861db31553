import type { Answer, PageProblem } from '../engine/answer.js'
import type { WrittenPolicies } from '../engine/generation.js'

/** What the policies beside the form are at the moment. */
export interface PoliciesState {
  phase: 'empty' | 'loading' | 'ready' | 'refused' | 'failed'
  /** The last policies that were written; where the phase is not `ready`, they are from before the last change. */
  written: WrittenPolicies | undefined
  problem: PageProblem | undefined
  /** Whether the form has changed since. */
  isBusy: boolean
}

export const NO_POLICIES: PoliciesState = { phase: 'empty', written: undefined, problem: undefined, isBusy: false }

/** Something is missing. The last policies are kept, though not shown, unless the whole form was emptied. */
export function afterMissing (state: PoliciesState, { isBlank }: { isBlank: boolean }): PoliciesState {
  return { ...NO_POLICIES, written: isBlank ? undefined : state.written }
}

/** The form has changed: what is shown stays until the answer is there. */
export function afterChange (state: PoliciesState): PoliciesState {
  const shown = state.written === undefined ? 'loading' : 'ready'
  return { ...state, phase: state.phase === 'empty' ? shown : state.phase, isBusy: true }
}

/** The policies, or the faults with the last good policies kept. */
export function afterAnswer (state: PoliciesState, answer: Answer<WrittenPolicies>): PoliciesState {
  return 'problem' in answer
    ? { phase: 'refused', written: state.written, problem: answer.problem, isBusy: false }
    : { phase: 'ready', written: answer.body, problem: undefined, isBusy: false }
}

/** The engine could not be loaded, or failed. */
export function afterFailure (state: PoliciesState): PoliciesState {
  return { phase: 'failed', written: state.written, problem: undefined, isBusy: false }
}
