import type { Condition, ConditionValue } from '../condition/condition.js'
import { reevaluate } from '../decide/applicable-policies.js'
import {
  decideOutcome,
  decisionFor,
  type DecisionWord,
  type Evaluation,
  overallDecision
} from '../decide/decision-table.js'
import { hasOtherConstraint } from '../decide/grant.js'
import { fillKnown, resolveTemplate, type Template, templateKeys } from '../match/policy-variable.js'
import type { ContextValue, RequestContext } from '../match/request-context.js'
import { YES } from '../match/truth.js'
import { candidateValues } from './candidate-values.js'
import { comparisonsIn, isSessionCondition } from './comparisons.js'
import { fullStepBudget, type Partition } from './pattern-partition.js'
import { type Comparisons, constrainKeys } from './variable-constraints.js'

const MAX_ASSIGNMENTS = 4_096
/** Comparisons in all assignments together: bounds the time that hostile policies take. */
const MAX_COMPARISONS = 200_000

/** An unknown key, and the ways to decide it that are worth trying. */
export interface CandidateValues {
  key: string
  values: readonly ContextValue[]
}

/** The assignments that a set of unknown keys leaves open: the first key's candidate changes fastest. */
export type Assignment = ReadonlyMap<string, ContextValue>

/**
 * Finds what each of these (lower-case) unknown keys can be. Policies mention finitely many values, so finitely many
 * assignments stand for all. Undefined where they are too many, or where a comparison could not be taken apart.
 * `statements`: how many there are to be looked at in each assignment.
 */
export function candidatesFor (
  keys: readonly string[],
  context: RequestContext,
  comparisons: Comparisons,
  statements: number,
  partitions?: Map<string, Partition>
): CandidateValues[] | undefined {
  const tests = comparisons.conditions.reduce((count, condition) => count + 1 + condition.values.length, 1)
  if (tests > MAX_ASSIGNMENTS || keys.length > MAX_ASSIGNMENTS) return undefined
  const open = new Set(keys)
  const conditions = comparisons.conditions.map((condition) => withoutKnownVariables(open, context, condition))
  const linked = constrainKeys(open, context, {
    ...comparisons,
    conditions,
    resourceTemplates: filled(comparisons.resourceTemplates, open, context)
  })
  if (linked === undefined) return undefined
  const candidates: CandidateValues[] = []
  const budget = fullStepBudget(partitions)
  let size = 1
  for (const key of keys) {
    const state = context.lookup(key)
    const links = linked(key)
    if (state.state !== 'unknown' || links === undefined) return undefined
    const own = conditions.filter((condition) => links.keys.has(condition.key))
    const { values: all, exact } = candidateValues(key, state, own, links, budget)
    const values = own.some(isSessionCondition) ? all.filter((value) => value.state !== 'absent') : all
    size *= values.length
    if (!exact || size === 0 || size > MAX_ASSIGNMENTS || size * (tests + statements) > MAX_COMPARISONS)
      return undefined
    candidates.push({ key, values })
  }
  return candidates
}

/** The condition with all variables put in but those that are open. */
function withoutKnownVariables (open: ReadonlySet<string>, context: RequestContext, condition: Condition): Condition {
  if (!condition.values.some((value) => 'template' in value)) return condition
  return {
    ...condition,
    values: condition.values.flatMap((value) =>
      'template' in value ? partlyResolved(open, context, condition, value) : [value]
    )
  }
}

/**
 * A value with a variable that is open keeps that; any other comes to what it is, or to nothing where a variable has
 * no value, which equals nothing.
 */
function partlyResolved (
  open: ReadonlySet<string>,
  context: RequestContext,
  { operator }: Condition,
  value: Extract<ConditionValue, { template: Template }>
): ConditionValue[] {
  if (mentions(value.template, open))
    return filled([value.template], open, context).map((template) => ({ ...value, template }))
  const resolution = resolveTemplate(value.template, context)
  if (resolution.state !== 'resolved') return []
  const { text, pattern } = resolution
  const test = operator.testPattern?.(pattern, text)
  return test === undefined ? [] : [{ text, test, pattern }]
}

/** The templates that depend on open keys, with the values of known keys put in. */
function filled (templates: readonly Template[], open: ReadonlySet<string>, context: RequestContext): Template[] {
  return templates
    .filter((template) => mentions(template, open))
    .map((template) => fillKnown(template, context))
    .filter((template) => template !== undefined)
}

function mentions (template: Template, open: ReadonlySet<string>): boolean {
  return templateKeys(template).some((key) => open.has(key))
}

/** Every assignment that the candidates allow. */
export function assignmentsOf (candidates: readonly CandidateValues[]): Assignment[] {
  const assignments = candidates.reduce<Array<Array<[string, ContextValue]>>>(
    (assignments, { key, values }) =>
      values.flatMap((value) =>
        assignments.map((assignment): Array<[string, ContextValue]> => [...assignment, [key, value]])
      ),
    [[]]
  )
  return assignments.map((assignment) => new Map(assignment))
}

/**
 * The keys on which an outcome depends: those of which another value alone, all others kept, changes it.
 * `outcomes` has one entry for each assignment, undefined for one that is not possible. Keys that only change together
 * are all named.
 */
export function decisiveKeys (candidates: readonly CandidateValues[], outcomes: readonly unknown[]): string[] {
  let stride = 1
  const decisive = candidates.filter(({ values: { length } }) => {
    const step = stride
    stride *= length
    return outcomes.some((outcome, index) => {
      const digit = Math.floor(index / step) % length
      if (digit === 0 || outcome === undefined) return false
      // The nearest possible one: where any two of a line differ, two neighbours do.
      for (let lower = index - step; lower >= index - digit * step; lower -= step)
        if (outcomes[lower] !== undefined) return outcomes[lower] !== outcome
      return false
    })
  })
  const changeTogether = decisive.length === 0 && outcomes.includes(undefined)
  return (changeTogether ? candidates : decisive).map(({ key }) => key)
}

/** A context under which a decision holds: `null` where the key is absent. */
export type Witness = Record<string, string | readonly string[] | null>

/** The decision on one action, with everything decided that the unknown condition keys leave open. */
export interface PartialEvaluation {
  decision: DecisionWord
  /** With all unknown keys left unknown. */
  evaluation: Evaluation
  /** The evaluation itself, or one for each assignment of values to the unknown keys. */
  outcomes: readonly Evaluation[]
  /** The (lower-case) unknown keys on which the decision depends. */
  keys: readonly string[]
  witnesses: { allowed: Witness; denied: Witness } | undefined
  /** There were too many assignments, or a comparison that cannot be inverted: sound, but perhaps needlessly open. */
  capped: boolean
}

/**
 * Kleene's logic first; what it leaves open is evaluated under every assignment of values to the unknown keys.
 * `partitions`: those found for other actions on the same request.
 */
export function partialEvaluate (evaluation: Evaluation, partitions?: Map<string, Partition>): PartialEvaluation {
  const decision = decisionFor(decideOutcome(evaluation))
  const keys = decision === undefined ? unknownKeys(evaluation) : []
  const outcomes = [evaluation]
  const witnesses = undefined
  if (decision !== undefined || keys.length === 0) {
    return { decision: decision ?? 'unknown', evaluation, outcomes, keys: [], witnesses, capped: false }
  }
  const candidates = candidatesOf(evaluation, keys, partitions)
  if (candidates !== undefined) return evaluateAssignments(evaluation, candidates)
  // Kleene's logic is sound whatever the keys determine of one another.
  const undecided = hasUndocumented(evaluation) ? 'unknown' : 'conditional'
  return { decision: undecided, evaluation, outcomes, keys, witnesses, capped: true }
}

function candidatesOf (
  evaluation: Evaluation,
  keys: readonly string[],
  partitions?: Map<string, Partition>
): CandidateValues[] | undefined {
  const { context } = evaluation.facts
  return candidatesFor(keys, context, comparisonsIn(evaluation), evaluation.matches.length, partitions)
}

/** An evaluation under every assignment of values to its unknown keys; undefined where they are too many. */
export function outcomesOf (evaluation: Evaluation): Evaluation[] | undefined {
  const candidates = candidatesOf(evaluation, unknownKeys(evaluation))
  return candidates && possibleOutcomes(evaluation, candidates).flatMap((world) => world?.outcome ?? [])
}

function unknownKeys ({ matches, grants }: Evaluation): string[] {
  const keys = new Set<string>()
  for (const match of matches) for (const key of match.unknownKeys) keys.add(key)
  for (const match of grants) for (const key of match.unknownKeys) keys.add(key)
  return [...keys]
}

/** One for each assignment, in their order; undefined for one that is not possible. */
function possibleOutcomes (
  evaluation: Evaluation,
  candidates: readonly CandidateValues[]
): Array<{ assignment: Assignment; outcome: Evaluation } | undefined> {
  const { context } = evaluation.facts
  const worlds = assignmentsOf(candidates).map((assignment) => ({ assignment, context: context.with(assignment) }))
  // A request may give values that contradict one another: then all that its own values leave open is looked at.
  const isContradictory = !worlds.some(({ context }) => context.isPossible)
  return worlds.map(({ assignment, context }) =>
    isContradictory || context.isPossible ? { assignment, outcome: reevaluate(evaluation, context) } : undefined
  )
}

function evaluateAssignments (evaluation: Evaluation, candidates: readonly CandidateValues[]): PartialEvaluation {
  const { context } = evaluation.facts
  const evaluated = possibleOutcomes(evaluation, candidates).map(
    (world) => world && { ...world, decision: decisionFor(decideOutcome(world.outcome)) ?? ('unknown' as const) }
  )
  const possible = evaluated.filter((world) => world !== undefined)
  const outcomes = possible.map(({ outcome }) => outcome)
  const decision = overallDecision(possible.map(({ decision }) => decision))
  const result = { decision, evaluation, outcomes, capped: false }
  if (decision !== 'conditional') return { ...result, keys: [], witnesses: undefined }
  const [yes, no] = [true, false].map((isAllowed) =>
    possible.find(({ decision }) => (decision === 'allowed') === isAllowed)
  )
  return {
    ...result,
    keys: decisiveKeys(candidates, evaluated.map((world) => world && world.decision === 'allowed')),
    witnesses: yes && no && { allowed: witness(yes.assignment, context), denied: witness(no.assignment, context) }
  }
}

function witness (assignment: Assignment, context: RequestContext): Witness {
  return Object.fromEntries(
    [...assignment].map(([key, value]) => [
      context.spelling(key) ?? key,
      value.state !== 'known' ? null : value.list ? value.values : value.values.join()
    ])
  )
}

/**
 * A *maybe* that no context could decide: something not read, not understood or not documented, as a boundary's
 * effect on a grant.
 */
export function hasUndocumented ({ layers, grantsIncomplete, grants, matches }: Evaluation): boolean {
  const limited = layers.some(({ name }) => name === 'permissionsBoundary' || name === 'sessionPolicy')
  return (
    grantsIncomplete ||
    layers.some(({ incomplete }) => incomplete) ||
    (limited && grants.length > 0) ||
    grants.some(({ grant }) => hasOtherConstraint(grant)) ||
    matches.some(
      ({ statement, truth, unknownKeys: keys }) =>
        statement.defects.size + statement.unresolved.size > 0 || (truth !== YES && keys.length === 0)
    )
  )
}
