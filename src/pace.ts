/** Asked between the steps of a long computation; throws where it has to stop here and go on elsewhere. */
export type Pace = () => void

/** Never stops. */
export const unhurried: Pace = () => {}

/** Thrown where a computation would hold the event loop for longer than it may. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong'
}

/** Stops once `budgetMs` have passed since it was made. */
export function paceOf (budgetMs: number): Pace {
  const end = performance.now() + budgetMs
  return () => { if (performance.now() > end) throw new TookTooLong('the computation goes on elsewhere') }
}
