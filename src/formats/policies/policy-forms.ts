import { renderCloudFormationYaml } from './cloudformation-yaml.js'
import type { PoliciesModel } from './model.js'
import { renderTerraformHcl } from './terraform-hcl.js'

/** A form in which policies are deployed. */
export interface PolicyForm {
  name: string
  mediaType: string
  fileName: string
  /** Of a file that holds it, without the dot. */
  extension: string
  description: string
  render: (model: PoliciesModel) => string
}

/** Every form of policies beside JSON; routes, API document, command and page are made of this table. */
export const POLICY_FORMS = [
  {
    name: 'terraform-hcl',
    mediaType: 'application/vnd.terraform+hcl',
    fileName: 'personalize.tf',
    extension: 'tf',
    description: 'A Terraform configuration in HCL.',
    render: renderTerraformHcl
  },
  {
    name: 'cloudformation-yaml',
    mediaType: 'application/vnd.cloudformation+yaml',
    fileName: 'personalize.template.yaml',
    extension: 'yaml',
    description: 'A CloudFormation template in YAML.',
    render: renderCloudFormationYaml
  }
] as const satisfies readonly PolicyForm[]

export type PolicyFormName = (typeof POLICY_FORMS)[number]['name']

/** The policies in the form of this name. */
export function policyForm (name: PolicyFormName, model: PoliciesModel): string {
  const form: PolicyForm | undefined = POLICY_FORMS.find((candidate) => candidate.name === name)
  if (form === undefined) throw new RangeError(`no form of policies is called ${name}`)
  return form.render(model)
}

/** The form with this media type; undefined for JSON. */
export function policyFormOf (mediaType: string): PolicyForm | undefined {
  return POLICY_FORMS.find((form) => form.mediaType === mediaType)
}
