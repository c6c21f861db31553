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
  /** What chooses the account of a resource whose ARN is not known yet. */
  credentialsOf(resource: PlannedResource): string | undefined
}

/** Throws where the account is neither in the plan nor given. */
export function terraformContext (plan: TerraformPlan, settings: PlanSettings): TerraformContext {
  return {
    plan,
    ofType: (...types) => plan.resources.filter(({ mode, type }) => mode === 'managed' && types.includes(type)),
    accountId: accountOf(plan, settings),
    regionOf: (resource) => regionOf(resource, plan, settings),
    credentialsOf: (resource) => credentialsOf(resource, plan)
  }
}

function accountOf ({ resources }: TerraformPlan, { accountId }: PlanSettings): string {
  if (accountId !== undefined) return accountId
  const identity = resources
    .filter(({ mode, type }) => mode === 'data' && type === 'aws_caller_identity')
    .flatMap(({ values }) => knownText(values['account_id']) ?? [])
  const ofArns = resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ values }) => parseArn(knownText(values['arn']) ?? '')?.accountId ?? [])
    .filter((id) => /^\d{12}$/.test(id))
  const accounts = [...new Set(identity.length > 0 ? identity : ofArns)]
  const [only] = accounts
  if (only !== undefined && accounts.length === 1) return only
  throw new PlanError(
    accounts.length === 0
      ? 'the Terraform plan does not say in which account it is applied; give --account-id'
      : `the Terraform plan concerns several accounts (${accounts.join(', ')}); give --account-id`
  )
}

/** The `region` of the resource (AWS provider 6), or of its provider. */
function regionOf (
  { values, providerKey, address }: PlannedResource,
  plan: TerraformPlan,
  { region }: PlanSettings
): string {
  const own = knownText(values['region']) ?? parseArn(knownText(values['arn']) ?? '')?.region
  const found = own !== undefined && own !== '' ? own : (providerRegion(plan, providerKey) ?? region)
  if (found !== undefined) return found
  throw new PlanError(`the Terraform plan does not say in which Region ${address} is created; give --region`)
}

/** Arguments of the AWS provider that choose the account. */
const CREDENTIALS = /^(?:access_key|secret_key|token|profile|shared_\w+|assume_role\w*|(?:allowed|forbidden)_account_ids)$/

function credentialsOf ({ values, providerKey = 'aws' }: PlannedResource, plan: TerraformPlan): string | undefined {
  if (knownText(values['arn']) !== undefined) return undefined
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
