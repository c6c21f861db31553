import type { VNode } from 'preact'
import { lastPart } from '../../formats/names.js'
import { entriesOf, type FieldFaults, type UsageForm } from '../state/usage-form.js'
import { UsageFields } from '../write/usage-fields.js'

/** For which use a verification is, and a fold to change it; open where something is missing or wrong. */
export function UsageFold ({
  form,
  faults,
  source,
  onChange
}: {
  form: UsageForm
  /** Where keys and roles come from, if not from the form. */
  source?: string | undefined
  faults: FieldFaults
  onChange: (form: UsageForm) => void
}): VNode {
  const isWrong = Object.keys(faults).length > 0
  const names = (text: string): string =>
    entriesOf(text)
      .map((entry) => lastPart(entry.text))
      .join(', ')
  return (
    <>
      <p class='p-use'>
        For <strong>{form.operations.join(', ') || 'no operation yet'}</strong>
        {source === undefined ? (
          <>
            , role <code>{names(form.roles) || 'none yet'}</code>, key <code>{names(form.keys) || 'none yet'}</code>.
          </>
        ) : (
          <>, with the keys and roles of the {source}.</>
        )}
      </p>
      <details class='p-fold p-usage' {...(isWrong ? { open: true } : {})}>
        <summary>Change the use, the role or the key</summary>
        <div class='p-pair'>
          <UsageFields form={form} faults={faults} onChange={onChange} onLeave={() => {}} isKeyOptional={false} />
        </div>
      </details>
    </>
  )
}
