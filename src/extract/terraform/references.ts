import { isObject, type JsonObject } from '../../json/json.js'
import {
  distinctReferences,
  moduleConfig,
  moduleNames,
  type PlannedResource,
  referencesIn,
  type TerraformPlan
} from './plan-json.js'

/** What an expression refers to: a resource and the attribute of it. */
export interface Referenced {
  resource: PlannedResource
  attribute: string
}

const REFERENCE = /^(data\.)?([a-z][\w-]*)\.([\w-]+)(?:\[("(?:[^"\\]|\\.)*"|\d+)\])?(?:\.(.+))?$/
/** Which instance of a resource is meant, not what is referred to. */
const OF_INSTANCE = /^(each|count)\./
/** The key of the instance itself. `each.value` may be that of another one. */
const KEY_OF_INSTANCE = ['each.key', 'count.index']
const MAX_DEPTH = 20

/**
 * The one resource that an attribute refers to; undefined where it refers to none, to several, or by way of a local
 * value, which a plan does not contain. What else the expression does with it a plan does not say.
 */
export function onlyReference (plan: TerraformPlan, from: PlannedResource, attribute: string): Referenced | undefined {
  return referenceIn(plan, from, from.expressions?.[attribute])
}

/** The same of an expression or block of the configuration of a resource. */
export function referenceIn (plan: TerraformPlan, from: PlannedResource, expression: unknown): Referenced | undefined {
  const references = referencesIn(expression)
  const { found, isComplete } = resolve(plan, references, from.module, { index: from.index, depth: 0 })
  const [only, ...others] = found
  return isComplete && others.length === 0 ? only : undefined
}

interface Resolved {
  found: Referenced[]
  isComplete: boolean
}

const NOTHING: Resolved = { found: [], isComplete: false }

interface Scope {
  index: PlannedResource['index']
  depth: number
}

function resolve (plan: TerraformPlan, references: readonly string[], module: string, scope: Scope): Resolved {
  const instance = references.filter((each) => OF_INSTANCE.test(each))
  const isOfInstance = instance.length > 0 && instance.every((each) => KEY_OF_INSTANCE.includes(each))
  const wanted = distinctReferences(references.filter((each) => !OF_INSTANCE.test(each)))
  if (wanted.length === 0 || scope.depth > MAX_DEPTH) return NOTHING
  const resolved = wanted.map((reference) =>
    resolveOne(plan, reference, module, isOfInstance ? scope : { ...scope, index: undefined })
  )
  return {
    found: resolved.flatMap(({ found }) => found),
    isComplete: resolved.every(({ isComplete }) => isComplete)
  }
}

function resolveOne (plan: TerraformPlan, reference: string, module: string, scope: Scope): Resolved {
  const [root = '', name = '', ...rest] = reference.split(/\.(?![^[]*\])/)
  if (root === 'var') return ofVariable(plan, name, module, scope)
  if (root === 'module') return ofOutput(plan, name, rest, module, scope)
  const [, data, type, resourceName, key, attribute = ''] = REFERENCE.exec(reference) ?? []
  if (type === undefined || ['local', 'path', 'terraform', 'self'].includes(type)) return NOTHING
  const instances = plan.resources.filter(
    (each) =>
      each.module === module &&
      each.mode === (data === undefined ? 'managed' : 'data') &&
      each.type === type &&
      each.name === resourceName
  )
  const index: unknown = key === undefined ? scope.index : JSON.parse(key)
  const meant =
    instances.length === 1 && key === undefined
      ? instances
      : instances.filter((each) => index !== undefined && each.index === index)
  const [only] = meant
  return only === undefined ? NOTHING : { found: [{ resource: only, attribute }], isComplete: true }
}

/** The value that the call of the module gives its variable. */
function ofVariable (plan: TerraformPlan, name: string, module: string, { depth }: Scope): Resolved {
  const names = moduleNames(module)
  const call = names.at(-1)
  if (call === undefined) return NOTHING
  const parent = parentOf(module)
  const calls = moduleConfig(plan.configuration, parent)?.['module_calls']
  const expressions = memberOf(memberOf(calls, call), 'expressions')
  return resolve(plan, referencesIn(memberOf(expressions, name)), parent, {
    index: instanceOf(module),
    depth: depth + 1
  })
}

function ofOutput (
  plan: TerraformPlan,
  call: string,
  [output = '']: readonly string[],
  module: string,
  { depth }: Scope
): Resolved {
  const child = `${module === '' ? '' : `${module}.`}module.${call}`
  const config = moduleConfig(plan.configuration, child)
  const expression = memberOf(memberOf(config?.['outputs'], output), 'expression')
  return resolve(plan, referencesIn(expression), child, { index: undefined, depth: depth + 1 })
}

function memberOf (value: unknown, name: string): JsonObject | undefined {
  const member = isObject(value) ? value[name] : undefined
  return isObject(member) ? member : undefined
}

/** The key of a module's instance: what `each.key` and `count.index` are in its call. */
function instanceOf (module: string): PlannedResource['index'] {
  const [, key] = /\[("(?:[^"\\]|\\.)*"|\d+)\]$/.exec(module) ?? []
  const value: unknown = key === undefined ? undefined : JSON.parse(key)
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/** The module that calls this one. */
function parentOf (module: string): string {
  return module.replace(/\.?module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?$/, '')
}
