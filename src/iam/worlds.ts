import type { Condition, ConditionValue } from './condition.js'
import { linkedKeys, type Comparisons } from './linked-keys.js'
import { representatives } from './representatives.js'
import type { ContextValue, RequestContext } from './request-context.js'
import { fullEffort } from './string-classes.js'
import { fillKnown, resolveTemplate, templateKeys, type Template } from './template.js'

const MOST_WORLDS = 4_096
/** Comparisons in all worlds together: bounds the time that hostile policies take. */
const MOST_TESTS = 200_000

/** An unknown key, and the ways to decide it that are worth trying. */
export interface Choice { key: string, values: readonly ContextValue[] }

/** The worlds that a set of unknown keys leaves open: the first key's choice changes fastest. */
export type World = ReadonlyMap<string, ContextValue>

/**
 * Finds what each of these (lower-case) unknown keys can be. Policies mention finitely many values, so finitely many worlds
 * stand for all. Undefined where they are too many, or where a comparison could not be taken apart.
 * `statements`: how many there are to be looked at in each world.
 */
export function choicesFor (keys: readonly string[], context: RequestContext, comparisons: Comparisons, statements: number): Choice[] | undefined {
  const tests = comparisons.conditions.reduce((count, condition) => count + 1 + condition.values.length, 1)
  if (tests > MOST_WORLDS || keys.length > MOST_WORLDS) return undefined
  const open = new Set(keys)
  const conditions = comparisons.conditions.map((condition) => withoutKnownVariables(open, context, condition))
  const linked = linkedKeys(open, context, { ...comparisons, conditions, resourceTemplates: filled(comparisons.resourceTemplates, open, context) })
  if (linked === undefined) return undefined
  const choices: Choice[] = []
  const effort = fullEffort()
  let size = 1
  for (const key of keys) {
    const state = context.lookup(key)
    const links = linked(key)
    if (state.state !== 'unknown' || links === undefined) return undefined
    const { values, exact } = representatives(key, state, conditions.filter((condition) => links.keys.has(condition.key)), links, effort)
    size *= values.length
    if (!exact || size === 0 || size > MOST_WORLDS || size * (tests + statements) > MOST_TESTS) return undefined
    choices.push({ key, values })
  }
  return choices
}

/** The condition with all variables put in but those that are open. */
function withoutKnownVariables (open: ReadonlySet<string>, context: RequestContext, condition: Condition): Condition {
  if (!condition.values.some((value) => 'template' in value)) return condition
  return { ...condition, values: condition.values.flatMap((value) => 'template' in value ? partlyResolved(open, context, condition, value) : [value]) }
}

/** A value with a variable that is open keeps that; any other comes to what it is, or to nothing where a variable has no value, which equals nothing. */
function partlyResolved (open: ReadonlySet<string>, context: RequestContext, { operator }: Condition, value: Extract<ConditionValue, { template: Template }>): ConditionValue[] {
  if (mentions(value.template, open)) return filled([value.template], open, context).map((template) => ({ ...value, template }))
  const resolution = resolveTemplate(value.template, context)
  if (resolution.state !== 'resolved') return []
  const { text, pattern } = resolution
  const test = operator.testPattern?.(pattern, text)
  return test === undefined ? [] : [{ text, test, pattern }]
}

/** The templates that hang on open keys, with the values of known keys put in. */
function filled (templates: readonly Template[], open: ReadonlySet<string>, context: RequestContext): Template[] {
  return templates.filter((template) => mentions(template, open)).map((template) => fillKnown(template, context)).filter((template) => template !== undefined)
}

function mentions (template: Template, open: ReadonlySet<string>): boolean {
  return templateKeys(template).some((key) => open.has(key))
}

/** Every world that the choices allow. */
export function worldsOf (choices: readonly Choice[]): World[] {
  const worlds = choices.reduce<Array<Array<[string, ContextValue]>>>((worlds, { key, values }) =>
    values.flatMap((value) => worlds.map((world): Array<[string, ContextValue]> => [...world, [key, value]])), [[]])
  return worlds.map((world) => new Map(world))
}

/**
 * The keys on which an outcome depends: those of which another value alone, all others kept, changes it.
 * `outcomes` has one entry for each world.
 */
export function decisiveKeys (choices: readonly Choice[], outcomes: readonly unknown[]): string[] {
  let stride = 1
  return choices.filter(({ values: { length } }) => {
    const step = stride
    stride *= length
    return outcomes.some((outcome, index) => {
      const digit = Math.floor(index / step) % length
      return digit > 0 && outcomes[index - digit * step] !== outcome
    })
  }).map(({ key }) => key)
}
