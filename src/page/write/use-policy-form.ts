import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Usage } from '../../../schemas/usage.js'
import type * as Forms from '../engine/forms.js'

type FormsModule = typeof Forms

export interface FormChoice {
  /** `json`, or the name of a form. */
  name: string
  forms: ReadonlyArray<{ name: string; words: string }>
  /** All policies in the form that was chosen; undefined for JSON. */
  file: { name: string; text: string } | { name: string; problem: string } | undefined
  onSelect: (name: string) => void
}

/** The form that is chosen for the policies of a usage. The forms are loaded once the page has been shown. */
export function usePolicyForm (usage: Usage | undefined): FormChoice {
  const [name, onSelect] = useState('json')
  const [loaded, setLoaded] = useState<FormsModule | undefined>(undefined)
  useEffect(() => {
    // Without them there is still JSON.
    import('../engine/forms.js').then((forms) => setLoaded(() => forms), () => {})
  }, [])
  const file = useMemo(
    () => (loaded === undefined || usage === undefined ? undefined : fileOf(loaded, name, usage)),
    [loaded, name, usage]
  )
  return { name, forms: loaded?.FORMS ?? [], file, onSelect }
}

function fileOf ({ FORMS, policiesAs }: FormsModule, name: string, usage: Usage): FormChoice['file'] {
  const form = FORMS.find((each) => each.name === name)
  if (form === undefined) return undefined
  const answer = policiesAs(form.name, { usages: [usage] })
  return { name: form.fileName, ...('problem' in answer ? { problem: answer.problem.detail } : { text: answer.body }) }
}
