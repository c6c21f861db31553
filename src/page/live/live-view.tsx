import type { VNode } from 'preact'
import type { StateUpdater } from 'preact/hooks'
import { Choice, TextLine } from '../parts/fields.js'
import { OutcomeView, useFocusOnFault } from '../report/outcome-view.js'
import { UsageFold } from '../report/usage-fold.js'
import { capitalized } from '../state/field-faults.js'
import { missingFields, type UsageForm } from '../state/usage-form.js'
import { bodyOf, groupFaults, type LiveState, usageFaults, verify } from './actions.js'
import { Refusal } from './refusal.js'

export interface LiveViewProps {
  form: UsageForm
  /** ARN of the dataset group that is verified in place of the usage of the form; undefined for the usage. */
  group: string | undefined
  state: LiveState
  onForm: (form: UsageForm) => void
  onGroup: (group: string | undefined) => void
  onState: (change: StateUpdater<LiveState>) => void
  /** Of a caller of `AUTH_MODE=jwt`. */
  token: string
  onToken: (token: string) => void
}

/** *Live*: what is in AWS now, read by the service. The one view that sends a request. */
export function LiveView (props: LiveViewProps): VNode {
  const { form, group, state, onForm, onGroup, onState, token, onToken } = props
  const run = (): void => void verify({ form, group }, state, token, onState)
  const isBusy = state.outcome.phase === 'busy'
  useFocusOnFault(state.outcome)
  return (
    <main class='p-main p-narrow'>
      <h1>Does it work in AWS now?</h1>
      <p class='p-lead'>
        The service reads the key, its policy and grants, and the policies of the role from AWS, and evaluates them.
        Only what is chosen below is sent to it. Nothing is written to AWS.
      </p>
      <Choice
        name='subject'
        legend='What to verify'
        hint='Name the role and the key, or let the service find them: a dataset group names them in its jobs.'
        options={[
          ['use', 'Roles and keys'],
          ['group', 'A dataset group']
        ]}
        value={group === undefined ? 'use' : 'group'}
        onChange={(subject) => onGroup(subject === 'group' ? '' : undefined)}
      />
      {group === undefined ? (
        <UsageFold
          form={form}
          faults={usageFaults(form, state)}
          isMissing={Object.keys(missingFields(form, { keys: true })).length > 0}
          onChange={onForm}
        />
      ) : null}
      <form
        aria-label='Live verification'
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        {group === undefined ? (
          <Wait value={state.waitUpTo} onChange={(waitUpTo) => onState((state) => ({ ...state, waitUpTo }))} />
        ) : (
          <GroupField group={group} faults={groupFaults(group, state)} onGroup={onGroup} />
        )}
        <p class='p-actions'>
          <button type='submit' class='p-button p-primary' disabled={isBusy}>
            Verify
          </button>
        </p>
      </form>
      <OutcomeView
        outcome={state.outcome}
        current={bodyOf({ form, group }, state)}
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

function Wait ({
  value,
  onChange
}: {
  value: LiveState['waitUpTo']
  onChange: (value: LiveState['waitUpTo']) => void
}): VNode {
  return (
    <Choice
      name='wait'
      legend='Wait until changes take effect'
      hint='IAM and KMS take up to some minutes to apply a change. The service checks again until all is allowed.'
      options={[
        ['0', 'No'],
        ['30', '30 s'],
        ['120', '2 min']
      ]}
      value={value}
      onChange={onChange}
    />
  )
}

function GroupField ({
  group,
  faults,
  onGroup
}: {
  group: string
  faults: readonly string[]
  onGroup: (group: string) => void
}): VNode {
  return (
    <div class='p-field'>
      <TextLine
        id='group'
        label='Dataset group'
        hint={
          <>
            Its ARN, as <code>aws personalize list-dataset-groups</code> prints it. The service lists its jobs, the
            failed ones first, and verifies each role, key and location that they name. This takes some seconds.
          </>
        }
        value={group}
        faults={faults.map(capitalized)}
        onInput={onGroup}
      />
    </div>
  )
}
