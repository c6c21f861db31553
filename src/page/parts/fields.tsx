import type { ComponentChildren, TargetedEvent, VNode } from 'preact'

/** The faults of a field, below it; the field refers to them by `aria-describedby`. */
export function Faults ({ id, faults }: { id: string; faults: readonly string[] }): VNode | null {
  if (faults.length === 0) return null
  return (
    <ul id={`${id}-faults`} class='p-faults'>
      {faults.map((fault) => (
        <li key={fault}>
          <span aria-hidden='true'>✕</span> <span>{fault}</span>
        </li>
      ))}
    </ul>
  )
}

/** The ids of what describes a field. */
export function describedBy (id: string, faults: readonly string[]): string {
  return faults.length === 0 ? `${id}-hint` : `${id}-hint ${id}-faults`
}

/** A text of several lines with its label, a hint, and its faults. */
export function TextArea ({
  id,
  label,
  hint,
  value,
  faults = [],
  rows = 2,
  onInput,
  onLeave
}: {
  id: string
  label: string
  hint: ComponentChildren
  value: string
  faults?: readonly string[]
  rows?: number
  onInput: (text: string) => void
  onLeave?: () => void
}): VNode {
  return (
    <div class={rows < 7 ? 'p-field' : 'p-field p-tall'}>
      <label for={id}>{label}</label>
      <p id={`${id}-hint`} class='p-hint'>
        {hint}
      </p>
      <textarea
        id={id}
        rows={rows}
        value={value}
        spellcheck={false}
        autocapitalize='off'
        autocomplete='off'
        aria-invalid={faults.length > 0}
        aria-describedby={describedBy(id, faults)}
        onInput={(event: TargetedEvent<HTMLTextAreaElement>) => onInput(event.currentTarget.value)}
        onBlur={onLeave}
      />
      <Faults id={id} faults={faults} />
    </div>
  )
}

/** A text of one line with its label, a hint, and its faults. Enter sends the form. */
export function TextLine ({
  id,
  label,
  hint,
  value,
  faults = [],
  onInput
}: {
  id: string
  label: string
  hint: ComponentChildren
  value: string
  faults?: readonly string[]
  onInput: (text: string) => void
}): VNode {
  return (
    <>
      <label for={id}>{label}</label>
      <p id={`${id}-hint`} class='p-hint'>
        {hint}
      </p>
      <input
        id={id}
        class='p-line'
        type='text'
        value={value}
        spellcheck={false}
        autocapitalize='off'
        autocomplete='off'
        aria-invalid={faults.length > 0}
        aria-describedby={describedBy(id, faults)}
        onInput={(event: TargetedEvent<HTMLInputElement>) => onInput(event.currentTarget.value)}
      />
      <Faults id={id} faults={faults} />
    </>
  )
}

/** One of few values, as radio buttons in one row. */
export function Choice<T extends string> ({
  name,
  legend,
  hint,
  options,
  value,
  onChange
}: {
  name: string
  legend: string
  hint: string
  options: ReadonlyArray<readonly [value: T, words: string]>
  value: T
  onChange: (value: T) => void
}): VNode {
  return (
    <fieldset class='p-field' aria-describedby={`${name}-hint`}>
      <legend>{legend}</legend>
      <p id={`${name}-hint`} class='p-hint'>
        {hint}
      </p>
      <div class='p-segments'>
        {options.map(([option, words]) => (
          <label key={option}>
            <input type='radio' name={name} checked={value === option} onChange={() => onChange(option)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
