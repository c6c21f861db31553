import type { VNode } from 'preact'
import type { StateUpdater } from 'preact/hooks'
import type { VerifyRequest } from '../../../schemas/live.js'
import { Choice } from '../parts/fields.js'
import type { Outcome } from '../report/outcome.js'
import { OutcomeView } from '../report/outcome-view.js'
import { UsageFold } from '../report/usage-fold.js'
import { sortFaults } from '../state/field-faults.js'
import { type FieldFaults, missingFields, type UsageForm, usageOf } from '../state/usage-form.js'
import { isReport, requestLive } from './live-request.js'
import { Refusal } from './refusal.js'

export interface LiveState {
  outcome: Outcome
  isTried: boolean
  waitUpTo: '0' | '30' | '120'
}

export const NOTHING_LIVE: LiveState = { outcome: { phase: 'none' }, isTried: false, waitUpTo: '0' }

export interface LiveViewProps {
  form: UsageForm
  state: LiveState
  onForm: (form: UsageForm) => void
  onState: (change: StateUpdater<LiveState>) => void
  /** Of a caller of `AUTH_MODE=jwt`. */
  token: string
  onToken: (token: string) => void
}

/** *Live*: what is in AWS now, read by the service. The one view that sends a request. */
export function LiveView ({ form, state, onForm, onState, token, onToken }: LiveViewProps): VNode {
  const run = (): void => void verify(form, state, token, onState)
  const isBusy = state.outcome.phase === 'busy'
  return (
    <main class='p-main'>
      <h1>Does it work in AWS now?</h1>
      <p class='p-lead'>
        The service reads the key, its policy and grants, and the policies of the role from AWS, and evaluates them.
        Only the use below is sent to it. Nothing is written to AWS.
      </p>
      <UsageFold form={form} faults={faultsOf(form, state)} onChange={onForm} />
      <form
        aria-label='Live verification'
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        <Choice
          name='wait'
          legend='Wait until changes take effect'
          hint='IAM and KMS take up to some minutes to apply a change. The service checks again until all is allowed.'
          options={[
            ['0', 'No'],
            ['30', '30 s'],
            ['120', '2 min']
          ]}
          value={state.waitUpTo}
          onChange={(waitUpTo) => onState((state) => ({ ...state, waitUpTo }))}
        />
        <p class='p-actions'>
          <button type='submit' class='p-button p-primary' disabled={isBusy}>
            Verify
          </button>
        </p>
      </form>
      <OutcomeView
        outcome={state.outcome}
        current={bodyOf(form, state)}
        busyWords='Reading from AWS…'
        wordsOf={() => undefined}
        failure='The service does not answer.'
        refusal={(outcome) => (
          <Refusal outcome={outcome} token={token} onToken={onToken} onVerify={run} />
        )}
        onRetry={run}
      />
    </main>
  )
}

function bodyOf (form: UsageForm, { waitUpTo }: LiveState): VerifyRequest {
  return { usage: usageOf(form), ...(waitUpTo === '0' ? {} : { waitUpTo: Number(waitUpTo) }) }
}

function faultsOf (form: UsageForm, { outcome, isTried }: LiveState): FieldFaults {
  if (!isTried) return {}
  const missing = missingFields(form, { keys: true })
  if (Object.keys(missing).length > 0 || outcome.phase !== 'refused') return missing
  return sortFaults(outcome.problem.errors, form).fields
}

async function verify (
  form: UsageForm,
  state: LiveState,
  token: string,
  onState: LiveViewProps['onState']
): Promise<void> {
  const set = (outcome: Outcome): void => onState((state) => ({ ...state, outcome, isTried: true }))
  if (Object.keys(missingFields(form, { keys: true })).length > 0) {
    set({ phase: 'none' })
    return
  }
  set({ phase: 'busy' })
  try {
    const of = bodyOf(form, state)
    const answer = await requestLive('verify', of, isReport, token)
    if (answer === undefined) set({ phase: 'failed' })
    else if ('body' in answer) {
      const { ReportResult } = await import('../report/report-result.js')
      set({ phase: 'report', report: answer.body, Result: ReportResult, of })
    } else set({ phase: 'refused', of, ...answer })
  } catch {
    set({ phase: 'failed' })
  }
}
