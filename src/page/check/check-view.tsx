import type { TargetedDragEvent, TargetedKeyboardEvent, VNode } from 'preact'
import { Note } from '../parts/note.js'
import { type Outcome, shortAnswer } from '../report/outcome.js'
import { OutcomeView, useFocusOnFault } from '../report/outcome-view.js'
import { UsageFold } from '../report/usage-fold.js'
import {
  type BucketTexts,
  type CheckFaults,
  type DocumentName,
  type Documents,
  sortCheckFaults,
  withChanges
} from '../state/documents.js'
import { capitalized } from '../state/field-faults.js'
import type { UsageForm } from '../state/usage-form.js'
import { check, checkedOf, type CheckState, fillIn, loadPlan, missingOf, type SetCheckState } from './actions.js'
import { DocumentFields } from './document-fields.js'
import { PlanField, PlanSummary } from './plan-field.js'

export interface CheckViewProps {
  form: UsageForm
  state: CheckState
  onForm: (form: UsageForm) => void
  onState: SetCheckState
}

/** *Check*: documents that were pasted, or a plan, evaluated in the browser, and the report on them. */
export function CheckView ({ form, state, onForm, onState }: CheckViewProps): VNode {
  const { documents, plan, planFault, outcome, isTried } = state
  const faults = faultsOf(form, state)
  const run = (): void => void check(form, state, onState)
  const checkChanged = (documents: Documents): void => {
    setDocuments(documents)
    void check(form, { ...state, documents }, onState)
  }
  const onFiles = (files: readonly File[]): void => void loadPlan(files, form, onState)
  const { setDocuments, setDocument, setBucket, removePlan } = settersOf(onState)
  useFocusOnFault(outcome)
  return (
    <main class='p-main' onKeyDown={onCtrlEnter(run)} {...dropTarget(onFiles)}>
      <h1>Do these policies work?</h1>
      <p class='p-lead'>
        Paste what is there, or what you are about to put: policies, or the whole output of the AWS CLI. They are
        evaluated in your browser: nothing is sent, and no AWS account is read.
      </p>
      <UsageFold
        form={form}
        faults={isTried ? faults.fields : {}}
        source={plan?.plan.source}
        onChange={onForm}
        isMissing={Object.keys(missingOf(form, state).fields).length > 0}
      />
      <form
        aria-label='Documents'
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        {plan === undefined ? (
          <DocumentFields
            form={form}
            documents={documents}
            faults={isTried ? faults.documents : {}}
            onDocument={setDocument}
            onBucket={setBucket}
          />
        ) : (
          <PlanSummary
            loaded={plan}
            fault={planFault}
            onChoose={(choice) =>
              onState((state) => ({ ...state, plan: { ...plan, ...choice }, planFault: undefined }))
            }
            onRemove={removePlan}
          />
        )}
        {plan === undefined ? <PlanField fault={planFault} onFiles={onFiles} /> : null}
        <Actions hasPlan={plan !== undefined} onFillIn={() => void fillIn(form, onState)} />
      </form>
      <OutcomeView
        outcome={outcome}
        current={checkedOf(form, state)}
        busyWords='Checking…'
        wordsOf={shortAnswer}
        failure='The policies could not be checked: a part of the page could not be loaded.'
        refusal={({ problem }) => <OtherFaults faults={faults} detail={problem.detail} />}
        onRetry={run}
      >
        {plan === undefined ? (
          <ChangesButton documents={documents} outcome={outcome} onChange={checkChanged} />
        ) : null}
      </OutcomeView>
    </main>
  )
}

function settersOf (onState: SetCheckState) {
  return {
    setDocuments: (documents: Documents): void => onState((state) => ({ ...state, documents })),
    removePlan: (): void => onState((state) => ({ ...state, plan: undefined, planFault: undefined })),
    setDocument: (name: DocumentName) => (text: string): void =>
      onState((state) => ({ ...state, documents: { ...state.documents, [name]: text } })),
    setBucket: (bucket: string, texts: BucketTexts): void =>
      onState((state) => ({
        ...state,
        documents: { ...state.documents, buckets: { ...state.documents.buckets, [bucket]: texts } }
      }))
  }
}

function Actions ({ hasPlan, onFillIn }: { hasPlan: boolean; onFillIn: () => void }): VNode {
  return (
    <p class='p-actions'>
      <button type='submit' class='p-button p-primary'>
        Check
      </button>
      <span class='p-hint'>or Ctrl + Enter</span>
      {hasPlan ? null : (
        <button type='button' class='p-button' onClick={onFillIn}>
          Fill in the policies of Write
        </button>
      )}
    </p>
  )
}

/** Files can be dropped anywhere on the view. */
function dropTarget (onFiles: (files: readonly File[]) => void) {
  return {
    onDragOver: (event: TargetedDragEvent<HTMLElement>): void => event.preventDefault(),
    onDrop: (event: TargetedDragEvent<HTMLElement>): void => {
      const files = Array.from(event.dataTransfer?.files ?? [])
      if (files.length === 0) return
      event.preventDefault()
      onFiles(files)
    }
  }
}

/** Puts what the report would change into the form, so that one more check proves it. */
function ChangesButton ({
  documents,
  outcome,
  onChange
}: {
  documents: Documents
  outcome: Outcome
  onChange: (documents: Documents) => void
}): VNode | null {
  const changed = outcome.phase === 'report' ? withChanges(documents, outcome.report.remediation) : undefined
  return changed === undefined ? null : (
    <Note tone='info' title='The report contains policies that fix this.'>
      <button type='button' class='p-button' onClick={() => onChange(changed)}>
        Put them into the form and check again
      </button>
    </Note>
  )
}

function onCtrlEnter (run: () => void) {
  return (event: TargetedKeyboardEvent<HTMLElement>): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    run()
  }
}

/** What is missing, else what the last check was refused for, as long as nothing has changed since. */
function faultsOf (form: UsageForm, state: CheckState): CheckFaults {
  const { plan, outcome } = state
  const missing = missingOf(form, state)
  const none = { fields: {}, documents: {}, others: [] }
  if (Object.keys({ ...missing.fields, ...missing.documents }).length > 0) return { ...none, ...missing }
  if (outcome.phase !== 'refused' || JSON.stringify(outcome.of) !== JSON.stringify(checkedOf(form, state))) return none
  const { errors } = outcome.problem
  // The lines of the form are not the keys and roles of a plan.
  return plan === undefined ? sortCheckFaults(errors, form) : { ...none, others: errors }
}

function OtherFaults ({ faults, detail }: { faults: CheckFaults; detail: string }): VNode {
  const isMarked = Object.keys({ ...faults.fields, ...faults.documents }).length > 0
  return (
    <>
      <p>{isMarked ? 'Correct what is marked above.' : capitalized(detail)}</p>
      {faults.others.length === 0 ? null : (
        <ul>
          {faults.others.map(({ pointer, detail }) => (
            <li key={pointer + detail}>{capitalized(`${pointer} ${detail}`.trim())}</li>
          ))}
        </ul>
      )}
    </>
  )
}
