/**
 * Kleene's three values as numbers, so that *and* is the smaller and *or* the larger of two.
 * `MAYBE` stands for everything that is not known: an unknown condition key, a construct that is not documented.
 */
export type Truth = 0 | 1 | 2
export const NO = 0
export const MAYBE = 1
export const YES = 2

export function and (a: Truth, b: Truth): Truth {
  return a < b ? a : b
}

export function or (a: Truth, b: Truth): Truth {
  return a > b ? a : b
}

export function not (a: Truth): Truth {
  return a === YES ? NO : a === NO ? YES : MAYBE
}

export function truthOf (value: boolean): Truth {
  return value ? YES : NO
}
