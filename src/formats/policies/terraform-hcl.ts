import { policyEntries, type PoliciesModel, reasonsOf } from './model.js'
import { headerLines } from './notes.js'
import { commentLines, printValue, type ValueSyntax } from './print-value.js'
import { escapeTemplate, NEW_KEY, type TerraformResource, terraformResources } from './terraform.js'
import { quoted } from './text.js'

const hclText = (text: string): string => escapeTemplate(quoted(text))

const HCL: ValueSyntax = {
  comment: '#',
  assign: ' = ',
  separator: '',
  isAligned: true,
  // Elements of the policy language need no quotation marks: no word of HCL, such as `for`, has a capital.
  name: (name) => (/^[A-Z][A-Za-z]*$/.test(name) ? name : hclText(name)),
  text: hclText,
  newKeyArn: `${NEW_KEY}.arn`
}

/** The policies as a Terraform configuration, as `terraform fmt` writes it. */
export function renderTerraformHcl (model: PoliciesModel): string {
  const header = commentLines(headerLines(model), HCL.comment)
  return `${[header.join('\n'), ...terraformResources(policyEntries(model)).map(resourceBlock)].join('\n\n')}\n`
}

function resourceBlock (resource: TerraformResource): string {
  const { type, label, entry, policyArgument, notes } = resource
  const width = Math.max(...resource.arguments.map(({ name }) => name.length))
  return [
    ...commentLines(notes, HCL.comment),
    `resource "${type}" "${label}" {`,
    ...resource.arguments.map(({ name, value, isExpression }) => {
      const text = isExpression === true ? String(value) : printValue(value, HCL)
      return `  ${name.padEnd(width)} = ${text}`
    }),
    `  ${policyArgument} = jsonencode(${printValue(entry.policy, HCL, reasonsOf(entry), '  ')})`,
    '}'
  ].join('\n')
}
