import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { lastPart } from '../../formats/names.js'
import { Note } from '../parts/note.js'
import { entriesOf, exampleParts, type FieldFaults, type UsageForm } from '../state/usage-form.js'
import { UsageFields } from '../write/usage-fields.js'

/**
 * For which use a verification is, and a fold to change it. It opens where something is missing or wrong, and stays
 * open: what is being typed may be what was missing.
 */
export function UsageFold ({
  form,
  faults,
  isMissing = false,
  source,
  words,
  summary = 'Change the use, the role or the key',
  onChange,
  onLeave = () => {}
}: {
  form: UsageForm
  /** Where keys and roles come from, if not from the form. */
  source?: string | undefined
  faults: FieldFaults
  /** Whether something is missing, though it is not marked yet. */
  isMissing?: boolean
  /** In place of the use in words. */
  words?: string
  summary?: string | undefined
  onChange: (form: UsageForm) => void
  onLeave?: () => void
}): VNode {
  const isOpen = isMissing || Object.keys(faults).length > 0
  const fold = useRef<HTMLDetailsElement>(null)
  useLayoutEffect(() => {
    if (isOpen && fold.current !== null) fold.current.open = true
  }, [isOpen])
  const giveOwn = (): void => {
    if (fold.current === null) return
    fold.current.open = true
    fold.current.querySelector('textarea')?.focus()
    onChange(withoutExample(form))
  }
  const names = (text: string): string =>
    entriesOf(text)
      .map((entry) => lastPart(entry.text))
      .join(', ')
  const locations = entriesOf(form.locations).map(({ text }) => text).join(', ')
  return (
    <>
      {words === undefined ? (
        <p class='p-use'>
        For <strong>{form.operations.join(', ') || 'no operation yet'}</strong>
          {source === undefined ? (
            <>
            , role <code>{names(form.roles) || 'none yet'}</code>
              {form.keys === '' && locations !== '' ? null : <>, key <code>{names(form.keys) || 'none yet'}</code></>}
              {locations === '' ? null : <>, Amazon S3 <code>{locations}</code></>}.
            </>
          ) : (
            <>
            , with the keys, roles and buckets of the {source}
              {locations === '' ? null : <>, Amazon S3 <code>{locations}</code></>}.
            </>
          )}
        </p>
      ) : words === '' ? null : <p class='p-use'>{words}</p>}
      <ExampleNote form={form} onGiveOwn={giveOwn} />
      <details ref={fold} class='p-fold p-usage'>
        <summary>{summary}</summary>
        <div class='p-pair'>
          <UsageFields form={form} faults={faults} onChange={onChange} onLeave={onLeave} isKeyOptional={false} />
        </div>
      </details>
    </>
  )
}

function ExampleNote ({ form, onGiveOwn }: { form: UsageForm; onGiveOwn: () => void }): VNode | null {
  const parts = exampleParts(form)
  return parts.length === 0 ? null : (
    <Note tone='depends' title={`Still with the ${parts.map((part) => NAMES[part]).join(' and the ')} of the example`}>
      <p>
        What is found is about the example.{' '}
        <button type='button' class='p-button p-small' onClick={onGiveOwn}>
          Give yours
        </button>
      </p>
    </Note>
  )
}

const NAMES = { roles: 'role', keys: 'key' } as const

function withoutExample (form: UsageForm): UsageForm {
  return { ...form, ...Object.fromEntries(exampleParts(form).map((part) => [part, ''])) }
}
