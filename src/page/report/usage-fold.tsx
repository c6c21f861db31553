import type { VNode } from 'preact'
import { lastPart } from '../../formats/names.js'
import { entriesOf, type FieldFaults, type UsageForm } from '../state/usage-form.js'
import { UsageFields } from '../write/usage-fields.js'

/** For which use a verification is, and a fold to change it; open where something is missing or wrong. */
export function UsageFold ({
  form,
  faults,
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
  /** In place of the use in words. */
  words?: string
  summary?: string | undefined
  onChange: (form: UsageForm) => void
  onLeave?: () => void
}): VNode {
  const isWrong = Object.keys(faults).length > 0
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
      <details class='p-fold p-usage' {...(isWrong ? { open: true } : {})}>
        <summary>{summary}</summary>
        <div class='p-pair'>
          <UsageFields form={form} faults={faults} onChange={onChange} onLeave={onLeave} isKeyOptional={false} />
        </div>
      </details>
    </>
  )
}
