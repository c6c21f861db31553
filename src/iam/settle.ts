import { decisionFor, overallDecision, type DecisionWord } from './decision.js'
import { decideOutcome, type Evaluation } from './decision-table.js'
import { constraintsOf } from './grant.js'
import type { Comparisons } from './linked-keys.js'
import { reevaluate } from './plan.js'
import type { RequestContext } from './request-context.js'
import type { Partition } from './string-classes.js'
import { YES } from './truth.js'
import { assignmentsOf, candidatesFor, decisiveKeys, type Assignment, type CandidateValues } from './worlds.js'

/** A context under which a decision holds: `null` where the key is absent. */
export type Witness = Record<string, string | readonly string[] | null>

/** The decision on one action, with everything decided that the unknown condition keys leave open. */
export interface PartialEvaluation {
  decision: DecisionWord
  /** With all unknown keys left unknown. */
  evaluation: Evaluation
  /** The evaluation itself, or one for each assignment of values to the unknown keys. */
  outcomes: readonly Evaluation[]
  /** The decision for what one of the outcomes leaves open. */
  undecided: 'conditional' | 'unknown'
  /** The (lower-case) unknown keys on which the decision depends. */
  keys: readonly string[]
  witnesses: { allowed: Witness, denied: Witness } | undefined
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
  const single = { evaluation, outcomes: [evaluation], witnesses: undefined }
  if (decision !== undefined || keys.length === 0) {
    return { ...single, decision: decision ?? 'unknown', undecided: 'unknown', keys: [], capped: false }
  }
  const candidates = candidatesFor(keys, evaluation.facts.context, comparisonsIn(evaluation), evaluation.matches.length, partitions)
  if (candidates !== undefined) return evaluateAssignments(evaluation, candidates)
  const undecided = hasUndocumented(evaluation) ? 'unknown' : 'conditional'
  return { ...single, decision: undecided, undecided, keys, capped: true }
}

function unknownKeys ({ matches, grants }: Evaluation): string[] {
  const keys = new Set<string>()
  for (const match of matches) for (const key of match.unknownKeys) keys.add(key)
  for (const match of grants) for (const key of match.unknownKeys) keys.add(key)
  return [...keys]
}

function evaluateAssignments (evaluation: Evaluation, candidates: readonly CandidateValues[]): PartialEvaluation {
  const { context } = evaluation.facts
  const assignments = assignmentsOf(candidates)
  const outcomes = assignments.map((assignment) => reevaluate(evaluation, context.with(assignment)))
  const decisions = outcomes.map((outcome) => decisionFor(decideOutcome(outcome)) ?? 'unknown')
  const decision = overallDecision(decisions)
  const result = { decision, evaluation, outcomes, undecided: 'unknown' as const, capped: false }
  if (decision !== 'conditional') return { ...result, keys: [], witnesses: undefined }
  const allowed = decisions.map((found) => found === 'allowed')
  const [yes, no] = [assignments[allowed.indexOf(true)], assignments[allowed.indexOf(false)]]
  return {
    ...result,
    keys: decisiveKeys(candidates, allowed),
    witnesses: yes && no && { allowed: witness(yes, context), denied: witness(no, context) }
  }
}

function witness (assignment: Assignment, context: RequestContext): Witness {
  return Object.fromEntries([...assignment].map(([key, value]) =>
    [context.spelling(key) ?? key, value.state !== 'known' ? null : value.list ? value.values : value.values.join()]))
}

/** A *maybe* that no context could decide: something not read, not understood or not documented, as a boundary's effect on a grant. */
function hasUndocumented ({ layers, grantsIncomplete, grants, matches }: Evaluation): boolean {
  const limited = layers.some(({ name }) => name === 'permissionsBoundary' || name === 'sessionPolicy')
  return grantsIncomplete || layers.some(({ incomplete }) => incomplete) || (limited && grants.length > 0) ||
    matches.some(({ statement, truth, unknownKeys: keys }) => statement.defects.size > 0 || (truth !== YES && keys.length === 0))
}

function comparisonsIn ({ action, facts, matches, grants }: Evaluation): Comparisons {
  const statements = matches.filter((match) => match.unknownKeys.length > 0).map((match) => match.statement)
  return {
    conditions: [
      ...statements.flatMap((statement) => statement.conditions),
      ...grants.flatMap(({ grant }) => constraintsOf(grant, action.name))
    ],
    resourceTemplates: statements.flatMap(({ resources }) =>
      resources?.values.flatMap((value) => 'template' in value ? [value.template] : []) ?? []),
    resourceArn: facts.resourceArn
  }
}
