import type { FunctionComponent } from 'preact'
import type { Explanation } from '../../../schemas/explanation.js'
import type { ReportModel } from '../../formats/report-model.js'
import type { PageProblem } from '../engine/answer.js'

export interface ReportResultProps {
  report: ReportModel
  /** The heading of the result; the sentence of the verdict where there is none. */
  words: string | undefined
}

/** What a verification has led to. `of`: what was verified, to see whether it has changed since. */
export type Outcome =
  | { phase: 'none' }
  | { phase: 'busy'; progress?: Progress }
  | {
    phase: 'report'
    report: ReportModel
    Result: FunctionComponent<ReportResultProps>
    of: unknown
    /** Of an error that was explained: the causes with what the report says of each. */
    explanation?: Explanation
  }
  | { phase: 'refused'; problem: PageProblem; of: unknown; needs?: AccessNeed; retryAfterSeconds?: number }
  | { phase: 'failed' }

/** How far a verification is: which step, and how much of it is done. */
export interface Progress {
  words: string
  done: number
  total: number
}

/** What the service asks of the caller of a live verification that it refused. */
export interface AccessNeed {
  scheme: 'bearer' | 'gateway'
  /** Undefined where the caller is not known at all. */
  missingScope?: string
}

export const RESULT_HEADING = 'result-title'

/** The answer to "Do these policies work?" */
export function shortAnswer ({ verdict, verdicts }: Pick<ReportModel, 'verdict' | 'verdicts'>): string {
  if (verdict === 'pass') return 'They work'
  if (verdict === 'indeterminate') return 'Not settled'
  return verdicts.effective === 'pass' ? 'They lack what AWS documents' : 'They do not work yet'
}
