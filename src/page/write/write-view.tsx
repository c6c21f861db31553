import type { VNode } from 'preact'
import { countOf } from '../../formats/names.js'
import { Note } from '../parts/note.js'
import { sortFaults } from '../state/field-faults.js'
import { EMPTY, missingFields, type UsageForm, usageToWrite } from '../state/usage-form.js'
import { PoliciesPanel } from './policies-panel.js'
import { GenerationFields, UsageFields } from './usage-fields.js'
import { type Gap, useAnswer, useSettled } from '../parts/use-answer.js'

/** *Write*: the form, and beside it the policies, which follow as one types. */
export function WriteView ({
  form,
  isExample,
  onChange,
  explainLink
}: {
  form: UsageForm
  isExample: boolean
  onChange: (form: UsageForm) => void
  explainLink: string
}): VNode {
  const { state, retry } = useAnswer([form], gapOf(form), async () =>
    (await import('../engine/generation.js')).writePolicies(usageToWrite(form))
  )
  const { isSettled, settle } = useSettled(form)
  const faults = sortFaults(state.problem?.errors ?? [], form)
  const shown = !isSettled || state.isBusy ? {} : state.phase === 'empty' ? missingFields(form) : faults.fields
  const count = state.last?.keyPolicies[0]?.policy.Statement.length
  return (
    <main class='p-main'>
      <h1>The policies your key needs</h1>
      <p class='p-lead'>
        Say how Amazon Personalize uses the key, and get the policies to put, each statement with its reason. They are
        written in your browser: nothing is sent, and nothing is written to AWS. A job has failed?{' '}
        <a href={explainLink}>Explain its error</a>.
      </p>
      <div class='p-columns'>
        <form class='p-form' aria-label='Use of the key' onSubmit={(event) => event.preventDefault()}>
          {isExample ? <ExampleNote onStart={() => onChange(EMPTY)} /> : null}
          <UsageFields form={form} faults={shown} onChange={onChange} onLeave={settle} isKeyOptional />
          <GenerationFields form={form} faults={shown} onChange={onChange} onLeave={settle} />
          {count === undefined || state.phase === 'empty' ? null : <PoliciesBar count={count} />}
        </form>
        <PoliciesPanel state={state} faults={faults} isSettled={isSettled} onRetry={retry} />
      </div>
    </main>
  )
}

function gapOf (form: UsageForm): Gap {
  const { operations, roles } = missingFields(form)
  if (operations === undefined && roles === undefined) return 'nothing'
  return operations !== undefined && roles !== undefined ? 'everything' : 'something'
}

function ExampleNote ({ onStart }: { onStart: () => void }): VNode {
  return (
    <Note tone='info' title='This is an example.'>
      <p>
        Change anything here; the policies follow as you type.{' '}
        <button type='button' class='p-button p-small' onClick={onStart}>
          Start empty
        </button>
      </p>
    </Note>
  )
}

/** At the foot of a narrow window, as long as the policies are below it. */
function PoliciesBar ({ count }: { count: number }): VNode {
  return (
    <div class='p-bar'>
      <span>{countOf(count, 'statement')} in the key policy</span>
      <button type='button' class='p-button p-primary' onClick={showPolicies}>
        See them
      </button>
    </div>
  )
}

function showPolicies (): void {
  const panel = document.querySelector<HTMLElement>('#policies [role="tab"][aria-selected="true"]')
  document.querySelector('#policies')?.scrollIntoView()
  panel?.focus({ preventScroll: true })
}
