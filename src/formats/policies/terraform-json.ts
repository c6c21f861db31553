import { groupBy } from '../../group-by.js'
import type { JsonObject } from '../../json/json.js'
import { policyEntries, type PoliciesModel, reasonsOf } from './model.js'
import { headerLines, statementLines } from './notes.js'
import { policyText, unusedWord } from './policy-text.js'
import { escapeTemplate, NEW_KEY, type TerraformResource, terraformResources } from './terraform.js'

/**
 * The policies as a Terraform configuration in JSON, with each policy as a text. `//` is Terraform's comment.
 * https://developer.hashicorp.com/terraform/language/syntax/json#comment-properties
 */
export function renderTerraformJson (model: PoliciesModel): string {
  const entries = policyEntries(model)
  const newKey = unusedWord('NEW_KEY_ARN', entries)
  const types = groupBy(terraformResources(entries), ({ type }) => type)
  const configuration = {
    '//': headerLines(model).filter((line) => line !== ''),
    resource: Object.fromEntries(
      types.map((resources) => [
        resources[0].type,
        Object.fromEntries(resources.map((resource) => [resource.label, resourceBody(resource, newKey)]))
      ])
    )
  }
  return `${JSON.stringify(configuration, null, 2)}\n`
}

function resourceBody (resource: TerraformResource, newKey: string): JsonObject {
  const { entry, policyArgument, notes } = resource
  const reasons = [...reasonsOf(entry).values()].map((reason) => `${reason.sid}: ${statementLines(reason).join(' ')}`)
  const values = resource.arguments.map(({ name, value, isExpression }) => {
    if (typeof value !== 'string') return [name, value]
    return [name, isExpression === true ? `\${${value}}` : escapeTemplate(value)]
  })
  const policy = escapeTemplate(policyText(entry.policy, newKey)).replaceAll(
    `"${newKey}"`,
    () => `"\${${NEW_KEY}.arn}"`
  )
  return { '//': [...notes, ...reasons], ...Object.fromEntries(values), [policyArgument]: policy }
}
