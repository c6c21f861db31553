import type { JsonObject } from '../../json/json.js'
import type { Plan, PlannedPair, PlanSettings } from '../plan.js'
import { knownText } from '../unknown.js'
import { plannedBuckets } from './buckets.js'
import { terraformContext } from './context.js'
import { plannedKeys } from './keys.js'
import { type PlannedResource, readTerraformPlan, type TerraformPlan } from './plan-json.js'
import { onlyReference } from './references.js'
import { plannedRoles } from './roles.js'

/** The keys, roles and buckets of a Terraform plan. Throws where account or Region is neither in it nor given. */
export function extractTerraform (json: JsonObject, settings: PlanSettings): Plan {
  const plan = readTerraformPlan(json)
  const context = terraformContext(plan, settings)
  const keys = plannedKeys(context)
  return {
    source: 'Terraform plan',
    keys,
    roles: plannedRoles(context),
    buckets: plannedBuckets(context, keys),
    pairs: context.ofType('awscc_personalize_dataset_group').map((resource) => pairOf(resource, plan))
  }
}

function pairOf (group: PlannedResource, plan: TerraformPlan): PlannedPair {
  const name = (attribute: string): string | undefined =>
    knownText(group.values[attribute]) ?? onlyReference(plan, group, attribute)?.resource.address
  return { address: group.address, key: name('kms_key_arn'), role: name('role_arn') }
}
