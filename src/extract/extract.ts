import { isObject } from '../json/json.js'
import { type Plan, PlanError, type PlanSettings } from './plan.js'
import { extractTerraform } from './terraform/terraform.js'
import { extractTemplate } from './cloudformation/cloudformation.js'

export { parsePlan } from './parse-plan.js'
export { type Plan, PlanError, type PlanSettings } from './plan.js'
export { plannedDocuments } from './documents.js'
export { documentsRequest } from './documents-request.js'
export { type PlanSelection, type SelectedUsage, selectUsage } from './select.js'

/**
 * The keys, roles and buckets of a Terraform plan (`terraform show -json`) or a CloudFormation template, given as its
 * parsed value. Pure; throws a PlanError where it is neither.
 */
export function extractPlan (value: unknown, settings: PlanSettings): Plan {
  try {
    return extracted(value, settings)
  } catch (error) {
    // Names that are made of each other, or a document that is nested a thousand levels deep.
    if (error instanceof RangeError) throw new PlanError('it refers to itself, or is nested too deeply')
    throw error
  }
}

function extracted (value: unknown, settings: PlanSettings): Plan {
  if (!isObject(value)) throw new PlanError('it is neither a Terraform plan nor a CloudFormation template')
  if ('format_version' in value && ('resource_changes' in value || 'planned_values' in value || 'values' in value))
    return extractTerraform(value, settings)
  if (isObject(value['Resources'])) return extractTemplate(value, settings)
  if (isObject(value['TemplateBody'])) return extracted(value['TemplateBody'], settings)
  throw new PlanError(
    'it is neither a Terraform plan (terraform show -json PLAN) nor a CloudFormation template: it has neither ' +
      'resource_changes nor Resources'
  )
}
