import type { ActionMask } from './action.js'
import { MAYBE, NO, YES, type Truth } from './truth.js'

/**
 * One truth for each action of a set, decided together: bit by bit, `maybe` (or better) and `yes`.
 * With one action this is a single truth; with all KMS actions one pass decides them all.
 */
export class TruthVector {
  private maybeLow = 0
  private maybeHigh = 0
  private yesLow = 0
  private yesHigh = 0

  /** The same truth for every action of the mask, *no* for the others. */
  static of (mask: ActionMask, truth: Truth): TruthVector {
    const vector = new TruthVector()
    vector.include(mask, truth)
    return vector
  }

  /** Makes this at least so true for every action of the mask. */
  include (mask: ActionMask, truth: Truth): void {
    if (truth === NO) return
    this.maybeLow |= mask.low
    this.maybeHigh |= mask.high
    if (truth !== YES) return
    this.yesLow |= mask.low
    this.yesHigh |= mask.high
  }

  and (other: TruthVector): TruthVector {
    const result = new TruthVector()
    result.maybeLow = this.maybeLow & other.maybeLow
    result.maybeHigh = this.maybeHigh & other.maybeHigh
    result.yesLow = this.yesLow & other.yesLow
    result.yesHigh = this.yesHigh & other.yesHigh
    return result
  }

  /** May be one of the two itself: vectors are filled first and then put together. */
  or (other: TruthVector): TruthVector {
    // Yes is a maybe too.
    if ((other.maybeLow | other.maybeHigh) === 0) return this
    if ((this.maybeLow | this.maybeHigh) === 0) return other
    const result = new TruthVector()
    result.maybeLow = this.maybeLow | other.maybeLow
    result.maybeHigh = this.maybeHigh | other.maybeHigh
    result.yesLow = this.yesLow | other.yesLow
    result.yesHigh = this.yesHigh | other.yesHigh
    return result
  }

  /** The actions for which this is *yes*. */
  get yes (): ActionMask { return { low: this.yesLow, high: this.yesHigh } }

  /** The actions for which this is *maybe* or *yes*. */
  get maybe (): ActionMask { return { low: this.maybeLow, high: this.maybeHigh } }

  /** The truth for the action (or actions) of the mask: *yes* or *maybe* if it is so for any of them. */
  at (mask: ActionMask): Truth {
    if ((this.yesLow & mask.low) !== 0 || (this.yesHigh & mask.high) !== 0) return YES
    return (this.maybeLow & mask.low) !== 0 || (this.maybeHigh & mask.high) !== 0 ? MAYBE : NO
  }
}
