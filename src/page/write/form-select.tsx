import type { VNode } from 'preact'
import type { FormChoice } from './use-policy-form.js'

/** The form of the policies: JSON, or one that is deployed. */
export function FormSelect ({ form: { name, forms, onSelect } }: { form: FormChoice }): VNode {
  return (
    <label class='p-which'>
      <span class='r-hidden'>Form of the policies</span>
      <select value={name} onChange={(event) => onSelect(event.currentTarget.value)}>
        <option value='json'>JSON</option>
        {forms.map(({ name, words }) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
