import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { CopyButton } from '../parts/copy-button.js'
import { Note } from '../parts/note.js'
import { capitalized } from '../state/field-faults.js'
import {
  choiceName,
  documentText,
  type PolicyChoice,
  type PolicyKind,
  sizeWords,
  TAB_TITLES
} from '../state/policy-tabs.js'
import { FormSelect } from './form-select.js'
import { StatementCards } from './statement-cards.js'
import type { FormChoice } from './use-policy-form.js'

const FILES: Readonly<Record<PolicyKind, string>> = {
  key: 'key-policy.json',
  role: 'role-policy.json',
  trust: 'trust-policy.json',
  bucket: 'bucket-policy.json'
}

/** The documents of a tab, a card a statement; or all policies in the form that was chosen. */
export function Documents ({
  kind,
  choices,
  form
}: {
  kind: PolicyKind
  choices: readonly PolicyChoice[]
  form: FormChoice
}): VNode | null {
  const [index, setIndex] = useState(0)
  const choice = choices[index] ?? choices[0]
  if (choice === undefined) return null
  if (form.name !== 'json') return <FormFile form={form} />
  const which = choices.length === 1 ? null : <Which choices={choices} index={index} onSelect={setIndex} />
  return choice.policy === null ? (
    <>
      <div class='p-toolbar'>
        <FormSelect form={form} />
        {which}
      </div>
      <Note tone='info' title='No IAM policy is needed.'>
        <p>Import jobs alone are allowed by the key policy, while key and role are in one account.</p>
      </Note>
    </>
  ) : (
    <>
      <div class='p-toolbar'>
        <FormSelect form={form} />
        {which}
        <CopyButton text={documentText(kind, choice.policy)} what={TAB_TITLES[kind]} />
        <Download text={documentText(kind, choice.policy)} type='application/json' fileName={FILES[kind]} />
        <span class='p-size'>{sizeWords(kind, choice.policy)}</span>
      </div>
      <StatementCards cards={choice.cards} />
    </>
  )
}

function Which ({
  choices,
  index,
  onSelect
}: {
  choices: readonly PolicyChoice[]
  index: number
  onSelect: (index: number) => void
}): VNode {
  return (
    <label class='p-which'>
      For{' '}
      <select value={index} onChange={(event) => onSelect(Number(event.currentTarget.value))}>
        {choices.map((each, position) => (
          <option key={position} value={position}>
            {choiceName(each)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A link that saves a text as a file. */
function Download ({ text, type, fileName }: { text: string; type: string; fileName: string }): VNode {
  return (
    <a class='p-button' href={`data:${type};charset=utf-8,${encodeURIComponent(text)}`} download={fileName}>
      Download<span class='r-hidden'> {fileName}</span>
    </a>
  )
}

/** All policies in one file of the form. */
function FormFile ({ form }: { form: FormChoice }): VNode | null {
  const { file } = form
  if (file === undefined) return null
  return (
    <>
      <div class='p-toolbar'>
        <FormSelect form={form} />
        {'problem' in file ? null : (
          <>
            <CopyButton text={file.text} what={file.name} />
            <Download text={file.text} type='text/plain' fileName={file.name} />
          </>
        )}
        <span class='p-size'>All policies in one file</span>
      </div>
      {'problem' in file ? (
        <Note tone='no' title='These policies cannot be written in this form.'>
          <p>{capitalized(file.problem)}</p>
        </Note>
      ) : (
        <article class='p-card p-file'>
          <h3>{file.name}</h3>
          <pre tabIndex={0} role='group' aria-label={file.name}>
            <code>{file.text}</code>
          </pre>
        </article>
      )}
    </>
  )
}
