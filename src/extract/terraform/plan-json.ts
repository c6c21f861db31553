import { isObject, type JsonObject } from '../../json/json.js'
import { PlanError } from '../plan.js'
import { unknown } from '../unknown.js'

/** A resource or data source as it will be after the apply. */
export interface PlannedResource {
  address: string
  /** Address of its module instance; empty for the root module. */
  module: string
  mode: string
  type: string
  name: string
  index: string | number | undefined
  /** Attributes; those that are not known yet are `Unknown`. */
  values: JsonObject
  /** Expressions of the configuration by attribute; undefined where the plan has no configuration of it. */
  expressions: JsonObject | undefined
  providerKey: string | undefined
  isNew: boolean
  /** Attributes before the apply; empty where it is created. */
  before: JsonObject
  /** A later plan decides it, and how many there are of it. */
  isDeferred?: true
  /** What it is before the apply is not deleted, only removed from the state. */
  isForgotten?: true
}

export interface TerraformPlan {
  resources: readonly PlannedResource[]
  /** Resources that the apply deletes or forgets, with the attributes that they have before. */
  removed: readonly PlannedResource[]
  /** What the plan itself leaves open. */
  notes: readonly string[]
  configuration: JsonObject
  variables: JsonObject
}

/**
 * The resources of `terraform show -json PLAN`. Members that are not known are ignored, another major version of the
 * format is refused. https://developer.hashicorp.com/terraform/internals/json-format
 */
export function readTerraformPlan (plan: JsonObject): TerraformPlan {
  const { format_version: version, configuration, variables } = plan
  if (typeof version !== 'string' || !/^[01]\./.test(version))
    throw new PlanError(`the format of the Terraform plan, ${String(version)}, is not known: it must be 0.x or 1.x`)
  const config = isObject(configuration) ? configuration : {}
  const changes = Array.isArray(plan['resource_changes']) ? plan['resource_changes'].filter(isObject) : undefined
  if (changes === undefined && !isObject(plan['values']))
    throw new PlanError('the file is not a Terraform plan: it has no resource_changes. Use terraform show -json PLAN')
  if (plan['errored'] === true)
    throw new PlanError('Terraform ended with an error before the plan was complete: make a plan without errors')
  const planned = [
    ...(changes ?? []).flatMap((change) => plannedResource(change, config) ?? []),
    ...deferredResources(plan['deferred_changes'], config)
  ]
  const known = new Set(planned.map(({ address }) => address))
  const settled = [plan['values'], isObject(plan['prior_state']) ? plan['prior_state']['values'] : undefined]
    .flatMap((values) => (isObject(values) ? stateResources(values['root_module'], config) : []))
    // Of what the state holds, the plan lists what it keeps, but for data sources that were read before.
    .filter(({ address, mode }) => !known.has(address) && (changes === undefined || mode === 'data'))
  return {
    resources: [...planned, ...settled],
    removed: (changes ?? []).flatMap((change) => removedResource(change, config) ?? []),
    notes:
      plan['complete'] === false
        ? ['The plan is not complete (-target, or deferred changes): what else is to be applied was not evaluated.']
        : [],
    configuration: config,
    variables: isObject(variables) ? variables : {}
  }
}

/** Changes that a later plan decides: nothing of such a resource is known, not even how many there are. */
function deferredResources (deferred: unknown, configuration: JsonObject): PlannedResource[] {
  const rows = (Array.isArray(deferred) ? deferred : []).flatMap((each: unknown) => {
    const row = isObject(each) ? each['resource_change'] : undefined
    return isObject(row) ? [row] : []
  })
  return rows.map((row) => {
    const resource = resourceOf(row, configuration)
    const change = isObject(row['change']) ? row['change'] : {}
    const names = Object.keys({ ...Object(change['after']), ...Object(change['after_unknown']), ...resource.expressions })
    const why = unknown(`${resource.address} is deferred to a later plan`)
    return { ...resource, values: Object.fromEntries(names.map((name) => [name, why])), isNew: true, before: {}, isDeferred: true }
  })
}

function removedResource (row: JsonObject, configuration: JsonObject): PlannedResource | undefined {
  const { change } = row
  if (!isObject(change) || isObject(change['after']) || !isObject(change['before'])) return undefined
  const { before } = change
  return { ...resourceOf(row, configuration), values: before, isNew: false, before, ...forgotten(change) }
}

/** By a `removed` block, or with a lifecycle whose `destroy` is false. */
function forgotten ({ actions }: JsonObject): Pick<PlannedResource, 'isForgotten'> {
  return [actions].flat().includes('forget') ? { isForgotten: true } : {}
}

function plannedResource (row: JsonObject, configuration: JsonObject): PlannedResource | undefined {
  const { change } = row
  if (!isObject(change) || !isObject(change['after'])) return undefined
  const actions: unknown[] = [change['actions']].flat()
  const resource = resourceOf(row, configuration)
  const values = withUnknown(change['after'], change['after_unknown'], resource.expressions, resource.address)
  return {
    ...resource,
    values: isObject(values) ? values : {},
    isNew: actions.includes('create'),
    before: isObject(change['before']) ? change['before'] : {},
    ...forgotten(change)
  }
}

function resourceOf (row: JsonObject, configuration: JsonObject): Omit<PlannedResource, 'values' | 'isNew' | 'before'> {
  const [address, type, name] = [String(row['address']), String(row['type']), String(row['name'])]
  const mode = String(row['mode'] ?? 'managed')
  const module = typeof row['module_address'] === 'string' ? row['module_address'] : moduleOf(address)
  const { index } = row
  const config = resourceConfig(moduleConfig(configuration, module), { mode, type, name })
  const { expressions, provider_config_key: providerKey } = config ?? {}
  return {
    address,
    module,
    mode,
    type,
    name,
    index: typeof index === 'string' || typeof index === 'number' ? index : undefined,
    expressions: config === undefined ? undefined : isObject(expressions) ? expressions : {},
    providerKey: typeof providerKey === 'string' ? providerKey : undefined
  }
}

/** `module.a["x"].module.b` of `module.a["x"].module.b.aws_kms_key.k`. */
function moduleOf (address: string): string {
  return /^(?:module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.)*/.exec(address)?.[0].replace(/\.$/, '') ?? ''
}

/** The names of the module calls of a module address, without the keys of their instances. */
export function moduleNames (module: string): string[] {
  return [...module.matchAll(/module\.([\w-]+)(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?/g)].map(([, name = '']) => name)
}

/** The configuration of a module. */
export function moduleConfig (configuration: JsonObject, module: string): JsonObject | undefined {
  return moduleNames(module).reduce<JsonObject | undefined>(
    (parent, name) => {
      const call = isObject(parent?.['module_calls']) ? parent['module_calls'][name] : undefined
      return isObject(call) && isObject(call['module']) ? call['module'] : undefined
    },
    isObject(configuration['root_module']) ? configuration['root_module'] : undefined
  )
}

function resourceConfig (
  module: JsonObject | undefined,
  { mode, type, name }: Pick<PlannedResource, 'mode' | 'type' | 'name'>
): JsonObject | undefined {
  const list = Array.isArray(module?.['resources']) ? module['resources'].filter(isObject) : []
  return list.find((each) => each['mode'] === mode && each['type'] === type && each['name'] === name)
}

function stateResources (module: unknown, configuration: JsonObject): PlannedResource[] {
  if (!isObject(module)) return []
  const own = (Array.isArray(module['resources']) ? module['resources'].filter(isObject) : []).flatMap((row) =>
    isObject(row['values']) ? [{ ...resourceOf(row, configuration), values: row['values'], isNew: false, before: row['values'] }] : []
  )
  const children = Array.isArray(module['child_modules']) ? module['child_modules'] : []
  return [...own, ...children.flatMap((child: unknown) => stateResources(child, configuration))]
}

/** The planned values with `Unknown` where `after_unknown` says true. */
function withUnknown (after: unknown, mask: unknown, expression: unknown, address: string): unknown {
  if (mask === true) return unknown(reasonFor(address, expression))
  if (Array.isArray(after) || Array.isArray(mask)) {
    const [values, masks] = [Array.isArray(after) ? after : [], Array.isArray(mask) ? mask : []]
    return Array.from({ length: Math.max(values.length, masks.length) }, (_, index) =>
      withUnknown(values[index], masks[index], itemOf(expression, index, address), `${address}[${index}]`)
    )
  }
  if (!isObject(mask)) return after
  const values = isObject(after) ? after : {}
  const names = new Set([...Object.keys(values), ...Object.keys(mask)])
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      withUnknown(values[name], mask[name], isObject(expression) ? expression[name] : undefined, `${address}.${name}`)
    ])
  )
}

/** Statements are a list; other blocks are sets, whose order in the plan is another: then all of them are meant. */
function itemOf (expression: unknown, index: number, address: string): unknown {
  const isOrdered = address.endsWith('.statement')
  return Array.isArray(expression) && (isOrdered || expression.length === 1) ? expression[index] : expression
}

function reasonFor (address: string, expression: unknown): string {
  const references = distinctReferences(referencesIn(expression))
  return `${address} is known only after the ` +
    `apply${references.length === 0 ? '' : ` (it refers to ${references.join(', ')})`}`
}

/** The references in an expression or block of the configuration. */
export function referencesIn (expression: unknown): string[] {
  if (Array.isArray(expression)) return expression.flatMap(referencesIn)
  if (!isObject(expression)) return []
  const { references } = expression
  return Array.isArray(references)
    ? references.filter((each) => typeof each === 'string')
    : Object.values(expression).flatMap(referencesIn)
}

/** A reference to an attribute is listed with the resource as a second one, which says nothing more. */
export function distinctReferences (references: readonly string[]): string[] {
  const all = [...new Set(references)]
  return all.filter((one) => !all.some((other) => other.startsWith(`${one}.`) || other.startsWith(`${one}[`)))
}
