import type { FieldError } from '../errors.js'
import type { ReportModel, Verdict } from '../formats/report-model.js'

/** The exit statuses: the first three are verdicts, the last one says that there is none. */
export const EXIT = { pass: 0, fail: 1, indeterminate: 2, error: 3 } as const

/** Wrong arguments or input, or a service or AWS that does not answer: exit status 3. */
export class CommandError extends Error {
  readonly faults: readonly FieldError[]
  /** The error code of the service; undefined where the command itself found the fault. */
  readonly code: string | undefined

  constructor (message: string, { faults = [], code }: { faults?: readonly FieldError[]; code?: string } = {}) {
    super(message)
    this.name = 'CommandError'
    this.faults = faults
    this.code = code
  }
}

export const FAIL_ON = ['error', 'warning', 'indeterminate', 'never'] as const
export type FailOn = (typeof FAIL_ON)[number]

/**
 * The exit status of a report. `error` (default): the verdict. `warning`: 1 also for a finding of severity warning.
 * `indeterminate`: 1 also where the verdict is not determined. `never`: 0.
 */
export function exitStatus ({ verdict, findings }: ReportModel, failOn: readonly FailOn[]): number {
  if (failOn.includes('never')) return EXIT.pass
  const hasWarning = findings.some(({ severity }) => severity === 'warning')
  if (verdict === 'fail' || (failOn.includes('warning') && hasWarning)) return EXIT.fail
  const word: Verdict = verdict === 'indeterminate' && failOn.includes('indeterminate') ? 'fail' : verdict
  return EXIT[word]
}
