import { type ApplicablePolicies, collectAlone, collectApplicable, evaluate } from './decide/applicable-policies.js'
import type { DecisionWord, Evaluation } from './decide/decision-table.js'
import type {
  AuthorizationRequest,
  Layer,
  LayerName,
  Policies,
  RequestWithoutAction,
  SingleLayer
} from './decide/request.js'
import { disallowedElements } from './decide/statement-match.js'
import { MAX_REPORTED } from './document/policy-document.js'
import {
  explainLayers,
  findDecidingStatements,
  findOpenConditions,
  type LayerWord,
  type OpenCondition,
  type StatementLocation
} from './explain.js'
import { type OpenReason, undocumentedReasons } from './undocumented.js'
import { partialEvaluate, type PartialEvaluation, type Witness } from './unknown-keys/partial-evaluation.js'
import type { Partition } from './unknown-keys/pattern-partition.js'

export { type DecisionWord } from './decide/decision-table.js'
export { type LayerWord, type StatementLocation } from './explain.js'
export {
  type AuthorizationRequest,
  type Layer,
  type LayerName,
  type Policies,
  type RequestWithoutAction,
  type SingleLayer
} from './decide/request.js'

/** Why a request is decided as it is. */
export interface Explanation {
  /** The statements that decided, whatever values the unknown keys have. */
  matchedStatements: StatementLocation[]
  /** The statements that decide for some values of the unknown keys. */
  mayBeDetermining: StatementLocation[]
  /** The conditions of the open statements on the keys that are unknown. */
  conditions: OpenCondition[]
  layers: Record<LayerName, LayerWord>
}

/** The policies that apply to one principal, resource and context, ready to decide any number of actions. */
export interface PreparedEvaluation {
  /** Decides one action of any AWS service; its name is not case-sensitive. */
  decide: (action: string) => Decision
  explain: (action: string) => Explanation
  /**
   * The same request decided by one layer by itself, as if caller and resource belonged to one account. Shares what is
   * known of the statements.
   */
  alone: (layer: SingleLayer) => PreparedEvaluation
}

/** The decision; its reasons are computed when they are read, since most callers need few of them. */
export class Decision {
  readonly #result: PartialEvaluation
  readonly #policies: Policies
  #deciding: ReturnType<typeof findDecidingStatements> | undefined
  #layers: Record<LayerName, LayerWord> | undefined

  constructor (result: PartialEvaluation, policies: Policies) {
    this.#result = result
    this.#policies = policies
  }

  /**
   * `conditional`: it depends on condition keys with unknown values, named in `missingContextValues`.
   * `unknown`: something was not read, not understood, or is not documented by AWS.
   */
  get decision (): DecisionWord {
    return this.#result.decision
  }

  /** The statements that decided, whatever values the unknown keys have. */
  get matchedStatements (): StatementLocation[] {
    return this.#decidingStatements().always
  }

  /** The statements that decide for some values of the unknown keys. */
  get mayBeDetermining (): StatementLocation[] {
    return this.#decidingStatements().sometimes
  }

  /** The conditions of the open statements on the keys that are unknown. */
  get conditions (): OpenCondition[] {
    return findOpenConditions(this.#result)
  }

  get layers (): Record<LayerName, LayerWord> {
    return (this.#layers ??= explainLayers(this.#result))
  }

  /** The condition keys on which the decision depends, as the request context or the policies spell them. */
  get missingContextValues (): string[] {
    const {
      keys,
      evaluation: {
        facts: { context }
      }
    } = this.#result
    const inContext = keys.every((key) => context.spelling(key) !== undefined)
    const spelled = new Map(inContext ? [] : this.conditions.map(({ key }) => [key.toLowerCase(), key]))
    return keys.map((key) => context.spelling(key) ?? spelled.get(key) ?? key)
  }

  /** For a `conditional`: one context under which it is allowed and one under which it is not. */
  get witnesses (): { allowed: Witness; denied: Witness } | undefined {
    return this.#result.witnesses
  }

  /** The unknown keys can take too many combinations of values; the decision is sound, but may be needlessly open. */
  get capped (): boolean {
    return this.#result.capped
  }

  /** What was not understood and, for an `unknown`, what AWS does not document. */
  get unsupported (): OpenReason[] {
    return [...unsupportedIn(this.#policies), ...undocumentedReasons(this.#result)]
  }

  /** Whether every policy was understood: an `unknown` is then due to what AWS does not document. */
  get isUnderstood (): boolean {
    return unsupportedIn(this.#policies).length === 0
  }

  #decidingStatements (): ReturnType<typeof findDecidingStatements> {
    return (this.#deciding ??= findDecidingStatements(this.#result))
  }
}

/**
 * Collects the policies that apply to a request; each statement is then matched once, whatever actions are decided.
 * Decides as AWS would. Total: it answers whatever the policies contain, and never `allowed` where that is not certain.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function prepare (request: RequestWithoutAction, policies: Policies): PreparedEvaluation {
  return prepared(collectApplicable(request, policies), new Map())
}

function prepared (applicable: ApplicablePolicies, partitions: Map<string, Partition>): PreparedEvaluation {
  const decided: Array<{ evaluation: Evaluation; decision: Decision }> = []
  let alone: Map<SingleLayer, PreparedEvaluation> | undefined
  const decide = (action: string): Decision => {
    const evaluation = evaluate(applicable, action)
    const same = decided.find((earlier) => isDecidedAlike(earlier.evaluation, evaluation))
    if (same !== undefined) return same.decision
    const result = partialEvaluate(evaluation, partitions)
    const decision = new Decision(result, applicable.policies)
    if (!result.capped) decided.push({ evaluation, decision })
    return decision
  }
  return {
    decide,
    explain: (action) => {
      const { matchedStatements, mayBeDetermining, conditions, layers } = decide(action)
      return { matchedStatements, mayBeDetermining, conditions, layers }
    },
    alone: (layer) => {
      const known = alone?.get(layer)
      if (known !== undefined) return known
      const own = prepared(collectAlone(applicable, layer), partitions)
      alone = (alone ?? new Map()).set(layer, own)
      return own
    }
  }
}

/**
 * Whether two actions are decided alike for the same reasons: the same statements apply to both. A statement that
 * depends on the action is matched for each of them, and is therefore never the same; nor are grants.
 */
function isDecidedAlike (one: Evaluation, other: Evaluation): boolean {
  return (
    one.rule === other.rule &&
    one.action.worksAcrossAccounts === other.action.worksAcrossAccounts &&
    one.grants.length + other.grants.length === 0 &&
    one.matches.length === other.matches.length &&
    one.matches.every((match, index) => match === other.matches[index])
  )
}

/** Decides one action; to decide several on the same resource and context, prepare once. */
export function authorize (request: AuthorizationRequest, policies: Policies): Decision {
  return new Decision(partialEvaluate(evaluate(collectApplicable(request, policies), request.action)), policies)
}

const SINGLE_LAYERS = ['resourcePolicy', 'identityPolicies', 'permissionsBoundary', 'sessionPolicy'] as const
const LEVELLED_LAYERS = ['serviceControlPolicies', 'resourceControlPolicies'] as const

function unsupportedIn (policies: Policies): Decision['unsupported'] {
  const listed: Decision['unsupported'] = []
  const list = (policy: LayerName, layer: Layer | undefined): void => {
    for (const { name, unsupported, statements } of layer?.policies ?? []) {
      const limit = listed.length + MAX_REPORTED
      for (const found of unsupported) listed.push({ ...found, policy, name })
      for (const statement of statements) {
        for (const found of disallowedElements(policy, statement))
          if (listed.length < limit) listed.push({ ...found, policy, name })
      }
    }
  }
  for (const name of SINGLE_LAYERS) list(name, policies[name])
  for (const name of LEVELLED_LAYERS) for (const layer of policies[name] ?? []) list(name, layer)
  return listed
}
