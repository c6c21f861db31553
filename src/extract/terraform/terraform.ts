import { isObject, type JsonObject } from '../../json/json.js'
import type { Plan, PlannedImport, PlannedPair, PlanSettings } from '../plan.js'
import { isUnknown, knownText } from '../unknown.js'
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
    pairs: context.ofType('awscc_personalize_dataset_group').map((resource) => pairOf(resource, plan)),
    imports: context.ofType('awscc_personalize_dataset').flatMap((resource) => importOf(resource, plan))
  }
}

function pairOf (group: PlannedResource, plan: TerraformPlan): PlannedPair {
  const name = (attribute: string): string | undefined =>
    knownText(group.values[attribute]) ?? onlyReference(plan, group, attribute)?.resource.address
  return { address: group.address, key: name('kms_key_arn'), role: name('role_arn') }
}

function importOf (dataset: PlannedResource, plan: TerraformPlan): PlannedImport[] {
  const { dataset_import_job: job } = dataset.values
  // Computed where the configuration does not set it.
  if (job == null || (isUnknown(job) && dataset.expressions?.['dataset_import_job'] === undefined)) return []
  const { data_source: source, role_arn: role } = isObject(job) ? job : {}
  // One expression stands for the whole job: what it refers to may be anything of it.
  const referenced = isUnknown(role) ? onlyReference(plan, dataset, 'dataset_import_job')?.resource.address : undefined
  const uri = isObject(source) ? knownText(source['data_location']) : undefined
  return [{ address: dataset.address, uri, role: knownText(role) ?? referenced }]
}
