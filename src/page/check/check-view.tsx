import type { TargetedKeyboardEvent, VNode } from 'preact'
import { TextArea } from '../parts/fields.js'
import { Note } from '../parts/note.js'
import { type Outcome, shortAnswer } from '../report/outcome.js'
import { OutcomeView } from '../report/outcome-view.js'
import { UsageFold } from '../report/usage-fold.js'
import {
  type CheckFaults,
  type DocumentName,
  type Documents,
  documentsBody,
  missingDocuments,
  sortCheckFaults,
  withChanges
} from '../state/documents.js'
import { capitalized } from '../state/field-faults.js'
import { missingFields, type UsageForm } from '../state/usage-form.js'
import { check, type CheckState, fillIn, type SetCheckState } from './actions.js'

export interface CheckViewProps {
  form: UsageForm
  state: CheckState
  onForm: (form: UsageForm) => void
  onState: SetCheckState
}

/** *Check*: documents that were pasted, evaluated in the browser, and the report on them. */
export function CheckView ({ form, state, onForm, onState }: CheckViewProps): VNode {
  const { documents, outcome, isTried } = state
  const faults = faultsOf(form, state)
  const run = (): void => void check(form, documents, onState)
  const setDocument = (name: DocumentName) => (text: string) =>
    onState((state) => ({ ...state, documents: { ...state.documents, [name]: text } }))
  return (
    <main class='p-main' onKeyDown={onCtrlEnter(run)}>
      <h1>Do these policies work?</h1>
      <p class='p-lead'>
        Paste what is there, or what you are about to put: policies, or the whole output of the AWS CLI. They are
        evaluated in your browser: nothing is sent, and no AWS account is read.
      </p>
      <UsageFold form={form} faults={isTried ? faults.fields : {}} onChange={onForm} />
      <form
        aria-label='Documents'
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        <DocumentFields documents={documents} faults={isTried ? faults.documents : {}} onDocument={setDocument} />
        <p class='p-actions'>
          <button type='submit' class='p-button p-primary'>
            Check
          </button>
          <span class='p-hint'>or Ctrl + Enter</span>
          <button type='button' class='p-button' onClick={() => void fillIn(form, onState)}>
            Fill in the policies of Write
          </button>
        </p>
      </form>
      <OutcomeView
        outcome={outcome}
        current={documentsBody(form, documents)}
        busyWords='Checking…'
        wordsOf={shortAnswer}
        failure='The policies could not be checked: a part of the page could not be loaded.'
        refusal={({ problem }) => <OtherFaults faults={faults} detail={problem.detail} />}
        onRetry={run}
      >
        <ChangesButton
          documents={documents}
          outcome={outcome}
          onChange={(documents) => {
            onState((state) => ({ ...state, documents }))
            void check(form, documents, onState)
          }}
        />
      </OutcomeView>
    </main>
  )
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
function faultsOf (form: UsageForm, { documents, outcome }: CheckState): CheckFaults {
  const missing = { fields: missingFields(form, { keys: true }), documents: missingDocuments(documents), others: [] }
  if (Object.keys({ ...missing.fields, ...missing.documents }).length > 0 || outcome.phase !== 'refused') return missing
  const isCurrent = JSON.stringify(outcome.of) === JSON.stringify(documentsBody(form, documents))
  return isCurrent ? sortCheckFaults(outcome.problem.errors, form) : { fields: {}, documents: {}, others: [] }
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

function DocumentFields ({
  documents,
  faults,
  onDocument
}: {
  documents: Documents
  faults: CheckFaults['documents']
  onDocument: (name: DocumentName) => (text: string) => void
}): VNode {
  const field = (name: DocumentName, label: string, hint: VNode, rows: number): VNode => (
    <TextArea
      id={name}
      label={label}
      hint={hint}
      rows={rows}
      value={documents[name]}
      faults={faults[name] ?? []}
      onInput={onDocument(name)}
    />
  )
  const isOpen = [documents.permissionsBoundary, documents.grants, documents.metadata].some((text) => text !== '')
  return (
    <>
      {field('keyPolicy', 'Key policy', <code>aws kms get-key-policy --key-id …</code>, 9)}
      <div class='p-pair'>
        {field(
          'rolePolicies',
          'IAM policies of the role',
          <>
            <code>aws iam get-role-policy</code> or <code>get-policy-version</code>; several one after the other. Leave
            it empty if there is none.
          </>,
          7
        )}
        {field(
          'trustPolicy',
          'Trust policy',
          <>
            <code>aws iam get-role --role-name …</code>. Without it, who may assume the role is not checked.
          </>,
          7
        )}
      </div>
      <details class='p-fold' {...(isOpen ? { open: true } : {})}>
        <summary>Permissions boundary, grants, state of the key</summary>
        <div class='p-pair'>
          {field(
            'permissionsBoundary',
            'Permissions boundary',
            <>
              The policy, as <code>aws iam get-policy-version</code> prints it.
            </>,
            4
          )}
          {field('grants', 'Grants', <code>aws kms list-grants --key-id …</code>, 4)}
          {field('metadata', 'State of the key', <code>aws kms describe-key --key-id …</code>, 4)}
        </div>
      </details>
    </>
  )
}
