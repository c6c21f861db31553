import type { ActionMask } from './action.js'
import { MAYBE, NO, YES, type Truth } from './truth.js'

/**
 * One truth for each action of a set, decided together: bit by bit, `maybe` (or better) and `yes`.
 * With one action this is a single truth; with all KMS actions one pass decides them all.
 */
export class TruthVector {
  #maybeLow = 0
  #maybeHigh = 0
  #yesLow = 0
  #yesHigh = 0

  /** The same truth for every action of the mask, *no* for the others. */
  static of (mask: ActionMask, truth: Truth): TruthVector {
    const vector = new TruthVector()
    vector.include(mask, truth)
    return vector
  }

  /** Makes this at least so true for every action of the mask. */
  include (mask: ActionMask, truth: Truth): void {
    if (truth === NO) return
    this.#maybeLow |= mask.low
    this.#maybeHigh |= mask.high
    if (truth !== YES) return
    this.#yesLow |= mask.low
    this.#yesHigh |= mask.high
  }

  and (other: TruthVector): TruthVector {
    const result = new TruthVector()
    result.#maybeLow = this.#maybeLow & other.#maybeLow
    result.#maybeHigh = this.#maybeHigh & other.#maybeHigh
    result.#yesLow = this.#yesLow & other.#yesLow
    result.#yesHigh = this.#yesHigh & other.#yesHigh
    return result
  }

  or (other: TruthVector): TruthVector {
    const result = new TruthVector()
    result.#maybeLow = this.#maybeLow | other.#maybeLow
    result.#maybeHigh = this.#maybeHigh | other.#maybeHigh
    result.#yesLow = this.#yesLow | other.#yesLow
    result.#yesHigh = this.#yesHigh | other.#yesHigh
    return result
  }

  /** The truth for the action (or actions) of the mask: *yes* or *maybe* if it is so for any of them. */
  at (mask: ActionMask): Truth {
    if ((this.#yesLow & mask.low) !== 0 || (this.#yesHigh & mask.high) !== 0) return YES
    return (this.#maybeLow & mask.low) !== 0 || (this.#maybeHigh & mask.high) !== 0 ? MAYBE : NO
  }
}
