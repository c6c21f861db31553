import type { ActionMask } from './action.js'
import type { Outcome } from './decision-table.js'
import type { LayerName } from './matches.js'
import type { Look, Plan } from './plan.js'
import { and, MAYBE, NO, or, YES, type Truth } from './truth.js'

export type DecisionWord = 'allowed' | 'explicitDeny' | 'implicitDeny' | 'conditional' | 'unknown'

/** `notPresent`: there is no such policy. `notApplicable`: it does not bind this kind of caller or action. */
export type LayerWord = DecisionWord | 'notPresent' | 'notApplicable'

/** The word for an action, or undefined where something hangs on what is not known. */
export function wordFor (outcome: Outcome, mask: ActionMask): DecisionWord | undefined {
  return word(outcome.denied.at(mask), outcome.permitted.at(mask))
}

function word (denied: Truth, permitted: Truth): DecisionWord | undefined {
  // An explicit Deny beats every allow.
  if (denied === YES) return 'explicitDeny'
  // Nothing allows; whether something also denies changes nothing.
  if (permitted === NO) return 'implicitDeny'
  // Allowed for certain, and for certain not denied.
  return permitted === YES && denied === NO ? 'allowed' : undefined
}

/** The same for all actions at once, without those that are open. */
export function actionsByWord ({ denied, permitted }: Outcome): { explicitDeny: ActionMask, implicitDeny: ActionMask, allowed: ActionMask } {
  const { yes: certain, maybe: possible } = denied
  const { yes, maybe } = permitted
  return {
    explicitDeny: certain,
    implicitDeny: { low: ~(maybe.low | certain.low), high: ~(maybe.high | certain.high) },
    allowed: { low: yes.low & ~possible.low, high: yes.high & ~possible.high }
  }
}

/** What one layer decides by itself, whatever its form of naming; undefined as above. */
export function layerWord (layer: LayerName, look: Look, plan: Plan): DecisionWord | undefined {
  if (layer === 'grants') return word(NO, look.grants.reduce<Truth>((found, grant) => or(found, or(grant.direct, grant.account)), plan.situation.grantsIncomplete ? MAYBE : NO))
  const levels = plan.layers.filter(({ name }) => name === layer)
  // A document that was not read might allow as well as deny.
  const of = (effect: 'Allow' | 'Deny', { level, incomplete }: typeof levels[number]): Truth => look.matches
    .filter((match) => match.layer === layer && match.level === level && match.statement.effect === effect)
    .reduce<Truth>((found, match) => or(found, match.truth), incomplete ? MAYBE : NO)
  const denied = levels.reduce<Truth>((found, level) => or(found, of('Deny', level)), NO)
  const permitted = levels.reduce<Truth>((found, level) => and(found, of('Allow', level)), YES)
  return word(denied, permitted)
}

/** What holds in all worlds. `unknown` in one of them is `unknown` for all, for that might be the real one. */
export function overall (words: readonly DecisionWord[]): DecisionWord {
  if (words.includes('unknown')) return 'unknown'
  const [one, ...others] = new Set(words)
  if (one !== undefined && others.length === 0) return one
  return words.includes('allowed') ? 'conditional' : 'implicitDeny'
}
