import type { Outcome } from './decision-table.js'
import { NO, YES } from './truth.js'

export type DecisionWord = 'allowed' | 'explicitDeny' | 'implicitDeny' | 'conditional' | 'unknown'

/** The decision, or undefined where it depends on something that is not known. */
export function decisionFor ({ denied, permitted }: Outcome): DecisionWord | undefined {
  // An explicit Deny beats every allow.
  if (denied === YES) return 'explicitDeny'
  // Nothing allows; whether something also denies changes nothing.
  if (permitted === NO) return 'implicitDeny'
  // Allowed for certain, and for certain not denied.
  return permitted === YES && denied === NO ? 'allowed' : undefined
}

/** What holds under all assignments. `unknown` under one of them is `unknown` for all: it might be the real one. */
export function overallDecision (decisions: readonly DecisionWord[]): DecisionWord {
  if (decisions.includes('unknown')) return 'unknown'
  const [one, ...others] = new Set(decisions)
  if (one !== undefined && others.length === 0) return one
  return decisions.includes('allowed') ? 'conditional' : 'implicitDeny'
}
