import type { Condition, ConditionValue } from './condition.js'
import { representatives } from './representatives.js'
import type { ContextValue, RequestContext } from './request-context.js'
import { resolveTemplate, templateKeys, type Template } from './template.js'

const MOST_WORLDS = 4_096
/** Comparisons in all worlds together: bounds the time that hostile policies take. */
const MOST_TESTS = 200_000
const MOST_VARIABLES = 32

/** What the undecided statements of a request compare, for finding the values worth trying. */
export interface Comparisons {
  conditions: readonly Condition[]
  /** Resource ARNs with variables, to be compared with the request's resource. */
  resourceTemplates: readonly Template[]
  resourceArn: string
}

/** The worlds that a set of unknown keys leaves open, numbered: each key decided in one of the ways worth trying. */
export interface Worlds {
  keys: readonly string[]
  choices: ReadonlyArray<readonly ContextValue[]>
  size: number
}

/**
 * Lays out the worlds of these (lower-case) unknown keys. Policies mention finitely many values, so finitely many worlds
 * stand for all. Undefined where they are too many, or where a comparison could not be taken apart.
 */
export function layOutWorlds (keys: readonly string[], context: RequestContext, comparisons: Comparisons): Worlds | undefined {
  const tests = comparisons.conditions.reduce((count, condition) => count + 1 + condition.values.length, 1)
  if (tests > MOST_WORLDS || keys.length > MOST_WORLDS) return undefined
  const conditions = withoutKnownVariables(keys, context, comparisons.conditions)
  const literals = variableLiterals(keys, context, { ...comparisons, conditions })
  if (literals === undefined) return undefined
  const choices: Array<readonly ContextValue[]> = []
  let size = 1
  for (const key of keys) {
    const state = context.lookup(key)
    if (state.state !== 'unknown') return undefined
    const found = representatives(key, state, conditions.filter((condition) => condition.key === key), literals.get(key) ?? [])
    size *= found.values.length
    if (!found.exact || size > MOST_WORLDS || size * tests > MOST_TESTS) return undefined
    choices.push(found.values)
  }
  return { keys, choices, size }
}

/** The conditions with all variables put in but those that are open. */
function withoutKnownVariables (keys: readonly string[], context: RequestContext, conditions: readonly Condition[]): Condition[] {
  return conditions.map((condition) => condition.values.some((value) => 'template' in value)
    ? { ...condition, values: condition.values.flatMap((value) => 'template' in value && !mentions(value.template, keys) ? resolved(condition, value.template, context) : [value]) }
    : condition)
}

/** The value that a template comes to; none where a variable has no value, which equals nothing. */
function resolved ({ operator }: Condition, template: Template, context: RequestContext): ConditionValue[] {
  const resolution = resolveTemplate(template, context)
  if (resolution.state !== 'resolved') return []
  const { text, pattern } = resolution
  const test = operator.testPattern?.(pattern, text)
  return test === undefined ? [] : [{ text, test, pattern }]
}

/** The keys as they are in world `index`. */
export function world (worlds: Worlds, index: number): Map<string, ContextValue> {
  const decided = new Map<string, ContextValue>()
  let rest = index
  for (const [i, key] of worlds.keys.entries()) {
    const choices = worlds.choices[i] ?? []
    const value = choices[rest % choices.length]
    if (value !== undefined) decided.set(key, value)
    rest = Math.floor(rest / choices.length)
  }
  return decided
}

/**
 * The keys on which an outcome depends: those of which another value alone, all others kept, changes it.
 * `outcomes` has one entry for each world.
 */
export function decisiveKeys (worlds: Worlds, outcomes: readonly unknown[]): string[] {
  let stride = 1
  return worlds.keys.filter((_, i) => {
    const count = worlds.choices[i]?.length ?? 1
    const step = stride
    stride *= count
    return outcomes.some((outcome, index) => {
      const digit = Math.floor(index / step) % count
      return digit > 0 && outcomes[index - digit * step] !== outcome
    })
  })
}

/**
 * For each unknown key that a policy variable refers to, the texts that would make the variable equal.
 * Undefined where a variable stands in a way that cannot be turned round (two of them in one value, beside a wildcard).
 */
function variableLiterals (keys: readonly string[], context: RequestContext, comparisons: Comparisons): Map<string, string[]> | undefined {
  const literals = new Map<string, string[]>()
  let variables = 0
  const add = (key: string, texts: readonly string[]): void => { literals.set(key, [...(literals.get(key) ?? []), ...texts]) }
  for (const condition of comparisons.conditions) {
    const value = context.lookup(condition.key)
    for (const policyValue of condition.values) {
      if (!('template' in policyValue) || !mentions(policyValue.template, keys)) continue
      // Where case is ignored, no single text stands for all that equal it.
      if (condition.operator.family === 'ignoreCase' || ++variables > MOST_VARIABLES) return undefined
      const others = value.state === 'known' ? value.values : value.state === 'unknown' ? literalTexts(comparisons, condition.key) : []
      const solved = solve(policyValue.template, keys, others)
      if (solved === undefined || (value.state === 'unknown' && policyValue.template.length > 1)) return undefined
      add(solved.key, solved.texts)
      // Both sides open: let each take what the other is compared with, and one value that is theirs alone.
      if (value.state === 'unknown') {
        add(condition.key, [...literalTexts(comparisons, solved.key), 'same'])
        add(solved.key, ['same'])
      }
    }
  }
  for (const template of comparisons.resourceTemplates) {
    if (!mentions(template, keys)) continue
    if (++variables > MOST_VARIABLES) return undefined
    const solved = solve(template, keys, [comparisons.resourceArn])
    if (solved === undefined) return undefined
    add(solved.key, solved.texts)
  }
  return literals
}

function mentions (template: Template, keys: readonly string[]): boolean {
  return templateKeys(template).some((key) => keys.includes(key))
}

function literalTexts (comparisons: Comparisons, key: string): string[] {
  return comparisons.conditions.filter((condition) => condition.key === key).flatMap((condition) => condition.values.flatMap((value) => 'test' in value ? [value.text] : []))
}

/** What the one variable of a template would have to be for the template to equal each of the texts. */
function solve (template: Template, keys: readonly string[], texts: readonly string[]): { key: string, texts: string[] } | undefined {
  const at = template.findIndex((part) => 'key' in part)
  const variable = template[at]
  if (variable === undefined || !('key' in variable) || !keys.includes(variable.key)) return undefined
  const before = template.slice(0, at)
  const after = template.slice(at + 1)
  const plain = [...before, ...after].every((part) => 'text' in part && (part.literal || !/[*?]/.test(part.text)))
  if (!plain) return undefined
  const join = (parts: Template): string => parts.map((part) => 'text' in part ? part.text : '').join('')
  const [prefix, suffix] = [join(before), join(after)]
  const solved = texts.filter((text) => text.startsWith(prefix) && text.endsWith(suffix) && text.length >= prefix.length + suffix.length)
  return { key: variable.key, texts: solved.map((text) => text.slice(prefix.length, text.length - suffix.length)) }
}
