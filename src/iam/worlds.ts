import type { Condition, ConditionValue } from './condition.js'
import { constrainKeys, type Comparisons } from './linked-keys.js'
import { candidateValues } from './representatives.js'
import type { ContextValue, RequestContext } from './request-context.js'
import { fullStepBudget, type Partition } from './string-classes.js'
import { fillKnown, resolveTemplate, templateKeys, type Template } from './template.js'

const MAX_ASSIGNMENTS = 4_096
/** Comparisons in all assignments together: bounds the time that hostile policies take. */
const MAX_COMPARISONS = 200_000

/** An unknown key, and the ways to decide it that are worth trying. */
export interface CandidateValues { key: string, values: readonly ContextValue[] }

/** The assignments that a set of unknown keys leaves open: the first key's candidate changes fastest. */
export type Assignment = ReadonlyMap<string, ContextValue>

/**
 * Finds what each of these (lower-case) unknown keys can be. Policies mention finitely many values, so finitely many assignments
 * stand for all. Undefined where they are too many, or where a comparison could not be taken apart.
 * `statements`: how many there are to be looked at in each assignment.
 */
export function candidatesFor (
  keys: readonly string[], context: RequestContext, comparisons: Comparisons, statements: number, partitions?: Map<string, Partition>
): CandidateValues[] | undefined {
  const tests = comparisons.conditions.reduce((count, condition) => count + 1 + condition.values.length, 1)
  if (tests > MAX_ASSIGNMENTS || keys.length > MAX_ASSIGNMENTS) return undefined
  const open = new Set(keys)
  const conditions = comparisons.conditions.map((condition) => withoutKnownVariables(open, context, condition))
  const linked = constrainKeys(open, context, { ...comparisons, conditions, resourceTemplates: filled(comparisons.resourceTemplates, open, context) })
  if (linked === undefined) return undefined
  const candidates: CandidateValues[] = []
  const budget = fullStepBudget(partitions)
  let size = 1
  for (const key of keys) {
    const state = context.lookup(key)
    const links = linked(key)
    if (state.state !== 'unknown' || links === undefined) return undefined
    const { values, exact } = candidateValues(key, state, conditions.filter((condition) => links.keys.has(condition.key)), links, budget)
    size *= values.length
    if (!exact || size === 0 || size > MAX_ASSIGNMENTS || size * (tests + statements) > MAX_COMPARISONS) return undefined
    candidates.push({ key, values })
  }
  return candidates
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

/** Every assignment that the candidates allow. */
export function assignmentsOf (candidates: readonly CandidateValues[]): Assignment[] {
  const assignments = candidates.reduce<Array<Array<[string, ContextValue]>>>((assignments, { key, values }) =>
    values.flatMap((value) => assignments.map((assignment): Array<[string, ContextValue]> => [...assignment, [key, value]])), [[]])
  return assignments.map((assignment) => new Map(assignment))
}

/**
 * The keys on which an outcome depends: those of which another value alone, all others kept, changes it.
 * `outcomes` has one entry for each assignment.
 */
export function decisiveKeys (candidates: readonly CandidateValues[], outcomes: readonly unknown[]): string[] {
  let stride = 1
  return candidates.filter(({ values: { length } }) => {
    const step = stride
    stride *= length
    return outcomes.some((outcome, index) => {
      const digit = Math.floor(index / step) % length
      return digit > 0 && outcomes[index - digit * step] !== outcome
    })
  }).map(({ key }) => key)
}
