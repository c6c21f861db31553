import { policyFormOf } from '../formats/policies/policy-forms.js'
import type { PoliciesModel } from '../formats/policies/model.js'
import { CommandError } from './exit.js'
import { type PolicyFormat, POLICY_FORMATS } from './format-names.js'

/** Policies in the form in which they are deployed. */
export function policyText (format: PolicyFormat, model: PoliciesModel): string {
  if (format === 'json') return JSON.stringify(model, null, 2)
  const form = policyFormOf(POLICY_FORMATS[format])
  if (form === undefined) throw new CommandError(`there is no form ${format} of policies`)
  return form.render(model)
}
