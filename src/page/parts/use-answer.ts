import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answer } from '../engine/answer.js'
import {
  afterAnswer,
  afterChange,
  afterFailure,
  afterMissing,
  type AnswerState,
  NO_ANSWER
} from '../state/answer-state.js'

/** So long after the last key the answer is computed: a word costs one computation, not one each letter. */
const DEBOUNCE_MS = 180
/** So long after the last key what is typed counts as finished, and its faults are shown. */
const SETTLED_MS = 800

/** What is missing of a form before anything can be computed. */
export type Gap = 'nothing' | 'something' | 'everything'

/**
 * The answer to a form as it changes, computed in the browser, and a way to try again after a failure. `inputs`: what
 * the answer depends on; a change of one computes it again.
 */
export function useAnswer<T> (
  inputs: readonly unknown[],
  gap: Gap,
  compute: () => Promise<Answer<T>>
): { state: AnswerState<T>; retry: () => void } {
  const [state, setState] = useState<AnswerState<T>>(NO_ANSWER)
  const [attempt, setAttempt] = useState(0)
  const isFirst = useRef(true)
  useEffect(() => {
    if (gap !== 'nothing') {
      setState((state) => afterMissing(state, { isBlank: gap === 'everything' }))
      return
    }
    let isCurrent = true
    const set = (change: (state: AnswerState<T>) => AnswerState<T>): void => {
      if (isCurrent) setState(change)
    }
    const run = async (): Promise<void> => {
      try {
        const answer = await compute()
        set((state) => afterAnswer(state, answer))
      } catch {
        set(afterFailure)
      }
    }
    set(afterChange)
    const timer = setTimeout(() => void run(), isFirst.current ? 0 : DEBOUNCE_MS)
    isFirst.current = false
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [...inputs, attempt])
  return { state, retry: () => setAttempt((count) => count + 1) }
}

/** Whether a value has not changed for a while, or the field has been left: a half-typed ARN is no error yet. */
export function useSettled (value: unknown): { isSettled: boolean; settle: () => void } {
  const [settled, setSettled] = useState<unknown>(undefined)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [value])
  return { isSettled: settled === value, settle: () => setSettled(() => value) }
}
