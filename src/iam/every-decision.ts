import { everyKmsAction, type ActionMask } from './action.js'
import type { AuthorizationRequest, Policies } from './authorize.js'
import { actionsByWord, type DecisionWord } from './decision.js'
import { lookAtEveryAction, planFor } from './plan.js'
import { settle } from './settle.js'

const { each } = everyKmsAction()
const includes = (mask: ActionMask, other: ActionMask): boolean => ((mask.low & other.low) | (mask.high & other.high)) !== 0

/** The decisions on all KMS actions, as bits; words are made when asked for. */
export class EveryDecision {
  readonly #request: Omit<AuthorizationRequest, 'action'>
  readonly #policies: Policies
  readonly #allowed: ActionMask = { low: 0, high: 0 }
  readonly #explicitDeny: ActionMask = { low: 0, high: 0 }
  readonly #implicitDeny: ActionMask = { low: 0, high: 0 }

  constructor (request: Omit<AuthorizationRequest, 'action'>, policies: Policies) {
    this.#request = request
    this.#policies = policies
    for (const { mask, outcome } of lookAtEveryAction(request, policies)) {
      const { allowed, explicitDeny, implicitDeny } = actionsByWord(outcome)
      include(this.#allowed, allowed, mask)
      include(this.#explicitDeny, explicitDeny, mask)
      include(this.#implicitDeny, implicitDeny, mask)
    }
  }

  get size (): number { return each.length }

  /** The decision on a KMS action, not case-sensitive; undefined for any other action. */
  get (action: string): DecisionWord | undefined {
    const lower = action.toLowerCase()
    const found = each.find(({ name }) => name === lower)
    return found && this.#word(found)
  }

  /** The decisions in the order of `KMS_ACTIONS`. */
  words (): DecisionWord[] {
    return each.map((action) => this.#word(action))
  }

  /** Each KMS action, lower-case, with its decision. */
  * [Symbol.iterator] (): Generator<[string, DecisionWord]> {
    for (const action of each) yield [action.name, this.#word(action)]
  }

  #word ({ name, mask }: { name: string, mask: ActionMask }): DecisionWord {
    if (includes(this.#allowed, mask)) return 'allowed'
    if (includes(this.#implicitDeny, mask)) return 'implicitDeny'
    if (includes(this.#explicitDeny, mask)) return 'explicitDeny'
    // What the pass leaves open, because it hangs on something unknown, is decided by itself.
    return settle(planFor({ ...this.#request, action: name }, this.#policies)).word
  }
}

function include (mask: ActionMask, more: ActionMask, among: ActionMask): void {
  mask.low |= more.low & among.low
  mask.high |= more.high & among.high
}
