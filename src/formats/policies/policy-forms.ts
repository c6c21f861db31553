import { renderAwsCli } from './aws-cli.js'
import { renderCdk } from './cdk.js'
import { renderCloudFormationJson } from './cloudformation-template.js'
import { renderCloudFormationYaml } from './cloudformation-yaml.js'
import type { PoliciesModel } from './model.js'
import { renderTerraformHcl } from './terraform-hcl.js'
import { renderTerraformJson } from './terraform-json.js'

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
    name: 'terraform',
    mediaType: 'application/vnd.terraform+hcl',
    fileName: 'personalize.tf',
    extension: 'tf',
    description: 'A Terraform configuration in HCL.',
    render: renderTerraformHcl
  },
  {
    name: 'terraform-json',
    mediaType: 'application/vnd.terraform+json',
    fileName: 'personalize.tf.json',
    extension: 'tf.json',
    description: 'A Terraform configuration in JSON.',
    render: renderTerraformJson
  },
  {
    name: 'cloudformation',
    mediaType: 'application/vnd.cloudformation+yaml',
    fileName: 'personalize.template.yaml',
    extension: 'yaml',
    description: 'A CloudFormation template in YAML.',
    render: renderCloudFormationYaml
  },
  {
    name: 'cloudformation-json',
    mediaType: 'application/vnd.cloudformation+json',
    fileName: 'personalize.template.json',
    extension: 'json',
    description: 'A CloudFormation template in JSON.',
    render: renderCloudFormationJson
  },
  {
    name: 'cdk',
    mediaType: 'text/x-cdk-typescript',
    fileName: 'personalize-kms-policies.ts',
    extension: 'ts',
    description: 'A stack of the AWS CDK, version 2, in TypeScript.',
    render: renderCdk
  },
  {
    name: 'aws',
    mediaType: 'text/x-shellscript',
    fileName: 'personalize.sh',
    extension: 'sh',
    description:
      'A shell script with AWS CLI commands. It displays each difference and asks before it changes anything.',
    render: renderAwsCli
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
export function policyFormOf (mediaType: string | undefined): PolicyForm | undefined {
  return POLICY_FORMS.find((form) => form.mediaType === mediaType)
}
