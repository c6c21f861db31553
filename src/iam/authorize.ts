import type { DecisionWord, LayerWord } from './decision.js'
import { EveryDecision } from './every-decision.js'
import { decidingPlaces, layerWords, openConditions, type OpenCondition, type StatementPlace } from './explain.js'
import type { GrantEntry } from './grant.js'
import type { Unsupported } from './json.js'
import type { Layer, LayerName } from './matches.js'
import { misfits } from './misfits.js'
import { planFor } from './plan.js'
import { MOST_REPORTED } from './policy-document.js'
import type { Principal } from './principal.js'
import type { RequestContext } from './request-context.js'
import { settle, type Settled, type Witness } from './settle.js'

export type { DecisionWord, LayerWord } from './decision.js'
export type { EveryDecision } from './every-decision.js'
export type { StatementPlace } from './explain.js'
export type { Layer, LayerName } from './matches.js'

/** What is asked: may this principal do this with that resource. */
export interface AuthorizationRequest {
  principal: Principal
  /** Of any AWS service; not case-sensitive. */
  action: string
  resource: { arn: string, accountId: string }
  context: RequestContext
  /** `kms-key` (default): the key policy must allow or delegate. `identity-or-resource`: AWS's ordinary rule. */
  rule?: 'kms-key' | 'identity-or-resource'
  /** Statements of the resource policy apply without a `Resource`, as in a role's trust policy. */
  withoutResource?: boolean
}

/** All policies that take part. A layer that is left out is not there. */
export interface Policies {
  /** The key policy, for a KMS key. */
  readonly resourcePolicy?: Layer
  readonly identityPolicies?: Layer
  readonly permissionsBoundary?: Layer
  readonly sessionPolicy?: Layer
  /** One layer for each level, the organization's root first. */
  readonly serviceControlPolicies?: readonly Layer[]
  readonly resourceControlPolicies?: readonly Layer[]
  readonly grants?: { entries: readonly GrantEntry[], complete: boolean }
}

/** The decision, and on being asked its reasons: most callers want few of them. */
export class Decision {
  readonly #settled: Settled
  readonly #policies: Policies

  constructor (settled: Settled, policies: Policies) {
    this.#settled = settled
    this.#policies = policies
  }

  /**
   * `conditional`: it hangs on condition keys of which nothing is known, named in `missingContextValues`.
   * `unknown`: something was not read, not understood, or is not documented by AWS.
   */
  get decision (): DecisionWord { return this.#settled.word }

  /** The statements that decided, in every case that is left open. */
  get matchedStatements (): StatementPlace[] { return decidingPlaces(this.#settled).must }

  /** The statements that decide in some of the cases. */
  get mayDecide (): StatementPlace[] { return decidingPlaces(this.#settled).may }

  /** What the open statements ask of the keys of which nothing is known. */
  get conditions (): OpenCondition[] { return openConditions(this.#settled) }

  get layers (): Record<LayerName, LayerWord> { return layerWords(this.#settled) }

  /** The condition keys that flip the decision, as the request context or the policies spell them. */
  get missingContextValues (): string[] {
    const { keys, plan } = this.#settled
    const { context } = plan.question
    const spelled = new Map(keys.every((key) => context.spelling(key) !== undefined) ? [] : this.conditions.map(({ key }) => [key.toLowerCase(), key]))
    return keys.map((key) => context.spelling(key) ?? spelled.get(key) ?? key)
  }

  /** For a `conditional`: one context under which it is allowed and one under which it is not. */
  get witnesses (): { allowed: Witness, denied: Witness } | undefined { return this.#settled.witnesses }

  /** The worlds that the unknown keys leave open were too many to try; the answer is sound, but may be needlessly open. */
  get capped (): boolean { return this.#settled.capped }

  get unsupported (): Array<Unsupported & { policy: LayerName, name: string }> { return unsupportedIn(this.#policies) }
}

/**
 * Decides as AWS would: the one door to this folder. Total: whatever the policies hold, it answers,
 * and never `allowed` where that is not certain.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function authorize (request: AuthorizationRequest, policies: Policies): Decision {
  return new Decision(settle(planFor(request, policies)), policies)
}

/** The decision on every KMS action, in one pass. */
export function authorizeEveryKmsAction (request: Omit<AuthorizationRequest, 'action'>, policies: Policies): EveryDecision {
  return new EveryDecision(request, policies)
}

function unsupportedIn (policies: Policies): Decision['unsupported'] {
  const told: Decision['unsupported'] = []
  const tell = (policy: LayerName, layer: Layer | undefined): void => {
    for (const { name, unsupported, statements } of layer?.policies ?? []) {
      const most = told.length + MOST_REPORTED
      for (const found of unsupported) told.push({ ...found, policy, name })
      for (const statement of statements) {
        for (const found of misfits(policy, statement)) if (told.length < most) told.push({ ...found, policy, name })
      }
    }
  }
  for (const name of ['resourcePolicy', 'identityPolicies', 'permissionsBoundary', 'sessionPolicy'] as const) tell(name, policies[name])
  for (const name of ['serviceControlPolicies', 'resourceControlPolicies'] as const) for (const layer of policies[name] ?? []) tell(name, layer)
  return told
}
