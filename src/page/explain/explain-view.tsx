import type { VNode } from 'preact'
import type { StateUpdater } from 'preact/hooks'
import type { Explanation } from '../../../schemas/explanation.js'
import { Refusal } from '../live/refusal.js'
import { Note } from '../parts/note.js'
import { TextArea } from '../parts/fields.js'
import { useAnswer, useSettled } from '../parts/use-answer.js'
import { OutcomeView } from '../report/outcome-view.js'
import { UsageFold } from '../report/usage-fold.js'
import type { AnswerState } from '../state/answer-state.js'
import { explainedUsage, hasPlaceholders } from '../state/explain-form.js'
import { capitalized, sortFaults } from '../state/field-faults.js'
import { EMPTY, missingFields, type UsageForm } from '../state/usage-form.js'
import { type ExplainState, liveBody, verifyCauses } from './actions.js'
import { ExplanationView } from './explanation-view.js'

export interface ExplainViewProps {
  /** Undefined while the form is the example, which no error is about. */
  form: UsageForm | undefined
  state: ExplainState
  onForm: (form: UsageForm) => void
  onState: (change: StateUpdater<ExplainState>) => void
  token: string
  onToken: (token: string) => void
}

/**
 * *Explain*: an error of AWS, what can have caused it, and what fixes that. A request is sent only for live policies.
 */
export function ExplainView ({ form, state, onForm, onState, token, onToken }: ExplainViewProps): VNode {
  const { text, outcome } = state
  const { state: computed, retry } = useAnswer(
    [text, form],
    text.trim() === '' ? 'everything' : 'nothing',
    async () => {
      const { explanation, requestOf } = await import('../engine/explanation.js')
      return explanation({ ...requestOf(text), ...explainedUsage(form) })
    }
  )
  const { isSettled, settle } = useSettled(form)
  const faults = sortFaults(computed.problem?.errors ?? [], form ?? EMPTY)
  const ofText = faults.others.filter(({ pointer }) => !pointer.startsWith('/usage'))
  const current = liveBody(text, form)
  const verified =
    outcome.phase === 'report' && JSON.stringify(outcome.of) === JSON.stringify(current)
      ? outcome.explanation
      : undefined
  const verify = (): void => void verifyCauses(current, token, onState)
  const shown = verified ?? computed.last
  return (
    <main class='p-main p-narrow'>
      <h1>What does this error mean?</h1>
      <p class='p-lead'>
        Paste what AWS or Amazon Personalize printed, and get the causes, what distinguishes them, and the statement
        that fixes each. The text stays in your browser.
      </p>
      <form aria-label='Error' onSubmit={(event) => event.preventDefault()}>
        <TextArea
          id='error'
          label='Error'
          hint={
            <>
              An error message, a <code>failureReason</code>, or a record of CloudTrail.
            </>
          }
          rows={4}
          value={text}
          faults={ofText.map(({ detail }) => capitalized(detail))}
          onInput={(text) => onState((state) => ({ ...state, text }))}
        />
      </form>
      {text === '' ? <Example onText={(text) => onState((state) => ({ ...state, text }))} /> : null}
      {text.trim() === '' ? null : (
        <>
          <Use form={form} shown={shown} faults={isSettled ? faults.fields : {}} onForm={onForm} onLeave={settle} />
          <ComputedNote computed={computed} onRetry={retry} />
          {shown === undefined ? null : (
            <div class={computed.isBusy ? 'p-old' : undefined} aria-busy={computed.isBusy}>
              <ExplanationView explanation={shown} />
            </div>
          )}
          {shown?.isPermission === true && shown.causes.length > 0 ? (
            <Verify form={form} isBusy={outcome.phase === 'busy'} isDone={verified !== undefined} onVerify={verify} />
          ) : null}
          <OutcomeView
            outcome={outcome}
            current={current}
            busyWords='Reading from AWS…'
            wordsOf={() => undefined}
            failure='The service does not answer.'
            refusal={(outcome) => <Refusal outcome={outcome} token={token} onToken={onToken} onVerify={verify} />}
            onRetry={verify}
          />
        </>
      )}
    </main>
  )
}

const INSUFFICIENT = 'Insufficient privileges for accessing data in Amazon S3.'

function Example ({ onText }: { onText: (text: string) => void }): VNode {
  return (
    <p class='p-actions'>
      <button type='button' class='p-button' onClick={() => onText(INSUFFICIENT)}>
        Explain “{INSUFFICIENT}”
      </button>
    </p>
  )
}

function Use ({
  form,
  shown,
  faults,
  onForm,
  onLeave
}: Pick<ExplainViewProps, 'form' | 'onForm'> & {
  shown: Explanation | undefined
  faults: Parameters<typeof UsageFold>[0]['faults']
  onLeave: () => void
}): VNode | null {
  if (shown === undefined || !shown.isPermission) return null
  const isComplete = form !== undefined && Object.keys(missingFields(form)).length === 0
  return (
    <UsageFold
      form={form ?? EMPTY}
      faults={faults}
      {...(isComplete ? {} : { words: hasPlaceholders(shown) ? 'What the text does not name ' +
        'stands in angle brackets.' : '' })}
      summary={isComplete ? undefined : 'Say which job it was: operation, role, key and bucket'}
      onChange={onForm}
      onLeave={onLeave}
    />
  )
}

function ComputedNote ({
  computed: { phase, problem },
  onRetry
}: {
  computed: AnswerState<Explanation>
  onRetry: () => void
}): VNode | null {
  if (phase === 'failed')
    return (
      <Note tone='no' title='The error could not be explained: a part of the page could not be loaded.' isLive>
        <button type='button' class='p-button' onClick={onRetry}>
          Try again
        </button>
      </Note>
    )
  return phase === 'refused' && problem !== undefined ? (
    <Note tone='no' title='Something on the form is not right yet' isLive>
      <p>Correct what is marked above.</p>
    </Note>
  ) : null
}

function Verify ({
  form,
  isBusy,
  isDone,
  onVerify
}: {
  form: UsageForm | undefined
  isBusy: boolean
  isDone: boolean
  onVerify: () => void
}): VNode | null {
  if (isDone) return null
  const isComplete = form !== undefined && Object.keys(missingFields(form, { keys: true })).length === 0
  return (
    <Note tone='info' title='Which of them is it?'>
      <p>
        {isComplete
          ? 'The service can read the live policies of this use from AWS and confirm or exclude causes. The text and ' +
            'the use are then sent to it.'
          : 'The live policies show it. Say above which job it was: operation, role, and key or bucket.'}
      </p>
      {isComplete ? (
        <button type='button' class='p-button p-primary' disabled={isBusy} onClick={onVerify}>
          Read the live policies
        </button>
      ) : null}
    </Note>
  )
}

