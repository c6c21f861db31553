import { parseArn } from '../../iam/match/arn.js'
import { isObject } from '../../json/json.js'
import { PlanError, type PlanSettings } from '../plan.js'
import { isUnknown, knownText } from '../unknown.js'
import type { PlannedResource, TerraformPlan } from './plan-json.js'

/** A Terraform plan with what its resources have in common. */
export interface TerraformContext {
  plan: TerraformPlan
  ofType(...types: readonly string[]): PlannedResource[]
  accountId: string
  regionOf(resource: PlannedResource): string
  /** The same; undefined where neither the plan nor its settings say it. */
  knownRegionOf(resource: PlannedResource): string | undefined
  /** The account of a resource whose ARN does not contain it; undefined where the plan leaves it open. */
  ownerOf(resource: PlannedResource): string | undefined
  /** What chooses the account of a resource whose ARN is not known yet. */
  credentialsOf(resource: PlannedResource): string | undefined
}

/** Throws where the account is neither in the plan nor given. */
export function terraformContext (plan: TerraformPlan, settings: PlanSettings): TerraformContext {
  const accountId = accountOf(plan, settings)
  return {
    plan,
    ofType: (...types) => plan.resources.filter(({ mode, type }) => mode === 'managed' && types.includes(type)),
    accountId,
    regionOf: (resource) => regionOf(resource, plan, settings),
    knownRegionOf: (resource) => knownRegionOf(resource, plan, settings),
    ownerOf: (resource) => ownerOf(resource, plan, accountId),
    credentialsOf: (resource) => credentialsOf(resource, plan)
  }
}

function accountOf ({ resources }: TerraformPlan, { accountId }: PlanSettings): string {
  if (accountId !== undefined) return accountId
  const identity = resources
    .filter(({ mode, type }) => mode === 'data' && type === 'aws_caller_identity')
    .flatMap(({ values }) => knownText(values['account_id']) ?? [])
  const ofArns = accountsOf(resources.filter(({ mode }) => mode === 'managed'))
  const accounts = [...new Set(identity.length > 0 ? identity : ofArns)]
  const [only] = accounts
  if (only !== undefined && accounts.length === 1) return only
  throw new PlanError(
    accounts.length === 0
      ? 'the Terraform plan does not say in which account it is applied; give --account-id'
      : `the Terraform plan concerns several accounts (${accounts.join(', ')}); give --account-id`
  )
}

function regionOf (resource: PlannedResource, plan: TerraformPlan, settings: PlanSettings): string {
  const found = knownRegionOf(resource, plan, settings)
  if (found !== undefined) return found
  throw new PlanError(`the Terraform plan does not say in which Region ${resource.address} is created; give --region`)
}

/** The `region` of the resource (AWS provider 6), or of its provider. */
function knownRegionOf (
  { values, providerKey }: PlannedResource,
  plan: TerraformPlan,
  { region }: PlanSettings
): string | undefined {
  const own = knownText(values['region']) ?? parseArn(knownText(values['arn']) ?? '')?.region
  return own !== undefined && own !== '' ? own : (providerRegion(plan, providerKey) ?? region)
}

/** Arguments of the AWS provider that choose the account. */
const CREDENTIALS =
  /^(?:access_key|secret_key|token|profile|shared_\w+|assume_role\w*|(?:allowed|forbidden)_account_ids)$/

function credentialsOf (resource: PlannedResource, plan: TerraformPlan): string | undefined {
  return knownText(resource.values['arn']) === undefined ? ofProvider(resource, plan) : undefined
}

/**
 * Where providers with several credentials create resources, the ARNs of others with the same credentials show the
 * account.
 */
function ownerOf (resource: PlannedResource, plan: TerraformPlan, accountId: string): string | undefined {
  const managed = plan.resources.filter(({ mode, type }) => mode === 'managed' && /^aws(?:cc)?_/.test(type))
  const own = ofProvider(resource, plan)
  const same = managed.filter((each) => ofProvider(each, plan) === own)
  if (same.length === managed.length) return accountId
  const [only, ...others] = accountsOf(same)
  return others.length === 0 ? only : undefined
}

function accountsOf (resources: readonly PlannedResource[]): string[] {
  const ids = resources.flatMap(({ values }) => parseArn(knownText(values['arn']) ?? '')?.accountId ?? [])
  return [...new Set(ids.filter((id) => /^\d{12}$/.test(id)))]
}

function ofProvider ({ providerKey = 'aws' }: PlannedResource, plan: TerraformPlan): string {
  const providers = plan.configuration['provider_config']
  const provider = isObject(providers) ? providers[providerKey] : undefined
  const expressions = isObject(provider) && isObject(provider['expressions']) ? provider['expressions'] : {}
  return JSON.stringify(Object.entries(expressions).filter(([name]) => CREDENTIALS.test(name)))
}

function providerRegion ({ configuration, variables, resources }: TerraformPlan, key = 'aws'): string | undefined {
  const providers = configuration['provider_config']
  const provider = isObject(providers) ? providers[key] : undefined
  const expressions = isObject(provider) ? provider['expressions'] : undefined
  const region = isObject(expressions) ? expressions['region'] : undefined
  if (!isObject(region)) {
    const read = resources.find(({ mode, type }) => mode === 'data' && type === 'aws_region')
    return read === undefined ? undefined : knownText(read.values['region'] ?? read.values['name'])
  }
  const constant = knownText(region['constant_value'])
  if (constant !== undefined) return constant
  const [reference] = Array.isArray(region['references']) ? region['references'] : []
  const variable =
    typeof reference === 'string' && reference.startsWith('var.') ? variables[reference.slice(4)] : undefined
  return isObject(variable) && !isUnknown(variable) ? knownText(variable['value']) : undefined
}
