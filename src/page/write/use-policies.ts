import { useEffect, useRef, useState } from 'preact/hooks'
import {
  afterAnswer,
  afterChange,
  afterFailure,
  afterMissing,
  NO_POLICIES,
  type PoliciesState
} from '../state/policies-state.js'
import { missingFields, type UsageForm, usageToWrite } from '../state/usage-form.js'

/** So long after the last key the policies are written: a word costs one computation, not one each letter. */
const DEBOUNCE_MS = 180
/** So long after the last key what is typed counts as finished, and its faults are shown. */
const SETTLED_MS = 800

/** The policies of the form as it changes, written in the browser, and a way to try again after a failure. */
export function usePolicies (form: UsageForm): { state: PoliciesState; retry: () => void } {
  const [state, setState] = useState(NO_POLICIES)
  const [attempt, setAttempt] = useState(0)
  const isFirst = useRef(true)
  useEffect(() => {
    const missing = missingFields(form)
    if (missing.operations !== undefined || missing.roles !== undefined) {
      const isBlank = missing.operations !== undefined && missing.roles !== undefined
      setState((state) => afterMissing(state, { isBlank }))
      return
    }
    let isCurrent = true
    const set = (change: (state: PoliciesState) => PoliciesState): void => {
      if (isCurrent) setState(change)
    }
    const write = async (): Promise<void> => {
      try {
        const { writePolicies } = await import('../engine/generation.js')
        if (isCurrent) set((state) => afterAnswer(state, writePolicies(usageToWrite(form))))
      } catch {
        set(afterFailure)
      }
    }
    set(afterChange)
    const timer = setTimeout(() => void write(), isFirst.current ? 0 : DEBOUNCE_MS)
    isFirst.current = false
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [form, attempt])
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
