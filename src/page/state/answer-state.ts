import type { Answer, PageProblem } from '../engine/answer.js'

/** What follows from a form as it changes: an answer that is computed in the browser. */
export interface AnswerState<T> {
  phase: 'empty' | 'loading' | 'ready' | 'refused' | 'failed'
  /** The last good answer; where the phase is not `ready`, it is from before the last change. */
  last: T | undefined
  problem: PageProblem | undefined
  /** Whether the form has changed since. */
  isBusy: boolean
}

export const NO_ANSWER: AnswerState<never> = { phase: 'empty', last: undefined, problem: undefined, isBusy: false }

/** Something is missing. The last answer is kept, though not shown, unless the whole form was emptied. */
export function afterMissing<T> (state: AnswerState<T>, { isBlank }: { isBlank: boolean }): AnswerState<T> {
  return { ...NO_ANSWER, last: isBlank ? undefined : state.last }
}

/** The form has changed: what is shown stays until the answer is there. */
export function afterChange<T> (state: AnswerState<T>): AnswerState<T> {
  const shown = state.last === undefined ? 'loading' : 'ready'
  return { ...state, phase: state.phase === 'empty' ? shown : state.phase, isBusy: true }
}

/** The answer, or the faults with the last good answer kept. */
export function afterAnswer<T> (state: AnswerState<T>, answer: Answer<T>): AnswerState<T> {
  return 'problem' in answer
    ? { phase: 'refused', last: state.last, problem: answer.problem, isBusy: false }
    : { phase: 'ready', last: answer.body, problem: undefined, isBusy: false }
}

/** The engine could not be loaded, or failed. */
export function afterFailure<T> (state: AnswerState<T>): AnswerState<T> {
  return { phase: 'failed', last: state.last, problem: undefined, isBusy: false }
}
